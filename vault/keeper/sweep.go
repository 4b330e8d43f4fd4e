package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// probePrefix is where package storage tries a bucket out.
const probePrefix = storage.Key("v1/probe/")

// Sweep deletes what no entry names and aborts what was never finished, once it
// is a day old. It answers how many objects went. It is safe at any time. A safe
// that cannot be read is passed over and reported at the end.
func (k *Keeper) Sweep(ctx context.Context) (int, error) {
	if halted := k.halted.Load(); halted != nil {
		return 0, *halted // what the entries of another keeper name is not known here
	}
	if !k.gate.enter() {
		return 0, fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	defer k.gate.leave()
	now, _, err := k.bucket.Clock(ctx)
	if err != nil {
		return 0, fromBucket(err)
	}
	before := now.Add(-orphanAge)
	n, err := k.bucket.AbortStale(ctx, before)
	if err != nil {
		return n, fromBucket(err)
	}
	ids, _, err := k.storedSafes(ctx)
	if err != nil {
		return n, err
	}
	var errs []error
	for _, id := range ids {
		if ctx.Err() != nil {
			return n, errors.Join(append(errs, ctx.Err())...)
		}
		swept, err := k.sweepSafe(ctx, id, before)
		n, errs = n+swept, append(errs, err)
	}
	swept, err := k.sweepStructures(ctx, before)
	n, errs = n+swept, append(errs, err)
	swept, err = k.sweepLocal(ctx, before)
	n, errs = n+swept, append(errs, err)
	swept, err = k.sweepBelow(ctx, probePrefix, before, func() (func(storage.Key) bool, error) {
		return func(storage.Key) bool { return false }, nil
	})
	n, errs = n+swept, append(errs, err)
	if n > 0 {
		errs = append(errs, k.serviceFact(ctx, vault.ActSweep, audit.ResultDone, detail{Count: uint64(n)}))
	}
	return n, errors.Join(errs...)
}

// sweepSafe sweeps one safe. Entries always stay: they are the truth, or a
// finding of the verification. While something waits to be written all of it stays:
// what an entry will name was stored before, however long ago, as in a bucket that is
// full and takes nothing but deletions.
func (k *Keeper) sweepSafe(ctx context.Context, id vault.SafeID, before time.Time) (int, error) {
	return k.sweepBelow(ctx, safePrefix(id), before, func() (func(storage.Key) bool, error) {
		waits := k.writing(id)
		named, err := k.namedBy(ctx, id)
		waits = waits || k.writing(id) // read just now, with what a start has to finish
		return func(key storage.Key) bool { return waits || named[key] || isEntry(id, key) }, err
	})
}

// namedBy answers what the entries of a safe name, at this moment. A safe that
// the state does not know names nothing only if its opening never came true.
func (k *Keeper) namedBy(ctx context.Context, id vault.SafeID) (map[storage.Key]bool, error) {
	s, err := k.safe(ctx, id)
	if err == nil {
		defer k.unpin(s)
		return k.names(id, s.now()), nil
	}
	if !errors.Is(err, vault.ErrNotFound) {
		return nil, err
	}
	known, err := k.known(safeChain(id))
	if err != nil {
		return nil, err
	}
	state, _, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{Head: known.confirmed})
	if err != nil {
		return nil, fromChain(err)
	}
	if !known.confirmed.IsZero() { // erased, or about to be
		return k.names(id, state), nil
	}
	if len(state.Epochs()) > 0 || state.Erased() {
		return nil, fmt.Errorf("%w: a safe that the state does not know", vault.ErrTampered)
	}
	return nil, nil
}

// sweepBelow deletes what lies below prefix since before and what stays does
// not keep. What stays is asked after the listing: what an entry names by now
// is kept, and what is younger than its entry is not old.
func (k *Keeper) sweepBelow(ctx context.Context, prefix storage.Key, before time.Time, stays func() (func(storage.Key) bool, error)) (n int, err error) {
	var old []storage.Key
	for info, err := range k.bucket.List(ctx, prefix, "") {
		if err != nil {
			return 0, fromBucket(err)
		}
		if info.Modified.Before(before) {
			old = append(old, info.Key)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	keep, err := stays()
	if err != nil {
		return 0, err
	}
	for _, key := range old {
		if keep(key) {
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
	for key := range k.smallObjects(id, state) {
		named[key] = true
	}
	return named
}

// unnamed are the objects that a state named and the next one does not. Only
// some operations can take a name away, and only then it is worth looking.
func (k *Keeper) unnamed(id vault.SafeID, ops []chain.Op, before, after chain.Safe) (gone []storage.Key) {
	if !slices.ContainsFunc(ops, takesNames) {
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
	case chain.Destroy, chain.SetService, chain.EndBundle, chain.EndPieces, chain.EndWay, chain.Reseal, chain.Freeze,
		chain.AddBundle, chain.ReKeyWay, chain.ReKeyBundle, chain.ReKeyTerms, chain.ForgetTerms:
		return true
	default:
		return false
	}
}

// discard deletes what no entry names any more after a group of changes; what
// cannot be deleted now, the sweeper takes.
func (k *Keeper) discard(keys []storage.Key, group []*change) {
	if len(keys) == 0 {
		return
	}
	k.work.Go(func() {
		if slices.ContainsFunc(group, func(c *change) bool { return c.rotates }) {
			k.pause(lingers)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), discardTimeout)
		defer cancel()
		for _, key := range keys {
			if err := k.bucket.Delete(ctx, key); err != nil {
				k.log.WarnContext(ctx, "an object is not deleted yet, the sweeper will", slog.Any("error", err))
				return
			}
		}
	})
}

// discardTimeout bounds how long a stop waits for deletions.
const discardTimeout = 10 * time.Second
