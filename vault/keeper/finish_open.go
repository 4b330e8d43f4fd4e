package keeper

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

// finishTaken carries out what a recorded intent took away and a stop or a
// crash kept from being written.
func (k *Keeper) finishTaken(ctx context.Context) error {
	from, err := k.state.number(metaSettled)
	if err != nil {
		return err
	}
	end := k.trail.Size()
	open := map[audit.Position]bool{}
	for e, err := range k.trail.Entries(ctx, audit.Position(from)) {
		if err != nil {
			return fromTrail(err)
		}
		if e.Stage == audit.StageOutcome && e.Result == audit.ResultUnknown && takesAway(vault.Act(e.Op)) {
			open[e.Of] = true
		}
	}
	left := &leftovers{done: func() {
		// Only now: after another crash what is not written yet is looked for again.
		err := k.state.update(func(tx *bolt.Tx) error {
			return errors.Join(tx.Bucket(bMeta).Put(metaSettled, u64(end)), forgetTakings(tx, end))
		})
		if err != nil {
			k.log.WarnContext(k.closing, "the trail will be looked through again", slog.Any("error", err))
		}
	}}
	left.more(1)
	if len(open) > 0 {
		k.unfinished.begin(open, left)
		if err := k.finishOpen(ctx, open, left); err != nil {
			return err
		}
	}
	left.settled(nil)
	return nil
}

// leftovers counts what a start has to finish, and calls done when all of it is
// written.
type leftovers struct {
	n, failed atomic.Int64
	done      func()
}

func (l *leftovers) more(n int64) { l.n.Add(n) }

func (l *leftovers) settled(err error) {
	if err != nil {
		l.failed.Add(1)
	}
	if l.n.Add(-1) == 0 && l.failed.Load() == 0 {
		l.done()
	}
}

// finishOpen finds the structures and the safes of some open intents, and leaves
// open with those it finds nowhere. Only a safe's own key tells its leaves from
// others, so journals are looked through: of the safes that the state file marks,
// and only if that does not explain every intent, of all the others. That happens
// once after a rebuild, which knows no marks, and when a mark was not written. A
// safe that cannot be read then keeps its mark, and no later start looks further.
func (k *Keeper) finishOpen(ctx context.Context, open map[audit.Position]bool, left *leftovers) error {
	for _, id := range k.vaultState().Structures() {
		s, err := k.structureOf(id)
		if err != nil {
			left.failed.Add(1) // it stays shut: the next start looks for it again
			continue
		}
		all, err := k.takenIn(ctx, k.structureTag(id), k.journal, open, func(detail) bool { return false })
		if err != nil {
			return err
		}
		for _, one := range all {
			delete(open, one.intent)
			if one.takes == nil {
				continue
			}
			if !one.takes.agent.IsZero() {
				k.recordedLeaving(s, one.takes.agent)
			}
			s.finish(k, one.intent, one.takes, left)
		}
	}
	marked, err := k.state.takingSafes()
	if err != nil {
		return err
	}
	looked := map[vault.SafeID]bool{}
	for _, id := range marked {
		looked[id] = true
		if err := k.finishSafe(ctx, id, left); err != nil {
			return err
		}
	}
	searched, err := k.state.number(metaSearched)
	if err != nil || !k.unfinished.since(searched) {
		return err
	}
	return k.finishElsewhere(ctx, looked, left)
}

// finishElsewhere looks through the safes that nothing leads to. Those that cannot
// be read are marked: what is open before this moment is theirs, or nobody's, and
// no start looks anywhere else for it again.
func (k *Keeper) finishElsewhere(ctx context.Context, looked map[vault.SafeID]bool, left *leftovers) error {
	end := k.trail.Size()
	ids, err := k.state.safes(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if k.unfinished.none() {
			return nil
		}
		if looked[id] {
			continue
		}
		if err := k.finishSafe(ctx, id, left); err != nil {
			return err
		}
	}
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaSearched, u64(end)) })
}

// finishSafe finishes what open intents took away from one safe. One that cannot
// be read stays shut, and that is done as soon as somebody asks for it and it can.
func (k *Keeper) finishSafe(ctx context.Context, id vault.SafeID, left *leftovers) error {
	left.more(1)
	k.unfinished.set(id, true)
	s, err := k.safe(ctx, id)
	switch {
	case errors.Is(err, vault.ErrTrail):
		return err
	case errors.Is(err, vault.ErrNotFound) && k.unfinished.has(id): // its opening never came true
		k.unfinished.set(id, false)
		left.settled(nil)
		return nil
	case errors.Is(err, vault.ErrNotFound): // what was taken is all of it
		return nil
	case err != nil:
		k.log.ErrorContext(ctx, "what was taken away of a safe cannot be read: the safe stays shut", slog.Any("error", err))
		k.markTaking(ctx, id)
		return nil
	}
	k.unpin(s)
	return nil
}

// takings remembers which safes are marked already, since the start.
type takings struct {
	mu     sync.Mutex
	marked map[vault.SafeID]bool
}

// markTaking notes, before an intent that takes something away is recorded, where
// a start has to look for it: one write for each safe between two starts. Without
// it nothing is lost, a start then looks everywhere; so it stops no taking.
func (k *Keeper) markTaking(ctx context.Context, id vault.SafeID) {
	k.takings.mu.Lock()
	marked := k.takings.marked[id]
	k.takings.mu.Unlock()
	if marked {
		return
	}
	at := k.trail.Size()
	if err := k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bTaking).Put(id[:], u64(at)) }); err != nil {
		k.log.WarnContext(ctx, "the next start after a crash may look through all safes", slog.Any("error", err))
		return
	}
	k.takings.mu.Lock()
	defer k.takings.mu.Unlock()
	k.takings.marked[id] = true
}

// takingSafes are the safes that are marked.
func (s *state) takingSafes() (ids []vault.SafeID, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bTaking).ForEach(func(id, _ []byte) error {
			ids = append(ids, vault.SafeID(id))
			return nil
		})
	})
	return ids, err
}

// forgetTakings drops the marks of what was settled: those of leaves before end.
func forgetTakings(tx *bolt.Tx, end uint64) error {
	var old [][]byte
	err := tx.Bucket(bTaking).ForEach(func(id, at []byte) error {
		if readU64(at) < end {
			old = append(old, id)
		}
		return nil
	})
	for _, id := range old {
		err = errors.Join(err, tx.Bucket(bTaking).Delete(id))
	}
	return err
}
