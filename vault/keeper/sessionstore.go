package keeper

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
)

// sessionStore keeps session records in the state file.
type sessionStore struct{ *state }

var _ session.Store = sessionStore{}

func sessionRow(id [32]byte) string { return "session/" + hex.EncodeToString(id[:]) }

func (s sessionStore) Put(_ context.Context, id [32]byte, rec []byte, until time.Time) error {
	sealed, err := s.seal(rec, sessionRow(id))
	if err != nil {
		return err
	}
	row := append(u64(uint64(until.Unix())), sealed...)
	return s.update(func(tx *bolt.Tx) error { return tx.Bucket(bSession).Put(id[:], row) })
}

func (s sessionStore) Get(_ context.Context, id [32]byte) (rec []byte, err error) {
	var row []byte
	err = s.view(func(tx *bolt.Tx) error {
		row = append(row, tx.Bucket(bSession).Get(id[:])...)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(row) < 8:
		return nil, fmt.Errorf("state: %w", session.ErrNoRecord)
	}
	return s.open(row[8:], sessionRow(id))
}

func (s sessionStore) Delete(_ context.Context, id [32]byte) error {
	return s.update(func(tx *bolt.Tx) error { return tx.Bucket(bSession).Delete(id[:]) })
}

func (s sessionStore) All(ctx context.Context) iter.Seq2[session.Stored, error] {
	return func(yield func(session.Stored, error) bool) {
		var all []session.Stored
		err := s.view(func(tx *bolt.Tx) error {
			return tx.Bucket(bSession).ForEach(func(k, v []byte) error {
				id := [32]byte(k)
				rec, err := s.open(v[8:], sessionRow(id))
				if err != nil {
					return err
				}
				all = append(all, session.Stored{ID: id, Value: rec, Until: time.Unix(int64(readU64(v[:8])), 0)})
				return ctx.Err()
			})
		})
		if err != nil {
			yield(session.Stored{}, err)
			return
		}
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}
