package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
)

// A Hold is the standing of one call that moves content: what its caller proved,
// and what the keeper let them begin with it. It is good for one deposit, one
// reading or one check, and says nothing of who calls. It is an interface because
// it is a trust boundary: in one process it is [Vault.Hold]; on an API node it is
// one stream to the keeper (package vault/link), which ends what the call began
// when the stream ends.
//
// The methods mean what those of the same name of [Keeper] mean. One that does
// not belong to what was begun fails with [ErrTicket].
type Hold interface {
	// Live says whether the session still counts.
	Live(ctx context.Context) error

	// BeginDeposit records the intent to deposit. A ticket with receipts has
	// nothing left to store.
	BeginDeposit(ctx context.Context, act BeginDeposit) (DepositTicket, error)
	// Place says where the next content goes.
	Place(ctx context.Context, act Deposit) (Slot, error)
	// CommitDeposit puts the contents into the chain.
	CommitDeposit(ctx context.Context, contents []Content) ([]Receipt, error)
	// AbandonDeposit records that nothing came of it.
	AbandonDeposit(ctx context.Context, out Outcome) error

	// Release answers the file key of one document, and what to check.
	Release(ctx context.Context, safe SafeID, doc DocumentID) (Release, error)
	// Inspect answers what an integrity check needs: no key.
	Inspect(ctx context.Context, safe SafeID, doc DocumentID) (Inspection, error)
	// Continue leases one more step of the release, until that moment. read is how
	// many bytes went out so far.
	Continue(ctx context.Context, read int64) (until time.Time, err error)
	// GiveBack ends that lease early.
	GiveBack()
	// Conclude records how the release or the inspection ended.
	Conclude(ctx context.Context, out Outcome, read int64) error
}

// Hold answers the standing of a principal in a call of this process.
func (v *Vault) Hold(who session.Principal) Hold { return &held{keeper: v.Keeper, who: who} }

// A held is a Hold beside the keeper. It is for one call.
type held struct {
	keeper Keeper
	who    session.Principal
	begun  ReleaseID
}

func (h *held) Live(context.Context) error { return h.keeper.Live(h.who) }

func (h *held) BeginDeposit(ctx context.Context, act BeginDeposit) (DepositTicket, error) {
	ticket, err := h.keeper.BeginDeposit(ctx, h.who, act)
	h.begun = ticket.ID
	return ticket, err
}

func (h *held) Place(ctx context.Context, act Deposit) (Slot, error) {
	return h.keeper.Place(ctx, h.who, h.begun, act)
}

func (h *held) CommitDeposit(ctx context.Context, contents []Content) ([]Receipt, error) {
	return h.keeper.CommitDeposit(ctx, h.who, h.begun, contents)
}

func (h *held) AbandonDeposit(ctx context.Context, out Outcome) error {
	return h.keeper.AbandonDeposit(ctx, h.who, h.begun, out)
}

func (h *held) Release(ctx context.Context, safe SafeID, doc DocumentID) (Release, error) {
	rel, err := h.keeper.Release(ctx, h.who, safe, doc)
	h.begun = rel.ID
	return rel, err
}

func (h *held) Inspect(ctx context.Context, safe SafeID, doc DocumentID) (Inspection, error) {
	in, err := h.keeper.Inspect(ctx, h.who, safe, doc)
	h.begun = in.ID
	return in, err
}

func (h *held) Continue(ctx context.Context, _ int64) (time.Time, error) {
	return h.keeper.Continue(ctx, h.begun)
}

func (h *held) GiveBack() { h.keeper.GiveBack(h.begun) }

func (h *held) Conclude(ctx context.Context, out Outcome, read int64) error {
	return h.keeper.Conclude(ctx, h.begun, out, read)
}
