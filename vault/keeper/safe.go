package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A safe is one safe in memory: its folded chain and what waits to be written
// to it. There is one for each id, and one writer for each.
type safe struct {
	id      vault.SafeID
	service serviceRecord // guarded by mu; never changed in place

	// changing is held by acts that read the service record and write a newer one.
	changing sync.Mutex

	mu      sync.Mutex
	state   chain.Safe
	head    chain.Head
	queue   []*change
	writing bool
	// undecided says that the last entry may or may not have landed: until that
	// is known nothing else is written to this safe.
	undecided bool
	// broken says that the chain in the bucket is not ours any more.
	broken error
	// taken is what was taken away by a recorded intent whose entry is not
	// written yet: it counts already.
	taken map[[16]byte]bool
}

// maxSafes bounds how many folded safes stay in memory.
const maxSafes = 1024

// safe answers the safe with this id, read and verified from its chain when it
// is not in memory. Unknown ids are [vault.ErrNotFound], without a word to the
// bucket: what exists is what the state knows.
func (k *Keeper) safe(ctx context.Context, id vault.SafeID) (*safe, error) {
	k.safesMu.Lock()
	s, ok := k.safes[id]
	k.safesMu.Unlock()
	if ok {
		return s, nil
	}
	known, err := k.state.known(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	if known.confirmed.IsZero() {
		return nil, vault.ErrNotFound
	}
	s, err = k.load(ctx, id, known)
	if err != nil {
		return nil, err
	}
	return k.keep(s), nil
}

// keep remembers s, or answers the one somebody else loaded meanwhile.
func (k *Keeper) keep(s *safe) *safe {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	if other, ok := k.safes[s.id]; ok {
		return other
	}
	for id, old := range k.safes { // any idle one: the map's order is random enough
		if len(k.safes) < maxSafes {
			break
		}
		if old.idle() {
			delete(k.safes, id)
		}
	}
	k.safes[s.id] = s
	return s
}

func (s *safe) idle() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	return len(s.queue) == 0 && !s.writing && len(s.taken) == 0
}

// load replays the chain of one safe and opens its service record.
func (k *Keeper) load(ctx context.Context, id vault.SafeID, known known) (*safe, error) {
	state, head, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(),
		chain.Known{Head: known.confirmed, Summary: known.summary})
	if err != nil {
		return nil, fromChain(err)
	}
	s := &safe{id: id, state: state, head: head, taken: map[[16]byte]bool{}}
	s.service, err = k.readService(ctx, s)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// fetch reads entries of one chain.
func (k *Keeper) fetch(name chain.Name) chain.Fetch {
	return func(ctx context.Context, seq uint64) ([]byte, error) {
		raw, err := k.bucket.Get(ctx, storage.Key(name.Key(seq)), 0, -1)
		if errors.Is(err, storage.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", chain.ErrNoEntry, err)
		}
		return raw, fromBucket(err)
	}
}

// now is a consistent look at a safe.
func (s *safe) now() (chain.Safe, map[[16]byte]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.taken
}

// document answers a live document that nobody took away.
func (s *safe) document(id vault.DocumentID) (chain.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.state.Document(id)
	if !ok || s.taken[id] {
		return chain.Document{}, vault.ErrNotFound
	}
	return d, nil
}

func (s *safe) record() serviceRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.service
}

// current is the service record without the agreements that were taken back:
// ending one writes no new record, so that nothing can stop it.
func (s *safe) current() serviceRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.service
	r.entrust = slices.DeleteFunc(slices.Clone(r.entrust), func(e entrusted) bool {
		_, live := s.state.Bundle(e.bundle)
		return !live || s.taken[e.bundle]
	})
	return r
}

// small reads a small sealed object and checks it against the digest that its
// signed entry holds, before anybody opens it.
func (k *Keeper) small(ctx context.Context, key storage.Key, want seal.Digest) ([]byte, error) {
	raw, err := k.bucket.Get(ctx, key, 0, -1)
	if err != nil {
		return nil, fromBucket(err)
	}
	if seal.DigestOf(raw) != want {
		return nil, fmt.Errorf("%w: digest", vault.ErrTampered)
	}
	return raw, nil
}

// fromBucket turns an error of the bucket into one of the domain. What a signed
// entry names and the bucket does not have was taken away behind our back.
func fromBucket(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotExist), errors.Is(err, storage.ErrShort), errors.Is(err, storage.ErrTooLarge):
		return fmt.Errorf("%w: %w", vault.ErrTampered, err)
	default:
		return fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
}

// fromChain turns what a replay found into an error of the domain.
func fromChain(err error) error {
	if errors.Is(err, vault.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", vault.ErrTampered, err)
}

// fromSeal turns an error of opening into one of the domain.
func fromSeal(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", vault.ErrTampered, err)
}

// takenDocuments counts the documents of state that were taken away and whose
// entry is on the way.
func (s *safe) takenDocuments(state chain.Safe) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.taken {
		if _, ok := state.Document(id); ok {
			n++
		}
	}
	return n
}
