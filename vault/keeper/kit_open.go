package keeper

import (
	"context"
	"errors"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// OpenKit begins the delay of a recovery kit. The pair is opened, to know that it
// is one, and forgotten in the same call; what waits is a line in the safe's
// record. See [vault.KitKeeper].
func (k *Keeper) OpenKit(ctx context.Context, who session.Principal, act vault.OpenKit) (vault.KitOpening, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActOpenKit, safe: act.Safe})
	if err != nil {
		return vault.KitOpening{}, err
	}
	if err := k.showPair(ctx, w, act); err != nil {
		return vault.KitOpening{}, w.end(ctx, err, w.result)
	}
	if o := w.safe.current().kitOpening; o.waits(k.now()) {
		return o.view(), w.end(ctx, nil, w.result)
	}
	opening := k.newOpening(w)
	err = k.editWith(ctx, w, vault.RequestID{}, [32]byte{}, struct{}{}, func(r *serviceRecord) error {
		switch {
		case r.kit.isZero(): // ended meanwhile
			return vault.ErrCode
		case r.kitOpening.waits(k.now()):
			opening = r.kitOpening // somebody was faster
		}
		r.kitOpening = opening
		return nil
	})
	if err != nil {
		return vault.KitOpening{}, err
	}
	return opening.view(), nil
}

// showPair asks for two sheets of the kit. On the screen of an agent who printed
// it they prove nothing without the PIN: that agent has had all three.
func (k *Keeper) showPair(ctx context.Context, w *warrant, act vault.OpenKit) error {
	screen, printer := k.screen(w), w.safe.current().kit.printer
	switch {
	case !act.PIN.IsZero():
		if err := k.tryPIN(ctx, w, act.PIN); err != nil {
			return err
		}
	case !screen.IsZero() && screen == printer:
		return vault.ErrApprover
	}
	way, _, err := k.tryPair(ctx, w, act.Pair)
	w.result.Way = idText(way)
	return err
}

// newOpening begins the delay now. It ends at the end of a second, so that the
// record, which holds seconds, never makes it shorter.
func (k *Keeper) newOpening(w *warrant) kitOpening {
	now := k.now().UTC()
	due := now.Add(k.kitDelay + time.Second - time.Nanosecond)
	return kitOpening{since: now.Truncate(time.Second), due: due.Truncate(time.Second), asked: k.screen(w)}
}

// guessKit is what was typed, in the trail: two recovery sheets at once.
const guessKit = "kit"

// tryPair compares two codes with the sheets of the kit and opens the safe's
// identities with them. Both are one guess: neither is looked at before it is in
// the trail and counted, and whatever is no pair has one answer.
func (k *Keeper) tryPair(ctx context.Context, w *warrant, pair vault.KitPair) (id vault.WayID, ids identities, err error) {
	if pair.First.IsZero() || pair.Second.IsZero() {
		return id, nil, &vault.InvalidError{Field: "pair", Rule: "deux feuilles de secours"}
	}
	err = k.try(ctx, w, guessKit, func() (detail, error) {
		if err := k.guess(w.safe.id); err != nil {
			return detail{Reason: notCompared}, err
		}
		way, opened, err := k.openPair(ctx, w, pair)
		if !way.ID.IsZero() { // they were the right codes, whether or not the bucket answered
			err = errors.Join(err, k.guessed(w.safe.id))
		}
		if err != nil {
			return detail{Way: idText(way.ID)}, err
		}
		id, ids = way.ID, opened
		return detail{Way: id.String()}, nil
	})
	if err != nil {
		return vault.WayID{}, nil, err
	}
	return id, ids, nil
}

// openPair tries both codes on every sheet of the kit, always all of them: how
// long it takes does not tell that one of the two was right.
func (k *Keeper) openPair(ctx context.Context, w *warrant, pair vault.KitPair) (chain.Way, identities, error) {
	if err := w.check(w.deed.safe); err != nil {
		return chain.Way{}, nil, err
	}
	ways, sheets := w.safe.kitWays(), w.safe.current().kit.sheets
	if len(ways) == 0 { // that there is no kit is no secret: the safe's view says it
		return chain.Way{}, nil, vault.ErrCode
	}
	var found chain.Way
	var outer, inner *seal.Identity
	var firsts, seconds [vault.KitSheets]*seal.Identity
	for i, id := range sheets {
		var err error
		if firsts[i], err = k.deriveAt(ctx, pair.First, id.String()); err != nil {
			return chain.Way{}, nil, err
		}
		if seconds[i], err = k.deriveAt(ctx, pair.Second, id.String()); err != nil {
			return chain.Way{}, nil, err
		}
	}
	for _, one := range firsts {
		for _, other := range seconds {
			if way, ok := pairOf(ways, one.Recipient(), other.Recipient()); ok {
				found, outer, inner = way, one, other
			}
		}
	}
	if found.ID.IsZero() {
		return chain.Way{}, nil, vault.ErrCode
	}
	if found.Recipient != outer.Recipient() {
		outer, inner = inner, outer
	}
	ids, err := k.openWayWith(ctx, w.safe.id, w.safe.now(), found, outer, inner)
	return found, ids, err
}
