package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// EndCycle ends or cancels a cycle. It takes away: from the moment its intent is
// on disk no consent that the cycle bounds counts, whatever the bucket says. What
// follows in each safe is a sweep that resumes. See [vault.WorkshopKeeper].
func (k *Keeper) EndCycle(ctx context.Context, who session.Principal, act vault.OnCycle) error {
	defer k.recall(ctx)
	d := k.deedOf(who, vault.ActEndCycle, detail{Cycle: act.Cycle.String()})
	w, err := k.beginCycle(ctx, d, func(st consent.Standing) error { return k.runs(st, act.Cycle) })
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/end-cycle/v1"), act.Cycle.String())
	found, err := w.answered(act.Request, body, &struct{}{})
	if c, _ := k.cycle(act.Cycle); found || err != nil || !c.lasts() {
		return w.end(ctx, err, detail{})
	}
	return k.takeCycle(ctx, w, act.Request, body, &taking{cycle: act.Cycle, by: time.Now().UTC().Truncate(time.Second)})
}

// ChangeLeader gives a cycle to another leader. It takes away: from the moment its
// intent is on disk who led it leads no more, and the consents that rest on it end,
// but for those that pass to their successor. See [vault.WorkshopKeeper].
func (k *Keeper) ChangeLeader(ctx context.Context, who session.Principal, act vault.ChangeLeader) error {
	defer k.recall(ctx)
	d := k.deedOf(who, vault.ActChangeLeader, detail{Cycle: act.Cycle.String(), AboutAgent: act.Leader.String()})
	w, err := k.beginCycle(ctx, d, func(st consent.Standing) error {
		c, ok := k.cycle(act.Cycle)
		if ok && c.structure == st.Agent.Structure && c.leader == act.Leader {
			return nil // it is so already
		}
		if err := k.runs(st, act.Cycle); err != nil {
			return err
		}
		if !c.lasts() {
			return vault.ErrNotFound
		}
		if err := k.mayLead(act.Leader, st.Agent.Structure); err != nil {
			return err
		}
		return k.endLeft(ctx, act.Leader, func(r helpRow) bool { return r.cycle == act.Cycle })
	})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/change-leader/v1"), act.Cycle.String(), act.Leader.String())
	found, err := w.answered(act.Request, body, &struct{}{})
	if c, _ := k.cycle(act.Cycle); found || err != nil || c.leader == act.Leader {
		return w.end(ctx, err, detail{})
	}
	return k.takeCycle(ctx, w, act.Request, body, &taking{cycle: act.Cycle, leader: act.Leader})
}

// endLeft writes down, before somebody leads a cycle or is replaced, which of their
// consents ended when they led one no more: what was taken away does not come back with
// them, nor with their successor.
func (k *Keeper) endLeft(ctx context.Context, agent vault.AgentID, which func(helpRow) bool) error {
	rows, err := k.helped(agent)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, r := range rows {
		if r.cycle.IsZero() || r.ended != 0 || !which(r) {
			continue
		}
		if err := k.endUnbound(ctx, r); err != nil && !errors.Is(err, vault.ErrNotFound) {
			return fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
		}
	}
	return nil
}

// beginCycle is begin for an act that takes away from a cycle: that its caller may
// is asked before the intent, which alone does it.
func (k *Keeper) beginCycle(ctx context.Context, d deed, may func(consent.Standing) error) (*warrant, error) {
	if err := k.admit(ctx, d.who); err != nil {
		return nil, err
	}
	_, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, err
	}
	if _, why := consent.Decide(d.who, st, d.request()); why != 0 {
		return nil, k.refuse(ctx, d, nil, st, why)
	}
	if err := may(st); err != nil {
		return nil, k.refuseFor(ctx, d, nil, st, err)
	}
	return k.decide(ctx, d, nil, st)
}

// runs refuses whoever neither leads a cycle nor manages its structure.
func (k *Keeper) runs(st consent.Standing, id vault.CycleID) error {
	c, ok := k.cycle(id)
	switch {
	case !ok || c.structure != st.Agent.Structure:
		return vault.ErrNotFound
	case !st.Agent.Functions.Has(vault.FunctionAccessManager) && (c.leader.IsZero() || c.leader != st.Agent.ID):
		return vault.ErrDenied
	}
	return nil
}

// takeCycle carries out what a warrant takes from a cycle: it counts from here on,
// and the entry follows.
func (k *Keeper) takeCycle(ctx context.Context, w *warrant, id vault.RequestID, body [32]byte, t *taking) error {
	s, err := k.structureOf(w.deed.structure)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	c := &change{takes: t}
	if c.answer, err = w.newAnswer(id, body, struct{}{}); err != nil {
		return w.end(ctx, err, detail{})
	}
	s.hold(t)
	c.failed = func() { s.unhold(t) }
	return k.settle(ctx, w, s, c)
}

// takingOfCycle reads what a recorded intent took from a cycle, or from one
// person's part in it.
func takingOfCycle(act vault.Act, n detail, at time.Time) (t *taking, err error) {
	var p idParser
	at = at.UTC().Truncate(time.Second)
	id := parseID(&p, n.Cycle, vault.ParseCycleID)
	switch t = (&taking{}); act {
	case vault.ActEndCycle:
		t.cycle, t.by = id, at
	case vault.ActChangeLeader:
		t.cycle, t.leader = id, parseID(&p, n.AboutAgent, vault.ParseAgentID)
	default:
		t.why, t.leaves = vault.EndedCycle, leaving{id, at}
		if t.consents, err = takenIDs(n.Consents); err != nil {
			return nil, err
		}
	}
	return t, p.err
}
