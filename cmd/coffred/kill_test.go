package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/texts"
)

// Ten real kill -9 of the built binary under load: nothing acknowledged is
// lost, nothing is served unrecorded, what takes away stays taken, and the
// verifiers pass. Three without CI=true.
func TestKillNineLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	s := newService(t)
	rounds := 3
	if os.Getenv("CI") == "true" {
		rounds = 10
	}
	l := &ledger{acknowledged: map[string][32]byte{}, destroying: map[string]bool{}, destroyed: map[string]bool{}}
	s.start(t)
	counter := s.login(t, "guichet-fictif")
	opened, err := counter.OpenSafe(t.Context(), client.NewSafe{OwnerIssuer: s.issuer.URL(), OwnerSubject: "personne-fictive", Information: texts.Version})
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		owner := s.login(t, "personne-fictive")
		if err := owner.Unlock(t.Context(), opened.GetSafe(), opened.GetCode()); err != nil {
			t.Fatalf("unlock after a kill: %v", err)
		}
		l.load(t, s, owner, s.login(t, "guichet-fictif"), opened.GetSafe())
		s.start(t)
		l.compare(t, s, opened, 100)
	}
	l.compare(t, s, opened, len(l.acknowledged))
	exported := filepath.Join(s.folder, "copy.db") // verified while the service runs
	for _, args := range [][]string{{"export", exported, "--config", s.config}, {"verify", exported, "--config", s.config}} {
		if out, err := exec.CommandContext(t.Context(), s.binary, append([]string{"trail"}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("trail %s: %v\n%s", args[0], err, out)
		}
	}
	s.stop(t)
	out, err := exec.CommandContext(t.Context(), s.binary, "verify", "--config", s.config).CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("%d rounds: %d deposits acknowledged, %d destroyed, %d read; %s", rounds, len(l.acknowledged), len(l.destroyed), l.reads, bytes.TrimSpace(out))
	if len(l.acknowledged) == 0 || len(l.destroyed) == 0 || l.reads == 0 {
		t.Error("the load did nothing: the test proves nothing")
	}
}

// A ledger is what the clients were told.
type ledger struct {
	mu           sync.Mutex
	acknowledged map[string][32]byte // document → digest
	destroying   map[string]bool     // asked for; perhaps done
	destroyed    map[string]bool     // acknowledged
	reads        int                 // ended well
}

// load keeps six depositors, a reader and a destroyer busy until the process is
// killed among them.
func (l *ledger) load(t *testing.T, s *service, owner, counter *client.Client, safe string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var g sync.WaitGroup
	busy := func(act func(context.Context) error) {
		g.Go(func() {
			for ctx.Err() == nil {
				if act(ctx) != nil {
					return // the server is gone
				}
			}
		})
	}
	for range 6 {
		busy(func(ctx context.Context) error { return l.deposit(ctx, counter, safe) })
	}
	busy(func(ctx context.Context) error { return l.read(ctx, owner, safe) })
	busy(func(ctx context.Context) error { return l.destroy(ctx, owner, safe) })
	select {
	case <-time.After(300*time.Millisecond + mathrand.N(900*time.Millisecond)):
	case <-t.Context().Done():
	}
	s.kill(t)
	cancel()
	g.Wait()
}

func (l *ledger) deposit(ctx context.Context, c *client.Client, safe string) error {
	body := bytes.Repeat([]byte(rand.Text()+"\n"), 1+mathrand.N(8000))
	r, err := c.Put(ctx, safe, client.Upload{
		Name: "note.txt", Description: coffrev1.Description_builder{FileName: new("note.txt")}.Build(), Size: int64(len(body)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}, nil)
	if err == nil {
		l.mu.Lock()
		l.acknowledged[r.GetDocument()] = sha256.Sum256(body)
		l.mu.Unlock()
	}
	return err
}

// pick answers some document that was acknowledged and is not being destroyed.
func (l *ledger) pick(ctx context.Context, mark bool) string {
	for ctx.Err() == nil {
		l.mu.Lock()
		for doc := range l.acknowledged {
			if !l.destroying[doc] {
				l.destroying[doc] = mark
				l.mu.Unlock()
				return doc
			}
		}
		l.mu.Unlock()
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
	return ""
}

func (l *ledger) read(ctx context.Context, c *client.Client, safe string) error {
	doc := l.pick(ctx, false)
	var got bytes.Buffer
	_, err := c.GetTo(ctx, safe, doc, &got, nil)
	if e, ok := err.(*client.Error); ok && e.Class == client.ClassNotFound { //nolint:errorlint // made here, never wrapped
		return nil // destroyed meanwhile
	}
	if err == nil {
		l.mu.Lock()
		l.reads++
		l.mu.Unlock()
	}
	return err
}

func (l *ledger) destroy(ctx context.Context, c *client.Client, safe string) error {
	doc := l.pick(ctx, true)
	err := c.Destroy(ctx, safe, doc)
	if err == nil {
		l.mu.Lock()
		l.destroyed[doc] = true
		l.mu.Unlock()
	}
	return err
}

// compare lists everything after a restart, and reads that many papers back.
func (l *ledger) compare(t *testing.T, s *service, opened *coffrev1.OpenSafeResponse, sample int) {
	t.Helper()
	read := 0
	owner := s.login(t, "personne-fictive")
	if err := owner.Unlock(t.Context(), opened.GetSafe(), opened.GetCode()); err != nil {
		t.Fatalf("unlock after a kill: %v", err)
	}
	there := map[string]bool{}
	for d, err := range owner.List(t.Context(), opened.GetSafe(), "") {
		if err != nil {
			t.Fatalf("list after a kill: %v", err)
		}
		there[d.GetDocument()] = true
	}
	for doc, digest := range maps.All(l.acknowledged) {
		switch {
		case l.destroyed[doc] && there[doc]:
			t.Errorf("document %s was destroyed, and is back", doc)
		case !l.destroying[doc] && !there[doc]:
			t.Errorf("document %s was acknowledged, and is lost", doc)
		case !l.destroying[doc] && read < sample:
			read++
			var got bytes.Buffer
			if _, err := owner.GetTo(t.Context(), opened.GetSafe(), doc, &got, nil); err != nil || sha256.Sum256(got.Bytes()) != digest {
				t.Errorf("document %s does not read back: %v", doc, err)
			}
		}
	}
	l.reads += read
	// Nothing was served unrecorded: the journal has a line for each reading.
	lines := 0
	for line, err := range owner.Journal(t.Context(), opened.GetSafe()) {
		if err != nil {
			t.Fatalf("journal after a kill: %v", err)
		}
		if line.GetAct() == "read" && line.GetOutcome() != coffrev1.JournalLine_OUTCOME_REFUSED {
			lines++
		}
	}
	if lines < l.reads {
		t.Errorf("%d papers were read, the journal knows %d", l.reads, lines)
	}
}

// A service is the built binary with a configuration of its own, and an issuer
// that this test runs.
type service struct {
	binary, folder, config, address, ca string
	issuer                              *authtest.Issuer
	process                             *exec.Cmd
	log                                 bytes.Buffer
}

func newService(t *testing.T) *service {
	t.Helper()
	address, err := freePort(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{binary: built(t), folder: t.TempDir(), issuer: authtest.NewIssuer(t), address: address}
	s.config = filepath.Join(s.folder, "coffred.yaml")
	out, err := exec.CommandContext(t.Context(), s.binary, "init", "--dir", s.folder,
		"--listen", s.address, "--public-url", "https://"+s.address).CombinedOutput()
	if err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"\nissuers:\n", "\nissuers:\n  - name: test\n    display_name: Essai\n    issuer: "+s.issuer.URL()+"\n    client_id: "+authtest.ClientID+"\n",
		"\n# trail_retention: 6y", "\ntrail_retention: 6y",
	).Replace(string(raw))
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.found(t)
	s.ca = certify(t, filepath.Join(s.folder, filepath.Dir(fileCert)))
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.Process.Kill()
			_ = s.process.Wait()
		}
		if t.Failed() {
			t.Logf("log of the service:\n%s", &s.log)
		}
	})
	return s
}

// found begins a structure with somebody at the reception and a social worker, by
// the operator's command.
func (s *service) found(t *testing.T) {
	t.Helper()
	agents, until := filepath.Join(s.folder, "agents.yaml"), time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	write(t, agents, []byte("- {issuer: test, subject: guichet-fictif, name: Guichet Fictif, functions: [reception], until: "+until+"}\n"+
		"- {issuer: test, subject: social-fictif, name: Social Fictif, functions: [social-worker], until: "+until+"}\n"))
	out, err := exec.CommandContext(t.Context(), s.binary, "structure", "add", "--config", s.config, "--siret", tour.StructureSIRET,
		"--name", tour.StructureName, "--issuer", "test", "--subject", "responsable-fictive", "--manager", "Responsable Fictive",
		"--until", until, "--agents", agents).CombinedOutput()
	if err != nil {
		t.Fatalf("structure: %v\n%s", err, out)
	}
}

// built builds the binary that is killed.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "coffred")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// certify writes a certificate for the loopback address and its key.
func certify(t *testing.T, folder string) string {
	t.Helper()
	cert, err := writeCertificate(folder)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func writeCertificate(folder string) (cert string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "coffre, essai"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	cert = filepath.Join(folder, filepath.Base(fileCert))
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, filepath.Join(folder, filepath.Base(fileKey)): {Type: "PRIVATE KEY", Bytes: raw},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			return "", err
		}
	}
	return cert, nil
}

// start runs the service and waits until it answers.
func (s *service) start(t *testing.T) {
	t.Helper()
	s.process = exec.CommandContext(t.Context(), s.binary, "serve", "--config", s.config)
	s.process.Stderr = &s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		if _, err := s.client(t).Issuers(ctx); err == nil {
			return
		} else if ctx.Err() != nil {
			t.Fatalf("the service does not come up: %v\n%s", err, &s.log)
		}
	}
}

func (s *service) kill(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = s.process.Wait() // killed: that is an error
	s.process = nil
}

// stop ends the service in good order.
func (s *service) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Errorf("the service did not stop in good order: %v", err)
	}
	s.process = nil
}

func (s *service) client(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Address: s.address, CAFile: s.ca})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// login opens a session with an ID token of the test's issuer.
func (s *service) login(t *testing.T, subject string) *client.Client {
	t.Helper()
	tls, err := credentials.NewClientTLSFromFile(s.ca, "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("dns:///"+s.address, grpc.WithTransportCredentials(tls))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	key := session.NewClientKey()
	salt := make([]byte, session.NonceSaltSize)
	_, _ = rand.Read(salt) // never fails
	answer, err := coffrev1.NewSessionServiceClient(conn).OpenSession(t.Context(), coffrev1.OpenSessionRequest_builder{
		IdToken: new(s.issuer.Token(t, authtest.Claims{
			"sub": subject, "nonce": session.Nonce(key.Public(), salt), "amr": []string{"pwd", "otp"},
		})),
		ClientPublicKey: key.Public(), NonceSalt: salt, Place: coffrev1.Place_PLACE_OWN.Enum(),
	}.Build())
	if err != nil {
		t.Fatalf("log %s in: %v", subject, err)
	}
	token, err := session.ParseToken(answer.GetSessionToken())
	if err != nil {
		t.Fatal(err)
	}
	return s.client(t).As(client.NewCredentials(token, key))
}
