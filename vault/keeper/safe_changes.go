package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// permits refuses a warrant that does not cover this safe.
func (s *safe) permits(w *warrant) error { return w.check(s.id) }

// single: what a taking ends or edits in the service record is looked up in the
// one that counts, not in one that may come to count with the same entry.
func (s *safe) single(c *change) bool {
	t := c.takes
	return t != nil && (t.drawer != "" || !t.address.IsZero() || t.freeze || t.erase || t.kit || t.shutOut != shutOut{} || t.relays != relayBan{} || t.copy != 0 || t.handover != nil ||
		t.leaves != leaving{})
}

// prepare writes the service record that a taking's entry names: without the
// address, with who is shut out, without what waited when the safe was frozen. No other is written meanwhile, because whoever
// writes one finds this change under way. Whose consents end with somebody shut
// out is looked up here too: their terms may have to be read.
func (s *safe) prepare(k *Keeper, c *change) error {
	ctx, cancel := context.WithTimeout(k.closing, opTimeout)
	defer cancel()
	state, ops := s.now(), []chain.Op(nil)
	if o := c.takes.shutOut; o != (shutOut{}) {
		ends, err := k.endsWith(ctx, s, state, o)
		if err != nil {
			return err
		}
		ops = ends
	}
	if t := c.takes; t.handover != nil { // consents to the leader that were on their way
		late, err := k.consentsOf(ctx, s, t.handover.leader)
		if err != nil {
			return err
		}
		for _, id := range late {
			if !t.over(id) {
				ops = append(ops, endsOf(state, id, t.why)...)
			}
		}
	}
	record, edited := c.takes.edit(s.record())
	if edited {
		last, _ := state.Service()
		op, err := k.putService(ctx, s.id, last.N, record)
		if err != nil {
			return err
		}
		ops, c.service = append(ops, op), &record
	}
	if ops != nil {
		c.ops = ops
	}
	return nil
}

// endsWith ends the requests and consents of whom the person shut out.
func (k *Keeper) endsWith(ctx context.Context, s *safe, state chain.Safe, o shutOut) (ops []chain.Op, err error) {
	for _, id := range consentsIn(state) {
		end := endsOf(state, id, vault.EndedShutOut)
		if end == nil { // it is over already
			continue
		}
		a, err := k.termsIn(ctx, s, state, id)
		if err != nil {
			return nil, err
		}
		named, _ := k.agentBy(k.holder(a.terms))
		if (serviceRecord{shutOut: []shutOut{o}}).shuts(named.id, named.structure) {
			ops = append(ops, end...)
		}
	}
	return ops, nil
}

// outdated refuses a deposit at an address that ended since it was built, and a
// service record made of one that is not the newest any more: it would bring back
// what was taken out of it meanwhile. What a taking itself edits is prepared from
// the newest.
func (s *safe) outdated(c *change, state chain.Safe) error {
	if at := c.origin.address; !at.IsZero() {
		there := slices.ContainsFunc(s.service.addresses, func(a address) bool { return a.id == at })
		if !there || s.service.shuts(c.origin.partner, c.origin.structure) {
			return vault.ErrNotFound
		}
	}
	if !c.kit.isZero() && s.stopped(c.kit) {
		return vault.ErrKitClosed
	}
	if now, _ := state.Service(); c.service != nil && (c.takes == nil || c.along) && c.service.base != now.N {
		return fmt.Errorf("%w: the service record changed meanwhile", vault.ErrUnavailable)
	}
	return nil
}

// operations are what a change does to a safe in this state.
func (s *safe) operations(c *change, state chain.Safe) []chain.Op {
	t := c.takes
	if t == nil {
		return c.ops
	}
	if t.erase {
		if state.Erased() {
			return nil
		}
		return []chain.Op{chain.EraseSafe{}} // which stands alone
	}
	ops := slices.Clone(c.ops)
	if t.handover != nil {
		if t.handover.done(state) {
			return nil
		}
		ops = append(ops, t.handover.turning(state)...)
	}
	for _, id := range append([]vault.DocumentID{t.document}, t.arriving...) {
		if _, ok := state.Document(id); ok {
			ops = append(ops, chain.Destroy{Document: id})
		}
	}
	for _, e := range s.service.entrust {
		if _, live := state.Bundle(e.bundle); live && t.ends(e) {
			ops = append(ops, chain.EndBundle{Bundle: e.bundle})
		}
	}
	for way := range state.Ways() {
		if t.closes(state, way) {
			ops = append(ops, chain.EndWay{Way: way.ID})
		}
	}
	if t.freeze && !state.Frozen() {
		ops = append(ops, chain.Freeze{})
	}
	for _, id := range append([]vault.ConsentID{t.consent}, t.consents...) {
		ops = append(ops, endsOf(state, id, t.why)...)
	}
	return ops
}

// endsOf ends a request or a consent, whichever there is; none for the zero id.
func endsOf(state chain.Safe, id vault.ConsentID, why vault.EndReason) []chain.Op {
	if b, ok := state.Bundle(vault.BundleID(id)); ok && b.Kind == chain.BundleConsent {
		return []chain.Op{chain.EndBundle{Bundle: b.ID, Why: why}}
	}
	if _, ok := state.Ask(id); ok {
		return []chain.Op{chain.EndAsk{Consent: id, Why: why}}
	}
	return nil
}

// landed brings the indexes of consents and of relays in line with an entry.
func (s *safe) landed(k *Keeper, group []*change, ops []chain.Op, before, after chain.Safe) {
	k.index(s, ops, before, after)
	k.indexService(s, group, ops)
}

// adopted takes over what an entry did.
func (s *safe) adopted(k *Keeper, group []*change, ops []chain.Op, before, after chain.Safe) uint64 {
	k.discard(k.unnamed(s.id, ops, before, after), group)
	if now := after.Epoch().Number; now != before.Epoch().Number {
		k.unlocked.dropBehind(s.id, now)
	}
	for _, c := range group {
		if c.service != nil {
			s.service = *c.service
		}
	}
	return after.Summary()
}

// wrote keeps reading the safe cheap: it has pieces joined, and writes a summary
// when one is due. A summary that fails half way counts for nothing and is due
// again.
func (s *safe) wrote(k *Keeper) {
	k.joinSoon(s)
	state := s.now()
	if !state.SummaryDue() {
		return
	}
	parts, err := state.Summarise()
	if err != nil {
		k.log.WarnContext(k.closing, "no summary", slog.Any("error", err))
		return
	}
	for _, part := range parts {
		s.mu.Lock()
		e := s.entry(k)
		e.Ops = []chain.Op{part}
		next, err := s.state.Apply(e)
		s.mu.Unlock()
		if err != nil || !s.write(k, nil, e, next) {
			return
		}
	}
}
