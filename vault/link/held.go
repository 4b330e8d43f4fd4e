package link

import (
	"context"
	"time"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
)

// The questions of a hold. See [vault.Hold].

// Live implements [vault.Hold].
func (h *held) Live(ctx context.Context) error {
	return h.say(ctx, keeperv1.HoldRequest_builder{Live: &keeperv1.Live{}}.Build())
}

// say asks what is answered with done.
func (h *held) say(ctx context.Context, m *keeperv1.HoldRequest) error {
	_, err := h.ask(ctx, m, (*keeperv1.HoldResponse).HasDone)
	return err
}

// parsed reads an answer.
func parsed[M, T any](m M, f func(*reader, M) T) (T, error) {
	var r reader
	v := f(&r, m)
	if r.err != nil {
		var none T
		return none, r.err
	}
	return v, nil
}

// BeginDeposit implements [vault.Hold].
func (h *held) BeginDeposit(ctx context.Context, act vault.BeginDeposit) (vault.DepositTicket, error) {
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{BeginDeposit: writeBegin(act)}.Build(), (*keeperv1.HoldResponse).HasTicket)
	if err != nil {
		return vault.DepositTicket{}, err
	}
	return parsed(answer.GetTicket(), (*reader).ticket)
}

// Place implements [vault.Hold].
func (h *held) Place(ctx context.Context, act vault.Deposit) (vault.Slot, error) {
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{Place: writePlace(act)}.Build(), (*keeperv1.HoldResponse).HasSlot)
	if err != nil {
		return vault.Slot{}, err
	}
	return parsed(answer.GetSlot(), (*reader).slot)
}

// CommitDeposit implements [vault.Hold].
func (h *held) CommitDeposit(ctx context.Context, contents []vault.Content) ([]vault.Receipt, error) {
	m, wipe := writeCommit(contents)
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{CommitDeposit: m}.Build(), (*keeperv1.HoldResponse).HasReceipts)
	wipe()
	if err != nil {
		return nil, err
	}
	return parsed(answer.GetReceipts(), (*reader).receipts)
}

// AbandonDeposit implements [vault.Hold].
func (h *held) AbandonDeposit(ctx context.Context, out vault.Outcome) error {
	if h.broken() {
		return nil
	}
	return h.say(ctx, keeperv1.HoldRequest_builder{
		AbandonDeposit: keeperv1.AbandonDeposit_builder{Outcome: writeOutcome(out)}.Build(),
	}.Build())
}

// broken says that the stream ended before what was begun on it: the keeper has
// recorded, or records now, that it failed.
func (h *held) broken() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err != nil
}

// Release implements [vault.Hold].
func (h *held) Release(ctx context.Context, safe vault.SafeID, doc vault.DocumentID) (vault.Release, error) {
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{
		Release: keeperv1.Release_builder{Safe: safe[:], Document: doc[:]}.Build(),
	}.Build(), (*keeperv1.HoldResponse).HasReleased)
	if err != nil {
		return vault.Release{}, err
	}
	return parsed(answer.GetReleased(), (*reader).released)
}

// Inspect implements [vault.Hold].
func (h *held) Inspect(ctx context.Context, safe vault.SafeID, doc vault.DocumentID) (vault.Inspection, error) {
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{
		Inspect: keeperv1.Inspect_builder{Safe: safe[:], Document: doc[:]}.Build(),
	}.Build(), (*keeperv1.HoldResponse).HasInspected)
	if err != nil {
		return vault.Inspection{}, err
	}
	return parsed(answer.GetInspected(), (*reader).inspected)
}

// Continue implements [vault.Hold]. The lease counts from before the question was
// sent, so that it ends here no later than at the keeper, however long the answer
// was on its way.
func (h *held) Continue(ctx context.Context, read int64) (time.Time, error) {
	asked := time.Now()
	answer, err := h.ask(ctx, keeperv1.HoldRequest_builder{
		Continue: keeperv1.Continue_builder{Read: read}.Build(),
	}.Build(), (*keeperv1.HoldResponse).HasLeased)
	if err != nil {
		return time.Time{}, err
	}
	d, err := parsed(answer.GetLeased(), (*reader).leased)
	if err != nil {
		return time.Time{}, err
	}
	return asked.Add(d), nil
}

// GiveBack implements [vault.Hold]. It waits for no answer: when it does not
// arrive, the lease runs out.
func (h *held) GiveBack() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return
	}
	if err := h.stream.Send(keeperv1.HoldRequest_builder{GiveBack: &keeperv1.GiveBack{}}.Build()); err != nil {
		_ = h.fail(h.errors(err)) // the next question would have found it out
	}
}

// Conclude implements [vault.Hold].
func (h *held) Conclude(ctx context.Context, out vault.Outcome, read int64) error {
	if out != vault.OutcomeDone && h.broken() {
		return nil
	}
	return h.say(ctx, keeperv1.HoldRequest_builder{
		Conclude: keeperv1.Conclude_builder{Outcome: writeOutcome(out), Read: read}.Build(),
	}.Build())
}
