package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

// The times of recovery kits. What two sheets and the master key open needs no
// person, so the delay is a rule that the service keeps, and no lock.
const (
	KitDelay    = 48 * time.Hour      // unless the operator says another
	KitDelayMin = 24 * time.Hour      // where data is real
	KitOpenLife = 30 * 24 * time.Hour // how long an opening that is due waits to be finished
)

// KitSheets is how many sheets a kit has; two of them open.
const KitSheets = 3

// A KitHolder is who keeps one of the three sheets. The zero KitHolder is
// refused.
type KitHolder uint8

// The holders.
const (
	_ KitHolder = iota
	KitPerson
	KitRelative
	KitEnvelope
)

// A DiscreetKit is the person's word that their discreet safe gets a kit: nobody
// tells them of an opening but the safe itself. The zero DiscreetKit gives none.
type DiscreetKit uint8

// DiscreetKitAnyway says that they asked for it, knowing that.
const DiscreetKitAnyway DiscreetKit = 1

// MakeKit prints three recovery sheets, in the person's own session, and ends the
// kit before them.
type MakeKit struct {
	Request  RequestID
	Safe     SafeID
	Discreet DiscreetKit
}

// A NewKit leaves the keeper once, to be printed.
type NewKit struct {
	Kit    KitID
	Sheets [KitSheets]KitSheet
	Delay  time.Duration
}

// A KitSheet is one sheet of a kit.
type KitSheet struct {
	Sheet  KitSheetID // printed on it, and the salt of its key derivation
	Holder KitHolder
	Code   seal.Code
}

// A KitPair is two sheets of a kit, in any order.
type KitPair struct{ First, Second seal.Code }

// OpenKit begins the delay, with two sheets. On the screen of an agent who
// printed the kit it takes the person's PIN as well.
type OpenKit struct {
	Safe SafeID
	Pair KitPair
	PIN  PIN
}

// A KitOpening is an opening under way: from Due to Expires two sheets open.
type KitOpening struct{ Since, Due, Expires time.Time }

// FinishKit opens when the delay is over. On an agent's screen two sheets are
// worth what a code sheet is: beside them comes the PIN, or a second agent who
// had no hand in the printing.
type FinishKit struct {
	Request  RequestID
	Safe     SafeID
	Pair     KitPair
	PIN      PIN
	Approval ApprovalID
}

// A KitOpened is a safe that opened by its kit, which is void from then on.
type KitOpened struct {
	Sheet NewSheet
	// Visit is the person's counter session, opened beside the agent's; zero in
	// the person's own session, which is unlocked instead.
	Visit Visit
}

// CancelKit stops an opening; the sheets stay.
type CancelKit struct {
	Request RequestID
	Safe    SafeID
	Word    Word // how the person told the agent; WordOwn from the person
}

// A KitView is what is told of a safe's recovery kit. The zero KitView is none.
type KitView struct {
	Since   time.Time
	Opening KitOpening // zero while nobody opens it
	AskedBy AgentID    // who asked for the opening; zero for the person's own login
	Asked   string     // their name
	// Used is when the last kit opened the safe and was void, while no other was
	// made: a new one is offered.
	Used time.Time
}

// A KitLetter is what stands on the letter that tells of an opening whoever reads no
// notices: it goes by post, on the day the sheets were shown.
type KitLetter struct {
	Structure string
	// By is the agent on whose screen they were shown; empty for the person's own
	// login.
	By      string
	Opening KitOpening
}

// A KitKeeper is the part of a [Keeper] that looks after recovery kits.
type KitKeeper interface {
	// MakeKit prints a kit and ends the one before. [ErrDiscreet] for a discreet
	// safe, unless asked for all the same.
	MakeKit(ctx context.Context, who session.Principal, act MakeKit) (NewKit, error)
	// OpenKit begins the delay. The guess is in the trail before it is compared;
	// whatever is no pair of the kit is [ErrCode]. [ErrApprover] on the screen of
	// an agent who printed the kit, without the PIN.
	OpenKit(ctx context.Context, who session.Principal, act OpenKit) (KitOpening, error)
	// FinishKit opens: [ErrKitWaits] before the delay is over, [ErrKitClosed]
	// when nothing waits.
	FinishKit(ctx context.Context, who session.Principal, act FinishKit) (KitOpened, error)
	// CancelKit stops an opening. It takes away; [ErrKitClosed] when nothing waits.
	CancelKit(ctx context.Context, who session.Principal, act CancelKit) error
	// PrintKitLetter answers what stands on the letter about an opening, to agents of
	// the person's structure. [ErrKitClosed] when nothing waits, [ErrDiscreet] of a
	// discreet safe: nothing is sent about it.
	PrintKitLetter(ctx context.Context, who session.Principal, safe SafeID) (KitLetter, error)
}
