package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// locals guards the values of the local provider.
type locals struct {
	mu sync.Mutex // held by whoever changes one
	// broken are those whose object was not the one that the trail names at the start,
	// or of which the state did not take since what the trail says: they are refused
	// until a start settles them, and nothing takes their place.
	broken map[string]error
	// looking guards broken alone: whoever reads a value does not wait for one that is
	// on its way to the bucket.
	looking sync.RWMutex
}

func (k *Keeper) brokenLocal(name string) error {
	k.locals.looking.RLock()
	defer k.locals.looking.RUnlock()
	return k.locals.broken[name]
}

// breakLocal refuses a value from now on.
func (k *Keeper) breakLocal(name string, why error) {
	k.locals.looking.Lock()
	defer k.locals.looking.Unlock()
	if k.locals.broken == nil {
		k.locals.broken = map[string]error{}
	}
	k.locals.broken[name] = why
}

func (k *Keeper) anyLocalBroken() bool {
	k.locals.looking.RLock()
	defer k.locals.looking.RUnlock()
	return len(k.locals.broken) > 0
}

// settleLocal makes the state say of the local provider's values what the trail
// says: after a rebuild, and when it was behind. An object that is not the one
// named is found, and the others serve.
func (k *Keeper) settleLocal(ctx context.Context) error {
	named, err := k.localsInTrail(ctx)
	if err != nil {
		return err
	}
	k.locals.mu.Lock()
	defer k.locals.mu.Unlock()
	for name, r := range named {
		err := k.settleOneLocal(ctx, name, r)
		switch {
		case errors.Is(err, vault.ErrTampered), errors.Is(err, seal.ErrNoKey):
			k.breakLocal(name, err)
			k.log.ErrorContext(ctx, "a local account, or the keys of the local provider, is not what the trail says", slog.Any("error", err))
		case err != nil:
			return fmt.Errorf("local values: %w", err)
		}
	}
	return nil
}

// localsInTrail answers the object of each value that was ever saved; the last
// leaf counts.
func (k *Keeper) localsInTrail(ctx context.Context) (map[string]chain.Record, error) {
	named := map[string]chain.Record{}
	for e, err := range k.trail.Journal(ctx, k.localTag(), 0) {
		if err != nil {
			return nil, fromTrail(err)
		}
		n, err := openDetail(k.journal, e.Detail, vault.ActKeepAccount, e.Stage)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", e.Position, err)
		}
		r := chain.Record{N: n.Seq, MasterEpoch: n.Count, Size: n.Bytes}
		if n.Head != "" {
			if r.Digest, err = seal.ParseDigest(n.Head); err != nil {
				return nil, fmt.Errorf("leaf %d: %w", e.Position, fromSeal(err))
			}
		}
		named[n.Code] = r
	}
	return named, nil
}

// settleOneLocal is settleLocal for one value. The caller holds mu.
func (k *Keeper) settleOneLocal(ctx context.Context, name string, named chain.Record) error {
	var row []byte
	err := k.state.view(func(tx *bolt.Tx) error {
		row = bytes.Clone(tx.Bucket(bLocal).Get([]byte(name)))
		return nil
	})
	has := localRecord(row)
	switch {
	case err != nil:
		return err
	case named.Digest == (seal.Digest{}): // it was deleted
		if row == nil {
			return nil
		}
		return k.dropLocal(ctx, name, has)
	case has == named:
		return nil
	}
	plain, err := k.openRecord(ctx, named, localKey(name, named.N, named.MasterEpoch), localBinding(name, named.N, named.MasterEpoch))
	if err != nil {
		return err
	}
	return k.putLocalRow(name, localRow{named, plain.Reveal()})
}

// localRecords are the objects that hold values now, by name.
func (k *Keeper) localRecords(ctx context.Context) (map[string]chain.Record, error) {
	all := map[string]chain.Record{}
	err := k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bLocal).ForEach(func(name, row []byte) error {
			if r := localRecord(row); r.N > 0 {
				all[string(name)] = r
			}
			return ctx.Err()
		})
	})
	return all, err
}

// rotateLocal seals anew what of the local provider lies under a former master.
func (k *Keeper) rotateLocal(ctx context.Context) error {
	all, err := k.localRecords(ctx)
	if err != nil {
		return err
	}
	for name, r := range all {
		if r.MasterEpoch >= k.secrets.MasterEpoch || k.brokenLocal(name) != nil {
			continue
		}
		store := k.Local()
		err := store.change(ctx, name, func(before chain.Record) error {
			if before.N == 0 || before.MasterEpoch >= k.secrets.MasterEpoch {
				return nil // saved meanwhile, or forgotten
			}
			now, err := k.localRow(name)
			if err != nil {
				return err
			}
			return k.saveLocal(ctx, name, now.value, before)
		})
		if err != nil {
			return fmt.Errorf("sealing anew: %w", err)
		}
	}
	return nil
}

// verifyLocal compares the objects of the local provider with what the state
// knows of them.
func (k *Keeper) verifyLocal(ctx context.Context, r *Report) error {
	all, err := k.localRecords(ctx)
	if err != nil {
		return err
	}
	for name, record := range all {
		r.Objects++
		key := localKey(name, record.N, record.MasterEpoch)
		_, err := k.small(ctx, key, record.Digest)
		r.find(string(key), err)
		if err := passing(err); err != nil {
			return err
		}
	}
	return nil
}

// sweepLocal deletes what nothing names any more, since before.
func (k *Keeper) sweepLocal(ctx context.Context, before time.Time) (int, error) {
	return k.sweepBelow(ctx, localPrefix, before, func() (func(storage.Key) bool, error) {
		named, err := k.namedLocal(ctx)
		return func(key storage.Key) bool { return named[key] }, err
	})
}

func (k *Keeper) namedLocal(ctx context.Context) (map[storage.Key]bool, error) {
	k.locals.mu.Lock() // an object that was just written has its row when this is held
	defer k.locals.mu.Unlock()
	if k.anyLocalBroken() {
		return nil, fmt.Errorf("%w: what the trail names of local accounts is not known, nothing of them is swept", vault.ErrTampered)
	}
	all, err := k.localRecords(ctx)
	named := map[storage.Key]bool{}
	for name, r := range all {
		named[localKey(name, r.N, r.MasterEpoch)] = true
	}
	return named, err
}

// sweepMasterLocal deletes what lies under a former master epoch.
func (k *Keeper) sweepMasterLocal(ctx context.Context, epoch uint64) (int, error) {
	var old []storage.Key
	for info, err := range k.bucket.List(ctx, localPrefix, "") {
		if err != nil {
			return 0, fromBucket(err)
		}
		if under, ok := masterInName(info.Key); ok && under == epoch {
			old = append(old, info.Key)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	named, err := k.namedLocal(ctx)
	if errors.Is(err, vault.ErrTampered) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return k.deleteUnnamed(ctx, old, named)
}
