package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// ForbidRelays is the person's no to one relay, or to all of them, now and later;
// an agent of the structure may say it on their word. It holds from the moment its
// intent is on disk. See [vault.RelayKeeper].
func (k *Keeper) ForbidRelays(ctx context.Context, who session.Principal, act vault.OnRelay) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActForbidRelays, safe: act.Safe, note: detail{Relay: idText(act.Relay)}})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/forbid-relays/v1"), act.Safe.String(), act.Relay.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	ban := relayBan{relay: act.Relay, since: time.Now().UTC().Truncate(time.Second)}
	w.safe.changing.Lock() // one that is being sent lands first, and ends here
	defer w.safe.changing.Unlock()
	record := w.safe.current()
	if _, there := k.relay(record, act.Relay); !there && !act.Relay.IsZero() {
		return w.end(ctx, vault.ErrNotFound, detail{})
	}
	if _, changes := ban.apply(record); !changes {
		return w.end(ctx, nil, detail{}) // what was wanted is so already
	}
	return k.take(ctx, w, act.Request, body, &taking{relays: ban}, func() {})
}

// AllowRelays lets relays be sent again; what ended does not come back. See
// [vault.RelayKeeper].
func (k *Keeper) AllowRelays(ctx context.Context, who session.Principal, act vault.AllowRelays) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActAllowRelays, safe: act.Safe})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/allow-relays/v1"), act.Safe.String())
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		r.noRelays = time.Time{}
		return nil
	})
}
