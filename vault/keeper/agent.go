package keeper

import (
	"context"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
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
	// lone says that the structure has no other who could be a second agent.
	lone bool
	// waits says that the agent is suspended for one reason only: the structure
	// has no access manager left.
	waits bool
	// recipient is what consents are sealed to.
	recipient seal.Recipient
}

// A roster is every agent of every structure, in memory: structures are few,
// and every decision asks it. It is guarded by mu.
type roster struct {
	mu     sync.RWMutex
	agents map[vault.AgentID]agentFacts
	logins map[auth.UserID]vault.AgentID // of an agent not ended, else the last one
	names  map[vault.StructureID]string
}

// awake reports whether the agent is in post and may act.
func (f agentFacts) awake() bool { return f.state == vault.AgentActive }

// maySecond reports whether the agent's functions let them be the second agent.
func (f agentFacts) maySecond() bool {
	return f.functions&vault.NewFunctionSet(vault.FunctionSocialWorker, vault.FunctionWorkshopLeader,
		vault.FunctionReception, vault.FunctionAccessManager) != 0
}

// agentsOf answers the agents of a structure, ended ones included.
func (k *Keeper) agentsOf(id vault.StructureID) (all []agentFacts) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	for _, a := range k.roster.agents {
		if a.structure == id {
			all = append(all, a)
		}
	}
	return all
}

// agentOf answers what a login is for a structure: at most one agent who is not
// ended; without one, the last that was.
func (k *Keeper) agentOf(u auth.UserID) (agentFacts, bool) {
	k.roster.mu.RLock()
	id, ok := k.roster.logins[u]
	k.roster.mu.RUnlock()
	if !ok {
		return agentFacts{}, false
	}
	return k.agentBy(id)
}

// agentBy answers one agent by id, ended or not.
func (k *Keeper) agentBy(id vault.AgentID) (agentFacts, bool) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	return a, ok
}

// agentName answers how an agent and their structure are called, for whoever may
// read it; empty for an agent that nobody knows.
func (k *Keeper) agentName(id vault.AgentID) (name, structure string) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a := k.roster.agents[id]
	return a.name, k.roster.names[a.structure]
}

// agentIdentity opens the identity of an agent, by which the bundles of their
// consents open. The state of the agent is not asked here: whoever calls has a
// permit, or re-seals.
func (k *Keeper) agentIdentity(ctx context.Context, id vault.AgentID) (*seal.Identity, error) {
	return nil, errUnfinished
}

// AddStructure begins a structure with its first access manager: the operator's
// act. It is recorded for everybody to read.
func (k *Keeper) AddStructure(ctx context.Context, act vault.AddStructure) (vault.StructureID, error) {
	return vault.StructureID{}, errUnfinished
}

func newRoster() roster {
	return roster{
		agents: map[vault.AgentID]agentFacts{}, logins: map[auth.UserID]vault.AgentID{}, names: map[vault.StructureID]string{},
	}
}
