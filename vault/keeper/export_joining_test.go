package keeper

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// ManyObjects is how many objects of a bundle may lie apart.
const ManyObjects = manyObjects

// PieceObjects counts the objects of pieces that a safe's chain names.
func (k *Keeper) PieceObjects(t testing.TB, id vault.SafeID) (n int) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	state := s.now()
	for b := range state.Bundles() {
		for range state.Pieces(b.ID) {
			n++
		}
	}
	return n
}

// PieceObjectsOf counts those of one consent.
func (k *Keeper) PieceObjectsOf(t testing.TB, id vault.SafeID, consent vault.ConsentID) (n int) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	for range s.now().Pieces(vault.BundleID(consent)) {
		n++
	}
	return n
}
