package vault

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
)

// ErrID is wrapped when a text or a byte string is not an id of the wanted kind.
var ErrID = errors.New("not an id")

// encoding writes 16 bytes as 26 lower-case letters and digits: safe in object
// names (no case to lose), in file names and over the phone.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// An id is 128 random bits; it says nothing about what it names. Each kind of
// thing has an id type of its own, so that one cannot be passed for another.
// The zero value names nothing and is refused wherever an id is expected.
type (
	// A SafeID names a safe.
	SafeID [16]byte
	// A DocumentID names a document for its whole life.
	DocumentID [16]byte
	// An ObjectID names one stored object; it is drawn anew for every attempt.
	ObjectID [16]byte
	// A WayID names one way into a safe. For a code sheet it is the sheet's
	// printed id, and the salt of its key derivation.
	WayID [16]byte
	// A BundleID names a bundle of file keys.
	BundleID [16]byte
	// A RequestID is chosen by a client so that a retry is answered like the
	// first call.
	RequestID [16]byte
	// A ReleaseID names one release of one file key while its content streams.
	ReleaseID [16]byte
	// A StructureID names a structure: a CCAS or a partner body.
	StructureID [16]byte
	// An AgentID names an agent of one structure, for ever: it is never given to
	// somebody else.
	AgentID [16]byte
	// A CycleID names a cycle of workshops of one structure.
	CycleID [16]byte
	// A PartnerID names a partner program, for ever. It is its client id, too.
	PartnerID [16]byte
	// A ConsentID names a consent from its request on; the bundle that carries it
	// out has the same 16 bytes.
	ConsentID [16]byte
	// An ApprovalID names an act that waits for a second agent.
	ApprovalID [16]byte
	// An AddressID is a safe's public reference on one printed copy, or for one
	// partner program: somebody who may deposit finds the safe with it, and it
	// gives nothing else.
	AddressID [16]byte
	// A RelayID names a task that one agent hands to another.
	RelayID [16]byte
	// A DueID names a day on which something falls due; what it is stands in the
	// safe.
	DueID [16]byte
	// A KitID is the number that the sheets of a recovery kit share.
	KitID [16]byte
	// A KitSheetID is the number of one recovery sheet, and the salt of its key
	// derivation.
	KitSheetID [16]byte
	// A ViewID shows one secret once, in the session that asked for it.
	ViewID [16]byte
	// A NotebookID names an office notebook whose lines go into safes. It stands on
	// its cover, in the sealed memos that came from it, and in the statement of its
	// destruction; never beside a safe's id in clear.
	NotebookID [16]byte
)

// NewSafeID draws a random id.
func NewSafeID() SafeID { return SafeID(random()) }

// NewDocumentID draws a random id.
func NewDocumentID() DocumentID { return DocumentID(random()) }

// NewObjectID draws a random id.
func NewObjectID() ObjectID { return ObjectID(random()) }

// NewWayID draws a random id.
func NewWayID() WayID { return WayID(random()) }

// NewBundleID draws a random id.
func NewBundleID() BundleID { return BundleID(random()) }

// NewRequestID draws a random id.
func NewRequestID() RequestID { return RequestID(random()) }

// NewKitID draws a random id.
func NewKitID() KitID { return KitID(random()) }

// NewKitSheetID draws a random id.
func NewKitSheetID() KitSheetID { return KitSheetID(random()) }

// NewReleaseID draws a random id.
func NewReleaseID() ReleaseID { return ReleaseID(random()) }

// NewDueID draws a random id.
func NewDueID() DueID { return DueID(random()) }

// NewStructureID draws a random id.
func NewStructureID() StructureID { return StructureID(random()) }

// NewCycleID draws a random id.
func NewCycleID() CycleID { return CycleID(random()) }

// NewAgentID draws a random id.
func NewAgentID() AgentID { return AgentID(random()) }

// NewPartnerID draws a random id.
func NewPartnerID() PartnerID { return PartnerID(random()) }

// NewConsentID draws a random id.
func NewConsentID() ConsentID { return ConsentID(random()) }

// NewApprovalID draws a random id.
func NewApprovalID() ApprovalID { return ApprovalID(random()) }

// NewAddressID draws a random id.
func NewAddressID() AddressID { return AddressID(random()) }

// NewRelayID draws a random id.
func NewRelayID() RelayID { return RelayID(random()) }

// String writes 26 lower-case letters and digits.
func (id SafeID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id DocumentID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id ObjectID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id WayID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id KitID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id KitSheetID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id BundleID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id RequestID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id ReleaseID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id StructureID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id CycleID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id AgentID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id PartnerID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id ConsentID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id ApprovalID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id AddressID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id RelayID) String() string { return encoding.EncodeToString(id[:]) }

// String writes 26 lower-case letters and digits.
func (id DueID) String() string { return encoding.EncodeToString(id[:]) }

// NewNotebookID draws a random id.
func NewNotebookID() NotebookID { return NotebookID(random()) }

// String writes the id as text; ParseNotebookID reads it.
func (id NotebookID) String() string { return encoding.EncodeToString(id[:]) }

// String writes the id as text; ParseViewID reads it.
func (id ViewID) String() string { return encoding.EncodeToString(id[:]) }

func random() (b [16]byte) {
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return b
}
