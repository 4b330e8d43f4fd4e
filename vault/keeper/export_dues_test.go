package keeper

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// DuesOf answers the days that the service keeps of a safe.
func (k *Keeper) DuesOf(t testing.TB, id vault.SafeID) (days []string) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	for _, d := range s.current().dues {
		days = append(days, d.day.String())
	}
	return days
}
