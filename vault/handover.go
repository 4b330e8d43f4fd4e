package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A HandoverKeeper is the part of a [Keeper] that hands a safe over to its person
// at the end of a workshop: from then on it is theirs alone.
type HandoverKeeper interface {
	// PrepareHandover prints the new code sheet, in the person's own unlocked session.
	// Nothing has changed yet: the old sheet opens, and the leader helps, until
	// Handover.
	PrepareHandover(ctx context.Context, who session.Principal, act PrepareHandover) (PreparedHandover, error)
	// Handover hands the safe over, in the session that prepared it and once the code
	// was read off the new sheet. It takes away: from its recorded intent on the
	// leader is a stranger to this safe, and the old sheets open nothing.
	Handover(ctx context.Context, who session.Principal, act Handover) (HandedOver, error)
	// WaitHandover notes that this person's handover waits, because the safe is locked
	// and the sheet is not there. Nobody else's waits for it.
	WaitHandover(ctx context.Context, who session.Principal, act WaitHandover) error
}

// HandoverLife is how long a prepared handover can be completed: the time to print
// a sheet, to read it and to choose a PIN.
const HandoverLife = 30 * time.Minute

// PrepareHandover begins a handover.
type PrepareHandover struct {
	Safe   SafeID
	Leader AgentID // who led the workshop: their rights on this safe will end
}

// A PreparedHandover leaves the keeper once. Preparing anew makes it void.
type PreparedHandover struct {
	Sheet NewSheet // the code opens nothing yet
	Until time.Time
}

// Handover completes what was prepared. Code is what the person reads, or scans,
// off the new sheet: the old one ends only when the new one is legible in their
// hand.
type Handover struct {
	Request RequestID
	Safe    SafeID
	Sheet   WayID // of the prepared sheet
	Code    seal.Code
	PIN     PIN // that the person chooses
}

// HandedOver is what the person is told of a handover.
type HandedOver struct {
	Leader AgentID
	Name   string // the leader's; empty in discreet mode
	Since  time.Time
	Sheet  WayID
	// Passport is the number of the person's digital passport. It opens nothing.
	Passport PassportNumber
	// ToChange are the secrets that others have seen: they are printed for the person.
	ToChange   []Exposed
	Discretion Discretion // how the page of those looks
	// KitEnded says that the recovery kit ended with it: the leader had printed it, so
	// all three sheets were on their screen.
	KitEnded bool
	// Ended says that the session ended with the answer: it was on the leader's screen.
	Ended bool
}

// WaitHandover notes that a handover waits. Leader is the caller where an agent
// notes it.
type WaitHandover struct {
	Request RequestID
	Safe    SafeID
	Leader  AgentID
}

// A HandoverView is a handover that was, or that waits, as the person sees it.
type HandoverView struct {
	Leader AgentID
	Name   string
	Since  time.Time // of the handover; of a waiting one, since when it waits
	Waits  bool
	Again  time.Time // since when the person lets this leader help again; zero for never
	// KitEnded says that the recovery kit ended with it, as in [HandedOver].
	KitEnded bool
}
