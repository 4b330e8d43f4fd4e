package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// A rotation seals anew, under the current master, whatever entries name under a
// former one: in the background, safe by safe, while everything else goes on. It
// needs nobody's sheet and nobody's session. What it did is in the chains, so
// that after a stop or a crash the next start goes on where it was.
type rotation struct {
	mu sync.Mutex
	// found is what could not be sealed anew because the bucket does not have what
	// the signed entry names; of the last time everything was gone through.
	found []Finding
}

const (
	// rotateAgain is between two rounds, when the first could not do everything.
	rotateAgain = time.Minute
	// rotatedAtOnce is how many objects are sealed anew in one entry.
	rotatedAtOnce = 64
	// lingers is how long an object stays that was sealed anew: somebody who
	// looked at the chain before may still be about to read it.
	lingers = time.Minute
)

// rotateLoop is the keeper's own goroutine for rotations. It ends when nothing is
// left to seal anew, or nothing but what the bucket does not have any more.
func (k *Keeper) rotateLoop() {
	for {
		err := k.rotate(k.closing)
		if err == nil || k.closing.Err() != nil || k.halted.Load() != nil {
			return
		}
		k.log.WarnContext(k.closing, "not everything is under the new master yet", slog.Any("error", err))
		k.pause(rotateAgain)
	}
}

// rotate goes once through everything. It answers an error when something has to
// be tried again; what never can be is kept for the status.
func (k *Keeper) rotate(ctx context.Context) error {
	var found []Finding
	var errs []error
	for _, id := range k.vaultState().Structures() {
		more, err := k.rotateStructure(ctx, id)
		found, errs = append(found, more...), append(errs, err)
	}
	errs = append(errs, k.rotateLocal(ctx))
	ids, err := k.state.safes(ctx)
	errs = append(errs, err)
	for _, id := range ids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		more, err := k.rotateSafe(ctx, id)
		found, errs = append(found, more...), append(errs, err)
	}
	k.rotation.mu.Lock()
	k.rotation.found = found
	k.rotation.mu.Unlock()
	for _, f := range found {
		k.log.ErrorContext(ctx, "an object is not what its entry says: it is not sealed anew", slog.Any("error", f.Err))
	}
	if err := errors.Join(errs...); err != nil || len(found) > 0 {
		return err
	}
	return k.rotated(ctx)
}

// rotated records, once for each epoch, that nothing is left under a former one.
func (k *Keeper) rotated(ctx context.Context) error {
	done, err := k.state.number(metaRotated)
	if err != nil || done >= k.secrets.MasterEpoch {
		return err
	}
	if err := k.serviceFact(ctx, vault.ActRotate, audit.ResultDone, detail{Count: k.secrets.MasterEpoch}); err != nil {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaRotated, u64(k.secrets.MasterEpoch)) })
}

// A stale object is one under a former master: where it lies, and how it is
// sealed anew. Its reseal checks what it reads against the signed entry, puts the
// new object, and answers what makes that count.
type stale struct {
	key    storage.Key
	epoch  uint64 // of the master
	reseal func(context.Context) (resealed, error)
}

// resealed is the operation that names the new object, and the service record in
// it where it is one.
type resealed struct {
	op      chain.Op
	service *serviceRecord
}

// resealSome seals anew the first of some stale objects, passing over those that
// were found to be bad before; the new findings are added to them.
func resealSome(ctx context.Context, all []stale, bad map[storage.Key]error) (c *change, err error) {
	c = &change{rotates: true}
	for _, o := range all {
		if len(c.ops) == rotatedAtOnce {
			break
		}
		if bad[o.key] != nil {
			continue
		}
		made, err := o.reseal(ctx)
		switch {
		case errors.Is(err, vault.ErrTampered):
			bad[o.key] = err
			continue
		case err != nil:
			return nil, err
		}
		c.ops = append(c.ops, made.op)
		if made.service != nil {
			c.service = made.service
		}
	}
	return c, nil
}

// findingsOf are what was found bad, in order of their names.
func findingsOf(bad map[storage.Key]error) (all []Finding) {
	for key, err := range bad {
		all = append(all, Finding{string(key), err})
	}
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.Where, b.Where) })
	return all
}

// rotateChain seals anew what is left of a chain, entry by entry; next writes one
// and answers how many objects it was about.
func rotateChain(ctx context.Context, next func(context.Context) (int, error)) error {
	for {
		n, err := next(ctx)
		if err != nil {
			return fmt.Errorf("sealing anew: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
}

// writeRotated writes one entry of a rotation. The caller holds what keeps others
// from building on the chain: they would find this change under way.
func (k *Keeper) writeRotated(ctx context.Context, l ledger, c *change) (int, error) {
	if len(c.ops) == 0 {
		return 0, nil
	}
	c.intent = audit.Position(k.trail.Size())
	if err := l.enqueue(k, c); err != nil {
		return 0, err
	}
	return len(c.ops), k.await(ctx, c)
}
