package keeper

import (
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

// prepare has nothing to do: ending an agent names no object.
func (*structure) prepare(*Keeper, *change) error { return nil }

// single: changes are rare, and each is built on the one before.
func (*structure) single(*change) bool { return true }

// outdated: whoever builds one holds the structure's changing lock until it is
// written.
func (*structure) outdated(*change, chain.Structure) error { return nil }

// operations are what a change does to a structure in this state.
func (*structure) operations(c *change, state chain.Structure) []chain.Op {
	if c.takes == nil {
		return c.ops
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
		k.roster.adopt(s, after, c.records)
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
	k.discard(gone, group)
	return 0
}

// wrote looks after what follows in the safes.
func (*structure) wrote(k *Keeper) { k.sweepSoon() }
