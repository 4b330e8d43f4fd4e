package chain

import (
	"iter"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Structure is the state of one structure after some entry of its chain. The
// zero Structure is the empty chain. It is a value, like [Safe].
type Structure struct {
	id         vault.StructureID
	seq        uint64
	keeper     uint64
	record     Record // N is 0 when it is not open
	agents     table[vault.AgentID, ordered[Agent]]
	recipients table[[16]byte, struct{}] // every recipient ever brought, by its digest
	successors table[vault.AgentID, succession]
	cycles     table[vault.CycleID, ordered[Cycle]]
	order      uint64    // of the last agent or cycle
	time       time.Time // of the last entry
}

// A succession is who replaces one agent, by function. It is never changed.
type succession map[vault.Function]vault.AgentID

// An Agent is an agent of a structure, live or ended.
type Agent struct {
	ID        vault.AgentID
	Recipient seal.Recipient
	Key       SealedAgentKey // zero once it was dropped
	Record    Record
	Ended     bool
}

// ID is the structure's id; zero before the first entry.
func (s Structure) ID() vault.StructureID { return s.id }

// Seq is the number of the last entry.
func (s Structure) Seq() uint64 { return s.seq }

// Keeper is the highest keeper number so far, which is that of the last entry.
func (s Structure) Keeper() uint64 { return s.keeper }

// Record gives the newest record of the structure itself; ok is false before it
// is open.
func (s Structure) Record() (r Record, ok bool) { return s.record, s.record.N != 0 }

// Len is the number of agents, those who ended included.
func (s Structure) Len() int { return s.agents.len() }

// Agent gives an agent, live or ended.
func (s Structure) Agent(id vault.AgentID) (Agent, bool) {
	a, ok := s.agents.get(id)
	return a.thing, ok
}

// Agents gives every agent, live or ended, in the order of their arrival.
func (s Structure) Agents() iter.Seq[Agent] {
	return func(yield func(Agent) bool) {
		for _, a := range inOrder(s.agents) {
			if !yield(a) {
				return
			}
		}
	}
}

// Successor gives who was named last to replace an agent in one function. The
// successor may have ended since.
func (s Structure) Successor(agent vault.AgentID, function vault.Function) (vault.AgentID, bool) {
	named, _ := s.successors.get(agent)
	id, ok := named[function]
	return id, ok
}

// Holder gives the live agent who does now what agent did in one function: the
// agent, else the successor, else the successor's. ok is false when nobody does.
func (s Structure) Holder(agent vault.AgentID, function vault.Function) (id vault.AgentID, ok bool) {
	for range s.agents.len() { // successors may name each other
		a, known := s.Agent(agent)
		if !known {
			break
		}
		if !a.Ended {
			return agent, true
		}
		if agent, known = s.Successor(agent, function); !known {
			break
		}
	}
	return vault.AgentID{}, false
}
