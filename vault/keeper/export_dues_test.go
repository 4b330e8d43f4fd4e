package keeper

import (
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// LateDues is [Keeper.Dues] with a pause between what it sees and what it keeps.
func (k *Keeper) LateDues(t testing.TB, who session.Principal, safe vault.SafeID, meanwhile func()) {
	t.Helper()
	w, err := k.begin(t.Context(), deed{who: who, act: vault.ActDues, safe: safe})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.coming(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	meanwhile()
	if _, err := k.keepDues(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

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

// DueIDsOf answers the ids of the days that the service keeps of a safe.
func (k *Keeper) DueIDsOf(t testing.TB, id vault.SafeID) (ids []vault.DueID) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	for _, d := range s.current().dues {
		ids = append(ids, d.id)
	}
	return ids
}
