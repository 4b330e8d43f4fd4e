package keeper_test

import (
	"fmt"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Presence that one agent always proves by PIN, for many people, is told to the
// access manager: whoever knows the PINs needs nobody there. One proof by the
// sheet, and it is not.
func TestPresenceAlwaysByPINIsTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"always by PIN": 1, "once by the sheet": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vaulttest.New(t)
			worker := h.Login(t, vaulttest.Worker)
			for i := range 10 {
				owner := fmt.Sprintf("personne-%d", i)
				opened := h.OpenSafeAt(t, vaulttest.Counter, owner, vault.OpenSafe{PIN: vaulttest.PIN(t)})
				person := h.Unlocked(t, owner, opened)
				must(t, second(h.Deposit(t.Context(), person, opened.Safe, vaulttest.Paper{Title: "bail", Kind: entrustedKind, Body: []byte("bail")})))
				consentTo(t, h, person, opened.Safe, h.Agents[vaulttest.Worker], vault.ReplacementNone)
				proof := vault.Proof{PIN: vaulttest.PIN(t)}
				if i == 0 && want == 0 {
					proof.Code = opened.Code
				}
				must(t, second(h.Keeper.ProvePresence(t.Context(), worker, vault.ProvePresence{Safe: opened.Safe, Proof: proof})))
				all, err := h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
				if must(t, err); i < 9 && len(all) != 0 {
					t.Fatalf("told of %d people: %+v", i+1, all)
				}
			}
			all, err := h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
			must(t, err)
			if len(all) != want || want == 1 && (all[0].Kind != vault.AnomalyPresence || all[0].Agent != h.Agents[vaulttest.Worker]) {
				t.Errorf("the access manager reads %+v", all)
			}
		})
	}
}
