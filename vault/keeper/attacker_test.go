package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/seal/attack"
)

// loot is what somebody got hold of, by name.
type loot map[string][]byte

// openAll opens whatever opens with the master and with what is found on the way.
// It uses the stock library, not our code.
func (l loot) openAll(t *testing.T, master *seal.Identity) [][]byte {
	t.Helper()
	var thief attack.Thief
	thief.Take(master.Text().Reveal())
	for _, raw := range l {
		thief.Take(raw)
	}
	opened, err := thief.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}
