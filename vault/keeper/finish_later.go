package keeper

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

// unfinished are the safes of which a start has to finish what was taken away, and
// has not read yet what that is. Nobody is served on one of them before: what was
// agreed to holds, although the bucket, or a master, was not there when the service
// started.
type unfinished struct {
	mu    sync.RWMutex
	safes map[vault.SafeID]bool
	// at is held by whoever reads what was taken; it guards open and left.
	at   sync.Mutex
	open map[audit.Position]bool // the intents that are nobody's yet
	left *leftovers
}

func (u *unfinished) has(id vault.SafeID) bool {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.safes[id]
}

func (u *unfinished) set(id vault.SafeID, is bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if is {
		u.safes[id] = true
	} else {
		delete(u.safes, id)
	}
}

// begin takes over what a start found open.
func (u *unfinished) begin(open map[audit.Position]bool, left *leftovers) {
	u.at.Lock()
	defer u.at.Unlock()
	u.open, u.left = open, left
}

// none reports whether every intent found its safe, or its structure.
func (u *unfinished) none() bool { return !u.since(0) }

// since reports whether one that is a leaf from a position on did not.
func (u *unfinished) since(first uint64) bool {
	u.at.Lock()
	defer u.at.Unlock()
	return slices.ContainsFunc(slices.Collect(maps.Keys(u.open)), func(at audit.Position) bool { return uint64(at) >= first })
}

// finished makes count what was taken away of a safe before this start, if that is
// still to be done. The safe is in memory already, and nobody else has it before.
func (k *Keeper) finished(ctx context.Context, s *safe) error {
	if !k.unfinished.has(s.id) {
		return nil
	}
	u := &k.unfinished
	u.at.Lock()
	defer u.at.Unlock()
	if !u.has(s.id) {
		return nil // somebody else did it meanwhile
	}
	if r := s.record(); !s.now().Erased() { // of an erased one nothing is left
		all, err := k.takenIn(ctx, r.tagKey(), r.journal, u.open, r.handedAs)
		if err != nil {
			return err
		}
		for _, one := range all {
			delete(u.open, one.intent)
			if one.takes != nil {
				s.finish(k, one.intent, one.takes, u.left)
			}
		}
	}
	u.set(s.id, false)
	u.left.settled(nil)
	return nil
}

// verifyFinished says of a safe that it stays shut, because what was taken away of
// it cannot be read.
func (k *Keeper) verifyFinished(ctx context.Context, id vault.SafeID) error {
	if !k.unfinished.has(id) {
		return nil
	}
	s, err := k.safe(ctx, id)
	if errors.Is(err, vault.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("what was taken away of it: %w", err)
	}
	k.unpin(s)
	return nil
}
