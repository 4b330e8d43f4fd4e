package keeper

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// HoldAddress has an address end as an act does before its intent is recorded,
// and answers how that act fails.
func (k *Keeper) HoldAddress(t testing.TB, id vault.SafeID, at vault.AddressID) (fails func()) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	taking := &taking{address: at}
	s.holdArriving(taking)
	return func() { s.unhold(taking); k.unpin(s) }
}

// InFlight is how many changes of a safe the entry under way is made of.
func (k *Keeper) InFlight(t testing.TB, id vault.SafeID) int {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.flight)
}
