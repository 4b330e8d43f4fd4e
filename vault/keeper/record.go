package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/vault"
)

// editRecord changes the service record of a safe, in an entry of its own, and
// ends the warrant.
func (k *Keeper) editRecord(ctx context.Context, w *warrant, id vault.RequestID, body [32]byte, edit func(*serviceRecord) error) error {
	if found, err := w.answered(id, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, w.result)
	}
	return k.editWith(ctx, w, id, body, struct{}{}, edit)
}

// editWith is editRecord for a request that nobody answered before: a retry is
// told answer. What edit does beside the record comes to nothing when the entry
// does.
func (k *Keeper) editWith(ctx context.Context, w *warrant, id vault.RequestID, body [32]byte, answer any, edit func(*serviceRecord) error) error {
	return k.editBy(ctx, w, &change{}, id, body, answer, edit)
}

// editBy is editWith by a change of the caller's, who is told by it what comes of
// the entry.
func (k *Keeper) editBy(ctx context.Context, w *warrant, c *change, id vault.RequestID, body [32]byte, answer any, edit func(*serviceRecord) error) error {
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	err := w.check(w.deed.safe)
	if err == nil {
		err = w.safe.settled()
	}
	record := w.safe.current()
	if err == nil {
		err = edit(&record)
	}
	if err == nil {
		err = k.renewService(ctx, w, c, record)
	}
	if err == nil {
		c.answer, err = w.newAnswer(id, body, answer)
	}
	if err != nil {
		return w.end(ctx, err, w.result)
	}
	return k.settle(ctx, w, w.safe, c)
}
