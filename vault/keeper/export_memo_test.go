package keeper

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// MemoKeys answers, for each paper of a consent's bundle, whether its piece has
// a file key.
func (k *Keeper) MemoKeys(t testing.TB, id vault.SafeID, c vault.ConsentID) map[vault.DocumentID]bool {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	a, err := k.termsOf(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := k.consentPieces(t.Context(), s, a)
	if err != nil {
		t.Fatal(err)
	}
	has := map[vault.DocumentID]bool{}
	for doc, p := range pieces {
		has[doc] = !p.key.IsZero()
	}
	return has
}
