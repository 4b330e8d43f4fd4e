package chain

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Record names the newest of a row of objects sealed to the master: what the
// running service knows of a structure, or of an agent.
type Record struct {
	N           uint64 // the number of the object, in its key; only goes up
	MasterEpoch uint64
	Digest      seal.Digest
	Size        int64 // bytes, 1 to MaxSealed
}

// A SealedAgentKey names the object that holds an agent's identity, sealed to
// the master. The object's key follows from agent, N and master epoch.
type SealedAgentKey Record

// OpenStructure opens a structure; it is the first operation of the first entry.
type OpenStructure struct{ Record Record }

// SetStructure names the newest record of the structure.
type SetStructure struct{ Record Record }

// AddAgent adds an agent. An id or a recipient that was ever used here is
// refused: whoever has left comes back as somebody else.
type AddAgent struct {
	ID        vault.AgentID
	Recipient seal.Recipient
	Key       SealedAgentKey
	Record    Record
}

// SetAgent names the newest record of an agent, who may have ended.
type SetAgent struct {
	ID     vault.AgentID
	Record Record
}

// EndAgent ends an agent, for ever. Key and record stay: consents may have to be
// handed over.
type EndAgent struct{ ID vault.AgentID }

// DropAgentKey drops the key of an agent who has ended, when nothing is left
// that has to be handed over.
type DropAgentKey struct{ ID vault.AgentID }

// ReKeyAgent replaces the sealed key of an agent by the same one sealed anew, at
// a master rotation. The agent may have ended.
type ReKeyAgent struct {
	ID  vault.AgentID
	Key SealedAgentKey
}

// OpenCycle opens a cycle of workshops. An id that was ever used here is
// refused. Who takes part stands in their own safe.
type OpenCycle struct {
	ID     vault.CycleID
	Record Record
}

// SetCycle names the newest record of a cycle, ended or not.
type SetCycle struct {
	ID     vault.CycleID
	Record Record
}

// EndCycle ends a cycle, for ever; the time of its entry is when. The record
// stays: a certificate may still be printed.
type EndCycle struct{ ID vault.CycleID }

// NameSuccessor names who replaces an agent in one function; of two for one
// function the later counts. The agent who is replaced may have ended, the
// successor not.
type NameSuccessor struct {
	Agent     vault.AgentID
	Function  vault.Function
	Successor vault.AgentID
}
