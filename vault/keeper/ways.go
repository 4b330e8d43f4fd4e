package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// Ways lists the ways in. See [vault.LockKeeper].
func (k *Keeper) Ways(ctx context.Context, who session.Principal, id vault.SafeID) ([]vault.WayIn, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListWays, safe: id})
	if err != nil {
		return nil, err
	}
	record := w.safe.current()
	var all []vault.WayIn
	for _, way := range w.safe.ways() {
		in := vault.WayIn{ID: way.ID, Kind: wayKindOf(way.Kind)}
		if n, ok := record.way(way.ID); ok {
			in.Label, in.Since = n.label, n.since
		}
		all = append(all, in)
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

// wayKindOf is the word of the API for what the chain says.
func wayKindOf(k chain.WayKind) vault.WayInKind {
	switch k {
	case chain.WaySheet:
		return vault.WaySheet
	case chain.WayEscrow:
		return vault.WayEscrow
	case chain.WayPhone:
		return vault.WayPhone
	case chain.WayRecovery:
		return vault.WayRecovery
	default:
		return 0
	}
}

func (r serviceRecord) way(id vault.WayID) (wayNote, bool) {
	i := slices.IndexFunc(r.ways, func(n wayNote) bool { return n.way == id })
	if i < 0 {
		return wayNote{}, false
	}
	return r.ways[i], true
}

// note is the record with a way in that begins now.
func (r serviceRecord) note(id vault.WayID, label string) serviceRecord {
	r.ways = append(slices.Clone(r.ways), wayNote{id, label, time.Now().UTC().Truncate(time.Second)})
	return r
}
