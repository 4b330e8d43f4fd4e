package authtest

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
)

var _ session.Store = (*MemoryStore)(nil)

// A MemoryStore is a session.Store in memory. It outlives the Sessions that use it, as a file would.
type MemoryStore struct {
	mu   sync.Mutex
	recs map[[32]byte]session.Stored
	err  error
}

// NewMemoryStore is empty.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{recs: make(map[[32]byte]session.Stored)}
}

// Fail makes every call answer err, without doing anything, until Fail(nil).
func (m *MemoryStore) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// Len is the number of records.
func (m *MemoryStore) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.recs)
}

// Put implements session.Store.
func (m *MemoryStore) Put(ctx context.Context, id [32]byte, rec []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return err
	}
	m.recs[id] = session.Stored{ID: id, Value: bytes.Clone(rec), Until: until}
	return nil
}

// Get implements session.Store.
func (m *MemoryStore) Get(ctx context.Context, id [32]byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return nil, err
	}
	st, ok := m.recs[id]
	if !ok {
		return nil, fmt.Errorf("authtest: %w", session.ErrNoRecord)
	}
	return bytes.Clone(st.Value), nil
}

// Delete implements session.Store.
func (m *MemoryStore) Delete(ctx context.Context, id [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken(ctx); err != nil {
		return err
	}
	delete(m.recs, id)
	return nil
}

// All implements session.Store.
func (m *MemoryStore) All(ctx context.Context) iter.Seq2[session.Stored, error] {
	return func(yield func(session.Stored, error) bool) {
		m.mu.Lock()
		recs, err := maps.Clone(m.recs), m.broken(ctx)
		m.mu.Unlock()
		if err != nil {
			yield(session.Stored{}, err)
			return
		}
		for _, st := range recs {
			if !yield(st, nil) {
				return
			}
		}
	}
}

// broken is the reason to refuse; the caller holds mu.
func (m *MemoryStore) broken(ctx context.Context) error {
	if m.err != nil {
		return m.err
	}
	return ctx.Err() // the caller's own cancellation
}
