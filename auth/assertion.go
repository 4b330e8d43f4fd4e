package auth

import (
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	strict "github.com/go-jose/go-jose/v4/json"
)

const (
	// maxAssertion bounds an assertion: seven short claims and one signature.
	maxAssertion = 4 << 10
	// assertionLife is how long an assertion may hold, from its making to its end.
	assertionLife = 5 * time.Minute
	// assertionType is the type of an assertion that authenticates a client. The plain "JWT" of earlier
	// practice, or none, is accepted too.
	assertionType = "client-authentication+jwt"
)

// An Assertion is what a partner program says of itself, signed (RFC 7523 §3; ASSERTION.md): read, and
// believed only by Verify. The zero Assertion is nobody's, and verifies with no key.
type Assertion struct {
	jws    *jose.JSONWebSignature
	client string
}

// assertionClaims are the claims of RFC 7523 §3. The jti is the nonce of the login, so that an assertion is
// used once and by the holder of one client key.
type assertionClaims struct {
	Issuer    string       `json:"iss"`
	Subject   string       `json:"sub"`
	Audience  soleAudience `json:"aud"`
	ID        string       `json:"jti"`
	IssuedAt  *int64       `json:"iat"`
	Expiry    *int64       `json:"exp"`
	NotBefore *int64       `json:"nbf,omitempty"`
}

// ReadAssertion reads the compact form. The error wraps ErrUnauthenticated.
func ReadAssertion(raw string) (Assertion, error) {
	if len(raw) > maxAssertion {
		return Assertion{}, refuse("assertion of %d bytes", len(raw))
	}
	// go-jose drops white space, and base64 line breaks: an assertion has one spelling here.
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Assertion{}, refuse("assertion holds white space")
	}
	for part := range strings.SplitSeq(raw, ".") {
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return Assertion{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
		}
	}
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256})
	if err != nil {
		return Assertion{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := strict.Unmarshal(jws.UnsafePayloadWithoutVerification(), &c); err != nil {
		return Assertion{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
	}
	if err := checkSubject(c.Issuer); err != nil {
		return Assertion{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
	}
	return Assertion{jws: jws, client: c.Issuer}, nil
}

// Client is the client id that the assertion claims, unverified: good for looking up the key to verify it
// with, and for nothing else.
func (a Assertion) Client() string { return a.client }

// IsZero reports whether a is nobody's.
func (a Assertion) IsZero() bool { return a.jws == nil }

// String never shows the assertion.
func (a Assertion) String() string { return "[assertion]" }

// GoString never shows the assertion.
func (a Assertion) GoString() string { return a.String() }

// Format never shows the assertion, whatever the verb.
func (a Assertion) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) }

// LogValue never shows the assertion.
func (a Assertion) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Verify checks an assertion whole: signed by key with the one algorithm of that key, made for audience
// alone, by the client about itself, now, for at most five minutes, and in answer to the login that nonce
// belongs to. The Login has no second factor. The error wraps ErrUnauthenticated; its text is for the log.
func (a Assertion) Verify(key PartnerKey, audience, nonce string) (Login, error) {
	if a.jws == nil || audience == "" || nonce == "" {
		return Login{}, refuse("no assertion, no audience or no nonce")
	}
	pub, alg, err := key.verifier()
	if err != nil {
		return Login{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	if err := checkAssertionHeader(a.jws.Signatures[0].Protected, alg); err != nil {
		return Login{}, err
	}
	payload, err := a.jws.Verify(pub)
	if err != nil {
		return Login{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
	}
	var c assertionClaims
	if err := strict.Unmarshal(payload, &c); err != nil {
		return Login{}, fmt.Errorf("%w: assertion: %w", ErrUnauthenticated, err)
	}
	return c.login(audience, nonce)
}

func checkAssertionHeader(h jose.Header, alg jose.SignatureAlgorithm) error {
	if h.Algorithm != string(alg) {
		return refuse("algorithm of another key")
	}
	if _, ok := h.ExtraHeaders["crit"]; ok {
		return refuse("critical header")
	}
	v, ok := h.ExtraHeaders[jose.HeaderType]
	if !ok {
		return nil
	}
	if typ, ok := v.(string); !ok || !strings.EqualFold(typ, assertionType) && !strings.EqualFold(typ, "JWT") {
		return refuse("type of another kind of token")
	}
	return nil
}

func (c assertionClaims) login(audience, nonce string) (Login, error) {
	user, err := NewPartnerID(c.Issuer)
	if err != nil {
		return Login{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	switch {
	case c.Subject != c.Issuer:
		return Login{}, refuse("assertion about somebody else")
	case string(c.Audience) != audience:
		return Login{}, refuse("assertion was made for another service")
	case subtle.ConstantTimeCompare([]byte(c.ID), []byte(nonce)) != 1:
		return Login{}, refuse("jti of another login")
	case c.Expiry == nil || c.IssuedAt == nil:
		return Login{}, refuse("assertion without its times")
	}
	now, issued, expiry := time.Now(), time.Unix(*c.IssuedAt, 0), time.Unix(*c.Expiry, 0)
	switch {
	case *c.IssuedAt <= 0 || issued.After(now.Add(clockSkew)):
		return Login{}, refuse("assertion from the future")
	case !expiry.After(issued) || expiry.Sub(issued) > assertionLife:
		return Login{}, refuse("assertion holds for more than %v", assertionLife)
	case !expiry.After(now):
		return Login{}, refuse("assertion expired")
	case c.NotBefore != nil && time.Unix(*c.NotBefore, 0).After(now.Add(clockSkew)):
		return Login{}, refuse("assertion is not valid yet")
	}
	return Login{user: user, profile: "partner", nonce: nonce, authTime: issued, expiry: expiry}, nil
}

// soleAudience is an audience of exactly one: a text, or a list of one.
type soleAudience string

// UnmarshalJSON refuses every other number of audiences.
func (a *soleAudience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = soleAudience(one)
		return nil
	}
	var all []string
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("auth: audience: %w", err)
	}
	if len(all) != 1 {
		return errors.New("auth: not one audience")
	}
	*a = soleAudience(all[0])
	return nil
}

// SignAssertion makes an assertion of client for audience, in answer to the login of nonce; it holds for a
// minute. The key is an ed25519.PrivateKey, or an *ecdsa.PrivateKey on P-256; another is ErrPartnerKey.
func SignAssertion(key crypto.Signer, client, audience, nonce string) (string, error) {
	if _, err := NewPartnerKey(key.Public()); err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithmOf(key.Public()), Key: key}, new(jose.SignerOptions).WithType(assertionType))
	if err != nil {
		return "", fmt.Errorf("auth: sign an assertion: %w", err)
	}
	now := time.Now()
	issued, expiry := now.Unix(), now.Add(time.Minute).Unix()
	payload, err := json.Marshal(assertionClaims{
		Issuer: client, Subject: client, Audience: soleAudience(audience), ID: nonce, Expiry: &expiry, IssuedAt: &issued,
	})
	if err != nil {
		return "", fmt.Errorf("auth: sign an assertion: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("auth: sign an assertion: %w", err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("auth: sign an assertion: %w", err)
	}
	return raw, nil
}
