package keeper

import (
	"fmt"
	"maps"
	"sync"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// maxPerSession bounds what one session has under way of one kind: a caller that
// never concludes must not use up the machine.
const maxPerSession = 64

// registry keeps what is under way by its random id.
type registry[T any] struct {
	mu sync.Mutex
	m  map[vault.ReleaseID]entry[T]
}

type entry[T any] struct {
	session session.ID
	value   T
}

func newRegistry[T any]() registry[T] {
	return registry[T]{m: map[vault.ReleaseID]entry[T]{}}
}

// put refuses one more than a session may have.
func (r *registry[T]) put(s session.ID, v T) (vault.ReleaseID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range r.m {
		if e.session == s {
			n++
		}
	}
	if n >= maxPerSession {
		return vault.ReleaseID{}, fmt.Errorf("%w: too much under way in this session", vault.ErrUnavailable)
	}
	id := vault.NewReleaseID()
	r.m[id] = entry[T]{s, v}
	return id, nil
}

func (r *registry[T]) get(id vault.ReleaseID) (v T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.m[id]
	return e.value, ok
}

// take answers what has this id and forgets it, for exactly one caller.
func (r *registry[T]) take(id vault.ReleaseID) (v T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.m[id]
	delete(r.m, id)
	return e.value, ok
}

func (r *registry[T]) all() map[vault.ReleaseID]entry[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.m)
}
