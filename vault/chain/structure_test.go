package chain

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

var structureID = id[vault.StructureID](5)

// record is the n-th of its row.
func record(n uint64) Record {
	return Record{N: n, MasterEpoch: 1, Digest: digest(int(n) + 70), Size: 1500}
}

func agent(n, recipient int) AddAgent {
	return AddAgent{ID: id[vault.AgentID](n), Recipient: to(recipient), Key: SealedAgentKey(record(1)), Record: record(1)}
}

func structureEntry(s Structure, ops ...Op) Entry {
	e := Entry{
		Chain: StructureChain(structureID), Seq: s.Seq() + 1, Keeper: max(1, s.Keeper()), Ops: ops,
		Time: openedAt.Add(time.Duration(s.Seq()) * time.Minute), Intent: 3 * s.Seq(),
	}
	if e.Seq > 1 {
		e.Prev = digest(int(e.Seq))
	}
	return e
}

func mustStructure(t testing.TB, s Structure, ops ...Op) Structure {
	t.Helper()
	next, err := s.Apply(structureEntry(s, ops...))
	if err != nil {
		t.Fatalf("entry %d: %v", s.Seq()+1, err)
	}
	return next
}

func name(n int, f vault.Function, successor int) NameSuccessor {
	return NameSuccessor{Agent: id[vault.AgentID](n), Function: f, Successor: id[vault.AgentID](successor)}
}

func TestStructureSaysWhoItsAgentsAre(t *testing.T) {
	t.Parallel()
	s := mustStructure(t, Structure{}, Void{})
	s = mustStructure(t, s, OpenStructure{Record: record(1)}, agent(1, 0))
	s = mustStructure(t, s, agent(2, 1), SetAgent{ID: id[vault.AgentID](1), Record: record(4)}, SetStructure{Record: record(2)})
	if r, ok := s.Record(); s.ID() != structureID || s.Seq() != 3 || s.Keeper() != 1 || s.Len() != 2 || !ok || r != record(2) {
		t.Fatalf("structure: %+v", s)
	}
	first, second := id[vault.AgentID](1), id[vault.AgentID](2)
	later := SealedAgentKey{N: 2, MasterEpoch: 2, Digest: digest(9), Size: 9}
	s = mustStructure(t, s, EndAgent{ID: first}, ReKeyAgent{ID: first, Key: later}, SetAgent{ID: first, Record: record(5)})
	a, ok := s.Agent(first)
	if want := (Agent{ID: first, Recipient: to(0), Key: later, Record: record(5), Ended: true}); !ok || a != want {
		t.Errorf("agent who ended: %+v", a)
	}
	s = mustStructure(t, s, DropAgentKey{ID: first})
	if a, _ := s.Agent(first); a.Key != (SealedAgentKey{}) || a.Record != record(5) || !a.Ended {
		t.Errorf("agent whose key was dropped: %+v", a)
	}
	all := slices.Collect(s.Agents())
	if len(all) != 2 || all[0].ID != first || all[1].ID != second || all[1].Ended {
		t.Errorf("agents: %+v", all)
	}
	if _, ok := s.Agent(id[vault.AgentID](3)); ok {
		t.Error("somebody unknown is there")
	}
	if _, ok := (Structure{}).Record(); ok {
		t.Error("the zero structure is open")
	}
}

// Each case is one entry that the state before it does not allow.
func TestRulesOfAStructure(t *testing.T) {
	t.Parallel()
	one, two, three := id[vault.AgentID](1), id[vault.AgentID](2), id[vault.AgentID](3)
	s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)}, agent(1, 0), agent(2, 1), agent(3, 2))
	s = mustStructure(t, s, EndAgent{ID: three})
	rekey := func(id vault.AgentID, n, master uint64) ReKeyAgent {
		return ReKeyAgent{ID: id, Key: SealedAgentKey{N: n, MasterEpoch: master, Digest: digest(1), Size: 1}}
	}
	set := func(n, master uint64) Record { return edited(record(n), func(r *Record) { r.MasterEpoch = master }) }
	const f = vault.FunctionSocialWorker
	cycle := OpenCycle{ID: id[vault.CycleID](5), Record: record(1)}
	for name, c := range map[string]struct {
		ops  []Op
		want error
	}{
		"open twice":                {[]Op{OpenStructure{Record: record(2)}}, ErrOrder},
		"record again":              {[]Op{SetStructure{Record: record(1)}}, ErrNumber},
		"record of older master":    {[]Op{SetStructure{Record: set(2, 2)}, SetStructure{Record: set(3, 1)}}, ErrEpoch},
		"agent again":               {[]Op{agent(1, 3)}, ErrReused},
		"ended agent comes back":    {[]Op{agent(3, 3)}, ErrReused},
		"recipient again":           {[]Op{agent(4, 0)}, ErrReused},
		"recipient of an ended one": {[]Op{agent(4, 2)}, ErrReused},
		"cycle again":               {[]Op{cycle, cycle}, ErrReused},
		"cycle again after its end": {[]Op{cycle, EndCycle{ID: cycle.ID}, cycle}, ErrReused},
		"record of no cycle":        {[]Op{SetCycle{ID: cycle.ID, Record: record(2)}}, ErrUnknown},
		"cycle's record again":      {[]Op{cycle, SetCycle{ID: cycle.ID, Record: record(1)}}, ErrNumber},
		"end of no cycle":           {[]Op{EndCycle{ID: cycle.ID}}, ErrUnknown},
		"end of a cycle again":      {[]Op{cycle, EndCycle{ID: cycle.ID}, EndCycle{ID: cycle.ID}}, ErrUnknown},
		"record of nobody":          {[]Op{SetAgent{ID: id[vault.AgentID](4), Record: record(2)}}, ErrUnknown},
		"record of agent again":     {[]Op{SetAgent{ID: one, Record: record(1)}}, ErrNumber},
		"record of older master, a": {[]Op{SetAgent{ID: one, Record: set(2, 2)}, SetAgent{ID: one, Record: set(3, 1)}}, ErrEpoch},
		"end of nobody":             {[]Op{EndAgent{ID: id[vault.AgentID](4)}}, ErrUnknown},
		"end again":                 {[]Op{EndAgent{ID: three}}, ErrUnknown},
		"drop key of a live agent":  {[]Op{DropAgentKey{ID: one}}, ErrOrder},
		"drop key of nobody":        {[]Op{DropAgentKey{ID: id[vault.AgentID](4)}}, ErrUnknown},
		"drop key twice":            {[]Op{DropAgentKey{ID: three}, DropAgentKey{ID: three}}, ErrUnknown},
		"rekey nobody":              {[]Op{rekey(id[vault.AgentID](4), 2, 1)}, ErrUnknown},
		"rekey what was dropped":    {[]Op{DropAgentKey{ID: three}, rekey(three, 2, 1)}, ErrUnknown},
		"rekey under the same name": {[]Op{rekey(one, 1, 2)}, ErrNumber},
		"rekey to older master":     {[]Op{rekey(one, 2, 2), rekey(one, 3, 1)}, ErrEpoch},
		"successor who ended":       {[]Op{name(1, f, 3)}, ErrUnknown},
		"successor who ends":        {[]Op{EndAgent{ID: two}, name(1, f, 2)}, ErrUnknown},
		"successor nobody knows":    {[]Op{name(1, f, 4)}, ErrUnknown},
		"successor of nobody":       {[]Op{name(4, f, 1)}, ErrUnknown},
		"operation of a safe":       {[]Op{Freeze{}}, ErrWrongChain},
		"erasure":                   {[]Op{EraseSafe{}}, ErrWrongChain},
		"summary":                   {[]Op{everySummary()}, ErrWrongChain},
		"operation of the vault":    {[]Op{AddStructure{ID: structureID}}, ErrWrongChain},
	} {
		_, err := s.Apply(structureEntry(s, c.ops...))
		bad, ok := errors.AsType[*OpError](err)
		if !errors.Is(err, c.want) || !ok || bad.Index != len(c.ops)-1 || bad.Seq != s.Seq()+1 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, ops := range map[string][]Op{
		"an agent": {agent(1, 0)}, "a record": {SetStructure{Record: record(1)}},
		"opening second": {agent(1, 0), OpenStructure{Record: record(1)}},
	} {
		if _, err := (Structure{}).Apply(structureEntry(Structure{}, ops...)); !errors.Is(err, ErrOrder) {
			t.Errorf("first is %s: %v", name, err)
		}
	}
}

// Who does now what an agent did: the agent while they are there, then whoever
// was named, and whoever was named after them; nobody else.
func TestHolderIsWhoeverIsLeft(t *testing.T) {
	t.Parallel()
	const f, other = vault.FunctionSocialWorker, vault.FunctionReception
	s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)}, agent(1, 0), agent(2, 1), agent(3, 2))
	holder := func(s Structure, n int) int {
		got, ok := s.Holder(id[vault.AgentID](n), f)
		for i := range 4 {
			if ok && got == id[vault.AgentID](i) {
				return i
			}
		}
		return 0
	}
	check := func(what string, s Structure, want ...int) {
		t.Helper()
		for i, w := range want {
			if got := holder(s, i+1); got != w {
				t.Errorf("%s: %d holds what %d did, want %d", what, got, i+1, w)
			}
		}
	}
	check("everybody is there", s, 1, 2, 3, 0)
	s = mustStructure(t, s, name(1, f, 2), name(1, other, 3))
	check("named beforehand", s, 1, 2, 3)
	s = mustStructure(t, s, EndAgent{ID: id[vault.AgentID](1)})
	check("one left", s, 2, 2, 3)
	s = mustStructure(t, s, EndAgent{ID: id[vault.AgentID](2)})
	check("two left", s, 0, 0, 3)
	after := mustStructure(t, s, name(2, f, 3))
	check("the second has a successor", after, 3, 3, 3)
	again := mustStructure(t, s, name(1, f, 3))
	check("another one is named", again, 3, 0, 3)
	if got, ok := again.Successor(id[vault.AgentID](1), other); !ok || got != id[vault.AgentID](3) {
		t.Errorf("in another function: %v", got)
	}
	if _, ok := s.Successor(id[vault.AgentID](2), f); ok {
		t.Error("states share their successors")
	}
}

// Agents may name each other before they leave: then nobody is left, and nobody
// waits for the answer.
func TestSuccessorsInACircle(t *testing.T) {
	t.Parallel()
	const f = vault.FunctionVolunteer
	s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)}, agent(1, 0), agent(2, 1), name(1, f, 2), name(2, f, 1))
	s = mustStructure(t, s, EndAgent{ID: id[vault.AgentID](1)}, EndAgent{ID: id[vault.AgentID](2)})
	if got, ok := s.Holder(id[vault.AgentID](1), f); ok {
		t.Errorf("%v holds it", got)
	}
}

// An entry of one kind of chain fits no other, whether its name is true or was
// changed by somebody who can sign.
func TestEntriesFitOneKindOfChain(t *testing.T) {
	t.Parallel()
	safe := openedSafe(t)
	structure := mustStructure(t, Structure{}, OpenStructure{Record: record(1)})
	v := mustGrow(t, Vault{}, 0, genesis())
	v = mustGrow(t, v, 1, Start{Number: 1})
	for _, op := range everyOp() {
		if _, void := op.(Void); void {
			continue
		}
		homes := 0
		for _, is := range []bool{isSafeOp(op), isVaultOp(op), isStructureOp(op)} {
			if is {
				homes++
			}
		}
		if homes != 1 {
			t.Errorf("%T belongs to %d kinds of chain", op, homes)
		}
		if _, err := safe.Apply(entryAfter(safe, op)); errors.Is(err, ErrWrongChain) == isSafeOp(op) {
			t.Errorf("%T in a safe: %v", op, err)
		}
		if _, err := v.Apply(vaultEntry(v, 1, op)); errors.Is(err, ErrWrongChain) == isVaultOp(op) {
			t.Errorf("%T in the vault: %v", op, err)
		}
		if _, err := structure.Apply(structureEntry(structure, op)); errors.Is(err, ErrWrongChain) == isStructureOp(op) {
			t.Errorf("%T in a structure: %v", op, err)
		}
	}
	e := structureEntry(structure, Void{})
	for what, chain := range map[string]Name{"vault": VaultChain, "safe": SafeChain(vault.SafeID(structureID)), "another": StructureChain(id[vault.StructureID](6))} {
		e.Chain = chain
		if _, err := structure.Apply(e); !isSwap(err) {
			t.Errorf("entry of %s in a structure: %v", what, err)
		}
	}
	e.Chain = StructureChain(vault.StructureID(safeID)) // the id of the safe, in the other kind
	if _, err := safe.Apply(e); !isSwap(err) {
		t.Errorf("entry of a structure in a safe: %v", err)
	}
	if _, err := v.Apply(e); !isSwap(err) {
		t.Errorf("entry of a structure in the vault: %v", err)
	}
	e.Chain, e.Seq = SafeChain(safeID), 1
	e.Prev = [32]byte{}
	if _, err := (Structure{}).Apply(e); !isSwap(err) {
		t.Errorf("a structure began with the entry of a safe: %v", err)
	}
}

func isSafeOp(op Op) bool      { _, ok := op.(safeOp); return ok }
func isVaultOp(op Op) bool     { _, ok := op.(vaultOp); return ok }
func isStructureOp(op Op) bool { _, ok := op.(structureOp); return ok }

func TestStructureTakesOnlyTheNextEntry(t *testing.T) {
	t.Parallel()
	s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)})
	e := structureEntry(s, agent(1, 0))
	e.Keeper = 4
	s, err := s.Apply(e)
	if err != nil || s.Keeper() != 4 {
		t.Fatal(s.Keeper(), err)
	}
	if _, err := s.Apply(e); !isSwap(err) {
		t.Errorf("again: %v", err)
	}
	late := structureEntry(s, agent(2, 1))
	late.Seq++
	if _, err := s.Apply(late); !isGap(err) {
		t.Errorf("a number further on: %v", err)
	}
	if _, err := (Structure{}).Apply(late); !isGap(err) {
		t.Errorf("a chain began in its middle: %v", err)
	}
	lower := structureEntry(s, Void{})
	lower.Keeper = 3
	if _, err := s.Apply(lower); !isLower(err) {
		t.Errorf("lower keeper: %v", err)
	}
	if _, err := s.Apply(Entry{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("zero entry: %v", err)
	}
	if next, err := s.Apply(structureEntry(s, agent(3, 2), agent(3, 3))); err == nil || next.Len() != 0 || s.Len() != 1 {
		t.Errorf("a refused entry gives a state: %+v", next)
	}
}
