package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/coffre-fort/coffre/auth"
)

// ClientID is the client that the issuers of this package make tokens for.
const ClientID = "coffre-test"

// An Issuer is a real OpenID issuer: discovery, keys, and ES256 tokens with whatever claims a test asks
// for. Safe for concurrent use.
type Issuer struct {
	url       string
	transport http.RoundTripper

	mu      sync.Mutex
	keys    []signing
	hits    map[string]int
	answers map[string]http.HandlerFunc
}

type signing struct {
	id   string
	priv *ecdsa.PrivateKey
}

// NewIssuer serves on a loopback socket until the test ends. Not for synctest bubbles: waiting on a
// socket keeps their time from passing.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := newIssuer(t)
	srv := httptest.NewServer(i)
	t.Cleanup(srv.Close)
	i.url, i.transport = srv.URL, srv.Client().Transport
	return i
}

// NewBubbleIssuer serves from memory, over Transport alone, so that it also works in a synctest bubble.
func NewBubbleIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := newIssuer(t)
	i.url, i.transport = "https://issuer.test", Memory(i)
	return i
}

func newIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{hits: make(map[string]int), answers: make(map[string]http.HandlerFunc)}
	i.Rotate(t)
	return i
}

// URL is the issuer's address.
func (i *Issuer) URL() string { return i.url }

// Transport reaches the issuer.
func (i *Issuer) Transport() http.RoundTripper { return i.transport }

// Profile accepts this issuer's tokens for ClientID.
func (i *Issuer) Profile() auth.Profile { return auth.Generic("test", i.url, ClientID) }

// User is the id of a subject of this issuer.
func (i *Issuer) User(t testing.TB, subject string) auth.UserID {
	t.Helper()
	u, err := auth.NewUserID(i.url, subject)
	if err != nil {
		t.Fatalf("subject of a test: %v", err)
	}
	return u
}

// Rotate makes a new signing key and withdraws the others.
func (i *Issuer) Rotate(t testing.TB) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("key of a test issuer: %v", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = []signing{{id: rand.Text(), priv: k}}
}

// Answer replaces what the issuer answers at a path; nil restores it.
func (i *Issuer) Answer(path string, h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answers[path] = h
}

// Paths of the issuer, for Answer and Hits.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/keys"
)

// Hits is how often a path was asked for.
func (i *Issuer) Hits(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hits[path]
}

// ServeHTTP implements the issuer.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.hits[r.URL.Path]++
	h := i.answers[r.URL.Path]
	i.mu.Unlock()
	switch {
	case h != nil:
		h(w, r)
	case r.URL.Path == DiscoveryPath:
		writeJSON(w, map[string]any{
			"issuer":                                i.url,
			"jwks_uri":                              i.url + KeysPath,
			"authorization_endpoint":                i.url + "/authorize",
			"token_endpoint":                        i.url + "/token",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}, // never inherited
		})
	case r.URL.Path == KeysPath:
		writeJSON(w, i.KeySet())
	default:
		http.NotFound(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// KeySet is what the issuer publishes.
func (i *Issuer) KeySet() jose.JSONWebKeySet {
	i.mu.Lock()
	defer i.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.priv.Public(), KeyID: k.id, Algorithm: string(jose.ES256), Use: "sig"})
	}
	return set
}

// Claims are laid over the defaults of Token; a nil value leaves the claim out.
type Claims map[string]any

// Token is an ID token signed by the issuer: made now for ClientID, by default for subject "someone",
// valid five minutes, authenticated now.
func (i *Issuer) Token(t testing.TB, c Claims) string {
	t.Helper()
	return i.TokenWith(t, nil, c)
}

// TokenWith is Token with headers of the test's choice laid over kid and typ; nil leaves one out.
func (i *Issuer) TokenWith(t testing.TB, header map[jose.HeaderKey]any, c Claims) string {
	t.Helper()
	i.mu.Lock()
	key := i.keys[0]
	i.mu.Unlock()
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{jose.HeaderType: "JWT", "kid": key.id}}
	for name, v := range header {
		opts.ExtraHeaders[name] = v
		if v == nil {
			delete(opts.ExtraHeaders, name)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key.priv}, opts)
	if err != nil {
		t.Fatalf("signer of a test issuer: %v", err)
	}
	return sign(t, signer, i.Payload(t, c))
}

// Payload is the JSON that Token signs.
func (i *Issuer) Payload(t testing.TB, c Claims) []byte {
	t.Helper()
	now := time.Now().Unix()
	all := Claims{
		"iss": i.url, "aud": ClientID, "sub": "someone", "nonce": "nonce-of-a-test",
		"iat": now, "exp": now + 300, "auth_time": now,
	}
	maps.Copy(all, c)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatalf("claims of a test: %v", err)
	}
	return b
}

func sign(t testing.TB, s jose.Signer, payload []byte) string {
	t.Helper()
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatalf("serialize: %v", err)
	}
	return raw
}

// Memory is a transport that calls h directly, whatever the address: no socket, so that it works in a
// synctest bubble. A body is answered whole.
func Memory(h http.Handler) http.RoundTripper { return memory{h} }

type memory struct{ h http.Handler }

// RoundTrip implements http.RoundTripper.
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, fmt.Errorf("authtest: %w", err)
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.Host = r.URL.Host
	in.RemoteAddr = "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	m.h.ServeHTTP(rec, in)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}
