package keeper

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// anchored remembers how far the second place has come.
type anchored struct {
	turn sync.Mutex // held while a checkpoint is on its way; guards err
	err  error      // of the last try, the copy of the leaves included: it is tried again

	mu      sync.Mutex // guards what follows, and is held for a moment only
	size    uint64
	since   time.Time // since when no checkpoint reaches the second place
	problem error
}

func (a *anchored) covered() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.size
}

// note remembers how a try ended: a checkpoint over size leaves is in the second
// place, or none came there.
func (a *anchored) note(size uint64, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.size, a.problem, a.since = size, nil, time.Time{}
		return
	}
	if a.problem == nil {
		a.since = time.Now()
	}
	a.problem = err
}

// An AnchorReport says how far the second place has come.
type AnchorReport struct {
	Leaves  uint64 // of the trail
	Covered uint64 // of them, by the newest checkpoint in the second place
	// Since and Problem say since when no checkpoint comes there, and why; zero
	// where they do.
	Since   time.Time
	Problem error
}

// Anchored answers how far the second place has come. It asks nobody.
func (k *Keeper) Anchored() AnchorReport {
	k.anchored.mu.Lock()
	defer k.anchored.mu.Unlock()
	return AnchorReport{Leaves: k.trail.Size(), Covered: k.anchored.size, Since: k.anchored.since, Problem: k.anchored.problem}
}

// Anchoring says whether checkpoints reach the second place, for health. While they
// do not acts go on: until they do again, whoever holds disk and bucket could cut
// the trail's last part unseen by all but those who kept a checkpoint.
func (k *Keeper) Anchoring(context.Context) error {
	if r := k.Anchored(); r.Problem != nil {
		return fmt.Errorf("%w: no checkpoint reaches the second place: %w", vault.ErrUnavailable, r.Problem)
	}
	return nil
}
