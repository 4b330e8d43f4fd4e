package chain

import (
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

func TestStructureSaysWhoItsAgentsAre(t *testing.T) {
	t.Parallel()
	s := mustStructure(t, Structure{}, OpenStructure{Record: record(1)}, agent(1, 0))
	s = mustStructure(t, s, agent(2, 1), SetAgent{ID: id[vault.AgentID](1), Record: record(4)})
	if s.ID() != structureID || s.Seq() != 2 || s.Keeper() != 1 || s.Len() != 2 {
		t.Fatalf("structure: %+v", s)
	}
	a, ok := s.Agent(id[vault.AgentID](1))
	if !ok || a.Record.N != 4 || a.Recipient != to(0) || a.Ended {
		t.Errorf("agent: %+v", a)
	}
}
