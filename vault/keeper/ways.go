package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
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

// RemoveWay ends a way in, from the moment its intent is on disk; whatever it
// had opened is locked with it. The last sheet stays: without one nobody but the
// holder of escrow B would open the safe again. See [vault.LockKeeper].
func (k *Keeper) RemoveWay(ctx context.Context, who session.Principal, act vault.RemoveWay) error {
	defer k.recall(ctx)
	note := detail{Way: act.Way.String()}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRemoveWay, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/remove-way/v1"), act.Safe.String(), act.Way.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	// Two removals at once must not take one sheet each and leave none.
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	if err := w.safe.removable(act.Way, w.standing); err != nil {
		return w.end(ctx, err, detail{})
	}
	return k.take(ctx, w, act.Request, body, &taking{way: act.Way}, func() {
		k.unlocked.dropSafe(act.Safe, session.ID{}, act.Way.String())
	})
}

// removable refuses a way in that is not there, and the last sheet. Escrow B, and
// the last way in beside one, are taken away by who proves anew who they are: by
// the sheet in this session, or by a login younger than five minutes. A counter
// session by the PIN alone does not, or whoever typed it would leave the person
// without help when the sheet is lost.
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
	switch {
	case found.ID.IsZero():
		return vault.ErrNotFound
	case found.Kind == chain.WaySheet && sheets == 1:
		return &vault.InvalidError{Field: "way", Rule: "un accès autre que la dernière feuille de code : imprimez d'abord une nouvelle feuille"}
	case (found.Kind == chain.WayEscrow || len(ways) == 2) && st.Reach != vault.ReachAll && (st.Visit || !st.Fresh):
		return vault.ErrStepUp
	}
	return nil
}
