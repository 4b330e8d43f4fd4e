package vault

import (
	"fmt"
)

// ParseSafeID reads what [SafeID.String] wrote; errors wrap [ErrID].
func ParseSafeID(s string) (SafeID, error) { b, err := parse(s); return SafeID(b), err }

// ParseDocumentID reads what [DocumentID.String] wrote; errors wrap [ErrID].
func ParseDocumentID(s string) (DocumentID, error) { b, err := parse(s); return DocumentID(b), err }

// ParseWayID reads what [WayID.String] wrote; errors wrap [ErrID].
func ParseWayID(s string) (WayID, error) { b, err := parse(s); return WayID(b), err }

// ParseKitID reads what [KitID.String] wrote; errors wrap [ErrID].
func ParseKitID(s string) (KitID, error) { b, err := parse(s); return KitID(b), err }

// ParseKitSheetID reads what [KitSheetID.String] wrote; errors wrap [ErrID].
func ParseKitSheetID(s string) (KitSheetID, error) { b, err := parse(s); return KitSheetID(b), err }

// ParseBundleID reads what [BundleID.String] wrote; errors wrap [ErrID].
func ParseBundleID(s string) (BundleID, error) { b, err := parse(s); return BundleID(b), err }

// ParseRequestID reads what [RequestID.String] wrote; errors wrap [ErrID].
func ParseRequestID(s string) (RequestID, error) { b, err := parse(s); return RequestID(b), err }

// ParseStructureID reads what [StructureID.String] wrote; errors wrap [ErrID].
func ParseStructureID(s string) (StructureID, error) { b, err := parse(s); return StructureID(b), err }

// ParseCycleID reads what [CycleID.String] wrote; errors wrap [ErrID].
func ParseCycleID(s string) (CycleID, error) { b, err := parse(s); return CycleID(b), err }

// ParseAgentID reads what [AgentID.String] wrote; errors wrap [ErrID].
func ParseAgentID(s string) (AgentID, error) { b, err := parse(s); return AgentID(b), err }

// ParsePartnerID reads what [PartnerID.String] wrote; errors wrap [ErrID].
func ParsePartnerID(s string) (PartnerID, error) { b, err := parse(s); return PartnerID(b), err }

// ParseConsentID reads what [ConsentID.String] wrote; errors wrap [ErrID].
func ParseConsentID(s string) (ConsentID, error) { b, err := parse(s); return ConsentID(b), err }

// ParseApprovalID reads what [ApprovalID.String] wrote; errors wrap [ErrID].
func ParseApprovalID(s string) (ApprovalID, error) { b, err := parse(s); return ApprovalID(b), err }

// ParseAddressID reads what [AddressID.String] wrote; errors wrap [ErrID].
func ParseAddressID(s string) (AddressID, error) { b, err := parse(s); return AddressID(b), err }

// ParseRelayID reads what [RelayID.String] wrote; errors wrap [ErrID].
func ParseRelayID(s string) (RelayID, error) { b, err := parse(s); return RelayID(b), err }

func parse(s string) (b [16]byte, err error) {
	raw, err := encoding.DecodeString(s)
	if err != nil || len(raw) != len(b) || encoding.EncodeToString(raw) != s {
		return b, fmt.Errorf("%w: %d characters", ErrID, len(s))
	}
	copy(b[:], raw)
	if b == ([16]byte{}) {
		return b, fmt.Errorf("%w: zero", ErrID)
	}
	return b, nil
}

// ParseDueID reads what [DueID.String] wrote; errors wrap [ErrID].
func ParseDueID(s string) (DueID, error) { b, err := parse(s); return DueID(b), err }

// ParseViewID reads what [ViewID.String] wrote; errors wrap [ErrID].
func ParseViewID(s string) (ViewID, error) { b, err := parse(s); return ViewID(b), err }

// ParseNotebookID reads what [NotebookID.String] wrote; errors wrap [ErrID].
func ParseNotebookID(s string) (NotebookID, error) { b, err := parse(s); return NotebookID(b), err }
