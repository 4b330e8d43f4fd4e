package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/workshop"
)

type cycleAnswer struct {
	Cycle string `json:"cycle"`
}

// OpenCycle opens a cycle of workshops in the caller's structure. See
// [vault.WorkshopKeeper].
func (k *Keeper) OpenCycle(ctx context.Context, who session.Principal, act vault.OpenCycle) (vault.CycleID, error) {
	id := vault.NewCycleID()
	w, err := k.begin(ctx, k.deedOf(who, vault.ActOpenCycle, detail{Cycle: id.String(), AboutAgent: idText(act.Leader)}))
	if err != nil {
		return vault.CycleID{}, err
	}
	body := planBody("coffre/open-cycle/v1", act.Leader.String(), act.Plan)
	var earlier cycleAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		if err := w.end(ctx, err, detail{}); err != nil {
			return vault.CycleID{}, err
		}
		return vault.ParseCycleID(earlier.Cycle)
	}
	s, err := k.building(w)
	if err != nil {
		return vault.CycleID{}, w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{}
	err = k.newCycle(ctx, w, s, c, id, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, cycleAnswer{id.String()})
	}
	if err := k.settleBuilt(ctx, w, s, c, err); err != nil {
		return vault.CycleID{}, err
	}
	return id, nil
}

// newCycle checks a new cycle, stores its record, and makes the operation by
// which it counts.
func (k *Keeper) newCycle(ctx context.Context, w *warrant, s *structure, c *change, id vault.CycleID, act vault.OpenCycle) error {
	if act.Leader.IsZero() {
		act.Leader = w.standing.Agent.ID
	}
	r := cycleRecord{plan: act.Plan, leader: act.Leader, function: k.leadsAs(act.Leader)}
	lasting := 0
	for _, other := range k.cyclesOf(s.id) {
		if other.lasts() {
			lasting++
		}
	}
	switch err := r.plan.Opens(today(k.now())); {
	case err != nil:
		return refusedWorkshop(err)
	case lasting >= vault.MaxCycles:
		return fmt.Errorf("%w: cycles that last", vault.ErrLimit)
	}
	if err := k.mayLead(act.Leader, s.id); err != nil {
		return err
	}
	named, err := k.putCycleRecord(ctx, s.id, id, 0, r)
	c.ops, c.cycles = []chain.Op{chain.OpenCycle{ID: id, Record: named}}, map[vault.CycleID]cycleRecord{id: r}
	return err
}

// leadsAs is the function in which an agent leads workshops: that of a workshop
// leader, else any other that may; zero for none.
func (k *Keeper) leadsAs(id vault.AgentID) (as vault.Function) {
	f, _ := k.agentBy(id)
	for _, row := range consent.Functions() {
		if row.Lead == consent.Always && f.functions.Has(row.Function) && as != vault.FunctionWorkshopLeader {
			as = row.Function
		}
	}
	return as
}

// mayLead refuses whoever is not an agent of the structure, in post, who may lead
// workshops. In the place of whoever has a successor that one would lead.
func (k *Keeper) mayLead(id vault.AgentID, structure vault.StructureID) error {
	f, _, err := k.ofStructure(id, structure)
	as := k.leadsAs(id)
	if err != nil || !f.awake() || as == 0 || k.leads(cycleRecord{leader: id, function: as}) != id {
		return invalid("leader", string(texts.RuleLeader))
	}
	return nil
}

// ChangeCycle puts another plan in the place of a cycle's. Consents do not get
// longer by it: their own end stays. See [vault.WorkshopKeeper].
func (k *Keeper) ChangeCycle(ctx context.Context, who session.Principal, act vault.ChangeCycle) error {
	w, err := k.begin(ctx, k.deedOf(who, vault.ActChangeCycle, detail{Cycle: act.Cycle.String()}))
	if err != nil {
		return err
	}
	body := planBody("coffre/change-cycle/v1", act.Cycle.String(), act.Plan)
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	s, err := k.building(w)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{}
	err = k.movedCycle(ctx, w, s, c, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	}
	return k.settleBuilt(ctx, w, s, c, err)
}

func (k *Keeper) movedCycle(ctx context.Context, w *warrant, s *structure, c *change, act vault.ChangeCycle) error {
	old, err := k.ledBy(w.standing, act.Cycle)
	if err != nil {
		return err
	}
	if err := act.Plan.Follows(old.record.plan, today(k.now())); err != nil {
		return refusedWorkshop(err)
	}
	state := s.now()
	last, ok := state.Cycle(act.Cycle)
	if !ok {
		return vault.ErrNotFound
	}
	r := old.record
	r.plan = act.Plan
	named, err := k.putCycleRecord(ctx, s.id, act.Cycle, last.Record.N, r)
	c.ops, c.cycles = []chain.Op{chain.SetCycle{ID: act.Cycle, Record: named}}, map[vault.CycleID]cycleRecord{act.Cycle: r}
	return err
}

// ledBy answers a cycle that lasts and that the caller leads: colleagues, who see
// it in their list, are told that it is not theirs.
func (k *Keeper) ledBy(st consent.Standing, id vault.CycleID) (cycleFacts, error) {
	c, ok := k.cycle(id)
	switch {
	case !ok || c.structure != st.Agent.Structure, !c.lasts():
		return c, vault.ErrNotFound
	case c.leader.IsZero() || c.leader != st.Agent.ID:
		return c, vault.ErrDenied
	}
	return c, nil
}

// planBody stands for a plan, so that a retry is known.
func planBody(what, about string, p workshop.Cycle) [32]byte {
	parts := []string{about, p.Label, p.Place, p.First.String(), p.Last.String()}
	for _, s := range p.Sessions {
		parts = append(parts, s.Theme.String(), s.Day.String(), s.Place)
	}
	return mac([]byte(what), parts...)
}

// refusedWorkshop says which field of a plan, or of a mark, is wrong.
func refusedWorkshop(err error) error {
	for _, row := range []struct {
		err   error
		field string
		rule  texts.Rule
	}{
		{workshop.ErrLabel, "plan.label", texts.RuleCycleLabel},
		{workshop.ErrPlace, "plan.place", texts.RuleCyclePlace},
		{workshop.ErrDays, "plan.last_day", texts.RuleCycleDays},
		{workshop.ErrSessions, "plan.sessions", texts.RuleSessions},
		{workshop.ErrTheme, "plan.sessions.theme", texts.RuleTheme},
		{workshop.ErrSession, "session", texts.RuleSession},
		{workshop.ErrNotHeld, "session", texts.RuleNotHeld},
		{workshop.ErrAttendance, "attendance", texts.RuleAttendance},
		{workshop.ErrElsewhere, "elsewhere", texts.RuleElsewhere},
		{workshop.ErrProgress, "progress", texts.RuleProgress},
	} {
		if errors.Is(err, row.err) {
			return invalid(row.field, string(row.rule))
		}
	}
	return fmt.Errorf("%w: %w", vault.ErrNotFound, err) // it is over, or the person left
}
