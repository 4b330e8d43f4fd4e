package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Papers that arrive one by one lie in a bundle in an object each, for whoever
// deposits has its recipient only, and each object costs a hybrid key to open.
// The service, which has the key, joins them: the same pieces for the same
// recipient in fewer objects.
const (
	manyObjects  = 16 // of one bundle that could be one; beyond that they are joined
	joinedAtOnce = 64 // objects of one entry
	// joinPatience is how long a join holds up the deposits of its safe at most, to
	// write what it has opened before. Where the bucket takes longer, the next entry
	// of the safe asks for it again.
	joinPatience = 2 * time.Second
)

// joinable are the objects of a bundle that an entry may join; none as long as
// there are few.
func joinable(state chain.Safe, id vault.BundleID) (some []chain.Pieces) {
	for p := range state.Pieces(id) {
		if len(p.Documents) < piecesPerObject {
			some = append(some, p)
		}
	}
	if len(some) <= manyObjects {
		return nil
	}
	return some[:min(len(some), joinedAtOnce)]
}

// scattered answers a bundle that the service can open and whose pieces lie in
// too many objects, but for those passed over.
func scattered(state chain.Safe, passed map[vault.BundleID]bool) (chain.Bundle, bool) {
	for b := range state.Bundles() {
		if b.Kind != chain.BundleIndex && !passed[b.ID] && joinable(state, b.ID) != nil {
			return b, true
		}
	}
	return chain.Bundle{}, false
}

// joinSoon joins what is scattered in a safe, unless that is being done. It
// belongs to no act: what it could not do, the next entry of the safe asks for
// again. Only the chain's writer calls it.
func (k *Keeper) joinSoon(s *safe) {
	if _, found := scattered(s.now(), nil); !found || !s.joins.CompareAndSwap(false, true) {
		return
	}
	k.work.Go(func() {
		defer s.joins.Store(false)
		if err := k.serveSafe(k.closing, s.id, k.joinAll); err != nil && k.closing.Err() == nil {
			k.log.WarnContext(k.closing, "pieces stay in many objects", slog.Any("error", err))
		}
	})
}

// joinAll joins bundle after bundle. One whose objects are not what its entries
// say is reported and passed over: it keeps no other in many objects.
func (k *Keeper) joinAll(s *safe) error {
	passed := map[vault.BundleID]bool{}
	var found error
	for {
		b, err := k.joinSome(s, passed)
		switch {
		case errors.Is(err, vault.ErrTampered) && !b.IsZero():
			passed[b], found = true, errors.Join(found, fmt.Errorf("bundle %s: %w", b, err))
		case err != nil || b.IsZero():
			return errors.Join(found, err)
		}
	}
}

// joinSome writes the next entry that joins objects, and answers of which bundle;
// zero when none is left. What it reads and opens it has read before it takes the
// safe's changing lock, which holds up deposits; under it, nobody replaces objects
// of a bundle at the same time. When the entry takes too long the lock goes, and
// [safe.settled] keeps others from building on what it replaces.
func (k *Keeper) joinSome(s *safe, passed map[vault.BundleID]bool) (vault.BundleID, error) {
	ctx, cancel := context.WithTimeout(k.closing, patience)
	defer cancel()
	state := s.now()
	b, ok := scattered(state, passed)
	if !ok {
		return vault.BundleID{}, nil
	}
	identity, err := k.identityOf(ctx, s, b)
	if err != nil {
		return b.ID, err
	}
	objects := joinable(state, b.ID)
	opened, err := k.openObjects(ctx, s.id, b.ID, objects, identity)
	if err != nil {
		return b.ID, err
	}
	return b.ID, k.joinOpened(s, b, objects, opened)
}

// joinOpened puts what was opened of some objects into new ones, unless somebody
// replaced one of them meanwhile: then another try is due.
func (k *Keeper) joinOpened(s *safe, b chain.Bundle, objects []chain.Pieces, opened [][]described) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	ctx, cancel := context.WithTimeout(k.closing, joinPatience)
	defer cancel()
	state := s.now()
	if err := s.settled(); err != nil {
		return err
	}
	there := map[vault.ObjectID]bool{}
	for p := range state.Pieces(b.ID) {
		there[p.Object] = true
	}
	if slices.ContainsFunc(objects, func(p chain.Pieces) bool { return !there[p.Object] }) {
		return nil
	}
	ops, err := k.joined(ctx, s.id, state, b, objects, opened)
	if err != nil {
		return err
	}
	c := &change{intent: audit.Position(k.trail.Size()), ops: ops, rotates: true}
	if err := s.enqueue(k, c); err != nil {
		return err
	}
	return k.await(ctx, c)
}

// identityOf opens a bundle, whichever the service can open.
func (k *Keeper) identityOf(ctx context.Context, s *safe, b chain.Bundle) (*seal.Identity, error) {
	if b.Kind == chain.BundleEntrusted {
		return k.bundleIdentity(ctx, s.id, b)
	}
	a, err := k.termsOf(ctx, s, vault.ConsentID(b.ID))
	if err != nil {
		return nil, err
	}
	return k.consentIdentity(ctx, s, b, a)
}

// joined writes the pieces of some objects of a bundle into new ones, and answers
// the operations that put these in their place. A piece of a paper that is gone
// stays behind, and one that a later object has anew.
func (k *Keeper) joined(ctx context.Context, safe vault.SafeID, state chain.Safe, b chain.Bundle, objects []chain.Pieces, opened [][]described) (ops []chain.Op, err error) {
	last := map[vault.DocumentID]vault.ObjectID{}
	for p := range state.Pieces(b.ID) {
		for _, doc := range p.Documents {
			last[doc] = p.Object
		}
	}
	var stay []described
	for i, p := range objects {
		ops = append(ops, chain.EndPieces{Bundle: b.ID, Object: p.Object})
		for _, piece := range opened[i] {
			_, live := state.Document(piece.id)
			if live && last[piece.id] == p.Object && slices.Contains(p.Documents, piece.id) {
				stay = append(stay, piece)
			}
		}
	}
	for part := range slices.Chunk(stay, piecesPerObject) {
		op, err := k.putPieces(ctx, safe, b.ID, b.Recipient, part)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}
