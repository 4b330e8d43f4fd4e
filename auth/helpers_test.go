package auth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

const nonce = "nonce-of-a-test" // the default of authtest

func partyOf(t testing.TB, issuers ...*authtest.Issuer) *auth.RelyingParty {
	t.Helper()
	var ps []auth.Profile
	for _, i := range issuers {
		p := i.Profile()
		p.Name = i.URL()
		ps = append(ps, p)
	}
	return partyWith(t, issuers[0].Transport(), ps...)
}

func partyWith(t testing.TB, transport http.RoundTripper, ps ...auth.Profile) *auth.RelyingParty {
	t.Helper()
	rp, err := auth.New(auth.Config{Profiles: ps, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return rp
}

// refused fails the test unless raw is refused, as a refusal and not for want of the issuer.
func refused(t testing.TB, rp *auth.RelyingParty, what, raw string) {
	t.Helper()
	l, err := rp.Verify(t.Context(), raw, nonce)
	if !errors.Is(err, auth.ErrUnauthenticated) || errors.Is(err, auth.ErrIssuerUnavailable) {
		t.Errorf("%s: %v", what, err)
	}
	if !l.IsZero() {
		t.Errorf("%s: a login came back with the refusal", what)
	}
}
