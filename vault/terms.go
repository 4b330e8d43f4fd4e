package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
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
	// Cycle is the cycle of workshops that bounds it: the agent leads it, and the
	// consent ends with it at the latest; zero for none.
	Cycle    CycleID
	Language string // of the text shown, BCP 47
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
