package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// EndTraining erases a safe for exercises. It takes away: from the moment its
// intent is on disk the safe is gone, whatever the bucket says. See
// [vault.TrainingKeeper].
func (k *Keeper) EndTraining(ctx context.Context, who session.Principal, act vault.EndTraining) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActEndTraining, safe: act.Safe})
	if err != nil {
		return err
	}
	if err := w.check(act.Safe); err != nil {
		return w.end(ctx, err, detail{})
	}
	c := &change{takes: &taking{erase: true}}
	c.failed = func() { w.safe.unhold(c.takes) }
	w.safe.hold(c.takes)
	k.unlocked.dropSafe(act.Safe, session.ID{})
	c.landed = func() { k.burySoon(act.Safe) }
	return k.settle(ctx, w, w.safe, c)
}

// sweepTrainings erases the safes for exercises whose time is over, and finishes
// what a stop or a crash kept from being deleted of others.
func (k *Keeper) sweepTrainings(ctx context.Context) error {
	rows, err := k.trainings(vault.StructureID{})
	if err != nil {
		return err
	}
	var errs []error
	for _, row := range rows {
		errs = append(errs, k.sweepTraining(ctx, row))
	}
	return errors.Join(errs...)
}

func (k *Keeper) sweepTraining(ctx context.Context, row training) error {
	s, err := k.safe(ctx, row.safe)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return k.sweepGone(ctx, row)
	case err != nil:
		return fmt.Errorf("safe for exercises: %w", err)
	}
	defer k.unpin(s)
	if k.now().Before(row.until) {
		return nil
	}
	at, err := k.noteService(ctx, s, vault.ActEndTraining, detail{Code: vault.EndedByDate.String()})
	if err != nil {
		return err
	}
	c := &change{intent: at, takes: &taking{erase: true}}
	c.landed = func() { k.burySoon(row.safe) }
	s.hold(c.takes)
	if err := s.enqueue(k, c); err != nil {
		s.unhold(c.takes)
		return err
	}
	return nil
}

// sweepGone finishes with a safe for exercises that is not there any more, or that
// never came to be: that one's row goes when its time is over, because until then
// it may be about to.
func (k *Keeper) sweepGone(ctx context.Context, row training) error {
	n, err := k.known(safeChain(row.safe))
	switch {
	case err != nil:
		return err
	case !n.confirmed.IsZero():
		return k.bury(ctx, row.safe)
	case k.now().Before(row.until):
		return nil
	}
	return k.dropTraining(row.safe)
}

// buryLeft goes on, at a start, with what the last keeper left.
func (k *Keeper) buryLeft() {
	if err := k.sweepTrainings(k.closing); err != nil && k.closing.Err() == nil {
		k.log.WarnContext(k.closing, "safes for exercises", slog.Any("error", err))
	}
}

// burySoon buries a safe whose erasure was just written.
func (k *Keeper) burySoon(id vault.SafeID) {
	k.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), discardTimeout)
		defer cancel()
		if err := k.bury(ctx, id); err != nil {
			k.log.WarnContext(ctx, "an erased safe is not deleted yet, the sweep will", slog.Any("error", err))
		}
	})
}
