package chain

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// A staff is what a structure is, written without any regard for cost.
type staff struct {
	record     uint64
	key, own   map[vault.AgentID]uint64 // numbers of the newest
	ended      map[vault.AgentID]bool
	to         map[any]bool
	successors map[string]vault.AgentID
	arrived    []vault.AgentID
	named      int
	cycles     map[vault.CycleID]uint64 // number of the newest record
	over       map[vault.CycleID]bool
}

// may says whether an operation is allowed and, if so, does it.
func (m *staff) may(op Op) bool {
	has := func(id vault.AgentID) bool { return slices.Contains(m.arrived, id) }
	switch o := op.(type) {
	case SetStructure:
		if o.Record.N <= m.record {
			return false
		}
		m.record = o.Record.N
	case AddAgent:
		if has(o.ID) || m.to[o.Recipient] {
			return false
		}
		m.arrived, m.to[o.Recipient] = append(m.arrived, o.ID), true
		m.key[o.ID], m.own[o.ID] = o.Key.N, o.Record.N
	case SetAgent:
		if !has(o.ID) || o.Record.N <= m.own[o.ID] {
			return false
		}
		m.own[o.ID] = o.Record.N
	case EndAgent:
		if !has(o.ID) || m.ended[o.ID] {
			return false
		}
		m.ended[o.ID] = true
	case DropAgentKey:
		if !m.ended[o.ID] || m.key[o.ID] == 0 {
			return false
		}
		m.key[o.ID] = 0
	case ReKeyAgent:
		if m.key[o.ID] == 0 || o.Key.N <= m.key[o.ID] {
			return false
		}
		m.key[o.ID] = o.Key.N
	case NameSuccessor:
		if !has(o.Agent) || !has(o.Successor) || m.ended[o.Successor] {
			return false
		}
		m.successors[fmt.Sprint(o.Agent, o.Function)] = o.Successor
		m.named++
	default:
		return m.mayCycle(op)
	}
	return true
}

// mayCycle is the same for the operations of cycles of workshops.
func (m *staff) mayCycle(op Op) bool {
	switch o := op.(type) {
	case OpenCycle:
		if m.cycles[o.ID] != 0 {
			return false
		}
		m.cycles[o.ID] = o.Record.N
	case SetCycle:
		if m.cycles[o.ID] == 0 || o.Record.N <= m.cycles[o.ID] {
			return false
		}
		m.cycles[o.ID] = o.Record.N
	case EndCycle:
		if m.cycles[o.ID] == 0 || m.over[o.ID] {
			return false
		}
		m.over[o.ID] = true
	}
	return true
}

// saysCycles holds the cycles of a structure against the model's.
func (m *staff) saysCycles(s Structure) error {
	n := 0
	for c := range s.Cycles() {
		if c.Record.N != m.cycles[c.ID] || c.Ended.IsZero() == m.over[c.ID] {
			return fmt.Errorf("cycle %s is %+v", c.ID, c)
		}
		n++
	}
	if n != len(m.cycles) {
		return fmt.Errorf("%d cycles of %d", n, len(m.cycles))
	}
	return nil
}

func (m *staff) says(s Structure) error {
	i := 0
	for a := range s.Agents() {
		if i >= len(m.arrived) || a.ID != m.arrived[i] || a.Ended != m.ended[a.ID] || a.Key.N != m.key[a.ID] || a.Record.N != m.own[a.ID] {
			return fmt.Errorf("agent %d is %+v", i, a)
		}
		for _, f := range vault.Functions() {
			if got, _ := s.Successor(a.ID, f); got != m.successors[fmt.Sprint(a.ID, f)] {
				return fmt.Errorf("successor of %s is %s", a.ID, got)
			}
			if got, ok := s.Holder(a.ID, f); ok && m.ended[got] {
				return fmt.Errorf("%s holds what they left", got)
			}
		}
		i++
	}
	if err := m.saysCycles(s); err != nil {
		return err
	}
	if r, _ := s.Record(); i != len(m.arrived) || s.Len() != i || r.N != m.record {
		return fmt.Errorf("%d agents, record %d", i, r.N)
	}
	return nil
}

func (c chooser) structureOp() Op {
	one, two := id[vault.AgentID](c.rnd.IntN(9)), id[vault.AgentID](c.rnd.IntN(9))
	next := record(1 + uint64(c.rnd.IntN(12)))
	cycle := id[vault.CycleID](40 + c.rnd.IntN(4))
	switch c.rnd.IntN(11) {
	case 0:
		return SetStructure{Record: next}
	case 1, 2:
		return AddAgent{ID: one, Recipient: to(c.rnd.IntN(12)), Key: SealedAgentKey(next), Record: next}
	case 3:
		return SetAgent{ID: one, Record: next}
	case 4:
		return EndAgent{ID: one}
	case 5:
		return DropAgentKey{ID: one}
	case 6:
		return ReKeyAgent{ID: one, Key: SealedAgentKey(next)}
	case 7:
		return OpenCycle{ID: cycle, Record: next}
	case 8:
		return SetCycle{ID: cycle, Record: next}
	case 9:
		return EndCycle{ID: cycle}
	}
	return NameSuccessor{Agent: one, Successor: two, Function: vault.Functions()[c.rnd.IntN(7)]}
}

// Random entries are taken and refused, and change a structure, as the model
// says; whoever has ended never is there again.
func TestStructureBehavesLikeItsModel(t *testing.T) {
	t.Parallel()
	taken, refused, named := 0, 0, 0
	for seed := range uint64(40) {
		c := choose(rand.New(rand.NewPCG(seed, 13)))
		s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)})
		m := staff{
			record: 1, key: map[vault.AgentID]uint64{}, own: map[vault.AgentID]uint64{}, ended: map[vault.AgentID]bool{},
			to: map[any]bool{}, successors: map[string]vault.AgentID{}, cycles: map[vault.CycleID]uint64{}, over: map[vault.CycleID]bool{},
		}
		for range 120 {
			e := structureEntry(s, c.structureOp())
			if e.check() != nil {
				continue
			}
			want := m.may(e.Ops[0])
			next, err := s.Apply(e)
			if (err == nil) != want {
				t.Fatalf("seed %d entry %d %+v: %v, the model says %v", seed, e.Seq, e.Ops, err, want)
			}
			if !want {
				refused++
				continue
			}
			taken++
			s = next
			if err := m.says(s); err != nil {
				t.Fatalf("seed %d entry %d: %v", seed, e.Seq, err)
			}
		}
		named += m.named
	}
	if taken < 300 || refused < 300 || named < 50 {
		t.Errorf("%d taken, %d refused, %d successors named", taken, refused, named)
	}
}

// growStructure folds one random operation, if it may be.
func growStructure(t *testing.T, c chooser, s Structure) Structure {
	t.Helper()
	next, err := s.Apply(structureEntry(s, c.structureOp()))
	if err != nil {
		return s
	}
	for a := range s.Agents() {
		if now, ok := next.Agent(a.ID); !ok || a.Ended && !now.Ended || now.Recipient != a.Recipient {
			t.Fatalf("%s was %+v and is %+v", a.ID, a, now)
		}
	}
	for c := range s.Cycles() {
		if now, ok := next.Cycle(c.ID); !ok || !c.Ended.IsZero() && now.Ended != c.Ended {
			t.Fatalf("%s was %+v and is %+v", c.ID, c, now)
		}
	}
	return next
}
