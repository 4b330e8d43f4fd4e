package keeper

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A means is what one act opens papers with: the source its decision rests on,
// and no other. With a consent its pieces are the only keys in reach, so that
// nothing outside the bundle opens even where a check is missing. The zero means
// opens nothing.
type means struct {
	keeper *Keeper
	safe   vault.SafeID
	nature vault.Nature
	opened *opened                        // the person's unlocked identity, or that of an exercise; or
	pieces map[vault.DocumentID]described // of a consent, of entrusted drawers
}

// means answers what a warrant opens papers with: these, or with none named any.
// It is [vault.ErrLocked] where the person has not unlocked the safe.
func (k *Keeper) means(ctx context.Context, w *warrant, docs ...vault.DocumentID) (m means, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return means{}, err
	}
	m = means{keeper: k, safe: w.deed.safe, nature: w.safe.now().Nature()}
	if o, ok := k.exerciseMeans(w); ok {
		m.opened = o
		return m, nil
	}
	if id := w.permit.Consent(); !id.IsZero() {
		if side, ok := k.sideBySide(w.deed.who.Session(), w.deed.safe); ok && side.consent == id {
			m.pieces = side.docs
			return m, nil
		}
		m.pieces, err = k.granted(ctx, w, docs...)
		return m, err
	}
	o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe)
	switch {
	case !ok || !w.standing.Owner:
		return m, vault.ErrLocked
	case o.reach() == vault.ReachAll:
		m.opened = o
	default:
		m.pieces, err = k.entrustedPieces(ctx, w.safe, docs...)
	}
	return m, err
}

// entrustedPieces opens the pieces of the drawers that the person entrusted: of
// these papers, or of all.
func (k *Keeper) entrustedPieces(ctx context.Context, s *safe, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	state, all := s.now(), map[vault.DocumentID]described{}
	for _, e := range s.current().entrust {
		b, ok := state.Bundle(e.bundle)
		if !ok {
			continue
		}
		in, err := k.pieces(ctx, s.id, state, b, docs...)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, in)
	}
	return all, nil
}

// has reports whether a paper is in reach.
func (m means) has(doc vault.DocumentID) bool {
	_, ok := m.pieces[doc]
	return ok || m.opened != nil
}

// describe answers what is known of a paper; what is not in reach is
// [vault.ErrNotFound].
func (m means) describe(d chain.Document) (chain.Description, error) {
	if m.opened != nil {
		full, err := m.keeper.describedIn(m.opened, m.safe, d)
		full.Title = m.nature.Marked(full.Title)
		return full, err
	}
	p, ok := m.pieces[d.ID]
	if !ok {
		return chain.Description{}, vault.ErrNotFound
	}
	return p.description, nil
}

// fileKey answers the key of one paper's content, which opens this content and
// no other. A piece that carries none lets its holder know of the paper only.
func (m means) fileKey(ctx context.Context, d chain.Document) (seal.FileKey, seal.Binding, error) {
	if m.opened != nil {
		return m.keeper.fileKey(ctx, m.opened.ids, m.safe, d)
	}
	p, ok := m.pieces[d.ID]
	if !ok || p.key.IsZero() {
		return seal.FileKey{}, seal.Binding{}, vault.ErrNotFound
	}
	if d.Inline != nil {
		return p.key, inlineBinding(m.safe, d.ID), nil
	}
	return p.key, contentBinding(m.safe, d.ID, d.Object), nil
}

// allMeans answers what a warrant for no paper in particular opens: for the
// person one source, for an agent one for each consent that permits the act by
// itself.
func (k *Keeper) allMeans(ctx context.Context, w *warrant) ([]means, error) {
	if w.permit.Consent().IsZero() {
		m, err := k.means(ctx, w)
		return []means{m}, err
	}
	var all []means
	for _, g := range w.standing.Grants {
		under, ok := w.under(g)
		if !ok {
			continue
		}
		m, err := k.means(ctx, under)
		if err != nil {
			return nil, fmt.Errorf("consent: %w", err)
		}
		all = append(all, m)
	}
	return all, nil
}

// under is the warrant as if one consent were all that the caller has; false
// where that consent does not permit the deed. It cannot be ended: the warrant
// it comes from is.
func (w *warrant) under(g consent.Grant) (*warrant, bool) {
	st := w.standing
	st.Grants = []consent.Grant{g}
	permit, reason := consent.Decide(w.deed.who, st, w.deed.request())
	if reason != 0 || permit.Consent() != g.Consent {
		return nil, false
	}
	return &warrant{keeper: w.keeper, deed: w.deed, permit: permit, pending: w.pending, safe: w.safe, standing: st}, true
}

// inReach answers what is known of a paper, from the first source that has it.
func inReach(all []means, d chain.Document) (chain.Description, bool, error) {
	i := slices.IndexFunc(all, func(m means) bool { return m.has(d.ID) })
	if i < 0 {
		return chain.Description{}, false, nil
	}
	full, err := all[i].describe(d)
	return full, true, err
}
