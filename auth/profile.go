package auth

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// defaultMaxAuthAge is how old an authentication may be at an issuer that keeps people logged in.
const defaultMaxAuthAge = 24 * time.Hour

// A Profile says how one issuer is trusted. Generic and Local fill one in; what a State provider asks for
// beyond them will be a profile of its own.
type Profile struct {
	// Name is how configuration and log speak of the issuer. Each name once.
	Name string
	// Issuer is the exact address, as it stands in the issuer's tokens. Each issuer once.
	Issuer string
	// ClientID is our own name at that issuer. A token must be made for it, as its audience and, where
	// named, its authorized party.
	ClientID string
	// OtherClientIDs are further names of ours at that issuer (the portal beside the command line), each
	// as good as ClientID.
	OtherClientIDs []string
	// Algs are the signature algorithms accepted, among ES256, RS256, PS256 and EdDSA. They are never
	// inherited from what the issuer announces. Empty means ES256 alone.
	Algs []string
	// ACRs are the authentication context classes accepted, each one strong enough; the class obtained
	// is checked, not the one asked for. Empty accepts any.
	ACRs []string
	// MaxAuthAge bounds how long ago the person may have authenticated, where the issuer says so.
	// 0 means 24 h.
	MaxAuthAge time.Duration
	// StrongACRs are the authentication context classes that stand for a second factor. Empty: none does.
	StrongACRs []string
	// StrongAMRs are the authentication methods (RFC 8176) that stand for a second factor. A one-time code
	// (otp, sms, tel) does so only beside another method: alone it is the first. Empty: none does.
	StrongAMRs []string
	// SIRETClaim, when set, names the claim by which the issuer says for which establishment somebody
	// works ("siret" at ProConnect). It never gives anything: an agent of another one is refused.
	SIRETClaim string
}

// StrongMethods are the methods of RFC 8176 §2 that an ordinary issuer names when a second thing was
// proved: its own word for it (mfa, mca), a key (hwk, swk, pop, sc), the body (face, fpt, iris, retina, vbm)
// or a code beside the password (otp, sms, tel).
func StrongMethods() []string {
	return []string{"mfa", "mca", "hwk", "swk", "pop", "sc", "face", "fpt", "iris", "retina", "vbm", "otp", "sms", "tel"}
}

// secondFactor reports whether what was obtained stands for a second factor here.
func (p Profile) secondFactor(acr string, amr []string) bool {
	if slices.Contains(p.StrongACRs, acr) {
		return true
	}
	return slices.ContainsFunc(amr, func(method string) bool {
		if !slices.Contains(p.StrongAMRs, method) {
			return false
		}
		switch method {
		case "otp", "sms", "tel":
			return slices.ContainsFunc(amr, func(other string) bool { return other != method })
		default:
			return true
		}
	})
}

// Generic is the profile of an ordinary OpenID issuer (Keycloak and the like).
func Generic(name, issuer, clientID string) Profile {
	return Profile{
		Name: name, Issuer: issuer, ClientID: clientID, Algs: []string{oidc.ES256, oidc.RS256}, StrongAMRs: StrongMethods(),
	}
}

// Local is the profile of our own embedded provider (package localop), which keeps nobody logged in: an
// authentication is as fresh as its token.
func Local(issuer, clientID string) Profile {
	return Profile{
		Name: "local", Issuer: issuer, ClientID: clientID, Algs: []string{oidc.ES256}, MaxAuthAge: 15 * time.Minute,
		StrongAMRs: StrongMethods(),
	}
}

// complete returns p with its defaults, or says what is wrong with it.
func (p Profile) complete() (Profile, error) {
	if p.Name == "" {
		return Profile{}, errors.New("auth: a profile has no name")
	}
	if err := checkIssuer(p.Issuer); err != nil {
		return Profile{}, fmt.Errorf("auth: profile %q: %w", p.Name, err)
	}
	if slices.Contains(p.clientIDs(), "") {
		// An empty audience once let any token of the issuer in, elsewhere.
		return Profile{}, fmt.Errorf("auth: profile %q: a client id is missing", p.Name)
	}
	if len(p.Algs) == 0 {
		p.Algs = []string{oidc.ES256}
	}
	for _, a := range p.Algs {
		switch a {
		case oidc.ES256, oidc.RS256, oidc.PS256, oidc.EdDSA:
		default:
			return Profile{}, fmt.Errorf("auth: profile %q: algorithm %q is not accepted", p.Name, a)
		}
	}
	if slices.Contains(p.StrongACRs, "") || slices.Contains(p.StrongAMRs, "") {
		// A token without the claim would count as strong.
		return Profile{}, fmt.Errorf("auth: profile %q: an empty class or method", p.Name)
	}
	if p.MaxAuthAge < 0 {
		return Profile{}, fmt.Errorf("auth: profile %q: negative age", p.Name)
	}
	if p.MaxAuthAge == 0 {
		p.MaxAuthAge = defaultMaxAuthAge
	}
	p.OtherClientIDs, p.Algs, p.ACRs = slices.Clone(p.OtherClientIDs), slices.Clone(p.Algs), slices.Clone(p.ACRs)
	p.StrongACRs, p.StrongAMRs = slices.Clone(p.StrongACRs), slices.Clone(p.StrongAMRs)
	return p, nil
}

func (p Profile) algorithms() []jose.SignatureAlgorithm {
	algs := make([]jose.SignatureAlgorithm, len(p.Algs))
	for i, a := range p.Algs {
		algs[i] = jose.SignatureAlgorithm(a)
	}
	return algs
}

func (p Profile) clientIDs() []string { return append([]string{p.ClientID}, p.OtherClientIDs...) }
