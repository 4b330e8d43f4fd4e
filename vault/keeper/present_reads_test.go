package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A consent that asks for presence shows a paper while the person's presence is
// proved: in that session, for 45 minutes, and nowhere else.
func TestAConsentWithPresenceShowsNothingAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		f.helped(t)
		sees := func(who session.Principal) error {
			return second(f.Keeper.Metadata(t.Context(), who, f.opened.Safe, f.entrusted))
		}
		want(t, "alone", sees(f.worker.Principal), vault.ErrPresence)
		must(t, second(f.Keeper.ProvePresence(t.Context(), f.worker.Principal, vault.ProvePresence{Safe: f.opened.Safe, Proof: f.proof(t, rightPIN, false)})))
		want(t, "together", sees(f.worker.Principal), nil)
		want(t, "in another session of theirs", sees(sit(t, f.House, vaulttest.Worker).Principal), vault.ErrPresence)
		for range 5 {
			time.Sleep(vault.PresenceTime / 5)
			must(t, second(f.worker.call(t, f.House, f.worker.token)))
		}
		want(t, "45 minutes later", sees(f.worker.Principal), vault.ErrPresence)
	})
}
