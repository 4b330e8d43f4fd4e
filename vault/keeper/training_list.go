package keeper

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Trainings lists the safes for exercises of the caller's structure. See
// [vault.TrainingKeeper].
func (k *Keeper) Trainings(ctx context.Context, who session.Principal) ([]vault.Training, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListTrainings})
	if err != nil {
		return nil, err
	}
	all, err := k.listTrainings(ctx, w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

func (k *Keeper) listTrainings(ctx context.Context, w *warrant) ([]vault.Training, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	rows, err := k.trainings(w.standing.Agent.Structure)
	if err != nil {
		return nil, err
	}
	all := []vault.Training{}
	for _, row := range rows {
		one, there, err := k.listTraining(ctx, row)
		if err != nil {
			return nil, err
		}
		if there {
			all = append(all, one)
		}
	}
	return all, nil
}

// listTraining is what the list says of one; false for one that never came to be, and
// for one whose time is over. Of one that cannot be read now there is its row: it keeps
// nobody from the others, and whoever counts them misses none.
func (k *Keeper) listTraining(ctx context.Context, row training) (one vault.Training, there bool, err error) {
	s, err := k.safe(ctx, row.safe)
	switch {
	case ctx.Err() != nil:
		return one, false, ctx.Err()
	case errors.Is(err, vault.ErrNotFound):
		return one, false, nil
	case err != nil:
		return vault.Training{Safe: row.safe, Until: row.until}, k.now().Before(row.until), nil
	}
	defer k.unpin(s)
	r, state := s.record(), s.now()
	one = vault.Training{Safe: row.safe, Since: r.training.since, Until: r.training.until, Documents: state.Len()}
	one.Opener, _ = k.agentName(r.opener)
	return one, s.there(k.now()), nil
}
