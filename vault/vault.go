package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
)

// Config is what a [Vault] works with. Every field is required.
type Config struct {
	Keeper Keeper
	Bucket storage.Bucket
	// MaxDocument is the operator's limit for one document, in bytes, from 1 to
	// [MaxDocument].
	MaxDocument int64
}

// A Vault carries out the acts that move content; every other act is the
// keeper's alone and is promoted from it. It is safe for concurrent use.
type Vault struct {
	Keeper
	bucket storage.Bucket
	limit  int64
}

// New checks cfg and returns a Vault.
func New(cfg Config) (*Vault, error) {
	switch {
	case cfg.Keeper == nil:
		return nil, errors.New("vault: no keeper")
	case cfg.Bucket == nil:
		return nil, errors.New("vault: no bucket")
	case cfg.MaxDocument < 1 || cfg.MaxDocument > MaxDocument:
		return nil, fmt.Errorf("vault: document limit of %d bytes is not within 1 and %d", cfg.MaxDocument, MaxDocument)
	}
	return &Vault{Keeper: cfg.Keeper, bucket: cfg.Bucket, limit: cfg.MaxDocument}, nil
}

// segments reads ranges of one stored object. An object that is gone or shorter
// than its signed entry says is [ErrTampered]: whoever controls the bucket did
// that, and no retry brings it back.
func (v *Vault) segments(key storage.Key) func(context.Context, int64, int64) ([]byte, error) {
	return func(ctx context.Context, off, n int64) ([]byte, error) {
		b, err := v.bucket.Get(ctx, key, off, n)
		return b, fromBucket(err)
	}
}

func fromBucket(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotExist), errors.Is(err, storage.ErrShort):
		return fmt.Errorf("%w: %w", ErrTampered, err)
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, storage.ErrUndecided):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	default:
		return err
	}
}
