package auth_test

import (
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// Agents prove a second thing; what stands for it is the profile's word, never the token's alone.
func TestSecondFactorIsTheProfilesWord(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	generic := i.Profile()
	classes := i.Profile()
	classes.StrongACRs, classes.StrongAMRs = []string{"eidas1-mfa", "eidas2"}, nil // as ProConnect names them
	local := auth.Local(i.URL(), authtest.ClientID)
	bare := auth.Profile{Name: "bare", Issuer: i.URL(), ClientID: authtest.ClientID}
	for _, tt := range []struct {
		name    string
		profile auth.Profile
		acr     any
		amr     any
		want    bool
	}{
		{"nothing said", generic, nil, nil, false},
		{"password", generic, nil, []string{"pwd"}, false},
		{"password and code", generic, nil, []string{"pwd", "otp"}, true},
		{"code by message", generic, nil, []string{"pwd", "sms"}, true},
		{"a code alone is the first", generic, nil, []string{"otp"}, false},
		{"the same code twice", generic, nil, []string{"otp", "otp"}, false},
		{"the issuer's word", generic, nil, []string{"mfa"}, true},
		{"a key", generic, nil, []string{"pop"}, true},
		{"a hardware key", generic, nil, []string{"hwk", "user"}, true},
		{"the body", generic, nil, []string{"face"}, true},
		{"two memories", generic, nil, []string{"pwd", "pin"}, false},
		{"unknown words", generic, nil, []string{"magic", "MFA"}, false},
		{"class not listed", generic, "eidas3", []string{"pwd"}, false},
		{"class listed", classes, "eidas1-mfa", []string{"pwd"}, true},
		{"lower class", classes, "eidas1", []string{"pwd"}, false},
		{"methods not listed", classes, "eidas1", []string{"mfa"}, false},
		{"no class", classes, nil, nil, false},
		{"local", local, nil, []string{"pwd", "otp"}, true},
		{"local, password", local, nil, []string{"pwd"}, false},
		{"a profile that lists nothing", bare, "eidas3", []string{"pwd", "mfa", "hwk"}, false},
	} {
		l, err := partyWith(t, i.Transport(), tt.profile).Verify(t.Context(), i.Token(t, authtest.Claims{"acr": tt.acr, "amr": tt.amr}), nonce)
		if err != nil || l.SecondFactor() != tt.want {
			t.Errorf("%s: %v %v", tt.name, l.SecondFactor(), err)
		}
	}
	if (auth.Login{}).SecondFactor() {
		t.Error("the zero login has one")
	}
	for _, p := range []auth.Profile{{StrongACRs: []string{""}}, {StrongAMRs: []string{"otp", ""}}} {
		p.Name, p.Issuer, p.ClientID = "p", i.URL(), authtest.ClientID
		if _, err := auth.New(auth.Config{Profiles: []auth.Profile{p}}); err == nil {
			t.Error("an empty class or method is accepted: a login without one would be strong")
		}
	}
}
