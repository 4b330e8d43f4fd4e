package localop

import (
	"context"
	"errors"
)

// ErrNotFound is what a Store answers for a name it does not hold.
var ErrNotFound = errors.New("localop: not found")

// Store keeps small opaque values (at most 16 KiB) by name ([a-z0-9.-], at most 80 bytes), and keeps them
// secret: the provider hands over private keys and password hashes as they are (FORMAT.md). Names do not
// tell who has an account.
//
// Save and Delete must be durable when they return nil. All methods must be safe for concurrent use.
type Store interface {
	// Load returns the value of name, or an error that wraps ErrNotFound.
	Load(ctx context.Context, name string) ([]byte, error)
	// Save stores value under name, replacing what is there.
	Save(ctx context.Context, name string, value []byte) error
	// SaveHere is Save for a value of which only what was counted is new: what is lost with this machine,
	// after which the last Save holds again.
	SaveHere(ctx context.Context, name string, value []byte) error
	// Delete forgets name. That nothing is there is no error.
	Delete(ctx context.Context, name string) error
	// Names answers the names of what there is, in any order.
	Names(ctx context.Context) ([]string, error)
}
