package keeper_test

import (
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Nobody says yes to a request of somebody who has another function since: what they
// asked for was for that function.
func TestARequestEndsWithTheFunctionItIsFor(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	asked, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)})
	must(t, err)
	must(t, renew(t, s.House, vaulttest.Worker, vault.FunctionReception, time.Now().AddDate(0, 3, 0)))
	want(t, "given", second(s.Keeper.GiveConsent(t.Context(), s.person, vault.GiveConsent{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: inPerson,
	})), vault.ErrNotFound)
}
