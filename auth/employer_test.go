package auth_test

import (
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// L-78: a claim says where somebody works only where the profile names it, and
// only in the form of a short text.
func TestTheEmployerIsWhatTheClaimSays(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	asks := i.Profile()
	asks.SIRETClaim = "siret"
	for _, c := range []struct {
		claim any
		want  string
	}{
		{"99999999800019", "99999999800019"}, {nil, ""}, {"", ""}, {99999999800019, ""}, {[]string{"99999999800019"}, ""},
		{strings.Repeat("9", 33), ""}, {"999\n", ""}, {map[string]string{"siret": "99999999800019"}, ""},
	} {
		raw := i.Token(t, authtest.Claims{"siret": c.claim})
		l, err := partyWith(t, i.Transport(), asks).Verify(t.Context(), raw, nonce)
		if err != nil || l.Employer() != (auth.Employer{Asked: true, SIRET: c.want}) {
			t.Errorf("%v: %+v, %v", c.claim, l.Employer(), err)
		}
		l, err = partyWith(t, i.Transport(), i.Profile()).Verify(t.Context(), raw, nonce)
		if err != nil || l.Employer() != (auth.Employer{}) {
			t.Errorf("%v, not asked: %+v, %v", c.claim, l.Employer(), err)
		}
	}
}
