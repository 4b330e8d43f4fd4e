package keeper

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
)

// A training is the row by which a safe for exercises is found. It is there from
// before its first entry until nothing of it is left but entries and gravestone.
type training struct {
	safe      vault.SafeID
	structure vault.StructureID
	until     time.Time
}

func (k *Keeper) putTraining(t training) error {
	return k.state.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bTraining).Put(t.safe[:], append(bytes.Clone(t.structure[:]), u64(uint64(t.until.Unix()))...))
	})
}

// rebuildTraining finds a safe for exercises again, or what is left of one that
// was erased.
func (k *Keeper) rebuildTraining(s *safe) error {
	head := append(putHead(s.head), u64(s.state.Summary())...)
	if err := k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bHead).Put(s.id[:], head) }); err != nil {
		return err
	}
	return k.putTraining(training{s.id, s.service.home, s.service.training.until})
}

// neverOpened forgets an opening that did not come true: it is none of those that
// a structure may have.
func (k *Keeper) neverOpened(ctx context.Context, id vault.SafeID) {
	if err := k.dropTraining(id); err != nil {
		k.log.WarnContext(ctx, "an exercise that was never opened counts until its time is over", slog.Any("error", err))
	}
}

func (k *Keeper) dropTraining(id vault.SafeID) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bTraining).Delete(id[:]) })
}

// trainings are the rows of one structure, or of all where none is named; those
// that end first stand first.
func (k *Keeper) trainings(of vault.StructureID) (all []training, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bTraining).ForEach(func(id, row []byte) error {
			if len(row) != 24 {
				return fmt.Errorf("%w: row of a safe for exercises", errState)
			}
			t := training{vault.SafeID(id), vault.StructureID(row[:16]), time.Unix(int64(readU64(row[16:])), 0)}
			if of.IsZero() || t.structure == of {
				all = append(all, t)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	slices.SortFunc(all, func(a, b training) int { return a.until.Compare(b.until) })
	return all, nil
}
