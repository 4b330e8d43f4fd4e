package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A vaultEnd is the end of the vault's own chain. Only this keeper writes to it
// while it runs: at its start, and when a structure begins. No lock is held while
// the bucket is asked: everything that is written anywhere looks here first.
type vaultEnd struct {
	appending sync.Mutex // held by whoever writes
	mu        sync.Mutex // guards the rest
	head      chain.Head
	// pending is the entry after head that was sent and may have landed; nil for
	// none.
	pending *seal.Signed
	next    chain.Vault // the state after pending
	landed  func()      // called when it counts
}

func (v *vaultEnd) look() (chain.Head, *seal.Signed) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.head, v.pending
}

// appendVault writes one entry to the vault's own chain and calls landed when it
// counts: before it answers, or later, when the bucket did not say in time what
// became of it and says so to the housekeeping. Until then nothing else is
// appended.
func (k *Keeper) appendVault(ctx context.Context, intent audit.Position, landed func(), ops ...chain.Op) error {
	k.end.appending.Lock()
	defer k.end.appending.Unlock()
	if _, pending := k.end.look(); pending != nil {
		if err := k.landVault(ctx); err != nil {
			return err
		}
		return fmt.Errorf("%w: an earlier entry counts only now", vault.ErrUnavailable)
	}
	head, _ := k.end.look()
	v := k.vaultState()
	e := chain.Entry{
		Chain: chain.VaultChain, Seq: head.Seq + 1, Prev: head.Digest, Keeper: k.start,
		Time: time.Now().UTC().Truncate(time.Second), Intent: uint64(intent), Ops: ops,
	}
	next, err := v.Apply(e)
	if err != nil {
		return fmt.Errorf("vault chain: %w", err)
	}
	signed, err := chain.Sign(k.secrets.Signing, e)
	if err != nil {
		return fmt.Errorf("vault chain: %w", err)
	}
	if err := k.alone(ctx); err != nil {
		return err
	}
	k.end.mu.Lock()
	k.end.pending, k.end.next, k.end.landed = signed, next, landed
	k.end.mu.Unlock()
	return k.landVault(ctx)
}

// landVault brings the pending entry into the bucket. One that is known never to
// land is forgotten; one that may is sent again by the next call. The caller
// holds appending.
func (k *Keeper) landVault(ctx context.Context) error {
	head, pending := k.end.look()
	if pending == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := k.insist(ctx, storage.Key(chain.VaultChain.Key(head.Seq+1)), pending)
	if err != nil && !errors.Is(err, storage.ErrUndecided) {
		k.end.mu.Lock()
		k.end.pending = nil
		k.end.mu.Unlock()
		return errors.Join(err, k.alone(k.closing)) // somebody else's entry halts this keeper
	}
	if err != nil {
		return err
	}
	k.end.mu.Lock()
	next := k.end.next
	k.vault.Store(&next)
	head = chain.Head{Seq: head.Seq + 1, Digest: pending.Digest()}
	k.end.head, k.end.pending = head, nil
	k.end.mu.Unlock()
	k.end.landed()
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaVault, putHead(head)) })
}

// landPending asks the bucket again what became of an entry of the vault's own
// chain. It is part of the housekeeping.
func (k *Keeper) landPending(ctx context.Context) error {
	if !k.end.appending.TryLock() {
		return nil // somebody is at it
	}
	defer k.end.appending.Unlock()
	return k.landVault(ctx)
}

// alone checks that nobody wrote to the vault's own chain since this keeper
// started, but this keeper. It is asked before every entry, because an entry of
// an older keeper that lands in a chain the newer one has not yet touched would
// be valid there.
func (k *Keeper) alone(ctx context.Context) error {
	for {
		if halted := k.halted.Load(); halted != nil {
			return *halted
		}
		head, _ := k.end.look()
		next := storage.Key(chain.VaultChain.Key(head.Seq + 1))
		_, err := k.bucket.Stat(ctx, next)
		switch {
		case errors.Is(err, storage.ErrNotExist):
			return nil
		case err != nil:
			return fromBucket(err)
		}
		raw, err := k.bucket.Get(ctx, next, 0, -1)
		if err != nil {
			return fromBucket(err)
		}
		now, pending := k.end.look()
		switch {
		case now != head: // our own entry landed meanwhile
			continue
		case pending != nil && bytes.Equal(raw, pending.Bytes()):
			return nil
		}
		v := k.vaultState()
		if _, _, err := chain.Open(raw, chain.VaultChain, head, v.Keys()); err != nil {
			return k.halt(ctx, fmt.Errorf("vault chain: %w", fromChain(err)))
		}
		return k.halt(ctx, ErrSuperseded)
	}
}
