package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// CancelKit stops an opening of the recovery kit, from the moment its intent is
// on disk. The sheets stay: whoever has two begins anew, and the person is told
// again. See [vault.KitKeeper].
func (k *Keeper) CancelKit(ctx context.Context, who session.Principal, act vault.CancelKit) error {
	w, err := k.beginCancelling(ctx, who, act)
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/cancel-kit/v1"), act.Safe.String(), act.Word.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if !w.safe.current().kitOpening.waits(k.now()) {
		return w.end(ctx, vault.ErrKitClosed, detail{})
	}
	return k.take(ctx, w, act.Request, body, &taking{kit: true, by: k.now()}, func() {})
}

// beginCancelling is begin for it: that an agent says how they were told is asked
// before the intent, which alone stops the opening.
func (k *Keeper) beginCancelling(ctx context.Context, who session.Principal, act vault.CancelKit) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: vault.ActCancelKit, safe: act.Safe, note: detail{Word: act.Word.String()}}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, st, err)
	}
	if _, why := consent.Decide(who, st, d.request()); s != nil && why == 0 {
		if err := wordOf(st, act.Word); err != nil {
			err = k.refuseFor(ctx, d, s, st, err)
			k.unpin(s)
			return nil, err
		}
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil && s != nil {
		k.unpin(s)
	}
	return w, err
}
