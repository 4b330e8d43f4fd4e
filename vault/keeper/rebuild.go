package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Rebuild makes the state file anew from bucket and trail: a state file without
// a finished start must be at its path, or none. Sessions, unlocks, remembered
// answers and local accounts end. It trusts the genesis key it is given, which
// the operator has compared with the printed key card. A bucket that is behind
// what the trail knows of it is refused: an older copy, or one in which a safe
// is missing. What somebody planted among the safes is passed over, and logged.
func Rebuild(ctx context.Context, cfg Config) (int, error) {
	k, err := prepare(cfg)
	if err != nil {
		return 0, err
	}
	n, err := k.rebuild(ctx, cfg)
	return n, errors.Join(err, k.shut())
}

var errNotEmpty = errors.New("keeper: the state file is in use, move it away first")

func (k *Keeper) rebuild(ctx context.Context, cfg Config) (int, error) {
	var known chain.Head
	err := k.state.view(func(tx *bolt.Tx) error { known = readHead(tx.Bucket(bMeta).Get(metaVault)); return nil })
	if err != nil || !known.IsZero() {
		return 0, errors.Join(err, errNotEmpty)
	}
	v, head, err := chain.ReplayVault(ctx, k.fetch(chain.VaultChain), cfg.Genesis, chain.Head{})
	if err != nil {
		return 0, fromChain(err)
	}
	if err := k.acceptVault(v, cfg); err != nil {
		return 0, err
	}
	if err := k.openTrail(ctx, cfg); err != nil {
		return 0, err
	}
	if err := k.rebuildStructures(ctx); err != nil {
		return 0, err
	}
	rebuilt, err := k.rebuildSafes(ctx)
	if err != nil {
		return rebuilt, err
	}
	if err := k.serviceFact(ctx, vault.ActRebuild, audit.ResultDone, detail{Count: uint64(rebuilt)}); err != nil {
		return rebuilt, err
	}
	size := k.trail.Size()
	return rebuilt, k.state.update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bMeta)
		return errors.Join(meta.Put(metaVault, putHead(head)), meta.Put(metaPosition, u64(size)))
	})
}

func (k *Keeper) rebuildSafes(ctx context.Context) (int, error) {
	ids, strays, err := k.storedSafes(ctx)
	if err != nil {
		return 0, err
	}
	rebuilt, broken, err := k.rebuildEach(ctx, ids)
	if err != nil {
		return rebuilt, err
	}
	opened, err := k.openedInTrail(ctx)
	if err != nil {
		return rebuilt, err
	}
	if rebuilt < opened {
		return rebuilt, errors.Join(broken, fmt.Errorf("%w: the trail knows of %d safes, the bucket has %d", vault.ErrTampered, opened, rebuilt))
	}
	if broken != nil || len(strays) > 0 { // none that was ever opened here
		k.log.WarnContext(ctx, "something was planted among the safes", slog.Any("error", broken), slog.Int("strays", len(strays)))
	}
	return rebuilt, nil
}

// atOnce is how many safes are rebuilt together: they share what the state file
// writes and flushes, and wait for the bucket together.
const atOnce = 8

// rebuildEach rebuilds safes, and answers beside how many what is broken.
func (k *Keeper) rebuildEach(ctx context.Context, ids []vault.SafeID) (rebuilt int, broken, err error) {
	done, found := make([]bool, len(ids)), make([]error, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, id := range ids {
		g.Go(func() (err error) {
			done[i], err = k.rebuildSafe(ctx, id)
			if err != nil {
				err = fmt.Errorf("safe %s: %w", id, err)
			}
			if errors.Is(err, vault.ErrTampered) {
				found[i] = err
				return nil
			}
			return err
		})
	}
	err = g.Wait()
	for _, ok := range done {
		if ok {
			rebuilt++
		}
	}
	return rebuilt, errors.Join(found...), err
}

// openedInTrail counts the safes whose opening was acknowledged.
func (k *Keeper) openedInTrail(ctx context.Context) (n int, err error) {
	for e, err := range k.trail.Entries(ctx, 0) {
		if err != nil {
			return 0, fromTrail(err)
		}
		if vault.Act(e.Op) == vault.ActOpenSafe && e.Stage == audit.StageOutcome && e.Result == audit.ResultDone {
			n++
		}
	}
	return n, nil
}

func (k *Keeper) rebuildSafe(ctx context.Context, id vault.SafeID) (bool, error) {
	s, err := k.replayed(ctx, id)
	if s == nil || err != nil {
		return false, err
	}
	if s.state.Nature() == vault.NatureTraining || s.state.Erased() {
		return false, k.rebuildTraining(s) // none of those that the trail counts
	}
	if err := k.linkRecord(s.id, s.service); err != nil {
		return false, err
	}
	g, err := k.guessesInTrail(ctx, s)
	if err != nil {
		return false, err
	}
	pins, err := k.pinsInTrail(ctx, s)
	if err != nil {
		return false, err
	}
	if err := errors.Join(k.rebuildOpened(ctx, s), k.reindex(ctx, s)); err != nil {
		return false, err
	}
	return true, k.state.update(func(tx *bolt.Tx) error {
		if err := pins.put(tx, id); err != nil {
			return err
		}
		if g.failures > 0 {
			if err := tx.Bucket(bGuess).Put(id[:], g.row()); err != nil {
				return err
			}
		}
		return tx.Bucket(bHead).Put(id[:], append(putHead(s.head), u64(s.state.Summary())...))
	})
}

// replayed folds one safe from the bucket alone, then holds it against the
// newest entry that the trail says was written: only the safe's own record has
// the key that finds its leaves. Nil when its opening never came true.
func (k *Keeper) replayed(ctx context.Context, id vault.SafeID) (*safe, error) {
	s := newSafe(id)
	var err error
	s.state, s.head, err = chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{})
	if err != nil {
		return nil, fromChain(err)
	}
	if s.state.Erased() {
		return s, nil
	}
	if _, ok := s.state.Service(); !ok {
		return nil, nil
	}
	if s.service, err = k.readService(ctx, s); err != nil {
		return nil, err
	}
	top, err := k.headInTrail(ctx, s.service.tagKey(), s.service.journal)
	if err != nil {
		return nil, err
	}
	if top == s.head {
		return s, nil
	}
	_, _, err = chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{Head: top})
	if err != nil {
		return nil, fromChain(err)
	}
	return s, nil
}

// guessesInTrail counts the guesses since the last code that opened: they are
// in the trail before they are compared, so no rebuild forgets them. One whose
// outcome is not known counts.
func (k *Keeper) guessesInTrail(ctx context.Context, s *safe) (g guesses, err error) {
	before := map[audit.Position]guesses{}
	for e, err := range k.trail.Journal(ctx, s.service.tagKey(), 0) {
		if err != nil {
			return g, fromTrail(err)
		}
		act := vault.Act(e.Op)
		if act != vault.ActUnlock && act != vault.ActGuess {
			continue
		}
		switch e.Stage {
		case audit.StageIntent:
			if kind, err := kindOf(s.service.journal, e); err != nil || kind == guessPIN {
				if err != nil {
					return g, err
				}
				continue
			}
			before[e.Position] = g
			g, _ = g.next(e.Time)
		case audit.StageOutcome:
			if _, counted := before[e.Of]; !counted {
				continue
			}
			n, err := openOutcome(s.service.journal, e)
			if err != nil {
				return g, err
			}
			switch {
			case n.Way != "":
				g = guesses{}
			case n.Reason == notCompared:
				g = before[e.Of]
			}
			delete(before, e.Of)
		case audit.StageFact, audit.StageErasure:
		}
	}
	return g, nil
}

// openOutcome opens the detail of an outcome; empty where there is none.
func openOutcome(key seal.JournalKey, e audit.Entry) (detail, error) {
	if e.Detail == nil {
		return detail{}, nil
	}
	n, err := openDetail(key, e.Detail, vault.Act(e.Op), e.Stage)
	if err != nil {
		return n, fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	return n, nil
}

func (k *Keeper) trailLeaves(ctx context.Context, from, to uint64) ([]byte, [][]byte, error) {
	leaves, details, err := k.trail.Leaves(ctx, audit.Position(from), audit.Position(to))
	if err != nil {
		return nil, nil, fromTrail(err)
	}
	return leaves, slices.Clone(details), nil
}
