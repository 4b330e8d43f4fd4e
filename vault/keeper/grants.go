package keeper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
)

// grants are the consents of a safe that name an agent, for a document or, with
// a zero id, for the safe: live ones, and ended ones as long as the agent may
// know of them. What a person ended in danger, by a freeze or by shutting
// somebody out, is never spoken of.
func (k *Keeper) grants(ctx context.Context, s *safe, agent vault.AgentID, doc vault.DocumentID) ([]consent.Grant, error) {
	if agent.IsZero() {
		return nil, nil
	}
	now := k.now()
	state, taken := s.together()
	record := s.current()
	var all []consent.Grant
	add := func(id vault.ConsentID, why vault.EndReason, at time.Time) error {
		a, err := k.termsIn(ctx, s, state, id)
		if err != nil {
			return fmt.Errorf("terms: %w", err)
		}
		if k.holder(a.terms) != agent {
			return nil
		}
		if why == 0 {
			why, at = k.unbound(record, a.terms)
		}
		if why == vault.EndedByDate { // swept later than it ended
			at = earlier(at, a.terms.Until)
		}
		g := consent.Grant{
			Consent: id, Actions: a.terms.Actions, Function: a.terms.Function, Presence: a.terms.Presence,
			From: a.terms.From, Until: a.terms.Until, Ended: why, EndedAt: at, Names: a.names(doc),
			Covers: doc.IsZero() || why != 0 || hasPieces(state, vault.BundleID(id), []vault.DocumentID{doc}),
		}
		all = append(all, g)
		return nil
	}
	for b := range state.Bundles() {
		if b.Kind != chain.BundleConsent {
			continue
		}
		id := vault.ConsentID(b.ID)
		why := taken(id)
		if silent(why) {
			continue
		}
		if err := add(id, why, now); err != nil {
			return nil, err
		}
	}
	for x := range state.EndedConsents() {
		if !x.Given || silent(x.Why) || now.Sub(x.Time) >= vault.EndedVisible {
			continue
		}
		if err := add(x.Consent, x.Why, x.Time); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// silent reports whether an agent is not told of an end.
func silent(why vault.EndReason) bool { return why == vault.EndedFreeze || why == vault.EndedShutOut }

// granted opens pieces of the consent that the warrant's permit names: of these
// documents, or of all. What is not in the bundle is not in the answer: nothing
// else is in reach of whoever has only a consent.
func (k *Keeper) granted(ctx context.Context, w *warrant, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	id := w.permit.Consent()
	if id.IsZero() || !w.safe.live(id) {
		return nil, vault.ErrNotFound
	}
	a, err := k.termsOf(ctx, w.safe, id)
	if err != nil {
		return nil, err
	}
	return k.consentPieces(ctx, w.safe, a, docs...)
}

// purposeOf answers what a consent of a loaded safe is for; empty when that
// cannot be read now.
func (k *Keeper) purposeOf(ctx context.Context, s *safe, id vault.ConsentID) papers.Purpose {
	if id.IsZero() {
		return ""
	}
	a, err := k.termsOf(ctx, s, id)
	if err != nil {
		return ""
	}
	return a.terms.Purpose
}

// joinConsents answers the operations by which papers that arrive join the
// consents whose text says so. It needs recipients only.
func (k *Keeper) joinConsents(ctx context.Context, w *warrant, docs []described) ([]chain.Op, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return nil, err
	}
	state, now := w.safe.now(), k.now()
	var ops []chain.Op
	for _, a := range all {
		if why, _ := k.unbound(w.safe.current(), a.terms); why != 0 {
			continue
		}
		if !a.arrivals() || !a.withPieces() || !now.Before(a.terms.Until) {
			continue
		}
		b, ok := state.Bundle(vault.BundleID(a.id))
		in := slices.DeleteFunc(slices.Clone(docs), func(d described) bool {
			return a.opens(d) && d.key.IsZero() || !a.covers(d.id, papers.Drawer(d.description.Drawer), papers.Kind(d.description.Kind))
		})
		if !ok || len(in) == 0 {
			continue
		}
		joined, err := k.consentOps(ctx, w.safe.id, a, b.Recipient, in)
		if err != nil {
			return nil, err
		}
		ops = append(ops, joined...)
		w.result.Code, w.result.Joined = joinedConsent, append(w.result.Joined, a.id.String())
	}
	return ops, nil
}

// joinedConsent is what the trail says of a paper that joined a consent.
const joinedConsent = "joined"

// leaveConsents adds to c what takes a paper out of the consents that do not
// cover it any more: after is its new description, nil when it is destroyed.
// Consents that still cover it get the new description. It never widens one, and
// needs nothing of the person: the service opens the bundle with the agent's key
// and writes it anew without the piece.
func (k *Keeper) leaveConsents(ctx context.Context, w *warrant, c *change, doc vault.DocumentID, after *chain.Description) error {
	if err := w.check(w.deed.safe); err != nil {
		return err
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return err
	}
	state := w.safe.now()
	for _, a := range all {
		if !hasPieces(state, vault.BundleID(a.id), []vault.DocumentID{doc}) {
			continue
		}
		stays := after != nil && a.covers(doc, papers.Drawer(after.Drawer), papers.Kind(after.Kind))
		ops, err := k.rewritten(ctx, w.safe, state, a, doc, func(d described) (described, bool) {
			if stays {
				d.description = *after
			}
			return d, stays
		})
		if err != nil {
			return err
		}
		c.ops = append(c.ops, ops...)
	}
	return nil
}

// rewritten writes the objects that have pieces of a document anew, with that
// piece as edit leaves it, or without it.
func (k *Keeper) rewritten(ctx context.Context, s *safe, state chain.Safe, a agreement, doc vault.DocumentID, edit func(described) (described, bool)) ([]chain.Op, error) {
	b, ok := state.Bundle(vault.BundleID(a.id))
	if !ok {
		return nil, nil
	}
	pieces, err := k.consentPieces(ctx, s, a)
	if err != nil {
		return nil, err
	}
	var ops []chain.Op
	var again []described
	for p := range state.Pieces(b.ID) {
		if !slices.Contains(p.Documents, doc) {
			continue
		}
		ops = append(ops, chain.EndPieces{Bundle: b.ID, Object: p.Object})
		for _, id := range p.Documents {
			d, ok := pieces[id]
			delete(pieces, id) // once, and the later one
			if _, live := state.Document(id); !ok || !live {
				continue
			}
			if id == doc {
				d, ok = edit(d)
			}
			if ok {
				again = append(again, d)
			}
		}
	}
	more, err := k.consentOps(ctx, s.id, a, b.Recipient, again)
	return append(ops, more...), err
}

// resealConsent seals the bundle of a consent that says so to whoever replaces
// the agent it names, and answers the operation that makes it count. Terms and
// end stay what they are; nobody's sheet is needed. The successor has been named
// before.
func (k *Keeper) resealConsent(ctx context.Context, s *safe, id vault.ConsentID, to vault.AgentID) (chain.Op, error) {
	state := s.now()
	b, ok := state.Bundle(vault.BundleID(id))
	if !ok || !s.live(id) {
		return nil, vault.ErrNotFound
	}
	a, err := k.termsOf(ctx, s, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(k.line(a.terms), to) {
		return nil, fmt.Errorf("%w: the consent does not name this agent", vault.ErrDenied)
	}
	identity, err := k.consentIdentity(ctx, s, b, a)
	if err != nil {
		return nil, err
	}
	key, err := k.sealConsent(ctx, s, id, identity, to)
	if err != nil {
		return nil, err
	}
	return chain.ReKeyBundle{Bundle: b.ID, Key: key}, nil
}
