package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// anchored remembers how far the second place has come.
type anchored struct {
	mu   sync.Mutex
	size uint64
	err  error
}

// anchor signs a checkpoint, puts it in the second place, and copies the new
// leaves to the bucket. That either place is down stops no act: it is kept for
// health and tried again.
func (k *Keeper) anchor(ctx context.Context) error {
	k.anchored.mu.Lock()
	defer k.anchored.mu.Unlock()
	if size := k.trail.Size(); size == k.anchored.size && k.anchored.err == nil {
		return nil
	}
	k.anchored.err = k.anchorNow(ctx)
	return k.anchored.err
}

func (k *Keeper) anchorNow(ctx context.Context) error {
	text, err := k.trail.Checkpoint(ctx)
	if err != nil {
		return fromTrail(err)
	}
	c, err := audit.ParseCheckpoint(text, k.verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	signed, err := seal.SignedNote(text, k.verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := k.anchors.Commit(ctx, anchorKey(c.Size), signed); err != nil && !errors.Is(err, storage.ErrExist) {
		return fmt.Errorf("second place: %w", fromBucket(err))
	}
	k.anchored.size = c.Size
	return k.copyLeaves(ctx, c.Size)
}

// leavesPerBatch bounds one copy of leaves: details are at most a few hundred
// bytes, and a batch is one commit.
const leavesPerBatch = 1024

// copyLeaves copies the leaves before size, and their sealed details, to the
// bucket.
func (k *Keeper) copyLeaves(ctx context.Context, size uint64) error {
	from, err := k.state.number(metaCopied)
	for err == nil && from < size {
		to := min(from+leavesPerBatch, size)
		if err = k.copyBatch(ctx, from, to); err == nil {
			err = k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaCopied, u64(to)) })
		}
		from = to
	}
	return err
}

func (k *Keeper) copyBatch(ctx context.Context, from, to uint64) error {
	leaves, details, err := k.trail.Leaves(ctx, audit.Position(from), audit.Position(to))
	if err != nil {
		return fromTrail(err)
	}
	signed, err := k.secrets.Signing.Sign(seal.SignedLeaves, leaves)
	if err != nil {
		return fmt.Errorf("leaves: %w", err)
	}
	if err := k.bucket.Commit(ctx, batchKey(leavesPrefix, from, to), signed); err != nil && !errors.Is(err, storage.ErrExist) {
		return fromBucket(err)
	}
	batch, err := seal.DetailBatch(details)
	if err != nil {
		return fmt.Errorf("details: %w", err)
	}
	if err := k.bucket.Put(ctx, batchKey(detailPrefix, from, to), batch); err != nil && !errors.Is(err, storage.ErrExist) {
		return fromBucket(err)
	}
	return nil
}

// newestAnchor reads the newest checkpoint of the second place: a trail that
// does not contain it is refused (L-57).
func (k *Keeper) newestAnchor(ctx context.Context) ([][]byte, error) {
	var last storage.Key
	for info, err := range k.anchors.List(ctx, anchorPrefix, "") {
		if err != nil {
			return nil, fmt.Errorf("second place: %w", fromBucket(err))
		}
		last = info.Key
	}
	if last == "" {
		return nil, nil
	}
	text, err := k.anchors.Get(ctx, last, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("second place: %w", fromBucket(err))
	}
	c, err := audit.ParseCheckpoint(text, k.verifier)
	if err != nil {
		return nil, fmt.Errorf("second place: %w: %w", vault.ErrTampered, err)
	}
	k.anchored.size = c.Size
	return [][]byte{text}, nil
}

const (
	anchorEvery = 30 * time.Second // a leaf is anchored within a minute
	sweepEvery  = 24 * time.Hour
)

// housekeeping is the keeper's own goroutine.
func (k *Keeper) housekeeping() {
	t := time.NewTicker(anchorEvery)
	defer t.Stop()
	swept := time.Now()
	for {
		select {
		case <-k.closing.Done():
			return
		case <-t.C:
		}
		ctx, cancel := context.WithTimeout(k.closing, opTimeout)
		k.unlocked.sweep()
		k.expireTickets()
		err := errors.Join(k.anchor(ctx), k.checkBucketClock(ctx), k.expireAnswers())
		if time.Since(swept) >= sweepEvery {
			_, sweepErr := k.Sweep(k.closing)
			err, swept = errors.Join(err, sweepErr), time.Now()
		}
		cancel()
		if err != nil && k.closing.Err() == nil {
			k.log.WarnContext(ctx, "housekeeping", "error", err)
		}
	}
}

// checkBucketClock refuses a clock more than an hour ahead of the bucket's. A
// directory has no clock of its own and is believed.
func (k *Keeper) checkBucketClock(ctx context.Context) error {
	t, ok, err := k.bucket.Clock(ctx)
	if err != nil {
		return fromBucket(err)
	}
	if ok && time.Until(t) < -maxDrift {
		return fmt.Errorf("%w: more than an hour ahead of the bucket", vault.ErrClock)
	}
	return nil
}

// Anchored answers how many leaves the second place covers, and why it covers
// no more where that failed.
func (k *Keeper) Anchored() (uint64, error) {
	k.anchored.mu.Lock()
	defer k.anchored.mu.Unlock()
	return k.anchored.size, k.anchored.err
}
