package chain

import (
	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
)

func (r *reader) record(m *chainv1.Record) Record {
	return Record{
		N: m.GetNumber(), MasterEpoch: m.GetMasterEpoch(), Digest: r.digest(m.GetDigest()), Size: m.GetSize(),
	}
}

// structureOp reads the operations of a structure's chain.
func (r *reader) structureOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_OpenStructure_case:
		return OpenStructure{Record: r.record(m.GetOpenStructure().GetRecord())}
	case chainv1.Operation_SetStructure_case:
		return SetStructure{Record: r.record(m.GetSetStructure().GetRecord())}
	case chainv1.Operation_AddAgent_case:
		return r.addAgent(m.GetAddAgent())
	case chainv1.Operation_SetAgent_case:
		o := m.GetSetAgent()
		return SetAgent{ID: readID[vault.AgentID](r, o.GetAgent()), Record: r.record(o.GetRecord())}
	case chainv1.Operation_EndAgent_case:
		return EndAgent{ID: readID[vault.AgentID](r, m.GetEndAgent().GetAgent())}
	case chainv1.Operation_DropAgentKey_case:
		return DropAgentKey{ID: readID[vault.AgentID](r, m.GetDropAgentKey().GetAgent())}
	case chainv1.Operation_ReKeyAgent_case:
		o := m.GetReKeyAgent()
		return ReKeyAgent{ID: readID[vault.AgentID](r, o.GetAgent()), Key: SealedAgentKey(r.record(o.GetKey()))}
	case chainv1.Operation_NameSuccessor_case:
		return r.nameSuccessor(m.GetNameSuccessor())
	case chainv1.Operation_OpenCycle_case:
		o := m.GetOpenCycle()
		return OpenCycle{ID: readID[vault.CycleID](r, o.GetCycle()), Record: r.record(o.GetRecord())}
	case chainv1.Operation_SetCycle_case:
		o := m.GetSetCycle()
		return SetCycle{ID: readID[vault.CycleID](r, o.GetCycle()), Record: r.record(o.GetRecord())}
	case chainv1.Operation_EndCycle_case:
		return EndCycle{ID: readID[vault.CycleID](r, m.GetEndCycle().GetCycle())}
	default:
		r.fail("operation")
		return nil
	}
}

func (r *reader) addAgent(m *chainv1.AddAgent) Op {
	return AddAgent{
		ID: readID[vault.AgentID](r, m.GetAgent()), Recipient: r.recipient(m.GetRecipient()),
		Key: SealedAgentKey(r.record(m.GetKey())), Record: r.record(m.GetRecord()),
	}
}

func (r *reader) nameSuccessor(m *chainv1.NameSuccessor) Op {
	return NameSuccessor{
		Agent: readID[vault.AgentID](r, m.GetAgent()), Function: vault.Function(r.small(int32(m.GetFunction()))),
		Successor: readID[vault.AgentID](r, m.GetSuccessor()),
	}
}
