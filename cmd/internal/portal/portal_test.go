package portal_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/cmd/internal/portal"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/rpc"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A service is everything real behind one port.
type service struct {
	house   *vaulttest.House
	address string
	roots   *x509.CertPool
	log     *lockedBuffer
	opened  vault.OpenedSafe
	person  session.Principal
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{house: vaulttest.New(t), roots: x509.NewCertPool(), log: &lockedBuffer{}}
	s.opened = s.house.OpenSafe(t, vaulttest.Person)
	s.person = s.house.Unlocked(t, vaulttest.Person, s.opened)
	_, err := s.house.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "Bail fictif", Kind: "bail", Body: []byte("bail fictif")})
	must(t, err)
	server, err := rpc.NewServer(rpc.Config{
		Vault: s.house.Vault, RelyingParty: s.house.Desk.Party, Kinds: s.house.Config.Kinds, TrailMonths: 72, Audience: vaulttest.Audience,
		PublicURL: &url.URL{Scheme: "https", Host: "coffre.example.fr"}, Pages: portal.New,
		Issuers: []rpc.Issuer{{Name: "test", DisplayName: "Compte de test", URL: s.house.Desk.Issuer.URL(), ClientID: authtest.ClientID}},
		TLS:     &tls.Config{Certificates: []tls.Certificate{s.certificate(t)}, MinVersion: tls.VersionTLS13},
		Log:     slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	must(t, err)
	lis, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	s.address = lis.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *service) certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	raw, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
	must(t, err)
	parsed, err := x509.ParseCertificate(raw)
	must(t, err)
	s.roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// An answer is one page.
type answer struct {
	status int
	proto  string
	header http.Header
	body   string
}

// browse is one page, as a browser gets it: it offers both protocols.
func (s *service) browse(t *testing.T, method, path string) answer {
	t.Helper()
	c := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS13}, ForceAttemptHTTP2: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.address+path, nil)
	must(t, err)
	resp, err := c.Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp.StatusCode, resp.Proto, resp.Header, string(body)}
}

// agreed gives the worker a consent, and answers the code on its pages.
func (s *service) agreed(t *testing.T) (vault.Consent, string) {
	t.Helper()
	k, from := s.house.Keeper, time.Now().UTC().Truncate(time.Second)
	terms := vault.Terms{
		Safe: s.opened.Safe, Agent: s.house.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Purpose: "apl",
		Precise: "remplir la demande", Posture: vault.PostureWith, Actions: vault.ActionSee | vault.ActionRead,
		Scope: vault.Scope{Drawers: []papers.Drawer{"logement"}}, Presence: vault.PresenceNot, From: from, Until: from.Add(72 * time.Hour), Language: "fr",
	}
	shown, err := k.ShowConsent(t.Context(), s.person, terms)
	must(t, err)
	c, err := k.GiveConsent(t.Context(), s.person, vault.GiveConsent{
		Safe: s.opened.Safe, Terms: terms, Shown: shown.Digest,
		Giving: vault.Giving{Method: vault.MethodSession, Company: vault.CompanyAlone, Protection: vault.ProtectionNone},
	})
	must(t, err)
	p, err := k.PrintConsent(t.Context(), s.person, vault.PrintConsent{Safe: s.opened.Safe, Consent: c.ID, Form: vault.PrintReceipt})
	must(t, err)
	return c, p.Code.String()
}

// The address on a printed page says whether the agreement still counts, and names
// nobody; a wrong address and one of which nothing is said are the same bytes.
func TestAPrintedPageLeadsToOneThatNamesNobody(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c, code := s.agreed(t)
	got := s.browse(t, http.MethodGet, "/v/"+code)
	live := got.body
	if got.status != http.StatusOK || got.proto != "HTTP/1.1" || !strings.Contains(live, "Il est en cours.") {
		t.Fatalf("%s %d: %s", got.proto, got.status, live)
	}
	flat := strings.NewReplacer("<span>", "", "</span>", "", " ", "").Replace(live)
	if !strings.Contains(flat, vault.PageMark(c.Shown.Digest)) {
		t.Error("no mark to compare")
	}
	for _, word := range []string{c.AgentName, c.Structure, "CCAS", "logement", "APL", "apl", c.ID.String(), c.Terms.Safe.String(), vaulttest.Person} {
		if strings.Contains(live, word) {
			t.Errorf("the page says %q", word)
		}
	}
	must(t, s.house.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}))
	if over := s.browse(t, http.MethodGet, "/v/"+code).body; !strings.Contains(over, "Il ne vaut plus depuis le") || strings.Contains(over, "retiré") {
		t.Errorf("after the withdrawal: %s", over)
	}
	must(t, s.house.Keeper.Freeze(t.Context(), s.house.Login(t, vaulttest.Worker), vault.Freeze{Safe: s.opened.Safe}))
	spent := s.browse(t, http.MethodGet, "/v/"+code).body
	for _, wrong := range []string{vault.PageCode{7}.String(), "n-importe-quoi", strings.Repeat("a", 300), "%3Cscript%3E"} {
		if got := s.browse(t, http.MethodGet, "/v/"+wrong); got.body != spent || got.status != http.StatusOK {
			t.Errorf("%s: %d, told from a spent one", wrong, got.status)
		}
	}
	if strings.Contains(s.log.String(), code) {
		t.Error("the code is in the log")
	}
}

// The page of an address says the same of every address.
func TestTheDepositPageRevealsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	there := s.browse(t, http.MethodGet, "/d/"+s.opened.Address.String()).body
	none := s.browse(t, http.MethodGet, "/d/"+vault.NewAddressID().String()).body
	if there != none || !strings.Contains(there, "Donnez ce papier") || strings.Contains(there, s.opened.Address.String()) {
		t.Error("an address that lives is told from one that does not")
	}
}

// Every answer forbids scripts, frames, forms, cookies and referrers.
func TestPagesAreStrict(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for path, want := range map[string]int{
		"/": 200, "/information": 200, "/d/x": 200, "/style.css": 200, "/rien": 404, "/v/": 404, "/../etc/passwd": 307,
	} {
		got := s.browse(t, http.MethodGet, path)
		if got.status != want && (want != 307 || got.status/100 == 2) {
			t.Errorf("%s: %d", path, got.status)
		}
		if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if got.header.Get("Referrer-Policy") != "no-referrer" || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, got.header)
		}
		for _, bad := range []string{"<script", "<form", "<iframe", "http://", "javascript:", " style="} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s: %s", path, bad)
			}
		}
	}
	if got := s.browse(t, http.MethodPost, "/v/x"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.status)
	}
	if told := s.browse(t, http.MethodGet, "/information").body; !strings.Contains(told, "6 ans") {
		t.Error("the service information is not there")
	}
}

// A client of the API gets the API, on the same port at the same time.
func TestTheAPIAnswersBesideThePages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.browse(t, http.MethodGet, "/")
	conn, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS13})))
	must(t, err)
	defer func() { _ = conn.Close() }()
	told, err := coffrev1.NewInformationServiceClient(conn).GetServiceInformation(t.Context(), &coffrev1.GetServiceInformationRequest{})
	must(t, err)
	if told.GetPublicUrl() != "https://coffre.example.fr" {
		t.Errorf("public address %q", told.GetPublicUrl())
	}
	_, code := s.agreed(t)
	said, err := coffrev1.NewPrintServiceClient(conn).CheckPage(t.Context(), coffrev1.CheckPageRequest_builder{Code: &code}.Build())
	if err != nil || !said.GetLive() {
		t.Errorf("%v, %v", said, err)
	}
}
