package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/seal"
)

// agentFacts is what is known of one agent at one instant. The zero value is
// nobody's.
type agentFacts struct {
	id        vault.AgentID
	structure vault.StructureID
	login     auth.UserID
	name      string
	functions vault.FunctionSet
	until     time.Time
	lastUse   time.Time // to the day
	state     vault.AgentState
	// waits says that the agent is held up for one reason only: the structure has
	// no access manager left. Of those who were, the last ones are held up, too,
	// by nothing else: naming one is what they may still do.
	waits bool
	// recipient is what consents are sealed to.
	recipient seal.Recipient
	// program is set for a partner program, which is nobody's agent.
	program program
}

// awake reports whether the agent is in post and may act.
func (f agentFacts) awake() bool { return f.state == vault.AgentActive }

// maySecond reports whether the agent's functions let them be the second agent.
func (f agentFacts) maySecond() bool {
	for _, row := range consent.Functions() {
		if f.functions.Has(row.Function) && row.Second == consent.Always {
			return true
		}
	}
	return false
}

// agentOf answers what a login is for a structure: the agent in post, else the
// last that it was. A partner program is no agent.
func (k *Keeper) agentOf(u auth.UserID) (agentFacts, bool) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	var last agentFacts
	if u.IsPartner() {
		return last, false
	}
	ids := k.roster.logins[u]
	for _, id := range ids {
		if f := k.roster.facts(id, now); last.id.IsZero() || f.state != vault.AgentEnded || last.state == vault.AgentEnded {
			last = f
		}
	}
	return last, len(ids) > 0
}

// agentBy answers one agent, or partner program, by id, ended or not.
func (k *Keeper) agentBy(id vault.AgentID) (agentFacts, bool) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	f := k.roster.facts(id, now)
	return f, !f.id.IsZero()
}

// agentsOf answers the agents of a structure, ended ones included, in the order
// of their arrival; partner programs are none of them.
func (k *Keeper) agentsOf(id vault.StructureID) (all []agentFacts) {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	s, ok := k.roster.structures[id]
	if !ok {
		return nil
	}
	for a := range s.known.Agents() {
		if f := k.roster.facts(a.ID, now); f.program.isZero() {
			all = append(all, f)
		}
	}
	return all
}

// agentName answers how an agent and their structure are called, for whoever may
// read it; empty for an agent that nobody knows.
func (k *Keeper) agentName(id vault.AgentID) (name, structure string) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	if !ok {
		return "", ""
	}
	return a.record.name, k.roster.structures[a.structure].record.name
}

// facts says what one agent is at an instant. The caller holds mu.
func (r *roster) facts(id vault.AgentID, now time.Time) agentFacts {
	a, ok := r.agents[id]
	if !ok {
		return agentFacts{}
	}
	f := agentFacts{
		id: id, structure: a.structure, login: a.record.login, name: a.record.name, functions: a.record.functions,
		until: a.record.until, lastUse: r.lastUse(a), recipient: a.chain.Recipient, state: r.alone(a, now),
		program: a.record.program,
	}
	if f.state == vault.AgentEnded && r.gone(a) {
		return f
	}
	switch managed, lapsed := r.managed(a.structure, now); {
	case managed:
	case f.state == vault.AgentActive, f.functions.Has(vault.FunctionAccessManager) && !r.lapse(a).Before(lapsed):
		f.state, f.waits = vault.AgentSuspended, true
	}
	return f
}

// alone is an agent's state as far as it is their own.
func (r *roster) alone(a *agent, now time.Time) vault.AgentState {
	switch {
	case r.gone(a), !now.Before(a.record.until):
		return vault.AgentEnded
	case directory.Dormant(r.lastUse(a), now):
		return vault.AgentSuspended
	}
	return vault.AgentActive
}

// gone reports whether the agent was ended, by an entry or a recorded intent.
func (r *roster) gone(a *agent) bool {
	return a.chain.Ended || r.structures[a.structure].ended[a.chain.ID]
}

func (r *roster) lastUse(a *agent) time.Time {
	if used := r.used[a.chain.ID]; used.After(a.record.since) {
		return used
	}
	return a.record.since
}

// lapse is when an agent's rights end or wait, by themselves.
func (r *roster) lapse(a *agent) time.Time {
	idle := r.lastUse(a).Add(vault.AgentIdle)
	if a.record.until.Before(idle) {
		return a.record.until
	}
	return idle
}

// managed reports whether a structure has an access manager who may act; if not,
// when the rights of the last one lapsed.
func (r *roster) managed(id vault.StructureID, now time.Time) (bool, time.Time) {
	var lapsed time.Time
	for _, manager := range r.structures[id].managers {
		a := r.agents[manager]
		if r.gone(a) {
			continue
		}
		if r.alone(a, now) == vault.AgentActive {
			return true, time.Time{}
		}
		if at := r.lapse(a); at.After(lapsed) {
			lapsed = at
		}
	}
	return false, lapsed
}

// agentIdentity opens the identity of an agent, by which the bundles of their
// consents open. The state of the agent is not asked here: whoever calls has a
// permit, or re-seals.
func (k *Keeper) agentIdentity(ctx context.Context, id vault.AgentID) (*seal.Identity, error) {
	k.roster.mu.RLock()
	a, ok := k.roster.agents[id]
	identity := k.roster.identities[id]
	k.roster.mu.RUnlock()
	switch {
	case !ok:
		return nil, vault.ErrNotFound
	case identity != nil:
		return identity, nil
	}
	identity, err := k.openAgentKey(ctx, a.chain)
	if err != nil {
		return nil, err
	}
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	if len(k.roster.identities) >= maxIdentities {
		clear(k.roster.identities)
	}
	k.roster.identities[id] = identity
	return identity, nil
}

// maxIdentities bounds how many opened identities stay in memory; those of
// agents who ended are forgotten at once.
const maxIdentities = 64
