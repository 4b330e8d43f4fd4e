package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// storedSafes lists the safes that the bucket has chains of.
func (k *Keeper) storedSafes(ctx context.Context) ([]vault.SafeID, error) {
	const prefix = storage.Key("v1/s/")
	var ids []vault.SafeID
	for after := prefix; ; {
		var found vault.SafeID
		for info, err := range k.bucket.List(ctx, prefix, after) {
			if err != nil {
				return nil, fromBucket(err)
			}
			rest := string(info.Key[len(prefix):])
			id, err := vault.ParseSafeID(rest[:min(len(rest), 26)])
			if err != nil {
				return nil, fmt.Errorf("%w: %s", vault.ErrTampered, info.Key)
			}
			found = id
			break
		}
		if found.IsZero() {
			return ids, nil
		}
		ids = append(ids, found)
		after = prefix + storage.Key(found.String()+"0") // just after everything below "<id>/"
	}
}

// Rebuild makes the state file anew from bucket and trail: a new, empty state
// file must be at its path. Sessions, unlocks and remembered answers end. It
// trusts the genesis key it is given, which the operator has compared with the
// printed key card. Chains that are behind what the trail knows of them are
// refused.
func Rebuild(ctx context.Context, cfg Config) (int, error) {
	k, err := prepare(cfg)
	if err != nil {
		return 0, err
	}
	n, err := k.rebuild(ctx, cfg)
	return n, errors.Join(err, k.shut())
}

func (k *Keeper) rebuild(ctx context.Context, cfg Config) (int, error) {
	if ids, err := k.state.safes(ctx); err != nil || len(ids) > 0 {
		return 0, errors.Join(err, errors.New("keeper: the state file is not empty, move it away first"))
	}
	v, head, err := chain.ReplayVault(ctx, k.fetch(chain.VaultChain), cfg.Genesis, chain.Head{})
	if err != nil {
		return 0, fromChain(err)
	}
	if err := k.acceptVault(v, cfg); err != nil {
		return 0, err
	}
	if err := k.openTrail(ctx, cfg); err != nil {
		return 0, err
	}
	ids, err := k.storedSafes(ctx)
	if err != nil {
		return 0, err
	}
	rebuilt := 0
	for _, id := range ids {
		done, err := k.rebuildSafe(ctx, id)
		if err != nil {
			return rebuilt, fmt.Errorf("safe %s: %w", id, err)
		}
		if done {
			rebuilt++
		}
	}
	if err := k.serviceFact(ctx, vault.ActRebuild, audit.ResultDone, detail{Count: uint64(rebuilt)}); err != nil { //nolint:gosec // a count
		return rebuilt, err
	}
	size := k.trail.Size()
	return rebuilt, k.state.update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bMeta)
		return errors.Join(meta.Put(metaVault, putHead(head)), meta.Put(metaPosition, u64(size)))
	})
}

func (k *Keeper) rebuildSafe(ctx context.Context, id vault.SafeID) (bool, error) {
	state, head, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{})
	if err != nil {
		return false, fromChain(err)
	}
	if _, ok := state.Service(); !ok {
		return false, nil // its opening never came true
	}
	s := &safe{id: id, state: state, head: head, taken: map[[16]byte]bool{}}
	if s.service, err = k.readService(ctx, s); err != nil {
		return false, err
	}
	top, err := k.headInTrail(ctx, s)
	if err != nil {
		return false, err
	}
	if top > head.Seq {
		return false, fmt.Errorf("%w: the trail knows entry %d, the bucket ends at %d", vault.ErrTampered, top, head.Seq)
	}
	if err := k.linkOwner(s); err != nil {
		return false, err
	}
	failures, err := k.failedGuesses(ctx, s)
	if err != nil {
		return false, err
	}
	return true, k.state.update(func(tx *bolt.Tx) error {
		if failures > 0 {
			if err := tx.Bucket(bGuess).Put(id[:], append(u64(failures), u64(0)...)); err != nil {
				return err
			}
		}
		return tx.Bucket(bHead).Put(id[:], append(putHead(head), u64(state.Summary())...))
	})
}

// failedGuesses counts the guesses since the last code that opened: they are in
// the trail before they are compared, so no rebuild forgets them.
func (k *Keeper) failedGuesses(ctx context.Context, s *safe) (n uint64, err error) {
	for e, err := range k.trail.Journal(ctx, s.service.tagKey(), 0) {
		if err != nil {
			return 0, fromTrail(err)
		}
		if vault.Act(e.Op) != vault.ActUnlock {
			continue
		}
		switch {
		case e.Stage == audit.StageIntent:
			n++
		case e.Stage == audit.StageOutcome && e.Result == audit.ResultDone:
			n = 0
		}
	}
	return n, nil
}

func (k *Keeper) trailLeaves(ctx context.Context, from, to uint64) ([]byte, [][]byte, error) {
	leaves, details, err := k.trail.Leaves(ctx, audit.Position(from), audit.Position(to))
	if err != nil {
		return nil, nil, fromTrail(err)
	}
	return leaves, slices.Clone(details), nil
}
