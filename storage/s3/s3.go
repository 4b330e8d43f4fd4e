// Package s3 keeps a bucket on an S3 server.
package s3

import (
	"context"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Bucket is a storage.Bucket.
type Bucket struct{ storage.Bucket }

// Config of an S3 bucket.
type Config struct {
	Endpoint  string // URL: https://host[:port], or http:// for a server in the clear
	Bucket    string // must exist
	Region    string
	Prefix    string
	AccessKey string
	SecretKey seal.Secret
	CAFile    string
}

// Open opens it.
func Open(ctx context.Context, cfg Config) (*Bucket, error) { panic("unfinished") }
