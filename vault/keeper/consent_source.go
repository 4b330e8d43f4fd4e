package keeper

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A source is what a person's agreement can take papers from: their own unlocked
// session, the sheet they showed, what is entrusted, or nothing.
type source struct {
	own       *opened
	entrusted bool
	// screen says that a sheet was shown on an agent's screen.
	screen bool
	// unproved says that it was said in an agent's session without sheet or PIN.
	unproved bool
}

// source checks what the person typed or showed, and what a second agent has to
// say. A sheet shown in an agent's session unlocks only the consent on the
// screen: what it opens is in the answer and nowhere else.
func (k *Keeper) source(ctx context.Context, w *warrant, a agreement, p vault.Proof, approval vault.ApprovalID, body [32]byte) (source, error) {
	second := long(a.terms, k.now())
	if second && w.person() && !w.standing.Fresh {
		return source{}, vault.ErrStepUp
	}
	src, spent, err := k.shownBy(ctx, w, p, approval, body)
	if err == nil && second && !spent {
		err = k.approved(ctx, w, approval, body)
	}
	if err != nil {
		return source{}, err
	}
	return src, nil
}

// shownBy answers what the person opened, and whether that took the approval.
func (k *Keeper) shownBy(ctx context.Context, w *warrant, p vault.Proof, approval vault.ApprovalID, body [32]byte) (src source, spent bool, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return source{}, false, err
	}
	if w.person() {
		switch w.standing.Reach {
		case vault.ReachAll:
			o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe)
			if !ok {
				return source{}, false, vault.ErrLocked
			}
			return source{own: o}, false, nil
		case vault.ReachEntrusted:
			return source{entrusted: true}, false, nil
		}
	}
	if p.Code.IsZero() && p.PIN.IsZero() {
		return source{unproved: !w.person()}, false, nil
	}
	got, err := k.prove(ctx, w, p, approval, body)
	switch {
	case err != nil:
		return source{}, false, err
	case len(got.ids) > 0:
		way := got.way.String()
		w.result.Way = way
		return source{own: newOpened(way, got.ids), screen: !w.ownLogin()}, p.PIN.IsZero() && !w.ownLogin(), w.safe.opensBy(way)
	case got.pin:
		return source{entrusted: true}, false, nil
	}
	return source{}, false, vault.ErrCode
}

// today answers the papers that an agreement covers now, with what its pieces
// need of them. Without the keys of all the safe it is never less than the text
// says, but for what may still arrive.
func (k *Keeper) today(ctx context.Context, w *warrant, a agreement, src source) (docs []described, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	if !a.withPieces() {
		return nil, nil // putting papers in needs no key
	}
	open := a.terms.Arrivals == vault.ArrivalsToo && len(a.terms.Scope.Documents) == 0
	switch {
	case src.own != nil:
		docs, err = k.coveredBy(ctx, w, a, src.own)
	case src.entrusted:
		docs, err = k.coveredEntrusted(ctx, w, a)
	case open:
		return nil, nil
	case w.person():
		return nil, vault.ErrLocked
	default:
		return nil, vault.ErrNeedsSheet
	}
	if err == nil && len(docs) == 0 && !open {
		err = invalid("terms.scope", "des papiers qui sont dans le coffre, ou ceux qui arriveront")
	}
	return docs, err
}

// coveredBy opens what the keys of the whole safe show of the papers in scope.
func (k *Keeper) coveredBy(ctx context.Context, w *warrant, a agreement, o *opened) ([]described, error) {
	scope, safe := a.terms.Scope, w.deed.safe
	onlyNamed := len(scope.Kinds)+len(scope.Drawers) == 0
	var docs []chain.Document
	var in []described
	for d := range w.safe.documents() {
		if onlyNamed && !a.names(d.ID) {
			continue
		}
		full, err := k.describedIn(o, safe, d)
		if err != nil {
			return nil, err
		}
		if a.covers(d.ID, papers.Drawer(full.Drawer), papers.Kind(full.Kind)) {
			docs, in = append(docs, d), append(in, described{id: d.ID, description: full})
		}
	}
	if err := allNamed(scope, in); err != nil || !a.withKeys() {
		return in, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, d := range docs {
		g.Go(func() (err error) {
			in[i].key, _, err = k.fileKey(ctx, o.ids, safe, d)
			return err
		})
	}
	return in, g.Wait()
}

// allNamed refuses an agreement over a paper that is not there.
func allNamed(s vault.Scope, in []described) error {
	for _, id := range s.Documents {
		if !slices.ContainsFunc(in, func(d described) bool { return d.id == id }) {
			return vault.ErrNotFound
		}
	}
	return nil
}

// coveredEntrusted opens what the person lets the service open with their PIN.
// Papers of today outside it need the sheet.
func (k *Keeper) coveredEntrusted(ctx context.Context, w *warrant, a agreement) ([]described, error) {
	record, scope := w.safe.current(), a.terms.Scope
	if a.terms.Arrivals == vault.ArrivalsToday {
		drawers := slices.Clone(scope.Drawers)
		for _, kind := range scope.Kinds {
			d, err := k.kinds.Drawer(kind)
			if err != nil {
				return nil, invalid("terms.scope.kinds", "des types de papiers du catalogue")
			}
			drawers = append(drawers, d)
		}
		for _, d := range drawers {
			if _, ok := record.drawer(d); !ok {
				return nil, vault.ErrNeedsSheet
			}
		}
	}
	all, err := k.entrustedPieces(ctx, w.safe)
	if err != nil {
		return nil, err
	}
	var in []described
	for d := range w.safe.documents() {
		piece, ok := all[d.ID]
		if ok && a.covers(d.ID, papers.Drawer(piece.description.Drawer), papers.Kind(piece.description.Kind)) {
			in = append(in, piece)
		}
	}
	if allNamed(scope, in) != nil {
		return nil, vault.ErrNeedsSheet
	}
	return in, nil
}
