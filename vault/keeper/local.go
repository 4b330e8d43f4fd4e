package keeper

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Local keeps the small values of the local OpenID provider (accounts, keys):
// sealed in the state file, and, so that a lost machine loses no login, sealed to
// the master in the bucket. A leaf of the trail says which object holds: no older
// one is taken for it.
func (k *Keeper) Local() *LocalStore { return &LocalStore{k} }

// A LocalStore keeps small values by name. It is safe for concurrent use.
type LocalStore struct{ keeper *Keeper }

// localPrefix is where the values lie in the bucket.
const localPrefix = storage.Key("v1/l/")

func localKey(name string, n, master uint64) storage.Key {
	return localPrefix + storage.Key(name+"/"+number(n)+"."+number(master))
}

func localBinding(name string, n, master uint64) seal.Binding {
	return seal.Bind(seal.KindService, "local", name, number(n), number(master))
}

// A localRow is what the state has of a value: which object holds it, and the
// value, which may be newer by what was counted. The zero record is in no object.
type localRow struct {
	record chain.Record
	value  []byte
}

// localHead is the size of what stands in a row before the sealed value: number,
// master epoch, digest and size of the object.
const localHead = 8 + 8 + 32 + 8

func (k *Keeper) localRow(name string) (r localRow, err error) {
	var raw []byte
	err = k.state.view(func(tx *bolt.Tx) error {
		raw = bytes.Clone(tx.Bucket(bLocal).Get([]byte(name)))
		return nil
	})
	switch {
	case err != nil:
		return r, err
	case raw == nil:
		return r, fmt.Errorf("state: %w", vault.ErrNotFound)
	}
	r.record = localRecord(raw)
	if len(raw) >= localHead {
		raw = raw[localHead:]
	}
	r.value, err = k.state.open(raw, "local/"+name)
	return r, err
}

func localRecord(raw []byte) (r chain.Record) {
	if len(raw) < localHead {
		return r
	}
	r.N, r.MasterEpoch, r.Size = readU64(raw[:8]), readU64(raw[8:16]), int64(readU64(raw[48:56]))
	copy(r.Digest[:], raw[16:48])
	return r
}

func (k *Keeper) putLocalRow(name string, r localRow) error {
	sealed, err := k.state.seal(r.value, "local/"+name)
	if err != nil {
		return err
	}
	row := append(u64(r.record.N), u64(r.record.MasterEpoch)...)
	row = append(append(row, r.record.Digest[:]...), u64(uint64(r.record.Size))...)
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bLocal).Put([]byte(name), append(row, sealed...)) })
}

// Load answers the value of name, or an error that wraps [vault.ErrNotFound].
func (s *LocalStore) Load(_ context.Context, name string) ([]byte, error) {
	if err := s.keeper.brokenLocal(name); err != nil {
		return nil, err
	}
	r, err := s.keeper.localRow(name)
	return r.value, err
}

// Save stores value under name, so that it survives the loss of this machine: the
// object first, which is an orphan until its leaf is written, then the row.
func (s *LocalStore) Save(ctx context.Context, name string, value []byte) error {
	return s.change(ctx, name, func(before chain.Record) error { return s.keeper.saveLocal(ctx, name, value, before) })
}

// SaveHere stores value under name durably on this machine only: after a rebuild
// the last Save holds again.
func (s *LocalStore) SaveHere(ctx context.Context, name string, value []byte) error {
	return s.change(ctx, name, func(before chain.Record) error { return s.keeper.putLocalRow(name, localRow{before, value}) })
}

// Delete forgets name.
func (s *LocalStore) Delete(ctx context.Context, name string) error {
	return s.change(ctx, name, func(before chain.Record) error {
		if before.N == 0 {
			return s.keeper.dropLocalRow(name)
		}
		if err := s.keeper.noteLocal(ctx, name, chain.Record{N: before.N}); err != nil {
			return err
		}
		return s.keeper.dropLocal(ctx, name, before)
	})
}

// Names answers the names of what is kept.
func (s *LocalStore) Names(ctx context.Context) (all []string, err error) {
	err = s.keeper.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bLocal).ForEach(func(name, _ []byte) error {
			all = append(all, string(name))
			return ctx.Err()
		})
	})
	return all, err
}

// change changes one value at a time.
func (s *LocalStore) change(ctx context.Context, name string, do func(before chain.Record) error) error {
	k := s.keeper
	if err := k.fit(); err != nil {
		return err
	}
	if !k.gate.enter() {
		return fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	defer k.gate.leave()
	k.locals.mu.Lock()
	defer k.locals.mu.Unlock()
	if err := k.brokenLocal(name); err != nil {
		return err
	}
	var before chain.Record
	err := k.state.view(func(tx *bolt.Tx) error {
		before = localRecord(tx.Bucket(bLocal).Get([]byte(name)))
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return do(before)
}

// saveLocal writes the object after before, its leaf and the row, in this order.
// The caller holds mu.
func (k *Keeper) saveLocal(ctx context.Context, name string, value []byte, before chain.Record) error {
	if err := k.alone(ctx); err != nil {
		return err
	}
	master := k.secrets.MasterEpoch
	now, err := k.putRecord(ctx, value, before.N,
		func(n uint64) storage.Key { return localKey(name, n, master) },
		func(n uint64) seal.Binding { return localBinding(name, n, master) })
	if err != nil {
		return fmt.Errorf("local value: %w", err)
	}
	if err := k.noteLocal(ctx, name, now); err != nil {
		return err
	}
	if err := k.putLocalRow(name, localRow{now, value}); err != nil {
		return k.behindLocal(name, err)
	}
	k.discardLocal(ctx, name, before)
	return nil
}

// behindLocal refuses a value of which the trail says what the state does not: what
// was there before must not go on, nor what holds now be swept as named by nothing.
func (k *Keeper) behindLocal(name string, err error) error {
	err = fmt.Errorf("%w: a local value is not what the trail says until the next start: %w", vault.ErrUnavailable, err)
	k.breakLocal(name, err)
	return err
}

// noteLocal records which object holds a value from now on; one without a digest
// says that none does. It stands in nobody's journal.
func (k *Keeper) noteLocal(ctx context.Context, name string, r chain.Record) error {
	n := detail{Actor: actorService, Code: name, Seq: r.N, Count: r.MasterEpoch, Bytes: r.Size}
	if r.Digest != (seal.Digest{}) {
		n.Head = r.Digest.String()
	}
	raw, err := k.sealDetail(nil, n, vault.ActKeepAccount, audit.StageFact)
	if err != nil {
		return err
	}
	_, err = k.trail.Note(context.WithoutCancel(ctx), audit.Record{
		Op: audit.Op(vault.ActKeepAccount), Subjects: []audit.TagKey{k.localTag()}, Detail: raw,
	}, audit.ResultDone)
	return fromTrail(err)
}

// localTag finds the leaves about values of the local provider.
func (k *Keeper) localTag() audit.TagKey { return audit.TagKey(k.pseudonym("local", auth.UserID{})) }

// dropLocal forgets a value whose leaf says so. The caller holds mu.
func (k *Keeper) dropLocal(ctx context.Context, name string, r chain.Record) error {
	if err := k.dropLocalRow(name); err != nil {
		return k.behindLocal(name, err)
	}
	k.discardLocal(ctx, name, r)
	return nil
}

func (k *Keeper) dropLocalRow(name string) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bLocal).Delete([]byte(name)) })
}

// discardLocal deletes an object that holds nothing any more. What stays is swept.
func (k *Keeper) discardLocal(ctx context.Context, name string, r chain.Record) {
	if r.N == 0 {
		return
	}
	if err := k.bucket.Delete(context.WithoutCancel(ctx), localKey(name, r.N, r.MasterEpoch)); err != nil {
		k.log.WarnContext(ctx, "an older local value stays until it is swept")
	}
}
