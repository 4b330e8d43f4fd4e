package vault

import (
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// PresenceTime is how long a proof of presence, a counter session and a
// côte-à-côte session last.
const PresenceTime = 45 * time.Minute

// OpenCounter opens the person's own session on the screen of the agent who
// vouches for them: sheet and PIN; PIN alone, for entrusted drawers only; sheet
// and a second agent while there is no PIN.
type OpenCounter struct {
	Safe     SafeID
	Proof    Proof
	Approval ApprovalID
}

// A Visit is a counter session that was opened.
type Visit struct {
	Token  session.Token
	Until  time.Time
	Opened Reach
	// Renew says that the sheet was used in an agent's session: a new one is
	// printed before the visit ends.
	Renew bool
}

// A Reach is what an unlocked session of the person opens.
type Reach uint8

// The reaches. The zero Reach is nothing.
const (
	_              Reach = iota
	ReachEntrusted       // the entrusted drawers
	ReachAll
)

// ProvePresence proves to a safe that the person is there, in an agent's
// session, for [PresenceTime].
type ProvePresence struct {
	Safe  SafeID
	Proof Proof
}

// AskPresence asks the person to approve from their own session.
type AskPresence struct{ Safe SafeID }

// GrantPresence is the person's approval, from their own session, to the agent
// whose screen shows Number.
type GrantPresence struct {
	Safe   SafeID
	Number string // the two digits on the agent's screen
}

// StartSideBySide begins a côte-à-côte session: two presences, one démarche, a
// posture and a hard end. What it opens lives in the keeper's memory and ends
// with it.
type StartSideBySide struct {
	Terms  Terms // From and Until are the session's own
	Shown  seal.Digest
	Giving Giving
	Proof  Proof
}

// A SideBySide is one côte-à-côte session.
type SideBySide struct {
	Consent   ConsentID
	Until     time.Time
	Documents int
}

// EndSideBySide ends it. With an Until the person said yes to the one question:
// may this agent come back to these papers for this démarche, without you,
// until that date. The text of that question is the one of the session's terms
// from its first instant, [PresenceTime] before its end, to Until: today's
// papers, without presence, this agent alone.
type EndSideBySide struct {
	Request RequestID
	Safe    SafeID
	Until   time.Time // zero: nothing survives
	Shown   seal.Digest
	Giving  Giving
	Proof   Proof
}

// A Summary is what the person is given at the end of a côte-à-côte session.
type Summary struct {
	Began, Ended time.Time
	Opened       int // papers opened
	Deposited    int
	Consent      ConsentID // when the agent may come back
	ComeBack     time.Time // until then
	// What it was for, and with whom; of a discreet safe the names are empty.
	Purpose    papers.Purpose
	Posture    Posture
	Agent      string
	Function   Function
	Structure  string
	Discretion Discretion
}
