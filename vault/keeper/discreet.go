package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// SetDiscreet turns discreet mode on or off. A discreet safe is in no register,
// and does not come back to one by itself. See [vault.LockKeeper].
func (k *Keeper) SetDiscreet(ctx context.Context, who session.Principal, act vault.SetDiscreet) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSetDiscreet, safe: act.Safe})
	if err != nil {
		return err
	}
	if act.Discreet != vault.DiscretionNormal && act.Discreet != vault.DiscretionDiscreet {
		err := &vault.InvalidError{Field: "discretion", Rule: "discret, ou comme les autres"}
		return w.end(ctx, err, detail{})
	}
	body := mac([]byte("coffre/set-discreet/v1"), act.Safe.String(), number(uint64(act.Discreet)))
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		r.discretion = act.Discreet
		if r.discreet() {
			r.entry = vault.RegisterEntry{}
		}
		return nil
	})
}
