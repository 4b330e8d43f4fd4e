package keeper

import (
	"math"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// MarkedTakings counts the safes that a start looks at first.
func (k *Keeper) MarkedTakings(t testing.TB) int {
	t.Helper()
	ids, err := k.state.takingSafes()
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

// ForgetTakings drops every mark.
func (k *Keeper) ForgetTakings(t testing.TB) {
	t.Helper()
	if err := k.state.update(func(tx *bolt.Tx) error { return forgetTakings(tx, math.MaxUint64) }); err != nil {
		t.Fatal(err)
	}
}
