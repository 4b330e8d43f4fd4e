package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// logInWith logs somebody in at an issuer whose profile names the claim of an
// employer.
func logInWith(t *testing.T, h *vaulttest.House, subject string, claims authtest.Claims) error {
	t.Helper()
	p := h.Desk.Issuer.Profile()
	p.SIRETClaim = "siret"
	party, err := auth.New(auth.Config{Profiles: []auth.Profile{p}, Transport: h.Desk.Issuer.Transport()})
	must(t, err)
	key := session.NewClientKey()
	nonce := session.NewNonce(key.Public())
	claims["sub"], claims["nonce"] = subject, nonce
	login, err := party.Verify(t.Context(), h.Desk.Issuer.Token(t, claims), nonce)
	must(t, err)
	_, _, err = h.Keeper.OpenSession(t.Context(), vault.OpenSession{Login: login, Client: key.Public(), Place: vault.PlaceOwn})
	return err
}

// L-05: the class and the methods of a login stand in the trail, as the issuer
// said them and no longer than what is due.
func TestTheTrailSaysHowStronglySomebodyLoggedIn(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	before := h.Keeper.Flush(t)
	must(t, logInWith(t, h, vaulttest.Person, authtest.Claims{"acr": "eidas2", "amr": []string{"pwd", "otp"}}))
	many := strings.Split(strings.Repeat("x ", 20)+strings.Repeat("y", 200), " ")
	must(t, logInWith(t, h, vaulttest.Person, authtest.Claims{"acr": strings.Repeat("é", 100), "amr": many}))
	leaves := h.Keeper.Leaves(t, before)
	if len(leaves) != 4 || !strings.Contains(leaves[0].Opened, `"acr":"eidas2","amr":["pwd","otp"]`) {
		t.Errorf("the trail says %+v", leaves)
	}
	if n := strings.Count(leaves[2].Opened, `"x"`); n != 8 || strings.Count(leaves[2].Opened, "é") != 32 {
		t.Errorf("the trail says %s", leaves[2].Opened)
	}
}

// L-78: where the issuer says for which establishment somebody works, an agent
// of another one does not get in, and it is recorded; it makes nobody an agent,
// and asks nothing of a person.
func TestAnAgentWorksWhereTheirIssuerSays(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	const ours, theirs = "99999999800019", "73282932000074"
	for _, c := range []struct {
		subject string
		siret   any
		want    error
	}{
		{vaulttest.Worker, ours, nil},
		{vaulttest.Worker, "999 999 998 00019", nil},
		{vaulttest.Worker, theirs, session.ErrLogin},
		{vaulttest.Worker, nil, session.ErrLogin},
		{vaulttest.Person, theirs, nil},
		{vaulttest.Person, nil, nil},
		{vaulttest.Stranger, ours, nil},
	} {
		before := h.Keeper.Flush(t)
		err := logInWith(t, h, c.subject, authtest.Claims{"siret": c.siret})
		if !errors.Is(err, c.want) || c.want != nil && !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s of %v: %v", c.subject, c.siret, err)
		}
		if leaves := h.Keeper.Leaves(t, before); len(leaves) != 2 || vault.Act(leaves[0].Op) != vault.ActLogin {
			t.Errorf("%s of %v: %d leaves", c.subject, c.siret, len(leaves))
		}
	}
	is(t, h, vaulttest.Worker, vault.AgentActive)
}
