package chain

import (
	"iter"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A Cycle is a cycle of workshops, live or ended: a random id and the newest
// record of it, which is sealed.
type Cycle struct {
	ID     vault.CycleID
	Record Record
	Ended  time.Time // of the entry that ended it; zero while none did
}

// Cycle gives a cycle, live or ended.
func (s Structure) Cycle(id vault.CycleID) (Cycle, bool) {
	c, ok := s.cycles.get(id)
	return c.thing, ok
}

// Cycles gives every cycle, live or ended, in the order of their opening.
func (s Structure) Cycles() iter.Seq[Cycle] {
	return func(yield func(Cycle) bool) {
		for _, c := range inOrder(s.cycles) {
			if !yield(c) {
				return
			}
		}
	}
}

func (o OpenCycle) foldStructure(s *Structure) error {
	if s.cycles.has(o.ID) {
		return ErrReused
	}
	s.order++
	s.cycles = s.cycles.with(o.ID, ordered[Cycle]{order: s.order, thing: Cycle{ID: o.ID, Record: o.Record}})
	return nil
}

func (o SetCycle) foldStructure(s *Structure) error {
	c, ok := s.cycles.get(o.ID)
	if !ok {
		return ErrUnknown
	}
	if err := o.Record.follows(c.thing.Record); err != nil {
		return err
	}
	c.thing.Record = o.Record
	s.cycles = s.cycles.with(o.ID, c)
	return nil
}

func (o EndCycle) foldStructure(s *Structure) error {
	c, ok := s.cycles.get(o.ID)
	if !ok || !c.thing.Ended.IsZero() {
		return ErrUnknown
	}
	c.thing.Ended = s.time
	s.cycles = s.cycles.with(o.ID, c)
	return nil
}
