package keeper

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// Look answers what the caller sees of a safe's papers. See [vault.PaperKeeper].
func (k *Keeper) Look(ctx context.Context, who session.Principal, act vault.Look) (vault.Sight, error) {
	d := deed{who: who, act: vault.ActSort, safe: act.Safe}
	if act.Purpose != "" {
		d.act, d.note = vault.ActBring, detail{Purpose: string(act.Purpose)}
	}
	w, err := k.begin(ctx, d)
	if err != nil {
		return vault.Sight{}, err
	}
	sight, _, err := k.sight(ctx, w)
	if err != nil {
		return vault.Sight{}, w.end(ctx, err, detail{})
	}
	if err := w.endLater(audit.ResultDone, detail{Count: uint64(len(sight.Documents))}); err != nil {
		return vault.Sight{}, err
	}
	return sight, nil
}

// sight is what a warrant for no paper in particular shows, and the papers of it
// as the catalogue knows them, in the same order.
func (k *Keeper) sight(ctx context.Context, w *warrant) (vault.Sight, []papers.Paper, error) {
	if err := w.check(w.deed.safe); err != nil {
		return vault.Sight{}, nil, err
	}
	all, err := k.allMeans(ctx, w)
	if err != nil {
		return vault.Sight{}, nil, err
	}
	record := w.safe.current()
	sight := vault.Sight{Documents: []vault.Document{}, Discretion: record.discretion, Nature: w.safe.now().Nature()}
	if !record.discreet() {
		sight.Structure = k.structureName(record.home)
	}
	var known []papers.Paper
	in := w.safe.entrustedNow()
	for d := range w.safe.documents() {
		if ctx.Err() != nil {
			return vault.Sight{}, nil, ctx.Err()
		}
		full, ok, err := inReach(all, d)
		if err != nil {
			return vault.Sight{}, nil, err
		}
		if ok {
			doc := toDocument(d, full, in)
			sight.Documents, known = append(sight.Documents, doc), append(known, doc.Description.Paper(k.kinds))
		}
	}
	sight.Whole = len(all) == 1 && all[0].opened != nil
	if sight.Kinds, err = k.wholeKinds(ctx, w, sight.Whole); err != nil {
		return vault.Sight{}, nil, err
	}
	return sight, known, nil
}

// wholeKinds are the kinds of which no paper is hidden: all of them from the
// person with the whole safe open; from an agent those that a live consent names,
// which was given with the whole safe open and covers what arrives too. A paper may
// lie in another drawer than its kind's, so that a drawer says nothing of kinds, and
// what is entrusted may not be all there is of one.
func (k *Keeper) wholeKinds(ctx context.Context, w *warrant, whole bool) ([]papers.Kind, error) {
	switch {
	case whole:
		return k.kinds.EveryKind(), nil
	case w.permit.Consent().IsZero():
		return nil, nil
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return nil, err
	}
	var kinds []papers.Kind
	for _, g := range w.standing.Grants {
		i := slices.IndexFunc(all, func(a agreement) bool { return a.id == g.Consent && a.arrivals() && a.whole })
		if i < 0 {
			continue
		}
		if _, ok := w.under(g); !ok {
			continue
		}
		kinds = append(kinds, all[i].terms.Scope.Kinds...)
	}
	return kinds, nil
}
