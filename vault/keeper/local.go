package keeper

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/localop"
)

// Local keeps the small values of the local OpenID provider (accounts, keys) in
// the state file, sealed.
func (k *Keeper) Local() localop.Store { return localStore{k.state} }

type localStore struct{ *state }

func (s localStore) Load(_ context.Context, name string) ([]byte, error) {
	var row []byte
	err := s.view(func(tx *bolt.Tx) error {
		row = bytes.Clone(tx.Bucket(bLocal).Get([]byte(name)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fmt.Errorf("state: %w", localop.ErrNotFound)
	}
	return s.open(row, "local/"+name)
}

func (s localStore) Save(_ context.Context, name string, value []byte) error {
	row, err := s.seal(value, "local/"+name)
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error { return tx.Bucket(bLocal).Put([]byte(name), row) })
}
