package localop

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// memoryStore is a Store that can be copied and broken.
type memoryStore struct {
	mu     sync.Mutex
	values map[string][]byte
	saves  int
	err    error
}

func newMemoryStore() *memoryStore { return &memoryStore{values: make(map[string][]byte)} }

func (m *memoryStore) Load(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return nil, m.err
	}
	v, ok := m.values[name]
	if !ok {
		return nil, fmt.Errorf("test store: %w", ErrNotFound)
	}
	return bytes.Clone(v), nil
}

func (m *memoryStore) Save(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.saves++
	m.values[name] = bytes.Clone(value)
	return nil
}

const (
	testIssuer   = "https://op.test"
	testClient   = "coffre-cli"
	testPassword = "correct-horse-battery"
	testRedirect = "http://127.0.0.1:41999/callback"
)

func testClients() []Client {
	return []Client{
		{ID: testClient, Name: "Coffre en ligne de commande", Redirects: []string{"http://127.0.0.1/callback"}, Device: true},
		{ID: "portail", Name: "Portail", Redirects: []string{"https://portail.test/retour"}},
	}
}

// newProvider has one account, "lea".
func newProvider(t *testing.T) (p *Provider, subject string) {
	t.Helper()
	p, err := New(t.Context(), Config{Issuer: testIssuer, Store: newMemoryStore(), Clients: testClients()})
	if err != nil {
		t.Fatal(err)
	}
	return p, addAccount(t, p, "lea")
}

func addAccount(t *testing.T, p *Provider, login string) (subject string) {
	t.Helper()
	pw, err := NewPassword(testPassword)
	if err != nil {
		t.Fatal(err)
	}
	subject, err = p.AddAccount(t.Context(), Account{Login: login, Name: "Léa Martin", Password: pw})
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// browser is somebody's browser: cookies of its own, no redirect followed unasked.
type browser struct {
	t *testing.T
	c *http.Client
}

func newBrowser(t *testing.T, p *Provider) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, c: &http.Client{
		Jar:           jar,
		Transport:     authtest.Memory(p.Handler()),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is one answer.
type page struct {
	status int
	header http.Header
	body   string
	to     *url.URL // where it redirects, nil if nowhere
}

func (b *browser) get(address string) page {
	b.t.Helper()
	resp, err := b.c.Get(absolute(address))
	return b.read(resp, err)
}

func (b *browser) post(address string, form url.Values) page {
	b.t.Helper()
	resp, err := b.c.PostForm(absolute(address), form)
	return b.read(resp, err)
}

func absolute(address string) string {
	if strings.HasPrefix(address, "/") {
		return testIssuer + address
	}
	return address
}

func (b *browser) read(resp *http.Response, err error) page {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	out := page{status: resp.StatusCode, header: resp.Header, body: string(body)}
	if to, err := resp.Location(); err == nil {
		out.to = to
	} else if !errors.Is(err, http.ErrNoLocation) {
		b.t.Fatal(err)
	}
	return out
}

// verifierAndChallenge are the PKCE example of RFC 7636, appendix B.
const (
	testVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	testChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// authorization is a request as the command line makes it; over replaces parameters, "" drops one.
func authorization(over map[string]string) string {
	q := url.Values{
		"client_id": {testClient}, "redirect_uri": {testRedirect}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"state-1"}, "nonce": {"nonce-1"}, "code_challenge": {testChallenge}, "code_challenge_method": {"S256"},
	}
	for k, v := range over {
		q.Set(k, v)
		if v == "" {
			q.Del(k)
		}
	}
	return authorizePath + "?" + q.Encode()
}

// begin starts a login and returns its id.
func (b *browser) begin() string {
	b.t.Helper()
	p := b.get(authorization(nil))
	if p.status != http.StatusFound || p.to.Path != loginPath {
		b.t.Fatalf("authorize: %d %v %s", p.status, p.to, p.body)
	}
	return p.to.Query().Get("r")
}

// login types login and password on the login page of a request.
func (b *browser) login(id, login, password string) page {
	b.t.Helper()
	return b.post(loginPath, url.Values{"r": {id}, "login": {login}, "password": {password}})
}

// code logs lea in and returns the program's code.
func (b *browser) code() string {
	b.t.Helper()
	p := b.login(b.begin(), "lea", testPassword)
	if p.status != http.StatusSeeOther {
		b.t.Fatalf("login: %d %s", p.status, p.body)
	}
	p = b.get(p.to.String())
	if p.status != http.StatusFound || p.to.Query().Get("code") == "" {
		b.t.Fatalf("callback: %d %v", p.status, p.to)
	}
	return p.to.Query().Get("code")
}

func redemption(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {testClient}, "redirect_uri": {testRedirect},
		"code": {code}, "code_verifier": {testVerifier},
	}
}

// party is a relying party that accepts the provider.
func party(t *testing.T, p *Provider) *auth.RelyingParty {
	t.Helper()
	rp, err := auth.New(auth.Config{
		Profiles:  []auth.Profile{auth.Local(testIssuer, testClient)},
		Transport: authtest.Memory(p.Handler()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return rp
}

func decodeSegment(s string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return string(b), err
}

func (m *memoryStore) SaveHere(ctx context.Context, name string, value []byte) error {
	return m.Save(ctx, name, value)
}

func (m *memoryStore) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	delete(m.values, name)
	return nil
}

func (m *memoryStore) Names(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.values)), m.err
}
