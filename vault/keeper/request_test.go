package keeper_test

import (
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What is remembered of a request is nothing to try names and titles against for
// whoever has the state file: it is keyed with the pepper. A retry is known by it
// all the same, after a restart too.
func TestWhatIsRememberedOfARequestIsKeyed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		safe := h.OpenSafe(t, vaulttest.Person).Safe
		act := vault.SetRegister{Request: vault.NewRequestID(), Safe: safe, Entry: vault.RegisterEntry{Name: "FICTIVE Anne", Birth: "1981-09-03", Language: "fr"}}
		for range 2 {
			who := h.Login(t, vaulttest.Counter)
			must(t, h.Keeper.SetRegister(t.Context(), who, act))
			if rows, found := h.Keeper.Guessed(t, who, act); rows == 0 || found {
				t.Errorf("%d rows, guessed: %v", rows, found)
			}
			h.Restart(t)
		}
		other := act
		other.Entry.Name = "FICTIVE Zoé"
		isRefused(t, "the same id for another entry", h.Keeper.SetRegister(t.Context(), h.Login(t, vaulttest.Counter), other), vault.ErrConflict)
	})
}
