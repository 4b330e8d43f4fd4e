package keeper

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
)

// Local keeps the small values of the local OpenID provider (accounts, keys) in
// the state file, sealed.
func (k *Keeper) Local() *LocalStore { return &LocalStore{k.state} }

// A LocalStore keeps small values by name. It is safe for concurrent use.
type LocalStore struct{ state *state }

// Load answers the value of name, or an error that wraps [vault.ErrNotFound].
func (s *LocalStore) Load(_ context.Context, name string) ([]byte, error) {
	var row []byte
	err := s.state.view(func(tx *bolt.Tx) error {
		row = bytes.Clone(tx.Bucket(bLocal).Get([]byte(name)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fmt.Errorf("state: %w", vault.ErrNotFound)
	}
	return s.state.open(row, "local/"+name)
}

// Save stores value under name, durably.
func (s *LocalStore) Save(_ context.Context, name string, value []byte) error {
	row, err := s.state.seal(value, "local/"+name)
	if err != nil {
		return err
	}
	return s.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bLocal).Put([]byte(name), row) })
}
