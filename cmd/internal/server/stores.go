package server

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/s3"
)

// Stores are the two places where a service keeps objects; an API node has the
// first one only. Close must be called.
type Stores struct {
	Bucket  storage.Bucket
	Anchors storage.Bucket
}

// OpenStores opens both places of a configuration.
func OpenStores(ctx context.Context, cfg config.Config) (Stores, error) {
	bucket, err := OpenPlace(ctx, cfg.Bucket)
	if err != nil {
		return Stores{}, fmt.Errorf("bucket: %w", err)
	}
	anchors, err := OpenPlace(ctx, cfg.Anchors)
	if err != nil {
		return Stores{}, errors.Join(fmt.Errorf("anchors: %w", err), bucket.Close())
	}
	return Stores{Bucket: bucket, Anchors: anchors}, nil
}

// Close closes what is open.
func (s Stores) Close() error {
	if s.Anchors == nil {
		return s.Bucket.Close()
	}
	return errors.Join(s.Anchors.Close(), s.Bucket.Close())
}

// OpenPlace opens one place.
func OpenPlace(ctx context.Context, p config.Place) (storage.Bucket, error) {
	if p.S3 == nil {
		b, err := dir.Open(dir.Config{Path: p.Dir})
		if err != nil {
			return nil, fmt.Errorf("open the folder: %w", err)
		}
		return b, nil
	}
	access, secret, err := config.ReadCredentials(p.S3.CredentialsFile, os.Getenv(credentials))
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	b, err := s3.Open(ctx, s3.Config{
		Endpoint: p.S3.Endpoint, Bucket: p.S3.Bucket, Region: p.S3.Region, Prefix: p.S3.Prefix,
		AccessKey: access, SecretKey: secret, CAFile: p.S3.CAFile,
	})
	if err != nil {
		return nil, fmt.Errorf("open the bucket: %w", err)
	}
	return b, nil
}

// probe tries whether the real bucket refuses a second write. Without that two
// keepers could overwrite each other, so only an operator may say that there is
// but one.
func probe(ctx context.Context, cfg config.Config, b storage.Bucket) error {
	_, err := storage.Probe(ctx, b)
	if errors.Is(err, storage.ErrNotConditional) && cfg.SingleKeeper {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	return nil
}
