package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// PrintKitLetter answers what stands on the letter about an opening that waits. Making
// it is a line of the safe's journal. See [vault.KitKeeper].
func (k *Keeper) PrintKitLetter(ctx context.Context, who session.Principal, id vault.SafeID) (vault.KitLetter, error) {
	if id.IsZero() {
		id = vault.NewSafeID() // of no safe, it would be a letter about an approval
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintLetter, safe: id, note: detail{Code: vault.ActOpenKit.String()}})
	if err != nil {
		return vault.KitLetter{}, err
	}
	p, err := k.kitLetter(w)
	if err := w.end(ctx, err, detail{}); err != nil {
		return vault.KitLetter{}, err
	}
	return p, nil
}

func (k *Keeper) kitLetter(w *warrant) (p vault.KitLetter, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return p, err
	}
	r := w.safe.current()
	switch {
	case r.discreet():
		return p, vault.ErrDiscreet
	case !r.kitOpening.waits(k.now()):
		return p, vault.ErrKitClosed
	}
	p = vault.KitLetter{Structure: k.structureName(r.home), Opening: r.kitOpening.view()}
	p.By, _ = k.agentName(r.kitOpening.asked)
	return p, nil
}
