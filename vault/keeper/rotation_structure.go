package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// rotateStructure seals anew what one structure has under a former master: its
// record, those of its cycles of workshops, and record and identity of its
// agents, ended ones included.
func (k *Keeper) rotateStructure(ctx context.Context, id vault.StructureID) ([]Finding, error) {
	s, err := k.structureOf(id)
	if err != nil {
		return []Finding{{"structure " + id.String(), fmt.Errorf("%w: it is shut: %w", vault.ErrTampered, err)}}, nil
	}
	bad := map[storage.Key]error{}
	err = rotateChain(ctx, func(ctx context.Context) (int, error) {
		s.changing.Lock()
		defer s.changing.Unlock()
		all := k.staleOf(s)
		if len(all) == 0 {
			return 0, nil
		}
		if err := s.settled(); err != nil {
			return 0, err
		}
		c, err := resealSome(ctx, all, bad)
		if err != nil {
			return 0, err
		}
		return k.writeRotated(ctx, s, c)
	})
	return findingsOf(bad), err
}

// staleOf are the objects that a structure's chain names under a former master.
func (k *Keeper) staleOf(s *structure) (all []stale) {
	add := func(r chain.Record, key storage.Key, reseal func(context.Context) (chain.Op, error)) {
		if r.N == 0 || r.MasterEpoch >= k.secrets.MasterEpoch { // dropped, or new
			return
		}
		all = append(all, stale{key, r.MasterEpoch, func(ctx context.Context) (resealed, error) {
			op, err := reseal(ctx)
			return resealed{op: op}, err
		}})
	}
	state := s.now()
	if r, ok := state.Record(); ok {
		add(r, structureRecordKey(s.id, r.N), func(ctx context.Context) (chain.Op, error) {
			now, err := k.resealRecord(ctx, r,
				func(n uint64) storage.Key { return structureRecordKey(s.id, n) },
				func(n uint64) seal.Binding { return structureRecordBinding(s.id, n) })
			return chain.SetStructure{Record: now}, err
		})
	}
	for a := range state.Agents() {
		add(a.Record, agentRecordKey(a.ID, a.Record.N), func(ctx context.Context) (chain.Op, error) {
			now, err := k.resealRecord(ctx, a.Record,
				func(n uint64) storage.Key { return agentRecordKey(a.ID, n) },
				func(n uint64) seal.Binding { return agentRecordBinding(a.ID, n) })
			return chain.SetAgent{ID: a.ID, Record: now}, err
		})
		key := chain.Record(a.Key)
		add(key, agentKeyKey(a.ID, key.N, key.MasterEpoch), func(ctx context.Context) (chain.Op, error) {
			return k.resealAgentKey(ctx, a)
		})
	}
	for c := range state.Cycles() {
		add(c.Record, cycleRecordKey(s.id, c.ID, c.Record.N), func(ctx context.Context) (chain.Op, error) {
			now, err := k.resealRecord(ctx, c.Record,
				func(n uint64) storage.Key { return cycleRecordKey(s.id, c.ID, n) },
				func(n uint64) seal.Binding { return cycleRecordBinding(s.id, c.ID, n) })
			return chain.SetCycle{ID: c.ID, Record: now}, err
		})
	}
	return all
}

// resealRecord writes a record again as it is, under the next number.
func (k *Keeper) resealRecord(ctx context.Context, r chain.Record, key func(uint64) storage.Key, bind func(uint64) seal.Binding) (chain.Record, error) {
	plain, err := k.openRecord(ctx, r, key(r.N), bind(r.N))
	if err != nil {
		return chain.Record{}, err
	}
	return k.putRecord(ctx, plain.Reveal(), r.N, key, bind)
}

// resealAgentKey seals an agent's identity, which must be that of the recipient
// its entry names.
func (k *Keeper) resealAgentKey(ctx context.Context, a chain.Agent) (chain.Op, error) {
	identity, err := k.openAgentKey(ctx, a)
	if err != nil {
		return nil, err
	}
	master := k.secrets.MasterEpoch
	now, err := k.putRecord(ctx, identity.Text().Reveal(), a.Key.N,
		func(n uint64) storage.Key { return agentKeyKey(a.ID, n, master) },
		func(n uint64) seal.Binding { return agentKeyBinding(a.ID, n, master) })
	if err != nil {
		return nil, fmt.Errorf("agent's key: %w", err)
	}
	return chain.ReKeyAgent{ID: a.ID, Key: chain.SealedAgentKey(now)}, nil
}
