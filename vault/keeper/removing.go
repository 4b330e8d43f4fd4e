package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// RemoveWay ends a way in, from the moment its intent is on disk; whatever it
// had opened is locked with it. The last sheet stays: without one nobody but the
// holder of escrow B would open the safe again. See [vault.LockKeeper].
func (k *Keeper) RemoveWay(ctx context.Context, who session.Principal, act vault.RemoveWay) error {
	defer k.recall(ctx)
	d := deed{who: who, act: vault.ActRemoveWay, safe: act.Safe, note: detail{Way: act.Way.String()}}
	if err := k.admit(ctx, who); err != nil {
		return err
	}
	s, st, err := k.standing(ctx, d)
	switch {
	case err != nil:
		return k.failed(ctx, d, st, err)
	case s == nil:
		_, err = k.decide(ctx, d, s, st)
		return err
	}
	// Two removals at once must not take one sheet each and leave none.
	s.changing.Lock()
	defer s.changing.Unlock()
	// Whoever waited may have lost meanwhile what proved who they are.
	if st, err = k.anywhere(who); err == nil {
		err = k.stand(ctx, d, s, &st)
	}
	if err != nil {
		k.unpin(s)
		return k.failed(ctx, d, st, err)
	}
	w, err := k.beginRemoving(ctx, d, s, st, act.Way)
	if err != nil {
		k.unpin(s)
		return err
	}
	body := mac([]byte("coffre/remove-way/v1"), act.Safe.String(), act.Way.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if !s.has(act.Way) {
		return w.end(ctx, vault.ErrNotFound, detail{})
	}
	return k.take(ctx, w, act.Request, body, &taking{way: act.Way}, func() {
		k.unlocked.dropSafe(act.Safe, session.ID{}, act.Way.String())
	})
}

// beginRemoving is begin for the end of a way in: which one it may be is asked
// before the intent, which alone ends it, also when the keeper dies before the
// refusal is written. That there is no such way is no reason here: the intent
// then takes nothing, and a retry finds its answer.
func (k *Keeper) beginRemoving(ctx context.Context, d deed, s *safe, st consent.Standing, id vault.WayID) (*warrant, error) {
	if _, why := consent.Decide(d.who, st, d.request()); why == 0 {
		if err := s.removable(id, st); err != nil {
			return nil, k.refuseFor(ctx, d, s, st, err)
		}
	}
	return k.decide(ctx, d, s, st)
}

// removable refuses the last sheet. Escrow B, a recovery kit, and the last way in
// beside a sheet, are taken away by who proves anew who they are: by the sheet in this session,
// or by a login younger than five minutes. A counter session by the PIN alone
// does not, or whoever typed it would leave the person without help when the
// sheet is lost.
func (s *safe) removable(id vault.WayID, st consent.Standing) error {
	var found chain.Way
	sheets := 0
	ways := s.ways()
	for _, way := range ways {
		if way.Kind == chain.WaySheet {
			sheets++
		}
		if way.ID == id {
			found = way
		}
	}
	proved := st.Reach == vault.ReachAll || !st.Visit && st.Fresh
	switch {
	case found.ID.IsZero():
		return nil
	case found.Kind == chain.WaySheet && sheets == 1:
		return &vault.InvalidError{Field: "way", Rule: "un accès autre que la dernière feuille de code : imprimez d'abord une nouvelle feuille"}
	case (found.Kind == chain.WayEscrow || isRecovery(found) || len(ways) == 2) && !proved:
		return vault.ErrStepUp
	}
	return nil
}

// has reports whether a way in is there, and nobody took it away.
func (s *safe) has(id vault.WayID) bool { return s.opensBy(id.String()) == nil }
