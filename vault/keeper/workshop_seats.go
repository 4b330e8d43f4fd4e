package keeper

import (
	"fmt"
	"sync"

	"github.com/coffre-fort/coffre/vault"
)

// seats are the places in cycles of people who are joining: their entries are on the
// way, so that no index knows of them yet. It is safe for concurrent use.
type seats struct {
	mu   sync.Mutex
	held map[*seat]bool
}

type seat struct {
	cycle vault.CycleID
	safe  vault.SafeID
}

// take holds a place in a cycle for somebody, unless it is full: in is whoever stands
// in it already. The place is given back by leave, once in would tell of them or it is
// known that they do not join.
func (s *seats) take(one *seat, in func(vault.CycleID) ([]vault.SafeID, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	safes, err := in(one.cycle)
	if err != nil {
		return err
	}
	there := map[vault.SafeID]bool{}
	for _, id := range safes {
		there[id] = true
	}
	for other := range s.held {
		if other.cycle == one.cycle {
			there[other.safe] = true
		}
	}
	if len(there) >= vault.MaxParticipants && !there[one.safe] {
		return fmt.Errorf("%w: people in a cycle", vault.ErrLimit)
	}
	s.held[one] = true
	return nil
}

// leave gives a place back; twice is as good as once.
func (s *seats) leave(one *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, one)
}
