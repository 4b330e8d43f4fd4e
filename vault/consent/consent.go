// Package consent decides who may do what to whose safe. It is pure: no I/O, no
// clock, no randomness; the keeper supplies what is known of the caller, and
// gets a [Permit] or a [Reason]. Keys, the trail and the bucket may not enter.
//
// It trusts the keeper to have established the [Standing]; nothing else.
package consent

import (
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A Standing is what the keeper knows of a caller with respect to one safe (or
// to the service, where an act concerns no safe). The zero Standing is a
// stranger's.
type Standing struct {
	// Exists says that there is such a safe.
	Exists bool
	// Nature is what the safe is for. In one for exercises nothing below counts but
	// what the caller is for the structure that opened it.
	Nature vault.Nature
	// Owner says that the safe is linked to the caller's login.
	Owner bool
	// Deposited says that the document was put in by this very session, at most
	// ten minutes ago, and that nobody has read it since.
	Deposited bool

	// Frozen says that the safe is frozen: deposits go on, nothing else does.
	Frozen bool
	// Visit says that the caller is the person in a counter session.
	Visit bool
	// Reach is what the person's session has open of the safe.
	Reach vault.Reach
	// Entrusted says that the document lies in a drawer that is entrusted.
	Entrusted bool
	// Fresh says that the person proved who they are within the last five
	// minutes: by login, or in a counter session by PIN or sheet (step-up).
	Fresh bool
	// Agent is what the caller is for a structure; zero for nobody's agent.
	Agent Agent
	// Grants are the consents of this safe that name the caller, ended ones
	// included as long as they may know of them.
	Grants []Grant
	// Present says that the person's presence is proved in the caller's session.
	Present bool
	// Ours says that the safe has to do with the caller's structure: it was
	// opened there, or one of its agents has a consent.
	Ours bool
	// Relayed says that a relay of this safe concerns the caller: they sent or took
	// it, or it waits for them, or did.
	Relayed bool
	// Guides says that the caller leads the cycle of workshops in which the person
	// takes part.
	Guides bool
	// Shared says that the person lets those who help them see one another.
	Shared bool
	// Partner is the partner program that calls; zero for everybody else. Nothing
	// else here gives it anything.
	Partner vault.PartnerID
	// Addressed says that it named the safe by a live address that was made for
	// it, and that it may act: it may deposit.
	Addressed bool
	// Now is the instant of the decision, by the keeper's clamped clock.
	Now time.Time
}

// An Agent is what the keeper knows of a caller who works for a structure.
type Agent struct {
	ID           vault.AgentID
	Structure    vault.StructureID
	Functions    vault.FunctionSet
	Until        time.Time // of their functions
	State        vault.AgentState
	SecondFactor bool // the login had one
	ShutOut      bool // by the person, themselves or their structure
	// Waits says that the agent is held up for one reason only: the structure has
	// no access manager left. Naming one is all that goes on.
	Waits bool
}

// A Grant is one consent that names the caller, as far as it matters for one
// request.
type Grant struct {
	Consent     vault.ConsentID
	Actions     vault.Action
	Function    vault.Function // in which it was given
	Presence    vault.Presence
	From, Until time.Time
	Ended       vault.EndReason // zero while it is live
	EndedAt     time.Time
	// Covers says that the document asked for is in its bundle, or was when it
	// ended; where a request names no document it is true.
	Covers bool
	// Names says that its scope has the document itself, not only its kind or its
	// drawer: a secret is revealed under no other consent.
	Names bool
}

// A Request is what the caller wants to do.
type Request struct {
	Act      vault.Act
	Safe     vault.SafeID     // zero where the act concerns no safe
	Document vault.DocumentID // zero where it concerns no document
}

// A Reason says why a request is refused. The zero Reason is no decision at all
// and is treated as a refusal.
type Reason uint8

// The reasons.
const (
	_ Reason = iota
	// Unknown: as far as this caller may know, there is no such thing.
	Unknown
	// Locked: allowed once the safe is unlocked.
	Locked
	// Function: what the caller may do does not include it.
	Function
	// Presence: allowed while the person's presence is proved.
	Presence
	// NotYet: the consent that names the caller has not begun.
	NotYet
	// Ended: the consent that named the caller is over; [Explain] says why.
	Ended
	// Frozen: the safe is frozen. Only its owner is told.
	Frozen
	// NeedsSheet: the paper is locked, and a PIN opens what is entrusted only.
	NeedsSheet
	// SecondFactor: agents log in with a second factor.
	SecondFactor
	// StepUp: allowed after a new proof of identity.
	StepUp
	// Suspended: the agent's rights wait.
	Suspended
)

// Err is the domain error of a refusal. It is never nil. [Explain] says more of
// a consent that ended.
func (r Reason) Err() error {
	switch r {
	case Locked:
		return vault.ErrLocked
	case Function:
		return vault.ErrDenied
	case Presence:
		return vault.ErrPresence
	case NotYet:
		return vault.ErrNotYet
	case Ended:
		return &vault.EndedError{}
	case Frozen:
		return vault.ErrFrozen
	case NeedsSheet:
		return vault.ErrNeedsSheet
	case SecondFactor:
		return vault.ErrSecondFactor
	case StepUp:
		return vault.ErrStepUp
	case Suspended:
		return vault.ErrSuspended
	case Unknown:
		return vault.ErrNotFound
	default:
		return fmt.Errorf("no decision: %w", vault.ErrNotFound)
	}
}
