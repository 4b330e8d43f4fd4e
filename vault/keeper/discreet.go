package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// discreetAnswer is what a retry of SetDiscreet finds.
type discreetAnswer struct {
	KitEnded bool `json:"kit_ended,omitempty"`
}

// codeKitEnded says in the journal that the recovery kit ended with discreet mode.
const codeKitEnded = "kit-ended"

// SetDiscreet turns discreet mode on or off. A discreet safe is in no register, and
// does not come back to one by itself; nor does the recovery kit that ended in the
// same entry. See [vault.LockKeeper].
func (k *Keeper) SetDiscreet(ctx context.Context, who session.Principal, act vault.SetDiscreet) (set vault.DiscreetSet, err error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSetDiscreet, safe: act.Safe})
	if err != nil {
		return set, err
	}
	if act.Discreet != vault.DiscretionNormal && act.Discreet != vault.DiscretionDiscreet {
		return set, w.end(ctx, &vault.InvalidError{Field: "discretion", Rule: "discret, ou comme les autres"}, detail{})
	}
	body := mac([]byte("coffre/set-discreet/v1"), act.Safe.String(), number(uint64(act.Discreet)), number(uint64(act.Kit)))
	var answer discreetAnswer
	if found, err := w.answered(act.Request, body, &answer); found || err != nil {
		set.KitEnded = answer.KitEnded
		return set, w.end(ctx, err, detail{})
	}
	c := &change{}
	err = k.editBy(ctx, w, c, act.Request, body, &answer, func(r *serviceRecord) error {
		if act.Discreet == vault.DiscretionDiscreet && !r.discreet() && act.Kit != vault.DiscreetKitAnyway {
			answer.KitEnded = w.endKit(c, r)
		}
		r.discretion = act.Discreet
		if r.discreet() {
			r.entry = vault.RegisterEntry{}
		}
		return nil
	})
	set.KitEnded = err == nil && answer.KitEnded
	return set, err
}

// endKit adds to a change that the recovery kit ends, and reports whether there was
// one. The caller holds the safe's changing lock.
func (w *warrant) endKit(c *change, r *serviceRecord) bool {
	ways := w.safe.kitWays()
	for _, way := range ways {
		c.ops = append(c.ops, chain.EndWay{Way: way.ID})
	}
	if len(ways) == 0 {
		return false
	}
	*r, w.result.Code = r.withoutKit(), codeKitEnded
	return true
}
