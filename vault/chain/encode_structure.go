package chain

import chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"

func (r Record) message() *chainv1.Record {
	return chainv1.Record_builder{
		Number: r.N, MasterEpoch: r.MasterEpoch, Digest: digestBytes(r.Digest), Size: r.Size,
	}.Build()
}

func (o AddStructure) encode() *chainv1.Operation {
	return operation{AddStructure: chainv1.AddStructure_builder{Structure: idBytes(o.ID)}.Build()}.Build()
}

func (o OpenStructure) encode() *chainv1.Operation {
	return operation{OpenStructure: chainv1.OpenStructure_builder{Record: o.Record.message()}.Build()}.Build()
}

func (o SetStructure) encode() *chainv1.Operation {
	return operation{SetStructure: chainv1.SetStructure_builder{Record: o.Record.message()}.Build()}.Build()
}

func (o AddAgent) encode() *chainv1.Operation {
	return operation{AddAgent: chainv1.AddAgent_builder{
		Agent: idBytes(o.ID), Recipient: o.Recipient.Bytes(), Key: Record(o.Key).message(), Record: o.Record.message(),
	}.Build()}.Build()
}

func (o SetAgent) encode() *chainv1.Operation {
	return operation{SetAgent: chainv1.SetAgent_builder{Agent: idBytes(o.ID), Record: o.Record.message()}.Build()}.Build()
}

func (o EndAgent) encode() *chainv1.Operation {
	return operation{EndAgent: chainv1.EndAgent_builder{Agent: idBytes(o.ID)}.Build()}.Build()
}

func (o DropAgentKey) encode() *chainv1.Operation {
	return operation{DropAgentKey: chainv1.DropAgentKey_builder{Agent: idBytes(o.ID)}.Build()}.Build()
}

func (o ReKeyAgent) encode() *chainv1.Operation {
	return operation{ReKeyAgent: chainv1.ReKeyAgent_builder{
		Agent: idBytes(o.ID), Key: Record(o.Key).message(),
	}.Build()}.Build()
}

func (o OpenCycle) encode() *chainv1.Operation {
	return operation{OpenCycle: chainv1.OpenCycle_builder{Cycle: idBytes(o.ID), Record: o.Record.message()}.Build()}.Build()
}

func (o SetCycle) encode() *chainv1.Operation {
	return operation{SetCycle: chainv1.SetCycle_builder{Cycle: idBytes(o.ID), Record: o.Record.message()}.Build()}.Build()
}

func (o EndCycle) encode() *chainv1.Operation {
	return operation{EndCycle: chainv1.EndCycle_builder{Cycle: idBytes(o.ID)}.Build()}.Build()
}

func (o NameSuccessor) encode() *chainv1.Operation {
	return operation{NameSuccessor: chainv1.NameSuccessor_builder{
		Agent: idBytes(o.Agent), Function: chainv1.Function(o.Function), Successor: idBytes(o.Successor),
	}.Build()}.Build()
}
