package link_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/link"
	"github.com/coffre-fort/coffre/vault/rpc"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A site is a house whose keeper listens for nodes, and one paper in it.
type site struct {
	*vaulttest.House
	server  *rpc.Server
	address string // unix://, or host:port
	opened  vault.OpenedSafe
	doc     vault.DocumentID
	body    []byte
}

func newSite(t *testing.T, tc *tls.Config) *site {
	t.Helper()
	s := &site{House: vaulttest.New(t), body: vaulttest.Text("papier", 2<<20)}
	var err error
	s.server, err = rpc.NewServer(rpc.Config{
		Vault: s.Vault, RelyingParty: s.Desk.Party, Kinds: s.House.Config.Kinds, TrailMonths: 72, Audience: vaulttest.Audience,
		PublicURL: &url.URL{Scheme: "https", Host: "coffre.example.fr"}, TLS: tc,
		Issuers: []rpc.Issuer{{Name: "test", DisplayName: "Compte de test", URL: s.Desk.Issuer.URL(), ClientID: authtest.ClientID}},
		Log:     slog.New(slog.DiscardHandler),
		Nodes:   &rpc.Nodes{Register: func(g grpc.ServiceRegistrar) { link.Serve(g, s.Keeper) }, Greeted: link.Greeted(link.RealmDev)},
	})
	must(t, err)
	network, where := "tcp", "127.0.0.1:0"
	if tc == nil {
		network, where = "unix", filepath.Join(t.TempDir(), "k.sock")
	}
	lis, err := new(net.ListenConfig).Listen(t.Context(), network, where)
	must(t, err)
	if s.address = lis.Addr().String(); tc == nil {
		s.address = "unix://" + where
	}
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := errors.Join(s.server.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	s.opened = s.OpenSafe(t, vaulttest.Person)
	receipts, err := s.Deposit(t.Context(), s.Login(t, vaulttest.Counter), s.opened.Safe, vaulttest.Paper{Title: "grand", Body: s.body})
	must(t, err)
	s.doc = receipts[0].Document
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) dial(t *testing.T, tc *tls.Config) *grpc.ClientConn {
	t.Helper()
	conn, err := link.Dial(s.address, tc, link.RealmDev)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// A caller is somebody's session, as their client holds it.
type caller struct {
	token session.Token
	key   *session.ClientKey
}

func (s *site) enter(t *testing.T, conn grpc.ClientConnInterface, subject string) caller {
	t.Helper()
	c := caller{key: session.NewClientKey()}
	salt := make([]byte, session.NonceSaltSize)
	_, _ = rand.Read(salt) // never fails
	answer, err := coffrev1.NewSessionServiceClient(conn).OpenSession(t.Context(), coffrev1.OpenSessionRequest_builder{
		IdToken: new(s.Desk.Issuer.Token(t, authtest.Claims{
			"sub": subject, "nonce": session.Nonce(c.key.Public(), salt), "amr": []string{"pwd", "otp"},
		})),
		ClientPublicKey: c.key.Public(), NonceSalt: salt, Place: coffrev1.Place_PLACE_OWN.Enum(),
	}.Build())
	must(t, err)
	c.token, err = session.ParseToken(answer.GetSessionToken())
	must(t, err)
	return c
}

// signs is what the caller presents for one call of a method.
func (c caller) signs(method string) session.Credentials {
	return session.Credentials{Token: c.token, Proof: c.key.Prove(c.token, method, time.Now()), Method: method}
}

const reads = "/coffre.v1.DocumentService/Read"

// What a caller signed for reading one paper begins one reading of it, and nothing
// else: no deposit, no check, no second reading, no other session's call.
func TestAHoldIsWorthWhatItsCallerSignedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	conn := s.dial(t, nil)
	node := link.NewNode(conn, rpc.FromKeeper)
	person := s.enter(t, conn, vaulttest.Person)
	for name, try := range map[string]func(ctx context.Context, at vault.Hold) error{
		"a deposit": func(ctx context.Context, at vault.Hold) error {
			_, err := at.BeginDeposit(ctx, vault.BeginDeposit{Request: vault.NewRequestID(), Safe: s.opened.Safe})
			return err
		},
		"a check": func(ctx context.Context, at vault.Hold) error {
			_, err := at.Inspect(ctx, s.opened.Safe, s.doc)
			return err
		},
		"a lease of nothing": func(ctx context.Context, at vault.Hold) error { _, err := at.Continue(ctx, 0); return err },
		"an end of nothing":  func(ctx context.Context, at vault.Hold) error { return at.Conclude(ctx, vault.OutcomeDone, 0) },
	} {
		at, end, err := node.Hold(t.Context(), person.signs(reads), vault.NetworkUnknown)
		must(t, err)
		if err := try(t.Context(), at); status.Code(statusOf(err)) != codes.Aborted {
			t.Errorf("%s on a proof for reading: %v", name, err)
		}
		end()
	}
	creds := person.signs(reads)
	_, end, err := node.Hold(t.Context(), creds, vault.NetworkUnknown)
	must(t, err)
	end()
	other := creds
	other.Method = "/coffre.v1.DocumentService/Control"
	for name, c := range map[string]session.Credentials{"used before": creds, "for another method": other, "nothing": {Method: reads}} {
		if _, _, err := node.Hold(t.Context(), c, vault.NetworkUnknown); status.Code(statusOf(err)) != codes.Unauthenticated {
			t.Errorf("a proof %s: %v", name, err)
		}
	}
	if _, _, err := node.Hold(t.Context(), person.signs("/coffre.v1.SafeService/OpenSafe"), vault.NetworkUnknown); err == nil {
		t.Error("a method that moves no content")
	}
}

// statusOf finds what the keeper's server answered.
func statusOf(err error) error {
	if err == nil {
		return nil
	}
	for _, c := range []codes.Code{codes.Aborted, codes.Unauthenticated} {
		if bytes.Contains([]byte(err.Error()), []byte("code = "+c.String())) {
			return status.Error(c, "")
		}
	}
	return err
}

// A stream that breaks with a lease out is ended by the keeper, but not before
// that lease has run out: whoever takes away waits for it.
func TestABrokenStreamKeepsItsLeaseToTheEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	conn := s.dial(t, nil)
	person := s.enter(t, conn, vaulttest.Person)
	c := person.signs("/coffre.v1.SessionService/Unlock")
	_, err := coffrev1.NewSessionServiceClient(conn).Unlock(presented(t.Context(), c), coffrev1.UnlockRequest_builder{
		Safe: new(s.opened.Safe.String()), Code: new(string(s.opened.Code.Printed().Reveal())),
	}.Build())
	must(t, err)
	ctx, breaks := context.WithCancel(t.Context())
	defer breaks()
	stream, err := keeperv1.NewKeeperServiceClient(conn).Hold(ctx)
	must(t, err)
	open, leased := person.signs(reads), time.Time{}
	for _, m := range []*keeperv1.HoldRequest{
		keeperv1.HoldRequest_builder{Open: keeperv1.Open_builder{Token: open.Token.Reveal(), Proof: open.Proof.Encode(), Method: reads, Network: "unix"}.Build()}.Build(),
		keeperv1.HoldRequest_builder{Release: keeperv1.Release_builder{Safe: s.opened.Safe[:], Document: s.doc[:]}.Build()}.Build(),
		keeperv1.HoldRequest_builder{Continue: &keeperv1.Continue{}}.Build(),
	} {
		leased = time.Now() // or a little later
		must(t, stream.Send(m))
		_, err := stream.Recv()
		must(t, err)
	}
	breaks()
	c = person.signs("/coffre.v1.SessionService/Lock")
	_, err = coffrev1.NewSessionServiceClient(conn).Lock(presented(t.Context(), c), coffrev1.LockRequest_builder{Safe: new(s.opened.Safe.String())}.Build())
	must(t, err)
	if waited := time.Since(leased); waited < vault.LeaseTime || waited > time.Minute {
		t.Errorf("the lock was answered after %v, with a lease of %v out", waited, vault.LeaseTime)
	}
	for range 1000 {
		lines, err := s.Keeper.Journal(t.Context(), s.Unlocked(t, vaulttest.Person, s.opened), vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		must(t, err)
		for _, l := range lines {
			if l.Act == vault.ActRead && l.Outcome != vault.OutcomeOpen {
				return
			}
		}
		<-time.After(50 * time.Millisecond) // the keeper learns of it from the transport: nothing tells when
	}
	t.Error("the journal never says how the reading ended")
}

// Over a network a stranger gets nothing, not even health: without a certificate,
// with one of another authority, with the keeper's own kind of certificate, or with
// an older TLS. A node trusts no other keeper.
func TestStrangersGetNothingFromTheKeeper(t *testing.T) {
	t.Parallel()
	ca, foreign := newAuthority(t), newAuthority(t)
	s := newSite(t, &tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, x509.ExtKeyUsageServerAuth)}, ClientCAs: ca.pool, ClientAuth: tls.RequireAndVerifyClientCert,
	})
	asks := func(tc *tls.Config) error {
		conn, err := grpc.NewClient("dns:///"+s.address, grpc.WithTransportCredentials(credentials.NewTLS(tc)))
		must(t, err)
		defer func() { _ = conn.Close() }()
		_, err = healthpb.NewHealthClient(conn).Check(metadata.AppendToOutgoingContext(t.Context(), "coffre-node", "1 DEV"), &healthpb.HealthCheckRequest{})
		return err
	}
	node := ca.issue(t, x509.ExtKeyUsageClientAuth)
	if err := asks(&tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{node}}); err != nil {
		t.Fatalf("a node: %v", err)
	}
	for name, tc := range map[string]*tls.Config{
		"no certificate":              {RootCAs: ca.pool},
		"another authority":           {RootCAs: ca.pool, Certificates: []tls.Certificate{foreign.issue(t, x509.ExtKeyUsageClientAuth)}},
		"a certificate for a server":  {RootCAs: ca.pool, Certificates: []tls.Certificate{ca.issue(t, x509.ExtKeyUsageServerAuth)}},
		"TLS 1.2":                     {RootCAs: ca.pool, Certificates: []tls.Certificate{node}, MaxVersion: tls.VersionTLS12},
		"a keeper nobody vouched for": {RootCAs: foreign.pool, Certificates: []tls.Certificate{node}},
	} {
		if err := asks(tc); status.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain, err := grpc.NewClient("dns:///"+s.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer func() { _ = plain.Close() }()
	if _, err := healthpb.NewHealthClient(plain).Check(t.Context(), &healthpb.HealthCheckRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("without TLS: %v", err)
	}
}

// Neither end takes less than the other needs.
func TestNoConnectionWithoutNames(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	pair := []tls.Certificate{ca.issue(t, x509.ExtKeyUsageClientAuth)}
	for name, c := range map[string]struct {
		address string
		tls     *tls.Config
	}{
		"network without TLS":         {"127.0.0.1:1", nil},
		"network without certificate": {"127.0.0.1:1", &tls.Config{RootCAs: ca.pool}},
		"network without authority":   {"127.0.0.1:1", &tls.Config{Certificates: pair}},
		"network believed blindly":    {"127.0.0.1:1", &tls.Config{RootCAs: ca.pool, Certificates: pair, InsecureSkipVerify: true}},
		"socket with TLS":             {"unix:///x.sock", &tls.Config{RootCAs: ca.pool, Certificates: pair}},
	} {
		if conn, err := link.Dial(c.address, c.tls, link.RealmDev); err == nil {
			t.Errorf("%s was dialled", name)
			_ = conn.Close()
		}
	}
	nodes := &rpc.Nodes{Register: func(grpc.ServiceRegistrar) {}, Greeted: link.Greeted(link.RealmDev)}
	for name, tc := range map[string]*tls.Config{
		"no certificate asked for":  {Certificates: pair},
		"any certificate would do":  {Certificates: pair, ClientAuth: tls.RequireAnyClientCert, ClientCAs: ca.pool},
		"the system's authorities":  {Certificates: pair, ClientAuth: tls.RequireAndVerifyClientCert},
		"a certificate if there is": {Certificates: pair, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: ca.pool},
	} {
		h := vaulttestConfig(t)
		h.TLS, h.Nodes = tc, nodes
		if _, err := rpc.NewServer(h); err == nil {
			t.Errorf("%s: a keeper's server was made", name)
		}
	}
}

func vaulttestConfig(t *testing.T) rpc.Config {
	t.Helper()
	h := vaulttest.New(t)
	return rpc.Config{
		Vault: h.Vault, RelyingParty: h.Desk.Party, Kinds: h.Config.Kinds, TrailMonths: 72, Audience: vaulttest.Audience,
		PublicURL: &url.URL{Scheme: "https", Host: "coffre.example.fr"}, Log: slog.New(slog.DiscardHandler),
		Issuers: []rpc.Issuer{{Name: "test", DisplayName: "Compte de test", URL: h.Desk.Issuer.URL(), ClientID: authtest.ClientID}},
	}
}

// A whole reading crosses: the same bytes as beside the keeper.
func TestContentsCross(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	conn := s.dial(t, nil)
	node := link.NewNode(conn, rpc.FromKeeper)
	person := s.enter(t, conn, vaulttest.Person)
	_, err := coffrev1.NewSessionServiceClient(conn).Unlock(presented(t.Context(), person.signs("/coffre.v1.SessionService/Unlock")), coffrev1.UnlockRequest_builder{
		Safe: new(s.opened.Safe.String()), Code: new(string(s.opened.Code.Printed().Reveal())),
	}.Build())
	must(t, err)
	at, end, err := node.Hold(t.Context(), person.signs("/coffre.v1.DocumentService/Deposit"), "192.0.2.0/24")
	must(t, err)
	given := false
	receipts, err := s.Vault.Contents().Deposit(t.Context(), at, vault.BeginDeposit{Request: vault.NewRequestID(), Safe: s.opened.Safe}, func() (vault.Upload, error) {
		if given {
			return vault.Upload{}, io.EOF
		}
		given = true
		return vault.Upload{
			Description: vault.Description{Title: "autre", FileName: "autre.txt"}, Size: int64(len(s.body)), Body: bytes.NewReader(s.body),
			Announced: func() (seal.Digest, error) { return seal.DigestOf(s.body), nil },
		}, nil
	})
	end()
	must(t, err)
	at, end, err = node.Hold(t.Context(), person.signs(reads), "192.0.2.0/24")
	must(t, err)
	defer end()
	r, err := s.Vault.Contents().Read(t.Context(), at, s.opened.Safe, receipts[0].Document, 0)
	must(t, err)
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, s.body) {
		t.Errorf("%d bytes of %d, %v", len(got), len(s.body), err)
	}
}
