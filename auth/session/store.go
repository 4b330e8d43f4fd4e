package session

import (
	"context"
	"iter"
	"time"
)

// Store keeps session records. Records are opaque, at most 1 KiB, and hold no token; they do say who has
// a session, so a store must not be readable by others.
//
// Put and Delete must be durable when they return nil. All methods must be safe for concurrent use.
type Store interface {
	// Put stores rec under id, replacing what is there. After until the record may be dropped unasked.
	Put(ctx context.Context, id [32]byte, rec []byte, until time.Time) error
	// Get returns the record of id, or an error that wraps ErrNoRecord.
	Get(ctx context.Context, id [32]byte) ([]byte, error)
	// Delete removes the record of id; a missing one is not an error.
	Delete(ctx context.Context, id [32]byte) error
	// All yields every record once, in any order. The caller does not call the store while it ranges.
	All(ctx context.Context) iter.Seq2[Stored, error]
}

// Stored is one record of a Store.
type Stored struct {
	ID    [32]byte
	Value []byte
	Until time.Time // as given to Put; zero if the store does not keep it
}
