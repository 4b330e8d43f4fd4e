package keeper

import (
	"context"
	"fmt"
	"strings"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// structureObjects are the sealed objects that a structure's state names.
func structureObjects(id vault.StructureID, state chain.Structure) map[storage.Key]seal.Digest {
	all := map[storage.Key]seal.Digest{}
	if r, ok := state.Record(); ok {
		all[structureRecordKey(id, r.N)] = r.Digest
	}
	for a := range state.Agents() {
		all[agentRecordKey(a.ID, a.Record.N)] = a.Record.Digest
		if a.Key.N != 0 {
			all[agentKeyKey(a.ID, a.Key.N, a.Key.MasterEpoch)] = a.Key.Digest
		}
	}
	for c := range state.Cycles() {
		all[cycleRecordKey(id, c.ID, c.Record.N)] = c.Record.Digest
	}
	return all
}

// verifyStructures reads the chain of every structure from its first entry, and
// every object it names. A chain that the vault does not list began and never
// came to count; nobody is its agent.
func (k *Keeper) verifyStructures(ctx context.Context, r *Report) error {
	for _, id := range k.vaultState().Structures() {
		where := "structure " + id.String()
		n, err := k.known(structureChain(id))
		if err != nil {
			return err
		}
		state, head, err := chain.ReplayStructure(ctx, k.fetch(chain.StructureChain(id)), id, k.vaultState(), chain.Known{Head: n.confirmed})
		switch {
		case err == nil && head.IsZero():
			err = fmt.Errorf("%w: it has no chain", vault.ErrTampered)
		case err == nil && head != n.confirmed && head != n.next && !k.writingStructure(id):
			err = fmt.Errorf("%w: the chain goes on after entry %d", vault.ErrTampered, n.confirmed.Seq)
		}
		if err != nil {
			r.find(where, err)
			if passing(err) != nil {
				return err
			}
			continue
		}
		if err := k.verifySmall(ctx, structureObjects(id, state), r); err != nil {
			return err
		}
	}
	return k.verifyStructureNames(ctx, r)
}

func (k *Keeper) writingStructure(id vault.StructureID) bool {
	s, err := k.structureOf(id)
	return err == nil && !s.idle()
}

// verifyStructureNames finds what lies among structures and agents under a name
// that nothing of ours has.
func (k *Keeper) verifyStructureNames(ctx context.Context, r *Report) error {
	for _, prefix := range []storage.Key{structuresPrefix, agentsPrefix} {
		for info, err := range k.bucket.List(ctx, prefix, "") {
			if err != nil {
				return fromBucket(err)
			}
			name, rest, _ := strings.Cut(string(info.Key[len(prefix):]), "/")
			_, err := vault.ParseStructureID(name) // an agent's id has the same form
			if err != nil || rest == "" {
				r.find(string(info.Key), errStray)
			}
		}
	}
	return nil
}

// verifySmall holds small sealed objects against the digests that signed entries
// have of them.
func (k *Keeper) verifySmall(ctx context.Context, all map[storage.Key]seal.Digest, r *Report) error {
	for key, want := range all {
		r.Objects++
		raw, err := k.bucket.Get(ctx, key, 0, -1)
		if err == nil && seal.DigestOf(raw) != want {
			err = vault.ErrTampered
		}
		r.find(string(key), fromBucketOr(err))
		if err := passing(fromBucketOr(err)); err != nil {
			return err
		}
	}
	return nil
}
