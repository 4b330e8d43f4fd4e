package keeper

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// BlockLocal lets the state take no row under a name, until UnblockLocal.
func (k *Keeper) BlockLocal(name string) error {
	return k.state.update(func(tx *bolt.Tx) error {
		_, err := tx.Bucket(bLocal).CreateBucket([]byte(name))
		return err
	})
}

// UnblockLocal ends BlockLocal.
func (k *Keeper) UnblockLocal(name string) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bLocal).DeleteBucket([]byte(name)) })
}

// SweepsLocal says why nothing of the local provider is swept now; nil where it is.
func (k *Keeper) SweepsLocal(ctx context.Context) error {
	_, err := k.namedLocal(ctx)
	return err
}
