package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
)

// maxToken bounds a raw ID token; maxNonce a nonce.
const (
	maxToken = 16 << 10
	maxNonce = 512
)

// Config of a relying party.
type Config struct {
	// Profiles are the accepted issuers, at least one, each issuer and each name once.
	Profiles []Profile
	// CAFile, when set, names a PEM file of the only certification authorities trusted for issuers.
	CAFile string
	// Transport, when set, carries the requests instead of a transport of our own. It excludes CAFile.
	Transport http.RoundTripper
}

// A RelyingParty verifies ID tokens of several issuers. It is safe for concurrent use.
type RelyingParty struct {
	// issuers is fixed when made: a token selects among the configured issuers and never names a new one.
	issuers map[string]*party
}

// party is one configured issuer with what is known of it so far.
type party struct {
	profile   Profile
	client    *http.Client
	discovery *discovery

	mu   sync.Mutex
	keys *keySet // for the key address in the metadata
}

// New checks the configuration. It contacts nobody: an issuer that is down does not keep the service down.
func New(cfg Config) (*RelyingParty, error) {
	if len(cfg.Profiles) == 0 {
		return nil, errors.New("auth: no issuer is configured")
	}
	rp := &RelyingParty{issuers: make(map[string]*party, len(cfg.Profiles))}
	names := make(map[string]bool, len(cfg.Profiles))
	for _, p := range cfg.Profiles {
		p, err := p.complete()
		if err != nil {
			return nil, err
		}
		if rp.issuers[p.Issuer] != nil || names[p.Name] {
			return nil, fmt.Errorf("auth: profile %q: name or issuer configured twice", p.Name)
		}
		client, err := newClient(p.Issuer, cfg.CAFile, cfg.Transport)
		if err != nil {
			return nil, err
		}
		names[p.Name] = true
		rp.issuers[p.Issuer] = &party{profile: p, client: client, discovery: newDiscovery(p.Issuer, client)}
	}
	return rp, nil
}

// Verify checks a raw ID token whole: made by a configured issuer, signed by a current key of it with a
// pinned algorithm, for us alone, an ID token and nothing else, now, strong enough, and in answer to the
// login that nonce belongs to.
//
// The error wraps ErrUnauthenticated when the token is refused, and ErrIssuerUnavailable when it could
// not be checked. Its text is for the log of the service, not for the caller.
func (rp *RelyingParty) Verify(ctx context.Context, rawIDToken, nonce string) (Login, error) {
	if nonce == "" || len(nonce) > maxNonce {
		return Login{}, refuse("nonce of %d bytes", len(nonce))
	}
	iss, err := issuerOf(rawIDToken)
	if err != nil {
		return Login{}, err
	}
	p := rp.issuers[iss]
	if p == nil {
		return Login{}, refuse("issuer is not configured")
	}
	keys, err := p.keySet(ctx)
	if err != nil {
		return Login{}, err
	}
	c, err := p.claims(ctx, keys, rawIDToken)
	if err != nil {
		return Login{}, err
	}
	return c.login(p.profile, nonce)
}

// keySet returns the calm key set of the issuer, made anew only if the issuer moved its keys.
func (p *party) keySet(ctx context.Context) (*keySet, error) {
	m, err := p.discovery.metadata(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil || p.keys.url != m.jwks {
		p.keys = newKeySet(m.jwks, p.client, p.profile.algorithms())
	}
	return p.keys, nil
}

// claims verifies signature, issuer and times with go-oidc and returns the claims for our own checks.
func (p *party) claims(ctx context.Context, keys *keySet, raw string) (*claims, error) {
	// go-oidc flattens the cause of a key set's error, so it is kept aside.
	set := &witness{keys: keys}
	token, err := oidc.NewVerifier(p.profile.Issuer, set, &oidc.Config{
		SupportedSigningAlgs: p.profile.Algs,
		SkipClientIDCheck:    true, // ours is stricter, and knows several client ids: see claims.audience
	}).Verify(ctx, raw)
	switch {
	case errors.Is(set.err, ErrIssuerUnavailable):
		return nil, set.err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	c := &claims{token: token}
	if err := token.Claims(c); err != nil {
		return nil, fmt.Errorf("%w: claims: %w", ErrUnauthenticated, err)
	}
	return c, nil
}

// witness remembers why a key set refused.
type witness struct {
	keys *keySet
	err  error
}

// VerifySignature implements oidc.KeySet.
func (w *witness) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, jwt)
	w.err = err
	return payload, err
}

// issuerOf reads the issuer that a token claims, unverified: good for choosing among the configured
// issuers, and for nothing else.
func issuerOf(raw string) (string, error) {
	if len(raw) > maxToken {
		return "", refuse("token of %d bytes", len(raw))
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", refuse("token is not a compact JWS")
	}
	// go-jose drops white space, and base64 line breaks: a token has one spelling here.
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", refuse("token holds white space")
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("%w: payload: %w", ErrUnauthenticated, err)
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return "", fmt.Errorf("%w: payload: %w", ErrUnauthenticated, err)
	}
	return c.Issuer, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnauthenticated, fmt.Errorf(format, args...))
}
