package vault

import (
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// Limits of partner programs. They are stated in the .proto comments too.
const (
	MaxPartnerDocument = 20 << 20 // bytes in one document that a partner program deposits
	PartnerDocuments   = 60       // documents that it deposits at one address in an hour, at most
	PartnerMisses      = 20       // refused tries in an hour, after which it is refused everything
)

// RegisterPartner lets a program of a partner body deposit, in the access
// manager's structure, which answers for it. It needs a second agent.
type RegisterPartner struct {
	Request RequestID
	// Partner is zero for a new one; else name, key and end of that one are
	// replaced, and its sessions end.
	Partner  PartnerID
	Name     string // as people read it in their journal
	SIRET    string // of the body that runs it; never replaced
	Key      auth.PartnerKey
	Until    time.Time // mandatory end, a day's last instant
	Approval ApprovalID
}

// A Partner is one partner program: it deposits at an address that was made for
// it, and does nothing else.
type Partner struct {
	ID            PartnerID
	Structure     StructureID // that answers for it
	StructureName string
	Name          string
	SIRET         string
	Until         time.Time
	State         AgentState
	Key           auth.PartnerKey // for agents of that structure only
	LastUse       time.Time       // to the day; for its access managers only
}
