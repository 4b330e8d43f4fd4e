package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// orphanAge is how old an object without an entry must be, by the bucket's own
// clock, before it is swept: far more than any deposit takes.
const orphanAge = 24 * time.Hour

// Sweep deletes what no entry names and aborts what was never finished. It
// answers how many objects went. It is safe at any time.
func (k *Keeper) Sweep(ctx context.Context) (int, error) {
	now, _, err := k.bucket.Clock(ctx)
	if err != nil {
		return 0, fromBucket(err)
	}
	before := now.Add(-orphanAge)
	n, err := k.bucket.AbortStale(ctx, before)
	if err != nil {
		return n, fromBucket(err)
	}
	ids, err := k.state.safes(ctx)
	for _, id := range ids {
		if err != nil {
			return n, err
		}
		var swept int
		swept, err = k.sweepSafe(ctx, id, before)
		n += swept
	}
	if n > 0 && err == nil {
		err = k.serviceFact(ctx, vault.ActSweep, audit.ResultDone, detail{Count: uint64(n)}) //nolint:gosec // a count
	}
	return n, err
}

func (k *Keeper) sweepSafe(ctx context.Context, id vault.SafeID, before time.Time) (n int, err error) {
	s, err := k.safe(ctx, id)
	if err != nil {
		return 0, errors.Join(err, ctx.Err())
	}
	var old []storage.Key
	for info, err := range k.bucket.List(ctx, safePrefix(id), "") {
		if err != nil {
			return 0, fromBucket(err)
		}
		if info.Modified.Before(before) {
			old = append(old, info.Key)
		}
	}
	// The state is read after the listing: what an entry names by now stays.
	state, _ := s.now()
	named := k.names(id, state)
	for _, key := range old {
		if named[key] || isEntry(id, key) {
			continue
		}
		if err := k.bucket.Delete(ctx, key); err != nil {
			return n, fromBucket(err)
		}
		n++
	}
	return n, nil
}

func isEntry(id vault.SafeID, key storage.Key) bool {
	prefix := chain.SafeChain(id).Prefix()
	return len(key) > len(prefix) && string(key[:len(prefix)]) == prefix
}

// names are the objects that a safe's state names.
func (k *Keeper) names(id vault.SafeID, state chain.Safe) map[storage.Key]bool {
	named := map[storage.Key]bool{}
	for d := range state.Documents() {
		if d.Inline == nil {
			named[objectKey(id, d.Object)] = true
		}
	}
	for w := range state.Ways() {
		for _, key := range w.Keys {
			named[wayKey(id, key.Epoch, w.ID, key.MasterEpoch)] = true
		}
	}
	if n, ok := state.Service(); ok {
		named[serviceKey(id, n.N)] = true
	}
	for b := range state.Bundles() {
		named[bundleKeyKey(id, b.ID, b.Key.Epoch)] = true
		for p := range state.Pieces(b.ID) {
			named[piecesKey(id, b.ID, p.Object)] = true
		}
	}
	return named
}

// unnamed are the objects that a state named and the next one does not. Only
// some operations can take a name away, and only then it is worth looking.
func (k *Keeper) unnamed(id vault.SafeID, group []*change, before, after chain.Safe) (gone []storage.Key) {
	if !slices.ContainsFunc(group, func(c *change) bool { return slices.ContainsFunc(c.ops, takesNames) }) {
		return nil
	}
	still := k.names(id, after)
	for key := range k.names(id, before) {
		if !still[key] {
			gone = append(gone, key)
		}
	}
	return gone
}

func takesNames(op chain.Op) bool {
	switch op.(type) {
	case chain.Destroy, chain.SetService, chain.EndBundle, chain.EndPieces, chain.EndWay, chain.Reseal:
		return true
	default:
		return false
	}
}

// discard deletes what no entry names any more; what cannot be deleted now,
// the sweeper takes.
func (k *Keeper) discard(keys []storage.Key) {
	if len(keys) == 0 {
		return
	}
	k.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), discardTimeout)
		defer cancel()
		for _, key := range keys {
			if err := k.bucket.Delete(ctx, key); err != nil {
				k.log.WarnContext(ctx, "an object is not deleted yet, the sweeper will", "error", err)
				return
			}
		}
	})
}

// discardTimeout bounds how long a stop waits for deletions.
const discardTimeout = 10 * time.Second
