package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// EndAgent ends every right of an agent. It takes away: from the moment its
// intent is on disk no session, no key and no consent of theirs counts, whatever
// the bucket says. What follows in each safe is a sweep that resumes. See
// [vault.AgentKeeper].
func (k *Keeper) EndAgent(ctx context.Context, who session.Principal, act vault.EndAgent) (vault.DepartureReport, error) {
	defer k.recall(ctx)
	w, stays, err := k.beginLeaving(ctx, who, act.Agent)
	if err != nil {
		return vault.DepartureReport{}, err
	}
	if err := k.leaves(ctx, w, stays, act); err != nil {
		return vault.DepartureReport{}, err
	}
	k.sweepSoon()
	// The report has its own line: the departure holds, whether it can be made
	// now or not.
	return k.DepartureReport(ctx, who, vault.ReadDeparture{Agent: act.Agent, Limit: vault.MaxPage})
}

// leaves ends the sessions of an agent whose departure is recorded, writes it to
// the structure, and ends the warrant.
func (k *Keeper) leaves(ctx context.Context, w *warrant, stays func(), act vault.EndAgent) error {
	f, _ := k.agentBy(act.Agent)
	body := mac([]byte("coffre/end-agent/v1"), act.Agent.String())
	found, err := w.answered(act.Request, body, &struct{}{})
	c := &change{takes: &taking{agent: act.Agent}}
	var s *structure
	if err == nil {
		s, err = k.structureOf(f.structure)
	}
	if err == nil && !found {
		c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	}
	if err != nil {
		stays()
		return w.end(ctx, err, detail{})
	}
	k.endSessions(ctx, f.login)
	if found {
		return w.end(ctx, nil, detail{})
	}
	s.hold(c.takes)
	c.failed = func() { s.unhold(c.takes); stays() }
	return k.settle(ctx, w, s, c)
}

// beginLeaving is begin for a departure: that it may be, and that the structure
// keeps an access manager, is asked before the intent, which alone ends the
// agent. It counts from here on.
func (k *Keeper) beginLeaving(ctx context.Context, who session.Principal, id vault.AgentID) (w *warrant, stays func(), err error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, nil, err
	}
	d := k.deedOf(who, vault.ActEndAgent, detail{AboutAgent: id.String()})
	_, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	if _, why := consent.Decide(who, st, consent.Request{Act: d.act}); why != 0 {
		return nil, nil, k.refuse(ctx, d, nil, st, why)
	}
	if stays, err = k.holdLeaving(id, st.Agent.Structure); err != nil {
		return nil, nil, k.refuseFor(ctx, d, nil, st, err)
	}
	if w, err = k.decide(ctx, d, nil, st); err != nil {
		stays()
	}
	return w, stays, err
}

// holdLeaving makes a departure count. Whoever is the last access manager names
// a successor first. Ending somebody who has ended changes nothing.
func (k *Keeper) holdLeaving(id vault.AgentID, structure vault.StructureID) (stays func(), err error) {
	now := k.now()
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	a, ok := k.roster.agents[id]
	switch {
	case !ok || a.structure != structure:
		return nil, vault.ErrNotFound
	case k.roster.gone(a):
		return func() {}, nil
	}
	s := k.roster.structures[structure]
	if a.record.functions.Has(vault.FunctionAccessManager) && !k.roster.hasOther(s, id, now) {
		return nil, vault.ErrLastManager
	}
	k.roster.leave(s, id)
	return func() {
		k.roster.mu.Lock()
		defer k.roster.mu.Unlock()
		delete(s.ended, id)
	}, nil
}

// leave makes a departure count. The caller holds mu.
func (r *roster) leave(s *structure, id vault.AgentID) {
	if a, ok := r.agents[id]; ok && !a.chain.Ended {
		s.ended[id] = true
	}
	delete(r.identities, id)
}

// recordedLeaving makes a departure count whose intent is on disk already.
func (k *Keeper) recordedLeaving(s *structure, id vault.AgentID) {
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	k.roster.leave(s, id)
}

// endSessions ends every session of a login, and the counter sessions that it
// vouches for. The store may learn of it later: the decision asks the agent.
func (k *Keeper) endSessions(ctx context.Context, u auth.UserID) {
	if u.IsZero() || k.sessions == nil {
		return
	}
	if err := k.sessions.RevokeUser(context.WithoutCancel(ctx), u); err != nil {
		k.log.WarnContext(ctx, "the store of sessions does not know yet that some ended", slog.Any("error", err))
	}
}

// endSessionsOfGone ends, at a start, sessions of agents whose departure a stop
// or a crash kept from being finished.
func (k *Keeper) endSessionsOfGone(ctx context.Context) {
	var gone []auth.UserID
	k.roster.mu.RLock()
	for _, s := range k.roster.structures {
		for id := range s.ended {
			gone = append(gone, k.roster.agents[id].record.login)
		}
	}
	k.roster.mu.RUnlock()
	for _, u := range gone {
		k.endSessions(ctx, u)
	}
}

// lapsedFor is how long after the end of their functions an agent can still be
// renewed; then the service ends them, and their consents with them.
const lapsedFor = 31 * 24 * time.Hour

// maxSession is how long a session lives at most (package session).
const maxSession = 10 * time.Hour

// endSessionsOver ends sessions of agents whose functions ended after an instant,
// by their date. What they may open is the decision's, which looks at the date.
func (k *Keeper) endSessionsOver(ctx context.Context, after time.Time) time.Time {
	now := k.now()
	var over []auth.UserID
	k.roster.mu.RLock()
	for _, a := range k.roster.agents {
		if until := a.record.until; !k.roster.gone(a) && until.After(after) && !until.After(now) {
			over = append(over, a.record.login)
		}
	}
	k.roster.mu.RUnlock()
	for _, u := range over {
		k.endSessions(ctx, u)
	}
	return now
}

// endLapsed ends who was not renewed in time: the service's own act. The last
// access managers stay: naming a successor is left to them, or to the operator.
func (k *Keeper) endLapsed(ctx context.Context) error {
	for _, f := range k.lapsed() {
		s, err := k.structureOf(f.structure)
		if err != nil {
			return err
		}
		raw, err := k.sealDetail(nil, detail{Actor: actorService, AboutAgent: f.id.String()}, vault.ActEndAgent, audit.StageIntent)
		if err != nil {
			return err
		}
		rec := audit.Record{Op: audit.Op(vault.ActEndAgent), Subjects: []audit.TagKey{k.structureTag(s.id)}, Detail: raw}
		pending, err := k.trail.Begin(ctx, rec)
		if err != nil {
			return fromTrail(err)
		}
		k.recordedLeaving(s, f.id)
		k.endSessions(ctx, f.login)
		if err := k.departs(ctx, s, f.id, pending); err != nil {
			return err
		}
	}
	return nil
}

// departs writes a departure that holds already.
func (k *Keeper) departs(ctx context.Context, s *structure, id vault.AgentID, pending *audit.Pending) error {
	t := &taking{agent: id}
	s.hold(t)
	c := &change{intent: pending.Position(), takes: t}
	c.settled = func(head chain.Head, err error) {
		if err != nil {
			return // it holds; the next start takes it up
		}
		raw, err := k.sealDetail(nil, detail{Seq: head.Seq, Head: head.Digest.String()}, vault.ActEndAgent, audit.StageOutcome)
		if err = errors.Join(err, fromTrail(pending.End(context.WithoutCancel(ctx), audit.ResultDone, raw))); err != nil {
			k.log.WarnContext(ctx, "a departure is written and not recorded", slog.Any("error", err))
		}
	}
	if err := s.enqueue(k, c); err != nil {
		return fmt.Errorf("end an agent: %w", err)
	}
	return nil
}

// lapsed are the agents whose functions ended long ago.
func (k *Keeper) lapsed() (all []agentFacts) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	for id, a := range k.roster.agents {
		if !k.roster.gone(a) && !now.Before(a.record.until.Add(lapsedFor)) {
			if f := k.roster.facts(id, now); !f.waits {
				all = append(all, f)
			}
		}
	}
	return all
}
