package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
)

// Self says what the caller is. See [vault.AgentKeeper].
func (k *Keeper) Self(ctx context.Context, who session.Principal) (vault.Self, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSelf})
	if err != nil {
		return vault.Self{}, err
	}
	var self vault.Self
	if holder, visit := who.Visit(); visit {
		self.Visit = vault.SafeID(holder)
	} else if f, ok := k.agentOf(who.User()); ok && f.state != vault.AgentEnded {
		self.Agents = append(self.Agents, k.selfOf(f))
	}
	return self, w.endLater(audit.ResultDone, detail{})
}

func (k *Keeper) selfOf(f agentFacts) vault.SelfAgent {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	r := k.roster.structures[f.structure].record
	return vault.SelfAgent{Agent: toAgent(f), StructureName: r.name, SIRET: r.siret.String()}
}

func toAgent(f agentFacts) vault.Agent {
	return vault.Agent{
		ID: f.id, Structure: f.structure, Name: f.name, Functions: f.functions, Until: f.until, State: f.state, LastUse: f.lastUse,
	}
}

// Agents lists the structure's agents: logins and last uses for its access
// managers only. See [vault.AgentKeeper].
func (k *Keeper) Agents(ctx context.Context, who session.Principal) ([]vault.Agent, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListAgents})
	if err != nil {
		return nil, err
	}
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	manages := w.standing.Agent.Functions.Has(vault.FunctionAccessManager)
	var all []vault.Agent
	for _, f := range k.agentsOf(w.standing.Agent.Structure) {
		a := toAgent(f)
		if manages {
			a.Login = f.login
		} else {
			a.LastUse = time.Time{} // of no use to a colleague (L-55)
		}
		all = append(all, a)
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

type agentAnswer struct {
	Agent string `json:"agent"`
}

// EnrolAgent gives somebody functions. See [vault.AgentKeeper].
func (k *Keeper) EnrolAgent(ctx context.Context, who session.Principal, act vault.EnrolAgent) (vault.AgentID, error) {
	id := vault.NewAgentID()
	w, err := k.begin(ctx, k.deedOf(who, vault.ActEnrol, detail{AboutAgent: id.String()}))
	if err != nil {
		return vault.AgentID{}, err
	}
	body := agentBody("coffre/enrol/v1", act.Agent)
	var earlier agentAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		return readAgent(earlier), w.end(ctx, err, detail{})
	}
	r, err := k.newAgentRecord(act.Agent)
	if err == nil && w.standing.Agent.Waits && !r.functions.Has(vault.FunctionAccessManager) {
		err = vault.ErrSuspended // naming an access manager is all that goes on
	}
	if err == nil {
		err = k.approved(ctx, w, act.Approval, body)
	}
	if err != nil {
		return vault.AgentID{}, w.end(ctx, err, detail{})
	}
	return id, k.enrol(ctx, w, id, r, act.Request, body)
}

// deedOf is a deed about the structure that the caller works for.
func (k *Keeper) deedOf(who session.Principal, act vault.Act, note detail) deed {
	f, _ := k.agentOf(who.User())
	return deed{who: who, act: act, note: note, structure: f.structure}
}

// enrol writes a new agent to the caller's structure and ends the warrant.
func (k *Keeper) enrol(ctx context.Context, w *warrant, id vault.AgentID, r agentRecord, request vault.RequestID, body [32]byte) error {
	s, err := k.building(w)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{records: map[vault.AgentID]agentRecord{id: r}}
	var add chain.AddAgent
	if err = c.until(k.reserve(r.login, vault.AgentID{})); err == nil {
		add, err = k.newAgent(ctx, id, r)
	}
	if err == nil {
		c.ops = []chain.Op{add}
		c.answer, err = w.newAnswer(request, body, agentAnswer{id.String()})
	}
	return k.settleBuilt(ctx, w, s, c, err)
}

// building locks the caller's structure for a change that is built on its state.
func (k *Keeper) building(w *warrant) (*structure, error) {
	s, err := k.structureOf(w.deed.structure)
	if err != nil {
		return nil, err
	}
	if err := s.permits(w); err != nil {
		return nil, err
	}
	s.changing.Lock()
	if err := s.settled(); err != nil {
		s.changing.Unlock()
		return nil, err
	}
	return s, nil
}

// settleBuilt settles a change, or ends the warrant with why it could not be
// built.
func (k *Keeper) settleBuilt(ctx context.Context, w *warrant, s *structure, c *change, err error) error {
	if err != nil {
		if c.failed != nil {
			c.failed()
		}
		return w.end(ctx, err, detail{})
	}
	return k.settle(ctx, w, s, c)
}

// until lets release be called when it is known what became of the change. It
// takes the answer of what began to hold.
func (c *change) until(release func(), err error) error {
	if err != nil {
		return err
	}
	before := c.failed
	c.landed = func() {
		if before != nil {
			before()
		}
		release()
	}
	c.failed = c.landed
	return nil
}

// ChangeAgent changes name, functions or end date. What widens needs a second
// agent: another function, a later end, and confirming an agent who was
// suspended. See [vault.AgentKeeper].
func (k *Keeper) ChangeAgent(ctx context.Context, who session.Principal, act vault.ChangeAgent) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, k.deedOf(who, vault.ActChangeAgent, detail{AboutAgent: act.Agent.String()}))
	if err != nil {
		return err
	}
	body := agentBody("coffre/change-agent/v1/"+act.Agent.String(), vault.NewAgent{Name: act.Name, Functions: act.Functions, Until: act.Until})
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	s, err := k.building(w)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{}
	err = k.rewriteAgent(ctx, w, s, c, act, body)
	return k.settleBuilt(ctx, w, s, c, err)
}

// rewriteAgent makes the operation by which an agent is changed. The caller
// holds changing.
func (k *Keeper) rewriteAgent(ctx context.Context, w *warrant, s *structure, c *change, act vault.ChangeAgent, body [32]byte) error {
	f, old, err := k.ofStructure(act.Agent, s.id)
	if err != nil {
		return err
	}
	r, widens, err := k.changedRecord(w, f, old, act)
	if err != nil {
		return err
	}
	if widens {
		if err := k.approved(ctx, w, act.Approval, body); err != nil {
			return err
		}
	}
	if err := c.until(k.reserve(r.login, f.id)); err != nil {
		return err
	}
	if old.functions.Has(vault.FunctionAccessManager) && !r.functions.Has(vault.FunctionAccessManager) {
		if err := c.until(k.demote(f)); err != nil {
			return err
		}
	}
	c.records = map[vault.AgentID]agentRecord{f.id: r}
	state := s.now()
	last, _ := state.Agent(f.id)
	named, err := k.putAgentRecord(ctx, f.id, last.Record.N, r)
	if err != nil {
		return err
	}
	c.ops = []chain.Op{chain.SetAgent{ID: f.id, Record: named}}
	c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	return err
}

// changedRecord answers what is written of an agent, and whether it gives more
// than before.
func (k *Keeper) changedRecord(w *warrant, f agentFacts, old agentRecord, act vault.ChangeAgent) (r agentRecord, widens bool, err error) {
	now := k.now()
	r = old
	r.name, r.functions, r.until = act.Name, act.Functions, act.Until.UTC().Truncate(time.Second)
	if r.functions.Has(vault.FunctionCivicService) && r.civic.IsZero() {
		r.civic = directory.Day(now)
	}
	if w.standing.Agent.Waits && !r.functions.Has(vault.FunctionAccessManager) {
		return r, false, vault.ErrSuspended
	}
	widens = r.functions&^old.functions != 0 || r.until.After(old.until) || f.state != vault.AgentActive
	if widens {
		r.since = directory.Day(now)
	}
	return r, widens, checkRecord(r, now)
}

// ofStructure answers an agent of a structure who was not ended, with their
// record; [vault.ErrNotFound] for everybody else, partner programs too.
func (k *Keeper) ofStructure(id vault.AgentID, structure vault.StructureID) (agentFacts, agentRecord, error) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	if !ok || a.structure != structure || k.roster.gone(a) || !a.record.program.isZero() {
		return agentFacts{}, agentRecord{}, vault.ErrNotFound
	}
	return k.roster.facts(id, now), a.record, nil
}

// hasManager reports whether a structure has an access manager who may act.
func (k *Keeper) hasManager(id vault.StructureID) bool {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	managed, _ := k.roster.managed(id, now)
	return managed
}

// demote keeps a structure from losing its last access manager, whoever else is
// about to cease being one. The caller ends it by the answered function.
func (k *Keeper) demote(f agentFacts) (promote func(), err error) {
	now := k.now()
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	s := k.roster.structures[f.structure]
	if !k.roster.hasOther(s, f.id, now) {
		return nil, vault.ErrLastManager
	}
	s.demoted = f.id
	return func() {
		k.roster.mu.Lock()
		defer k.roster.mu.Unlock()
		s.demoted = vault.AgentID{}
	}, nil
}

// hasOther reports whether a structure has an access manager who may act, beside
// one. The caller holds mu.
func (r *roster) hasOther(s *structure, beside vault.AgentID, now time.Time) bool {
	return slices.ContainsFunc(s.managers, func(id vault.AgentID) bool {
		return id != beside && id != s.demoted && r.alone(r.agents[id], now) == vault.AgentActive
	})
}

// reserve refuses a login that is an agent in post already, but for self, and
// one that is being made one. The caller ends the reservation.
func (k *Keeper) reserve(u auth.UserID, self vault.AgentID) (release func(), err error) {
	now := k.now()
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	taken := k.roster.reserved[u] || slices.ContainsFunc(k.roster.logins[u], func(id vault.AgentID) bool {
		return id != self && k.roster.alone(k.roster.agents[id], now) != vault.AgentEnded
	})
	if taken {
		return nil, &vault.InvalidError{Field: "agent.login", Rule: "quelqu'un qui n'est pas déjà agent"}
	}
	k.roster.reserved[u] = true
	return func() {
		k.roster.mu.Lock()
		defer k.roster.mu.Unlock()
		delete(k.roster.reserved, u)
	}, nil
}

// newAgentRecord checks what is said of somebody who becomes an agent.
func (k *Keeper) newAgentRecord(a vault.NewAgent) (agentRecord, error) {
	now := k.now()
	r := agentRecord{
		login: a.Login, name: a.Name, functions: a.Functions, until: a.Until.UTC().Truncate(time.Second), since: directory.Day(now),
	}
	if r.functions.Has(vault.FunctionCivicService) {
		r.civic = r.since
	}
	if a.Login.IsZero() {
		return r, &vault.InvalidError{Field: "agent.login", Rule: "un émetteur et un identifiant"}
	}
	return r, checkRecord(r, now)
}

func checkRecord(r agentRecord, now time.Time) error {
	if err := directory.CheckName(r.name, vault.MaxName); err != nil {
		return &vault.InvalidError{Field: "agent.name", Rule: "un nom de 100 caractères au plus"}
	}
	err := directory.Tenure{Functions: r.functions, CivicSince: r.civic, Until: r.until}.Check(now)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, directory.ErrNoFunctions):
		return &vault.InvalidError{Field: "agent.functions", Rule: "au moins une fonction"}
	case errors.Is(err, directory.ErrCivicEnd):
		return &vault.InvalidError{Field: "agent.until", Rule: "au plus neuf mois pour un service civique"}
	default:
		return &vault.InvalidError{Field: "agent.until", Rule: "une date de fin à venir, dans les deux ans"}
	}
}

func agentBody(what string, a vault.NewAgent) [32]byte {
	return mac([]byte(what), a.Login.Issuer(), a.Login.Subject(), a.Name, a.Functions.String(), a.Until.UTC().Format(time.RFC3339))
}

func readAgent(a agentAnswer) vault.AgentID {
	id, err := vault.ParseAgentID(a.Agent)
	if err != nil {
		return vault.AgentID{} // no earlier answer
	}
	return id
}
