package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// anchor signs a checkpoint, copies the new leaves to the bucket, and puts the
// checkpoint in the second place. That either place is down stops no act: it is
// kept for health and tried again.
func (k *Keeper) anchor(ctx context.Context) error {
	k.anchored.turn.Lock()
	defer k.anchored.turn.Unlock()
	if size := k.trail.Size(); size == k.anchored.covered() && k.anchored.err == nil {
		return nil
	}
	k.anchored.err = k.anchorNow(ctx)
	return k.anchored.err
}

// copyTime bounds how long a checkpoint waits for the bucket.
const copyTime = opTimeout / 3

// errLate says that the bucket did not take all of the copy in time: it goes on from
// where it came to.
var errLate = errors.New("the copy of the trail is not complete yet")

// anchorNow copies first: whatever a checkpoint in the second place covers can then
// be read back, unless the bucket was down.
func (k *Keeper) anchorNow(ctx context.Context) error {
	size, signed, err := k.checkpoint(ctx)
	if err != nil {
		k.anchored.note(0, err)
		return err
	}
	copying, cancel := context.WithTimeout(ctx, copyTime)
	defer cancel()
	copied := k.copyLeaves(copying, size)
	if copied != nil && copying.Err() != nil && ctx.Err() == nil {
		copied = fmt.Errorf("%w: %w", errLate, copied)
	}
	err = k.putCheckpoint(ctx, size, signed)
	k.anchored.note(size, err)
	return errors.Join(err, copied)
}

// anchorInTime is anchor for a start and for a stop, which wait for no copy: after a
// rebuild all leaves are copied anew.
func (k *Keeper) anchorInTime(ctx context.Context) error {
	err := k.anchor(ctx)
	if errors.Is(err, errLate) && k.Anchored().Problem == nil {
		k.log.WarnContext(ctx, "the copy of the trail goes on later", slog.Any("error", err))
		return nil
	}
	return err
}

// checkpoint signs the whole trail, and answers how many leaves that are.
func (k *Keeper) checkpoint(ctx context.Context) (uint64, *seal.Signed, error) {
	text, err := k.trail.Checkpoint(ctx)
	if err != nil {
		return 0, nil, fromTrail(err)
	}
	c, err := audit.ParseCheckpoint(text, k.verifier)
	if err != nil {
		return 0, nil, fmt.Errorf("checkpoint: %w", err)
	}
	signed, err := seal.SignedNote(text, k.verifier)
	if err != nil {
		return 0, nil, fmt.Errorf("checkpoint: %w", err)
	}
	return c.Size, signed, nil
}

// putCheckpoint brings a checkpoint to the second place.
func (k *Keeper) putCheckpoint(ctx context.Context, size uint64, signed *seal.Signed) error {
	err := commitSame(ctx, k.anchors, anchorKey(size), signed)
	switch {
	case errors.Is(err, vault.ErrTampered):
		return k.halt(ctx, fmt.Errorf("second place: another history of this trail: %w", err))
	case err != nil:
		return fmt.Errorf("second place: %w", err)
	}
	return nil
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
	batch, err := seal.DetailBatch(details)
	if err != nil {
		return fmt.Errorf("details: %w", err)
	}
	// The leaves come last: where they are, their details are.
	if err := k.bucket.Put(ctx, batchKey(detailPrefix, from, to), batch); err != nil && !errors.Is(err, storage.ErrExist) {
		return fmt.Errorf("copy of details: %w", fromBucket(err))
	}
	signed, err := k.secrets.Signing.Sign(seal.SignedLeaves, leaves)
	if err != nil {
		return fmt.Errorf("leaves: %w", err)
	}
	if err := commitSame(ctx, k.bucket, batchKey(leavesPrefix, from, to), signed); err != nil {
		return fmt.Errorf("copy of leaves: %w", err)
	}
	return nil
}

// commitSame writes what must be the same whoever writes it: that it is there
// already is well, and that something else is there is [vault.ErrTampered].
func commitSame(ctx context.Context, b storage.Bucket, key storage.Key, s *seal.Signed) error {
	err := b.Commit(ctx, key, s)
	if !errors.Is(err, storage.ErrExist) {
		return fromBucket(err)
	}
	found, err := b.Get(ctx, key, 0, -1)
	if err == nil && !bytes.Equal(found, s.Bytes()) {
		return fmt.Errorf("%w: %s", vault.ErrTampered, key)
	}
	return fromBucket(err)
}

// newestAnchor reads the newest checkpoint of the second place: a trail that
// does not contain it is refused (L-57).
func (k *Keeper) newestAnchor(ctx context.Context) ([][]byte, error) {
	last, err := k.lastAnchor(ctx)
	if err != nil || last == "" {
		return nil, err
	}
	text, err := k.anchors.Get(ctx, last, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("second place: %w", fromBucket(err))
	}
	c, err := audit.ParseCheckpoint(text, k.verifier)
	if err != nil {
		return nil, fmt.Errorf("second place: %w: %w", vault.ErrTampered, err)
	}
	k.anchored.note(c.Size, nil)
	return [][]byte{text}, nil
}

// lastAnchor finds the last name in the second place. There is one for every
// half minute with an act, so it is searched for and not listed: the names are
// numbers, and one listing says whether there is any after a given number.
func (k *Keeper) lastAnchor(ctx context.Context) (last storage.Key, err error) {
	first := func(after storage.Key) (storage.Key, error) {
		for info, err := range k.anchors.List(ctx, anchorPrefix, after) {
			if err != nil {
				return "", fmt.Errorf("second place: %w", fromBucket(err))
			}
			return info.Key, nil
		}
		return "", nil
	}
	if last, err = first(""); err != nil || last == "" {
		return "", err
	}
	for step := uint64(1); step > 0; {
		var at uint64
		if _, err := fmt.Sscanf(string(last[len(anchorPrefix):]), "%016x", &at); err != nil {
			return "", fmt.Errorf("second place: %w: name", vault.ErrTampered)
		}
		next := storage.Key("")
		if at+step-1 >= at { // else beyond every number
			if next, err = first(anchorKey(at + step - 1)); err != nil {
				return "", err
			}
		}
		if next == "" {
			step /= 2
			continue
		}
		last, step = next, step*2
	}
	return last, nil
}

const (
	anchorEvery = 30 * time.Second // a leaf is anchored within a minute
	sweepEvery  = 24 * time.Hour
	endEvery    = time.Hour // consents that are over are written down
)

// housekeeping is the keeper's own goroutine.
func (k *Keeper) housekeeping() {
	t := time.NewTicker(anchorEvery)
	defer t.Stop()
	swept, ended := time.Now(), time.Now()
	over := k.now().Add(-maxSession)
	for {
		select {
		case <-k.closing.Done():
			return
		case <-t.C:
		}
		k.unlocked.sweep()
		k.printed.sweep()
		k.invited.sweep()
		k.prepares.sweep()
		k.fresh.sweep()
		k.presences.sweep()
		k.sides.sweep()
		k.leases.sweep()
		k.expire()
		k.limits.sweep(k.now())
		over = k.endSessionsOver(k.closing, over)
		ctx, cancel := context.WithTimeout(k.closing, opTimeout)
		err := errors.Join(k.alone(ctx), k.landPending(ctx), k.watchClock(ctx), k.expireAnswers(), k.expireSpares(), k.keepLimits(), k.expireWaiting(), k.endLapsed(ctx))
		if k.halted.Load() == nil {
			err = errors.Join(err, k.anchor(ctx))
		}
		cancel()
		if time.Since(swept) >= sweepEvery {
			_, sweepErr := k.Sweep(k.closing)
			err, swept = errors.Join(err, sweepErr), time.Now()
		}
		if time.Since(ended) >= endEvery && k.halted.Load() == nil {
			err, ended = errors.Join(err, k.sweepConsents(k.closing), k.sweepRelays(k.closing), k.sweepTrainings(k.closing), k.sweepWorkshops(k.closing), k.sweepAccounts(k.closing)), time.Now()
			k.warnOfMasters()
		}
		if err != nil && k.closing.Err() == nil {
			k.log.WarnContext(k.closing, "housekeeping", slog.Any("error", err))
		}
	}
}
