package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// permits refuses a warrant that does not cover this structure.
func (s *structure) permits(w *warrant) error {
	if err := w.check(vault.SafeID{}); err != nil {
		return err
	}
	if w.deed.structure != s.id {
		return vault.ErrNotFound
	}
	return nil
}

// prepare writes the record that a change of leader names, from the newest one.
// Ending an agent or a cycle names no object.
func (s *structure) prepare(k *Keeper, c *change) error {
	id, state := c.takes.cycle, s.now()
	if c.takes.leader.IsZero() {
		return nil
	}
	c.ops, c.cycles = nil, nil
	last, there := state.Cycle(id)
	facts, known := k.cycle(id)
	if !there || !known || !last.Ended.IsZero() || facts.record.leader == c.takes.leader {
		return nil // there is nothing to change
	}
	ctx, cancel := context.WithTimeout(k.closing, opTimeout)
	defer cancel()
	record := facts.record
	record.leader = c.takes.leader
	if as := k.leadsAs(record.leader); as != 0 { // else they may not any more, which must not keep the chain waiting
		record.function = as
	}
	named, err := k.putCycleRecord(ctx, s.id, id, last.Record.N, record)
	if err != nil {
		return err
	}
	c.ops, c.cycles = []chain.Op{chain.SetCycle{ID: id, Record: named}}, map[vault.CycleID]cycleRecord{id: record}
	return nil
}

// single: changes are rare, and each is built on the one before.
func (*structure) single(*change) bool { return true }

// outdated: whoever builds one holds the structure's changing lock until it is
// written.
func (*structure) outdated(*change, chain.Structure) error { return nil }

// operations are what a change does to a structure in this state.
func (*structure) operations(c *change, state chain.Structure) []chain.Op {
	switch t := c.takes; {
	case t == nil, !t.leader.IsZero():
		return c.ops
	case !t.cycle.IsZero():
		if cycle, ok := state.Cycle(t.cycle); !ok || !cycle.Ended.IsZero() {
			return nil
		}
		return []chain.Op{chain.EndCycle{ID: t.cycle}}
	}
	if a, ok := state.Agent(c.takes.agent); !ok || a.Ended {
		return nil
	}
	return []chain.Op{chain.EndAgent{ID: c.takes.agent}}
}

// landed has nothing to do: what follows in safes is a sweep's.
func (*structure) landed(*Keeper, []*change, []chain.Op, chain.Structure, chain.Structure) {}

// adopted lets the roster know, and deletes what no entry names any more.
// Structures have no summaries.
func (s *structure) adopted(k *Keeper, group []*change, _ []chain.Op, before, after chain.Structure) uint64 {
	if _, open := before.Record(); !open {
		return 0 // it counts when the vault chain names it
	}
	for _, c := range group {
		k.roster.adopt(s, after, c.records, c.cycles)
		k.roster.say(s, c.structure)
	}
	var gone []storage.Key
	was, _ := before.Record()
	if now, _ := after.Record(); now != was {
		gone = append(gone, structureRecordKey(s.id, was.N))
	}
	for a := range before.Agents() {
		now, _ := after.Agent(a.ID)
		if now.Record != a.Record {
			gone = append(gone, agentRecordKey(a.ID, a.Record.N))
		}
		if now.Key != a.Key && a.Key.N != 0 {
			gone = append(gone, agentKeyKey(a.ID, a.Key.N, a.Key.MasterEpoch))
		}
	}
	for c := range before.Cycles() {
		if now, _ := after.Cycle(c.ID); now.Record != c.Record {
			gone = append(gone, cycleRecordKey(s.id, c.ID, c.Record.N))
		}
	}
	k.discard(gone, group)
	return 0
}

// wrote looks after what follows in the safes.
func (*structure) wrote(k *Keeper) { k.sweepSoon() }
