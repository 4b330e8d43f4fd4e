package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// unlockByPhone opens a safe with what a trusted phone keeps. The PIN is
// compared first, under its own counters: a phone that was found, or stolen
// unlocked, opens nothing. A phone that is no way in here costs no try of the
// PIN, so that nobody without one can block it.
func (k *Keeper) unlockByPhone(ctx context.Context, w *warrant, act vault.Unlock) error {
	way, ok := w.safe.phoneOf(act.Phone)
	if !ok || !act.Code.IsZero() {
		return w.end(ctx, vault.ErrCode, detail{Reason: notCompared})
	}
	if err := k.tryPIN(ctx, w, act.PIN); err != nil {
		return w.end(ctx, err, detail{Reason: notCompared})
	}
	ids, err := k.openWay(ctx, act.Safe, w.safe.now(), way, act.Phone)
	if err != nil {
		return w.end(ctx, err, detail{Way: way.ID.String()})
	}
	return k.stayOpen(ctx, w, way.ID.String(), ids)
}

// phoneOf answers the live way in that a phone's identity holds.
func (s *safe) phoneOf(phone *seal.Identity) (chain.Way, bool) {
	for _, way := range s.ways() {
		if way.Kind == chain.WayPhone && way.Recipient == phone.Recipient() {
			return way, true
		}
	}
	return chain.Way{}, false
}
