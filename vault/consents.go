package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// Limits of consents. They are stated in the .proto comments too.
const (
	ConsentDays     = 182                 // days a consent lasts at most without a second agent
	ConsentDaysLong = 365                 // days, where the structure's configuration allows it
	MaxPrecise      = 300                 // characters that say the precise acts
	MaxScope        = 200                 // documents, kinds and drawers named together
	AskLife         = 30 * 24 * time.Hour // a request left without an answer expires
	EndedVisible    = 30 * 24 * time.Hour // the agent named is told why, so long after the end
	NoticeBefore    = 30 * 24 * time.Hour // the person and the structure are told, so long before the end
)

// AskConsent is an agent's request: nothing is granted.
type AskConsent struct {
	Request RequestID
	Terms   Terms
}

// GiveConsent is the person's agreement, to a request or of their own accord.
type GiveConsent struct {
	Request  RequestID
	Safe     SafeID
	Consent  ConsentID // the request answered; zero for an offer
	Terms    Terms     // of an offer; ignored for a request
	Shown    seal.Digest
	Giving   Giving
	Proof    Proof      // in an agent's session; see architecture §5
	Approval ApprovalID // where a second agent is needed
}

// EndConsent refuses a request, or withdraws a consent: one step, from
// anywhere.
type EndConsent struct {
	Request RequestID
	Safe    SafeID
	Consent ConsentID
	// Code, on the withdrawal slip, names a consent that is withdrawn instead of
	// both; it gives no right to do so.
	Code PageCode
}

// WithdrawAll ends every request and consent of one agent, or with the zero id all
// of a safe.
type WithdrawAll struct {
	Request RequestID
	Safe    SafeID
	Agent   AgentID
	Word    Word // how the person said it to the agent who does it
}

// A Word is how a person said something to the agent who does it for them. The
// zero Word is for the person themselves.
type Word uint8

// The words.
const (
	WordOwn       Word = iota
	WordPresent        // they are there
	WordTelephone      // by telephone
	WordLetter         // in a letter or a message
	WordSlip           // by a withdrawal slip
)

// String is the word's code.
func (w Word) String() string {
	names := [...]string{"own", "present", "telephone", "letter", "slip"}
	if int(w) < len(names) {
		return names[w]
	}
	return "unknown"
}

// WidenConsent adds papers to a live consent, by the person's own unlocked
// session.
type WidenConsent struct {
	Request   RequestID
	Safe      SafeID
	Consent   ConsentID
	Documents []DocumentID
}

// RenewConsent makes a new consent of the same papers with a later end. The
// sheet is not needed: the keeper re-seals.
type RenewConsent struct {
	Request  RequestID
	Safe     SafeID
	Consent  ConsentID
	Until    time.Time
	Shown    seal.Digest
	Giving   Giving
	Proof    Proof
	Approval ApprovalID
}
