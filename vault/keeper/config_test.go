package keeper_test

import (
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A keeper of real people's safes hashes codes at the cost of a sheet: it does
// not start with another, and asking for none is asking for that.
func TestSheetsOfRealPeopleAreNeverCheapToGuess(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.Stop(t)
	cfg := h.Config
	cfg.Realm = chain.RealmProduction
	if _, err := keeper.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "cheap") {
		t.Errorf("real people's sheets at the cost of invented ones: %v", err)
	}
	if cfg.CodeCost = 0; cfg.CodeCost != seal.CodeCostSheet {
		t.Error("the cost that nobody asked for is not that of a sheet")
	}
	h.Config.CodeCost = seal.CodeCostSheet
	h.Start(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	h.Unlocked(t, vaulttest.Person, opened)
	sheet, err := opened.Code.Identity(opened.Sheet.String())
	if err != nil {
		t.Fatal(err)
	}
	if cheap, err := opened.Code.IdentityAt(opened.Sheet.String(), seal.CodeCostInvented); err != nil || cheap.Recipient() == sheet.Recipient() {
		t.Errorf("the cost does not count: %v", err)
	}
}
