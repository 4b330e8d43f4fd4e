package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
)

// Contents carries out the acts that move content, between a caller, who stands
// at the keeper by a [Hold], and the bucket. It needs no keeper in its process.
// It is made by [NewContents] and safe for concurrent use.
type Contents struct {
	bucket storage.Bucket
	limit  int64
}

// NewContents takes the bucket and the operator's limit for one document, in
// bytes, from 1 to [MaxDocument].
func NewContents(bucket storage.Bucket, limit int64) (*Contents, error) {
	switch {
	case bucket == nil:
		return nil, errors.New("vault: no bucket")
	case limit < 1 || limit > MaxDocument:
		return nil, fmt.Errorf("vault: document limit of %d bytes is not within 1 and %d", limit, MaxDocument)
	}
	return &Contents{bucket: bucket, limit: limit}, nil
}

// Healthy says whether the bucket answers.
func (c *Contents) Healthy(ctx context.Context) error {
	_, _, err := c.bucket.Clock(ctx)
	return fromBucket(err)
}

// segments reads ranges of one stored object. An object that is gone or shorter
// than its signed entry says is [ErrTampered]: whoever controls the bucket did
// that, and no retry brings it back.
func (c *Contents) segments(key storage.Key) func(context.Context, int64, int64) ([]byte, error) {
	return func(ctx context.Context, off, n int64) ([]byte, error) {
		b, err := c.bucket.Get(ctx, key, off, n)
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
