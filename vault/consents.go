package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
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

// An Action is what a consent lets an agent do.
type Action uint8

// The actions. Their bits are stored and never change.
const (
	ActionSee      Action = 1 << iota // see that it exists: description
	ActionRead                        // the content too
	ActionDeposit                     // put papers in
	ActionReveal                      // see a secret of a memo
	ActionDescribe                    // correct title, kind, drawer
)

// Has reports whether every bit of other is set.
func (a Action) Has(other Action) bool { return other != 0 && a&other == other }

// Actions answers every single action.
func Actions() []Action {
	return []Action{ActionSee, ActionRead, ActionDeposit, ActionReveal, ActionDescribe}
}

// String is the code of a single action; of several, "several".
func (a Action) String() string {
	switch a {
	case ActionSee:
		return "see"
	case ActionRead:
		return "read"
	case ActionDeposit:
		return "deposit"
	case ActionReveal:
		return "reveal"
	case ActionDescribe:
		return "describe"
	case 0:
		return "none"
	default:
		return "several"
	}
}

// A Posture is how the agent helps (L-69). The zero Posture is refused.
type Posture uint8

// The postures. Their numbers are stored and never change.
const (
	_              Posture = iota
	PostureTrain           // je forme
	PostureWith            // j'accompagne
	PostureInStead         // je fais: a mandate, with a written reason (L-75)
)

// Arrivals says what a consent does with papers that come later.
type Arrivals uint8

// The arrivals. The zero value is the narrow one.
const (
	ArrivalsToday Arrivals = iota // today's papers only
	ArrivalsToo                   // and what arrives
)

// Presence says whether the person has to be there.
type Presence uint8

// The presences. The zero value asks for it.
const (
	PresenceNeeded Presence = iota
	PresenceNot
)

// Replacement says whom a consent names.
type Replacement uint8

// The replacements. The zero value is one person.
const (
	ReplacementNone      Replacement = iota // this agent
	ReplacementSuccessor                    // this agent and whoever replaces them in the same function of the same structure
)

// A Scope is which papers: at least one document, kind or drawer; never all
// drawers.
type Scope struct {
	Documents []DocumentID
	Kinds     []papers.Kind
	Drawers   []papers.Drawer
}

// Terms are what is agreed to. They never change: another agreement is another
// consent.
type Terms struct {
	Safe        SafeID
	Agent       AgentID
	Function    Function
	Replacement Replacement
	Purpose     papers.Purpose
	Precise     string // the precise acts, in words (L-70)
	Posture     Posture
	Reason      string // why "je fais"; empty otherwise
	Actions     Action
	Scope       Scope
	Arrivals    Arrivals
	Presence    Presence
	From, Until time.Time // [From, Until)
	Language    string    // of the text shown, BCP 47
}

// A Shown is the exact text a person is shown before agreeing.
type Shown struct {
	Text    string
	Version string // of the template
	// Digest is of the text and of the terms that it was made from: with it these
	// are agreed to, and no others that would read the same.
	Digest seal.Digest
	// PersonSigns says that the démarche is signed by the person alone (L-86).
	PersonSigns bool
}

// A Method is how an agreement was expressed.
type Method uint8

// The methods. The zero Method is refused. Numbers are stored.
const (
	_               Method = iota
	MethodSession          // in the person's own session
	MethodCounter          // in a counter session
	MethodOral             // said, before a named witness or interpreter
	MethodPictogram        // shown with pictograms, before a named witness or interpreter
)

// Company says who else was there when the person agreed. The zero value is
// refused.
type Company uint8

// The companies. Numbers are stored.
const (
	_ Company = iota
	CompanyAlone
	CompanyWanted
)

// Protection says what the person answered about tutelle or curatelle (L-87).
// The zero value is refused.
type Protection uint8

// The protections. Numbers are stored.
const (
	_ Protection = iota
	ProtectionNone
	ProtectionAssisted    // curatelle: the person agrees, assisted
	ProtectionRepresented // tutelle: the representative agrees too, named as witness
)

// Giving is how an agreement was expressed.
type Giving struct {
	Method     Method
	Witness    string // named witness or interpreter; empty in the person's own session
	Company    Company
	Protection Protection
}

// Proof is what the person typed or showed, on whatever screen. At most one
// guess of each is compared in a call, and each is a leaf of the trail first.
type Proof struct {
	Code seal.Code // zero: no sheet
	PIN  PIN       // zero: none
}

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

// A ConsentState is where a consent is in its life.
type ConsentState uint8

// The states.
const (
	_ ConsentState = iota
	ConsentAsked
	ConsentLive // between From and Until or not yet begun
	ConsentEnded
)

// An EndReason is why a request or a consent ended.
type EndReason uint8

// The reasons. Their numbers are stored and never change.
const (
	_ EndReason = iota
	EndedByDate
	EndedWithdrawn
	EndedRefused
	EndedDeparture
	EndedHandover
	EndedErasure
	EndedFreeze
	EndedShutOut
	EndedRenewed
	EndedExpired // a request nobody answered
)

// String is the reason's code.
func (r EndReason) String() string {
	names := [...]string{
		"unknown", "date", "withdrawn", "refused", "departure", "handover", "erasure", "freeze", "shut-out", "renewed", "expired",
	}
	if int(r) < len(names) {
		return names[r]
	}
	return names[0]
}

// A Consent is a request or an agreement, as the person and the agent named see
// it.
type Consent struct {
	ID        ConsentID
	State     ConsentState
	Terms     Terms
	Shown     Shown
	Giving    Giving
	AgentName string
	Structure string
	Asked     time.Time // zero for an offer of the person
	Given     time.Time // zero while it is asked
	Ended     EndReason
	EndedAt   time.Time
	Documents int // papers in its bundle
	// EndsSoon says that it is live and ends within [NoticeBefore]; never in
	// discreet mode, which gives no notice.
	EndsSoon bool
}

// Helped is one line of an agent's home list.
type Helped struct {
	Safe    SafeID
	Name    string // from the register; empty in discreet mode or where the safe stays out of it
	Consent ConsentID
	State   ConsentState
	Purpose papers.Purpose
	From    time.Time
	Until   time.Time
	Ended   EndReason
	// EndsSoon says that it is live and ends within [NoticeBefore]; never in
	// discreet mode.
	EndsSoon bool
}
