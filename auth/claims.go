package auth

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// maxTokenAge bounds how long ago a token was made, whatever expiry its issuer gave it.
	maxTokenAge = time.Hour
	// clockSkew is how far an issuer's clock may be ahead of ours.
	clockSkew = time.Minute
)

// claims are what go-oidc leaves to its caller.
type claims struct {
	token *oidc.IDToken

	AuthorizedParty string          `json:"azp"`
	AuthTime        *seconds        `json:"auth_time"`
	NotBefore       *seconds        `json:"nbf"`
	ACR             string          `json:"acr"`
	AMR             []string        `json:"amr"`
	Events          json.RawMessage `json:"events"`
	Type            string          `json:"typ"` // Keycloak says "ID", "Bearer" or "Logout" here
}

// login makes the Login, or says which rule the token breaks (OpenID Connect Core §3.1.3.7).
func (c *claims) login(p Profile, nonce string) (Login, error) {
	user, err := NewUserID(c.token.Issuer, c.token.Subject)
	if err != nil {
		return Login{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	if len(c.Events) != 0 {
		return Login{}, refuse("a logout or event token is not an ID token")
	}
	if c.Type != "" && !strings.EqualFold(c.Type, "ID") {
		return Login{}, refuse("type of another kind of token")
	}
	if subtle.ConstantTimeCompare([]byte(c.token.Nonce), []byte(nonce)) != 1 {
		return Login{}, refuse("nonce of another login")
	}
	if err := c.audience(p.clientIDs()); err != nil {
		return Login{}, err
	}
	now := time.Now()
	if err := c.times(now); err != nil {
		return Login{}, err
	}
	authTime, err := c.authentication(p, now)
	if err != nil {
		return Login{}, err
	}
	employer, err := c.employer(p.SIRETClaim)
	if err != nil {
		return Login{}, err
	}
	return Login{
		user:     user,
		profile:  p.Name,
		nonce:    nonce,
		authTime: authTime,
		expiry:   c.token.Expiry,
		acr:      c.ACR,
		amr:      c.AMR,
		second:   p.secondFactor(c.ACR, c.AMR),
		employer: employer,
	}, nil
}

// maxSIRET bounds what an issuer may say for 14 digits.
const maxSIRET = 32

// employer reads the claim of that name, where the profile has one. A claim of another form than a short
// text says nothing, which refuses agents and nobody else.
func (c *claims) employer(claim string) (Employer, error) {
	if claim == "" {
		return Employer{}, nil
	}
	var all map[string]json.RawMessage
	if err := c.token.Claims(&all); err != nil {
		return Employer{}, fmt.Errorf("%w: claims: %w", ErrUnauthenticated, err)
	}
	e := Employer{Asked: true}
	var text string
	if json.Unmarshal(all[claim], &text) == nil && len(text) <= maxSIRET && checkSubject(text) == nil {
		e.SIRET = text
	}
	return e, nil
}

// audience accepts a token made for one of our client ids. With further audiences the issuer must name
// that client as the authorized party, and whenever it names one it must be ours: a token that another
// client obtained is no login here.
func (c *claims) audience(clientIDs []string) error {
	for _, id := range clientIDs {
		switch {
		case !slices.Contains(c.token.Audience, id):
		case c.AuthorizedParty == id:
			return nil
		case c.AuthorizedParty == "" && len(c.token.Audience) == 1:
			return nil
		}
	}
	return refuse("token was made for another client")
}

func (c *claims) times(now time.Time) error {
	issued := c.token.IssuedAt
	switch {
	case issued.Unix() <= 0:
		return refuse("time of issue is missing")
	case issued.After(now.Add(clockSkew)):
		return refuse("issued in the future")
	case now.Sub(issued) > maxTokenAge:
		return refuse("issued more than %v ago", maxTokenAge)
	case !c.token.Expiry.After(now):
		return refuse("expired")
	case c.NotBefore != nil && c.NotBefore.time().After(now.Add(clockSkew)):
		return refuse("not valid yet")
	}
	return nil
}

// authentication checks when and how strongly the person authenticated; the zero time where the issuer
// does not say.
func (c *claims) authentication(p Profile, now time.Time) (time.Time, error) {
	if len(p.ACRs) > 0 && !slices.Contains(p.ACRs, c.ACR) {
		return time.Time{}, refuse("authentication class is not accepted")
	}
	if c.AuthTime == nil {
		return time.Time{}, nil
	}
	at := c.AuthTime.time()
	switch {
	case at.Unix() <= 0:
		return time.Time{}, refuse("time of authentication is not a time")
	case at.After(now.Add(clockSkew)) || at.After(c.token.IssuedAt.Add(clockSkew)):
		return time.Time{}, refuse("authenticated in the future")
	case now.Sub(at) > p.MaxAuthAge:
		return time.Time{}, refuse("authenticated more than %v ago", p.MaxAuthAge)
	}
	return at, nil
}

// seconds is a NumericDate (RFC 7519 §2): a JSON number, which may have a fraction.
type seconds int64

// UnmarshalJSON refuses what is not a number of seconds in reach.
func (s *seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("auth: numeric date: %w", err)
	}
	if math.Abs(f) > 1<<40 {
		return fmt.Errorf("auth: numeric date out of reach")
	}
	*s = seconds(f)
	return nil
}

func (s seconds) time() time.Time { return time.Unix(int64(s), 0) }
