// Package dir keeps a bucket in a folder.
package dir

import "github.com/coffre-fort/coffre/storage"

// A Bucket is a storage.Bucket.
type Bucket struct{ storage.Bucket }

// Config of a directory bucket.
type Config struct {
	Path string // the folder, made if missing; required
}

// Open opens it.
func Open(cfg Config) (*Bucket, error) { panic("unfinished") }
