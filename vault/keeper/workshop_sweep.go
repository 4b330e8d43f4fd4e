package keeper

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// sweepCycles writes down in each safe that a consent ended with the cycle that
// bounds it. Decisions never wait for it: they ask the cycle.
func (k *Keeper) sweepCycles(ctx context.Context) error {
	var bound []helpRow
	err := k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bConsent).ForEach(func(key, _ []byte) error {
			r, _, err := k.getRow(tx, key)
			if err == nil && r.ended == 0 && !r.cycle.IsZero() {
				bound = append(bound, r)
			}
			return err
		})
	})
	errs := []error{err}
	for _, r := range bound {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, k.endUnbound(ctx, r))
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// endUnbound ends one consent that its cycle ended: the service's own act, which
// stands in the person's journal.
func (k *Keeper) endUnbound(ctx context.Context, r helpRow) error {
	return k.serveSafe(ctx, r.safe, func(s *safe) error {
		if over, there := s.consentState(r.consent); over || !there {
			return nil
		}
		a, err := k.termsOf(ctx, s, r.consent)
		if err != nil {
			return err
		}
		why, _ := k.unbound(s.current(), a.terms)
		if why == 0 || k.passes(a.terms) {
			return nil
		}
		n := detail{AboutAgent: r.agent.String(), Purpose: string(r.purpose), Cycle: r.cycle.String()}
		return k.endByService(ctx, s, r.consent, why, n)
	})
}

// passes reports whether a consent is on its way to the successor of its agent,
// who may not lead the cycle yet: nobody does for a moment, while a change of
// leader is written.
func (k *Keeper) passes(t vault.Terms) bool {
	c, ok := k.cycle(t.Cycle)
	return ok && c.lasts() && c.leader.IsZero() && t.Replacement == vault.ReplacementSuccessor
}

// sweepWorkshops writes down what the days did: consents that ended with their
// cycle, and parts in cycles that nobody needs to know of any more. It keeps the
// housekeeping waiting for a moment only, whatever the bucket does: the next one
// goes on.
func (k *Keeper) sweepWorkshops(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	all, err := k.inWorkshops()
	errs := []error{k.sweepCycles(ctx), err}
	for owner, ids := range all {
		for _, id := range ids {
			c, ok := k.cycle(id)
			if !ok || !workshop.Forgotten(c.ended, k.now()) || ctx.Err() != nil {
				continue
			}
			errs = append(errs, k.serveSafe(ctx, owner, func(s *safe) error { return k.forgetPart(ctx, s, id) }))
		}
	}
	return errors.Join(errs...)
}

// forgetPart deletes what is known of somebody's part in a cycle. That it was
// stands in their journal, and that it was deleted.
func (k *Keeper) forgetPart(ctx context.Context, s *safe, id vault.CycleID) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.settled(); err != nil {
		return err
	}
	record := s.current()
	if record.partIn(id).isZero() {
		return k.indexWorkshop(s.id, record)
	}
	record = record.withoutPart(id)
	state := s.now()
	last, _ := state.Service()
	op, err := k.putService(ctx, s.id, last.N, record)
	if err != nil {
		return err
	}
	at, err := k.noteService(ctx, s, vault.ActEndCycle, detail{Cycle: id.String(), Code: codeForgotten})
	if err != nil {
		return err
	}
	c := &change{intent: at, ops: []chain.Op{op}, service: &record}
	if err := s.enqueue(k, c); err != nil {
		return err
	}
	return k.await(ctx, c)
}

// codeForgotten is what the journal says of a part that was deleted.
const codeForgotten = "forgotten"
