package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A roster is every structure and every agent, in memory from the start on:
// structures are few, and every decision asks who the caller is. What is
// verified from the chains is cached here; only an entry that landed, and a
// taking that was recorded, change it.
type roster struct {
	mu         sync.RWMutex
	structures map[vault.StructureID]*structure
	agents     map[vault.AgentID]*agent
	logins     map[auth.UserID][]vault.AgentID // oldest first
	used       map[vault.AgentID]time.Time     // day of the last use
	opened     map[vault.AgentID]map[vault.SafeID]bool
	identities map[vault.AgentID]*seal.Identity // those asked for lately
	reserved   map[auth.UserID]bool             // being enrolled: a login is an agent of one structure at most
	cycles     map[vault.CycleID]*cycle
}

// A structure is one structure in memory. What is not of its chain is guarded by
// the roster's mu; whoever holds the chain's lock may take that one, never the
// other way round.
type structure struct {
	chained[chain.Structure]
	id vault.StructureID

	// changing is held by acts that read the state and build a change on it.
	changing sync.Mutex

	record structureRecord
	known  chain.Structure        // as the roster has it
	ended  map[vault.AgentID]bool // by a recorded intent, their entry not written yet
	// managers are the access managers who were not ended by an entry; demoted is
	// the one who may cease to be one by the entry under way.
	managers []vault.AgentID
	demoted  vault.AgentID
}

func newStructure(id vault.StructureID) *structure {
	s := &structure{
		chained: chained[chain.Structure]{is: structureChain(id), takes: map[*taking]bool{}},
		id:      id, ended: map[vault.AgentID]bool{},
	}
	s.what = s
	return s
}

// An agent is one agent in memory. It is never changed in place.
type agent struct {
	structure vault.StructureID
	chain     chain.Agent
	record    agentRecord
}

func newRoster() roster {
	return roster{
		structures: map[vault.StructureID]*structure{}, agents: map[vault.AgentID]*agent{},
		logins: map[auth.UserID][]vault.AgentID{}, used: map[vault.AgentID]time.Time{},
		opened: map[vault.AgentID]map[vault.SafeID]bool{}, identities: map[vault.AgentID]*seal.Identity{},
		reserved: map[auth.UserID]bool{}, cycles: map[vault.CycleID]*cycle{},
	}
}

// loadStructures reads every structure that the vault chain names. One whose
// chain in the bucket is not ours stays shut: nobody is its agent.
func (k *Keeper) loadStructures(ctx context.Context) error {
	for _, id := range k.vaultState().Structures() {
		known, err := k.known(structureChain(id))
		if err != nil {
			return err
		}
		err = k.loadStructure(ctx, id, known.confirmed)
		if errors.Is(err, vault.ErrTampered) {
			k.log.ErrorContext(ctx, "a structure's chain cannot be read: its agents are shut out", slog.Any("error", err))
			continue
		}
		if err != nil {
			return fmt.Errorf("structure %s: %w", id, err)
		}
	}
	return errors.Join(k.loadUse(), k.loadLimits())
}

// loadStructure replays one structure. It was begun before the vault chain named
// it.
func (k *Keeper) loadStructure(ctx context.Context, id vault.StructureID, head chain.Head) error {
	s := newStructure(id)
	var err error
	s.state, s.head, err = chain.ReplayStructure(ctx, k.fetch(chain.StructureChain(id)), id, k.vaultState(), chain.Known{Head: head})
	if err != nil {
		return fromChain(err)
	}
	named, ok := s.state.Record()
	if !ok {
		return fmt.Errorf("%w: a structure without a record", vault.ErrTampered)
	}
	if s.record, err = k.readStructureRecord(ctx, id, named); err != nil {
		return err
	}
	records := map[vault.AgentID]agentRecord{}
	for a := range s.state.Agents() {
		if records[a.ID], err = k.readAgentRecord(ctx, a); err != nil {
			return fmt.Errorf("agent %s: %w", a.ID, err)
		}
	}
	cycles := map[vault.CycleID]cycleRecord{}
	for c := range s.state.Cycles() {
		if cycles[c.ID], err = k.readCycleRecord(ctx, id, c); err != nil {
			return fmt.Errorf("cycle %s: %w", c.ID, err)
		}
	}
	k.roster.adopt(s, s.state, records, cycles)
	return nil
}

// adopt takes over a verified state; records has those of agents who are new or
// changed in it, cycles the same of cycles of workshops.
func (r *roster) adopt(s *structure, state chain.Structure, records map[vault.AgentID]agentRecord, cycles map[vault.CycleID]cycleRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.adoptCycles(s, state, cycles)
	s.known, s.managers = state, nil
	r.structures[s.id] = s
	for c := range state.Agents() { // in the order of their arrival
		record, changed := records[c.ID]
		old, known := r.agents[c.ID]
		if !changed {
			record = old.record
		}
		if !known {
			r.logins[record.login] = append(slices.Clip(r.logins[record.login]), c.ID)
		}
		if !known || changed || old.chain != c {
			r.agents[c.ID] = &agent{s.id, c, record}
		}
		switch {
		case c.Ended:
			delete(s.ended, c.ID)
			delete(r.identities, c.ID)
		case record.functions.Has(vault.FunctionAccessManager):
			s.managers = append(s.managers, c.ID)
		}
	}
}

// say takes over what is known of a structure since an entry; nil for as before.
func (r *roster) say(s *structure, record *structureRecord) {
	if record == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.record = *record
}

// structureOf answers one structure of the roster.
func (k *Keeper) structureOf(id vault.StructureID) (*structure, error) {
	k.roster.mu.RLock()
	s, ok := k.roster.structures[id]
	k.roster.mu.RUnlock()
	if !ok {
		return nil, vault.ErrNotFound
	}
	return s, nil
}

// structureTag finds the leaves about a structure.
func (k *Keeper) structureTag(id vault.StructureID) audit.TagKey {
	return audit.TagKey(mac(k.pseudonyms, "structure", id.String()))
}
