package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
)

// AddStructure begins a structure with its first access manager and whoever
// begins with them: the operator's act, by a command. It stands in every journal,
// as an act on the whole service. The structure's own chain begins first; the
// vault chain then names it, and only that makes it count. Agents are answered in
// the order in which they were given, the access manager first.
func (k *Keeper) AddStructure(ctx context.Context, act vault.AddStructure) (vault.StructureID, []vault.AgentID, error) {
	s, agents := newStructure(vault.NewStructureID()), make([]vault.AgentID, 1+len(act.Agents))
	for i := range agents {
		agents[i] = vault.NewAgentID()
	}
	n := detail{AboutStructure: s.id.String(), AboutAgent: agents[0].String(), Count: uint64(len(agents))}
	err := k.operate(ctx, s.id, vault.ActAddStructure, n, func(intent audit.Position) (chain.Head, error) {
		return k.foundStructure(ctx, s, agents, intent, act)
	})
	if err != nil {
		return vault.StructureID{}, nil, err
	}
	return s.id, agents, nil
}

// NameManager gives a structure that has no access manager left a new one: the
// operator's act, by a command, where the last of them can no longer name one. It
// stands in every journal. A structure that has one is [vault.ErrDenied]: its
// people are its own.
func (k *Keeper) NameManager(ctx context.Context, id vault.StructureID, manager vault.NewAgent) (vault.AgentID, error) {
	agent := vault.NewAgentID()
	n := detail{AboutStructure: id.String(), AboutAgent: agent.String()}
	err := k.operate(ctx, id, vault.ActEnrol, n, func(intent audit.Position) (chain.Head, error) {
		s, err := k.structureOf(id)
		if err != nil {
			return chain.Head{}, err
		}
		if k.hasManager(id) {
			return chain.Head{}, vault.ErrDenied
		}
		return k.addManager(ctx, s, agent, intent, manager)
	})
	if err != nil {
		return vault.AgentID{}, err
	}
	return agent, nil
}

// operate records an operator's act around do: in every journal, and among the
// leaves about a structure where it concerns one.
func (k *Keeper) operate(ctx context.Context, structure vault.StructureID, act vault.Act, n detail, do func(audit.Position) (chain.Head, error)) error {
	if err := k.fit(); err != nil {
		return err
	}
	if !k.gate.enter() {
		return fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	defer k.gate.leave()
	n.Actor = actorService
	raw, err := k.sealDetail(nil, n, act, audit.StageIntent)
	if err != nil {
		return err
	}
	subjects := []audit.TagKey{audit.TagKey(k.journal.TagKey())}
	if !structure.IsZero() {
		subjects = append(subjects, k.structureTag(structure))
	}
	pending, err := k.trail.Begin(ctx, audit.Record{Op: audit.Op(act), Subjects: subjects, Detail: raw})
	if err != nil {
		return fromTrail(err)
	}
	head, failed := do(pending.Position())
	note := detail{}
	if failed == nil && !head.IsZero() {
		note = detail{Seq: head.Seq, Head: head.Digest.String()}
	}
	raw, err = k.sealDetail(nil, note, act, audit.StageOutcome)
	return errors.Join(failed, err, fromTrail(pending.End(context.WithoutCancel(ctx), resultOf(failed), raw)))
}

func (k *Keeper) foundStructure(ctx context.Context, s *structure, agents []vault.AgentID, intent audit.Position, act vault.AddStructure) (chain.Head, error) {
	record, err := newStructureRecord(act)
	if err != nil {
		return chain.Head{}, err
	}
	if k.hasSIRET(record.siret) {
		return chain.Head{}, &vault.InvalidError{Field: "siret", Rule: "une structure qui n'est pas encore inscrite"}
	}
	c := &change{intent: intent, records: map[vault.AgentID]agentRecord{}}
	defer func() {
		if c.failed != nil {
			c.failed()
		}
	}()
	for i, a := range append([]vault.NewAgent{act.Manager}, act.Agents...) {
		r, err := k.newAgentRecord(a)
		if err == nil && i == 0 {
			err = manages(r)
		}
		if err == nil {
			err = c.until(k.reserve(r.login, vault.AgentID{}))
		}
		if err != nil {
			return chain.Head{}, err
		}
		c.records[agents[i]] = r
	}
	c.landed = nil // the logins are free again when the vault chain names the structure
	named, err := k.putStructureRecord(ctx, s.id, 0, record)
	if err != nil {
		return chain.Head{}, err
	}
	c.ops = []chain.Op{chain.OpenStructure{Record: named}}
	for _, id := range agents {
		add, err := k.newAgent(ctx, id, c.records[id])
		if err != nil {
			return chain.Head{}, err
		}
		c.ops = append(c.ops, add)
	}
	s.record = record
	head, err := k.writeAlone(ctx, s, c)
	if err != nil {
		return head, err
	}
	counts := func() { k.roster.adopt(s, s.now(), c.records, c.cycles) }
	return head, k.appendVault(ctx, intent, counts, chain.AddStructure{ID: s.id})
}

// writeAlone writes a change that no session asked for, and waits for it.
func (k *Keeper) writeAlone(ctx context.Context, s *structure, c *change) (chain.Head, error) {
	if err := s.enqueue(k, c); err != nil {
		return chain.Head{}, err
	}
	if err := k.await(ctx, c); err != nil {
		return chain.Head{}, err
	}
	return s.end(), nil
}

// addManager enrols an access manager for the operator.
func (k *Keeper) addManager(ctx context.Context, s *structure, id vault.AgentID, intent audit.Position, manager vault.NewAgent) (chain.Head, error) {
	r, err := k.newAgentRecord(manager)
	if err == nil {
		err = manages(r)
	}
	if err != nil {
		return chain.Head{}, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.settled(); err != nil {
		return chain.Head{}, err
	}
	c := &change{intent: intent, records: map[vault.AgentID]agentRecord{id: r}}
	if err := c.until(k.reserve(r.login, vault.AgentID{})); err != nil {
		return chain.Head{}, err
	}
	add, err := k.newAgent(ctx, id, r)
	if err != nil {
		c.failed()
		return chain.Head{}, err
	}
	c.ops, c.settled = []chain.Op{add}, func(_ chain.Head, err error) {
		if err != nil {
			c.failed()
		}
	}
	return k.writeAlone(ctx, s, c)
}

// manages refuses somebody named access manager without that function.
func manages(r agentRecord) error {
	if !r.functions.Has(vault.FunctionAccessManager) {
		return &vault.InvalidError{Field: "manager.functions", Rule: "la fonction de responsable des accès"}
	}
	return nil
}

func newStructureRecord(act vault.AddStructure) (structureRecord, error) {
	siret, err := directory.ParseSIRET(act.SIRET)
	if err != nil {
		return structureRecord{}, &vault.InvalidError{Field: "siret", Rule: "les 14 chiffres du SIRET, clé comprise"}
	}
	if err := directory.CheckName(act.Name, vault.MaxName); err != nil {
		return structureRecord{}, &vault.InvalidError{Field: "name", Rule: "un nom de 100 caractères au plus"}
	}
	return structureRecord{siret: siret, name: act.Name}, nil
}
