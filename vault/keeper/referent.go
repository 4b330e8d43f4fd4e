package keeper

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// SetReferent names the person's first contact, or nobody, and says whether the
// helpers see one another. See [vault.AgentKeeper].
func (k *Keeper) SetReferent(ctx context.Context, who session.Principal, act vault.SetReferent) error {
	note := detail{}
	if !act.Referent.IsZero() {
		note.AboutAgent = act.Referent.String()
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSetReferent, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	shared := "apart"
	if act.Shared {
		shared = "shared"
	}
	body := mac([]byte("coffre/set-referent/v1"), act.Safe.String(), act.Referent.String(), shared)
	return k.editService(ctx, w, act.Request, body, func(r *serviceRecord) error {
		if err := k.mayBeReferent(ctx, w, *r, act.Referent); err != nil {
			return err
		}
		r.referent, r.shared = act.Referent, act.Shared
		return nil
	})
}

// mayBeReferent accepts nobody, an agent of the structure that opened the safe,
// and whoever helps already.
func (k *Keeper) mayBeReferent(ctx context.Context, w *warrant, r serviceRecord, id vault.AgentID) error {
	if id.IsZero() || id == r.referent {
		return nil
	}
	f, ok := k.agentBy(id)
	if !ok || f.state == vault.AgentEnded || !f.program.isZero() {
		return vault.ErrNotFound
	}
	if f.structure == r.home {
		return nil
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a agreement) bool { return k.holder(a.terms) == id }) {
		return vault.ErrNotFound
	}
	return nil
}
