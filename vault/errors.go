package vault

import (
	"errors"
	"fmt"
	"time"
)

// The errors of the domain. They know nothing of gRPC: vault/rpc maps each of
// them to a code and a sentence, in one table.
var (
	// ErrNotFound also stands for whatever the caller may not know about.
	ErrNotFound = errors.New("not found")
	// ErrLocked says that the caller may, once the safe is unlocked.
	ErrLocked = errors.New("the safe is locked")
	// ErrDenied says that the caller's function does not allow the act at all.
	ErrDenied = errors.New("not allowed")
	// ErrCode says that a code does not open this safe.
	ErrCode = errors.New("the code does not open this safe")
	// ErrTooManyGuesses says that further guesses have to wait.
	ErrTooManyGuesses = errors.New("too many guesses")
	// ErrTooLarge says that a document exceeds the limit.
	ErrTooLarge = errors.New("document too large")
	// ErrEmpty says that a document has no bytes.
	ErrEmpty = errors.New("document is empty")
	// ErrMediaType says that the content is of a type not accepted.
	ErrMediaType = errors.New("type of content not accepted")
	// ErrDigest says that the content is not the one announced (L-45).
	ErrDigest = errors.New("content does not have the announced digest")
	// ErrSize says that the content is shorter or longer than announced.
	ErrSize = errors.New("content does not have the announced size")
	// ErrTampered says that stored bytes are not the ones that were stored.
	// Nothing was released. Never retried.
	ErrTampered = errors.New("stored bytes were altered")
	// ErrUnavailable says that nothing was done, or that what was done will be
	// known later: the caller retries with the same request id.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrKeeper says that this API node does not reach the keeper: what became of
	// the call will be known later, as with [ErrUnavailable].
	ErrKeeper = errors.New("the keeper does not answer")
	// ErrNodeVersion says that the keeper does not speak with an API node of another
	// version. It tells whoever runs them what to do.
	ErrNodeVersion = errors.New("this API node and the keeper are of different versions: stop the nodes, install the keeper's version on them, start them again")
	// ErrNodeRealm says that an API node of development asked the keeper of a real
	// vault, or the other way round.
	ErrNodeRealm = errors.New("this API node and the keeper are of different realms: let keeper.dial name a keeper of the node's own realm")
	// ErrTrail says that the trail cannot be written: nothing is revealed or
	// changed until it can.
	ErrTrail = errors.New("the trail cannot be written")
	// ErrConflict says that the same request id came with another request.
	ErrConflict = errors.New("request id was used for another request")
	// ErrSheetGone says that a safe was opened by an earlier try whose answer
	// was lost, and with it the sheet's text.
	ErrSheetGone = errors.New("the code sheet's text was issued once and is gone")
	// ErrTicket says that a ticket or a release is over.
	ErrTicket = errors.New("no longer valid")
	// ErrClock says that the clock is not believable: nothing is done until an
	// operator confirms it.
	ErrClock = errors.New("the clock is not believable")
	// ErrPageToken says that a page token is not one of ours, or of another list.
	ErrPageToken = errors.New("page token is not valid here")
	// ErrFrozen says, to the person, that the safe is frozen: it is unfrozen at
	// the counter, with two agents.
	ErrFrozen = errors.New("the safe is frozen")
	// ErrPresence says that the consent needs the person to be there, and that
	// their presence is not proved now.
	ErrPresence = errors.New("the person's presence is not proved")
	// ErrNotYet says that a consent has not begun.
	ErrNotYet = errors.New("the consent has not begun")
	// ErrSecondFactor says that agents log in with a second factor, and that this
	// login had none.
	ErrSecondFactor = errors.New("the login had no second factor")
	// ErrStepUp says that the act needs a login, a PIN or a sheet younger than
	// five minutes.
	ErrStepUp = errors.New("the proof of identity is too old for this")
	// ErrSuspended says that an agent's rights wait: six months without use, or
	// no access manager left.
	ErrSuspended = errors.New("the agent is suspended")
	// ErrPIN says that a PIN is not the safe's.
	ErrPIN = errors.New("the PIN is not this safe's")
	// ErrPINBlocked says that five wrong PINs were typed: the person chooses a
	// new one with the sheet, or at the counter with a second agent.
	ErrPINBlocked = errors.New("the PIN is blocked")
	// ErrNeedsSheet says that the papers are locked and not entrusted: the sheet,
	// a trusted phone or recovery opens them, the PIN alone does not.
	ErrNeedsSheet = errors.New("needs the code sheet")
	// ErrTextChanged says that the text shown is not the one that would be
	// agreed to now: it is shown again.
	ErrTextChanged = errors.New("the text shown is not this one")
	// ErrLastManager says that the last access manager names a successor before
	// leaving.
	ErrLastManager = errors.New("the last access manager names a successor first")
	// ErrLimit says that an agent reached the hourly limit of openings or of
	// searches, and waits.
	ErrLimit = errors.New("limit reached")
	// ErrFull says, to the person, that the safe holds as much as the operator lets
	// one safe hold.
	ErrFull = errors.New("the safe is full")
	// ErrNoRoom says to everybody else that a safe does not take this paper. How
	// much lies in it is the person's to know.
	ErrNoRoom = errors.New("the safe does not take this paper")
	// ErrTaken says that another agent took the relay first, or that it no longer
	// waits.
	ErrTaken = errors.New("the relay is taken")
	// ErrTakesPart says that the person takes part in another cycle of workshops:
	// they leave it first.
	ErrTakesPart = errors.New("the person takes part in another cycle")
	// ErrApprover says that this agent may not approve that act: whoever asked
	// for it, or printed the sheet, never counts as the second.
	ErrApprover = errors.New("this agent cannot be the second one")
	// ErrViewed says that a view showed its secret already, or waited too long.
	ErrViewed = errors.New("the secret was shown once")
	// ErrMemo says that a memo's secret is not read like a paper, and a paper not
	// shown like a secret.
	ErrMemo = errors.New("a memo is not read like a paper")
	// ErrHosting says that a paper about somebody's health is not taken: the
	// operator declared no hosting for health data (L-41, L-83).
	ErrHosting = errors.New("no hosting for health data is declared")
	// ErrKitWaits says that two recovery sheets were shown, and that the delay is
	// not over.
	ErrKitWaits = errors.New("the recovery kit opens after its delay")
	// ErrKitClosed says that nobody began to open the recovery kit, or that it was
	// stopped or left lying.
	ErrKitClosed = errors.New("no opening of a recovery kit waits")
	// ErrKitFirst says that the person has a recovery kit: two of its sheets come
	// before the holder of escrow B.
	ErrKitFirst = errors.New("there is a recovery kit")
	// ErrDiscreet says that a paper which has to name somebody is not printed for
	// a discreet safe.
	ErrDiscreet = errors.New("a discreet safe prints no names")
)

// An EndedError says why a consent no longer opens anything. It is answered to
// the agent it named only, until thirty days after its end.
type EndedError struct {
	Consent ConsentID
	Why     EndReason
	At      time.Time
}

// Error says how the consent ended.
func (e *EndedError) Error() string { return "the consent ended: " + e.Why.String() }

// An ApprovalError says that an act waits for a second agent, or for the delay
// that replaces one where there is none. The same act is asked again with the
// approval's id.
type ApprovalError struct {
	Approval ApprovalID
	// NotBefore is when the delay ends; zero where a second agent approves.
	NotBefore time.Time
}

// Error says what is awaited.
func (e *ApprovalError) Error() string {
	if e.NotBefore.IsZero() {
		return "a second agent has to approve"
	}
	return "the delay that replaces a second agent is running"
}

// An InvalidError says which field of a request is out of bounds. It never
// holds the value.
type InvalidError struct {
	Field string // as in the .proto file
	Rule  string // what the field must be, in French
}

// Error names field and rule, never the value.
func (e *InvalidError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Rule) }
