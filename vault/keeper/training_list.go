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
		s, err := k.safe(ctx, row.safe)
		if errors.Is(err, vault.ErrNotFound) {
			continue // its opening never came true, or it was erased
		}
		if err != nil {
			return nil, err
		}
		r, n, there := s.record(), s.now().Len(), s.there(k.now())
		k.unpin(s)
		if !there { // its time is over
			continue
		}
		one := vault.Training{Safe: row.safe, Since: r.training.since, Until: r.training.until, Documents: n}
		one.Opener, _ = k.agentName(r.opener)
		all = append(all, one)
	}
	return all, nil
}
