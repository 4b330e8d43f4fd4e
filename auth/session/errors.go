package session

import (
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/auth"
)

var (
	// ErrNoSession says that the session is unknown, ended, revoked or expired: log in again. It wraps
	// auth.ErrUnauthenticated.
	ErrNoSession = fmt.Errorf("session: no such session: %w", auth.ErrUnauthenticated)
	// ErrProof says that the proof is not one for this call, or was used before. It wraps
	// auth.ErrUnauthenticated.
	ErrProof = fmt.Errorf("session: proof refused: %w", auth.ErrUnauthenticated)
	// ErrClock says that the proof is sound but its time is more than a minute from ours: set the clock.
	// It wraps auth.ErrUnauthenticated.
	ErrClock = fmt.Errorf("session: proof is outside the time window: %w", auth.ErrUnauthenticated)
	// ErrLogin says that this login opens no session: it opened one already, expired, was made for another
	// client key, or is from before its person's sessions were revoked. It wraps auth.ErrUnauthenticated.
	ErrLogin = fmt.Errorf("session: login refused: %w", auth.ErrUnauthenticated)
	// ErrBusy says that a limit of this node is reached. The call was not made; send it again later, with
	// a new proof.
	ErrBusy = errors.New("session: too many at once")
	// ErrNoRecord is what a Store answers for an id it does not hold.
	ErrNoRecord = errors.New("session: no such record")
	// ErrClosed says that the Sessions were closed.
	ErrClosed = errors.New("session: closed")
)
