package keeper

import (
	"context"
	"errors"
	"log/slog"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// sweepSoon sweeps departures, unless that waits already.
func (k *Keeper) sweepSoon() {
	select {
	case k.departures <- struct{}{}:
	default:
	}
}

// sweepLoop is the keeper's own goroutine for departures: one sweep at a time,
// at the start and whenever somebody left or was replaced. What a sweep could
// not do, the next one does: everything it needs follows from the chains.
func (k *Keeper) sweepLoop() {
	for {
		select {
		case <-k.departures:
		case <-k.closing.Done():
			return
		}
		if err := errors.Join(k.sweepDepartures(k.closing), k.sweepRelays(k.closing), k.sweepCycles(k.closing)); err != nil && k.closing.Err() == nil {
			k.log.WarnContext(k.closing, "what follows a departure is not written everywhere yet", slog.Any("error", err))
		}
	}
}

// sweepDepartures carries out in each safe what follows from departures and
// successors: consents of whoever left end, those that name a replacement are
// sealed to the successor, and the key of whoever left goes when nothing needs
// it any more.
func (k *Keeper) sweepDepartures(ctx context.Context) error {
	var errs []error
	for _, f := range k.affected() {
		left, err := k.sweepAgent(ctx, f)
		if err == nil && left == 0 && f.state == vault.AgentEnded {
			err = k.dropKey(ctx, f)
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// affected are the agents who left and have a key, and those who have a
// successor.
func (k *Keeper) affected() (all []agentFacts) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	for id, a := range k.roster.agents {
		gone := k.roster.gone(a)
		if gone && a.chain.Key.N != 0 || !gone && k.roster.succeeded(a) {
			f := k.roster.facts(id, now)
			if !gone {
				f.state = vault.AgentActive // whatever holds them up, nothing of theirs ends
			}
			all = append(all, f)
		}
	}
	return all
}

func (r *roster) succeeded(a *agent) bool {
	for _, f := range vault.Functions() {
		if _, ok := r.structures[a.structure].known.Successor(a.chain.ID, f); ok {
			return true
		}
	}
	return false
}

// successorOf answers who was named to replace an agent in one function.
func (k *Keeper) successorOf(id vault.AgentID, f vault.Function) (vault.AgentID, bool) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	if !ok {
		return vault.AgentID{}, false
	}
	return k.roster.structures[a.structure].known.Successor(id, f)
}

// sweepAgent goes through the consents of one agent and answers how many wait
// for a successor.
func (k *Keeper) sweepAgent(ctx context.Context, f agentFacts) (left int, err error) {
	rows, err := k.helped(f.id)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, r := range rows {
		if r.ended != 0 || ctx.Err() != nil {
			continue
		}
		to, named := k.replacing(f.id, r)
		switch {
		case named:
			err = k.handOver(ctx, r, to)
		case f.state == vault.AgentEnded && (r.replacement == vault.ReplacementNone || r.given.IsZero()):
			err = k.endDeparted(ctx, r)
		default:
			err = nil
			left++
		}
		errs = append(errs, err)
	}
	return left, errors.Join(append(errs, ctx.Err())...)
}

// replacing answers who goes on with a consent: the last of the line of
// successors, if they are in post.
func (k *Keeper) replacing(id vault.AgentID, r helpRow) (to vault.AgentID, ok bool) {
	if r.replacement != vault.ReplacementSuccessor || r.given.IsZero() {
		return to, false
	}
	seen := map[vault.AgentID]bool{id: true}
	for next, more := k.successorOf(id, r.function); more && !seen[next]; next, more = k.successorOf(next, r.function) {
		to, ok, seen[next] = next, true, true
	}
	f, _ := k.agentBy(to)
	return to, ok && f.state != vault.AgentEnded
}

// endDeparted ends one consent or request of somebody who left: the service's
// own act, which stands in the person's journal.
func (k *Keeper) endDeparted(ctx context.Context, r helpRow) error {
	return k.serveSafe(ctx, r.safe, func(s *safe) error {
		if over, there := s.consentState(r.consent); over || !there {
			return nil
		}
		n := detail{AboutAgent: r.agent.String(), Purpose: string(r.purpose)}
		return k.endByService(ctx, s, r.consent, vault.EndedDeparture, n)
	})
}

// endByService ends one consent or request: the service's own act, which stands
// in the person's journal.
func (k *Keeper) endByService(ctx context.Context, s *safe, id vault.ConsentID, why vault.EndReason, n detail) error {
	n.Consent, n.Code = id.String(), why.String()
	at, err := k.noteService(ctx, s, vault.ActEndConsent, n)
	if err != nil {
		return err
	}
	t := &taking{consent: id, why: why}
	s.hold(t)
	c := &change{intent: at, takes: t}
	if err := s.enqueue(k, c); err != nil {
		s.unhold(t)
		return err
	}
	return wait(ctx, c)
}

// handOver seals one consent to whoever replaces its agent: same text, same end,
// no sheet. The person reads of it, and may withdraw.
func (k *Keeper) handOver(ctx context.Context, r helpRow, to vault.AgentID) error {
	return k.serveSafe(ctx, r.safe, func(s *safe) error {
		s.changing.Lock()
		defer s.changing.Unlock()
		op, err := k.resealConsent(ctx, s, r.consent, to)
		if errors.Is(err, vault.ErrNotFound) {
			return nil // ended meanwhile
		}
		if err != nil {
			return err
		}
		n := detail{Consent: r.consent.String(), AboutAgent: to.String(), Replaced: r.agent.String(), Function: r.function.String(), Purpose: string(r.purpose)}
		at, err := k.noteService(ctx, s, vault.ActAssignSuccessor, n)
		if err != nil {
			return err
		}
		c := &change{intent: at, ops: []chain.Op{op}, rotates: true}
		if err := s.enqueue(k, c); err != nil {
			return err
		}
		return k.await(ctx, c) // a bucket that does not answer keeps nobody waiting for this safe
	})
}

// wait answers what became of a change that nobody asked for.
func wait(ctx context.Context, c *change) error {
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dropKey forgets the key of an agent who left: nothing is left to hand over.
func (k *Keeper) dropKey(ctx context.Context, f agentFacts) error {
	s, err := k.structureOf(f.structure)
	if err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.settled(); err != nil {
		return err
	}
	state := s.now()
	if a, ok := state.Agent(f.id); !ok || !a.Ended || a.Key.N == 0 {
		return nil
	}
	c := &change{intent: audit.Position(k.trail.Size()), ops: []chain.Op{chain.DropAgentKey{ID: f.id}}}
	if err := s.enqueue(k, c); err != nil {
		return err
	}
	return wait(ctx, c)
}
