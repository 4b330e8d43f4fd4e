package keeper

import (
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A cycle is one cycle of workshops in memory. It is never changed in place.
type cycle struct {
	structure *structure
	chain     chain.Cycle
	record    cycleRecord
}

// cycleFacts is what is known of one cycle at one instant. The zero value is of
// none.
type cycleFacts struct {
	id        vault.CycleID
	structure vault.StructureID
	record    cycleRecord
	// leader is who leads it now, the one named or whoever replaced them; zero when
	// nobody does.
	leader vault.AgentID
	// ended is when it ended, by an entry, a recorded intent or its last day; zero
	// while it lasts.
	ended time.Time
}

func (c cycleFacts) lasts() bool { return !c.id.IsZero() && c.ended.IsZero() }

// until is when consents end that it bounds.
func (c cycleFacts) until() time.Time { return c.record.plan.End(texts.Metropolitan()).UTC() }

// today is the day of an instant where workshops are held.
func today(now time.Time) papers.Day { return papers.DayOf(now.In(texts.Metropolitan())) }

// cycle answers what is known of one cycle, over or not. What a recorded intent
// took away holds: an end, and leading it.
func (k *Keeper) cycle(id vault.CycleID) (cycleFacts, bool) {
	now := k.now()
	k.roster.mu.RLock()
	known, ok := k.roster.cycles[id]
	k.roster.mu.RUnlock()
	if !ok {
		return cycleFacts{}, false
	}
	// What is taken is asked before what landed: an entry that lands in between is
	// seen twice, and never in neither.
	ended, led := known.structure.takenCycle(id)
	k.roster.mu.RLock()
	known = k.roster.cycles[id]
	k.roster.mu.RUnlock()
	c := cycleFacts{id: id, structure: known.structure.id, record: known.record, ended: ended}
	if !known.chain.Ended.IsZero() {
		c.ended = known.chain.Ended
	}
	if over := c.until(); !now.Before(over) && (c.ended.IsZero() || over.Before(c.ended)) {
		c.ended = over
	}
	if led {
		c.leader = k.leads(c.record)
	}
	return c, true
}

// leads is who leads by a record, if they are in post.
func (k *Keeper) leads(r cycleRecord) vault.AgentID {
	id := k.holder(vault.Terms{Agent: r.leader, Function: r.function, Replacement: vault.ReplacementSuccessor})
	if f, ok := k.agentBy(id); !ok || f.state == vault.AgentEnded {
		return vault.AgentID{}
	}
	return id
}

// takenCycle is what recorded intents took from a cycle: since when it is over,
// zero for not, and whether who led it still does.
func (s *structure) takenCycle(id vault.CycleID) (ended time.Time, led bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	led = true
	for t := range s.takes {
		switch {
		case t.cycle != id:
		case t.leader.IsZero():
			ended = t.by
		default:
			led = false
		}
	}
	return ended, led
}

// cyclesOf answers the cycles of a structure in the order of their opening.
func (k *Keeper) cyclesOf(id vault.StructureID) (all []cycleFacts) {
	s, err := k.structureOf(id)
	if err != nil {
		return nil
	}
	state := s.now()
	for c := range state.Cycles() {
		if facts, ok := k.cycle(c.ID); ok {
			all = append(all, facts)
		}
	}
	return all
}

// adoptCycles takes over the cycles of a verified state; records has those that
// are new or changed in it. The caller holds mu.
func (r *roster) adoptCycles(s *structure, state chain.Structure, records map[vault.CycleID]cycleRecord) {
	for c := range state.Cycles() {
		old, known := r.cycles[c.ID]
		record, changed := records[c.ID]
		if !changed && known {
			record = old.record
		}
		if !known || changed || old.chain != c {
			r.cycles[c.ID] = &cycle{s, c, record}
		}
	}
}
