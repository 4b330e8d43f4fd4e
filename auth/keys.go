package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysEvery is the least time between two readings of an issuer's keys, whatever is presented:
	// without it each forged token would cost the issuer a request.
	keysEvery = 10 * time.Second
	// keysMaxAge is how long a reading is believed: a withdrawn key dies with it.
	keysMaxAge = 10 * time.Minute
	// maxKeys bounds the keys tried for one token.
	maxKeys = 64
)

var (
	errNoKey = errors.New("auth: no key of the issuer verifies this token")
	errType  = errors.New("auth: not the type of an ID token")
)

// keySet is the calm set of an issuer's signing keys. go-oidc's own set fetches again for each unknown
// key id and each bad signature, and never forgets a key; this one does neither. Safe for concurrent use.
type keySet struct {
	url    string
	client *http.Client
	algs   []jose.SignatureAlgorithm

	now  atomic.Pointer[reading]
	gate chan struct{} // held by whoever reads the keys; guards tried
	// tried is when a reading last began, successful or not.
	tried time.Time
}

// reading is one answer of the issuer; immutable.
type reading struct {
	keys []jose.JSONWebKey
	at   time.Time
}

func newKeySet(url string, client *http.Client, algs []jose.SignatureAlgorithm) *keySet {
	return &keySet{url: url, client: client, algs: algs, gate: make(chan struct{}, 1)}
}

// VerifySignature returns the payload of a compact JWS signed by a current key of the issuer. The error
// wraps ErrIssuerUnavailable when the keys could not be read.
func (s *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, s.algs)
	if err != nil {
		return nil, fmt.Errorf("auth: malformed token: %w", err)
	}
	if len(jws.Signatures) != 1 {
		return nil, errors.New("auth: token with more than one signature")
	}
	h := jws.Signatures[0].Protected
	if err := checkType(h); err != nil {
		return nil, err
	}
	seen := s.now.Load()
	if seen != nil && time.Since(seen.at) < keysMaxAge {
		if payload, err := seen.verify(jws, h); err == nil {
			return payload, nil
		}
	}
	fresh, err := s.refresh(ctx, seen)
	if err != nil {
		return nil, err
	}
	return fresh.verify(jws, h)
}

// checkType refuses JWTs of another kind that the issuer signs with the same keys: access tokens
// (RFC 9068), logout tokens, secevents. go-oidc does not look at the type.
func checkType(h jose.Header) error {
	if _, ok := h.ExtraHeaders["crit"]; ok {
		return fmt.Errorf("%w: critical header", errType)
	}
	v, ok := h.ExtraHeaders[jose.HeaderType]
	if !ok {
		return nil
	}
	if typ, ok := v.(string); !ok || !strings.EqualFold(typ, "JWT") {
		return errType
	}
	return nil
}

// verify tries the keys that may have signed. A token may leave out the key id only where the issuer has
// a single key (OpenID Connect Core §10.1).
func (r *reading) verify(jws *jose.JSONWebSignature, h jose.Header) ([]byte, error) {
	for i := range r.keys {
		k := &r.keys[i]
		if k.KeyID != h.KeyID && (h.KeyID != "" || len(r.keys) != 1) {
			continue
		}
		if k.Algorithm != "" && k.Algorithm != h.Algorithm {
			continue
		}
		if payload, err := jws.Verify(k); err == nil {
			return payload, nil
		}
	}
	return nil, errNoKey
}

// refresh reads the keys again unless somebody did since the caller looked, or it is too early.
func (s *keySet) refresh(ctx context.Context, seen *reading) (*reading, error) {
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrIssuerUnavailable, ctx.Err())
	}
	if r := s.now.Load(); r != seen {
		return r, nil
	}
	if !s.tried.IsZero() && time.Since(s.tried) < keysEvery {
		if seen != nil && time.Since(seen.at) < keysMaxAge {
			return nil, errNoKey
		}
		return nil, fmt.Errorf("%w: keys asked for less than %v ago", ErrIssuerUnavailable, keysEvery)
	}
	s.tried = time.Now()
	keys, err := s.fetch(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuerUnavailable, err)
	}
	r := &reading{keys: keys, at: s.tried}
	s.now.Store(r)
	return r, nil
}

func (s *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	// A caller who hangs up must not use up the one reading in ten seconds; the client has its own limit.
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, s.url, nil)
	if err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("auth: keys: status %d", resp.StatusCode)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("auth: keys: more than %d", maxKeys)
	}
	return slices.DeleteFunc(parseKeys(set.Keys), func(k jose.JSONWebKey) bool {
		return k.Use != "" && k.Use != "sig"
	}), nil
}

// parseKeys leaves out what is not a public key of a kind we know, symmetric keys above all.
func parseKeys(raw []json.RawMessage) []jose.JSONWebKey {
	keys := make([]jose.JSONWebKey, 0, len(raw))
	for _, r := range raw {
		var k jose.JSONWebKey
		if json.Unmarshal(r, &k) == nil && k.Valid() && k.IsPublic() {
			keys = append(keys, k)
		}
	}
	return keys
}
