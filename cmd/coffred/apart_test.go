package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/texts"
)

// nodeFile is the configuration of an API node, as operations.md says to make it.
const nodeFile = `listen: ADDRESS
public_url: https://ADDRESS
tls: {cert_file: tls/cert.pem, key_file: tls/key.pem}
bucket: {dir: BUCKET}
keeper: {dial: "unix://SOCKET"}
`

// Several processes: one keeper, and API nodes that hold no key.
type apart struct {
	*service // its configuration is the keeper's
	socket   string
	nodes    []*service
}

func newApart(t *testing.T, nodes int) *apart {
	t.Helper()
	a := &apart{service: newService(t), socket: filepath.Join(t.TempDir(), "keeper.sock")}
	raw, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^(listen: .*|reflection: .*|tls:\n  cert_file: .*\n  key_file: .*)$`).ReplaceAllString(string(raw), "")
	write(t, a.config, []byte(text+"\nkeeper_listen: {address: \"unix://"+a.socket+"\"}\n"))
	cfg, err := config.Load(a.config)
	if err != nil {
		t.Fatal(err)
	}
	for range nodes {
		address, err := freePort(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		n := &service{binary: a.binary, folder: t.TempDir(), issuer: a.issuer, address: address}
		n.config = filepath.Join(n.folder, "coffred.yaml")
		n.ca = certify(t, filepath.Join(n.folder, "tls"))
		write(t, n.config, []byte(strings.NewReplacer("ADDRESS", address, "BUCKET", cfg.Bucket.Dir, "SOCKET", a.socket).Replace(nodeFile)))
		n.clean(t)
		a.nodes = append(a.nodes, n)
	}
	return a
}

// keep starts the keeper, and waits for nobody.
func (a *apart) keep(t *testing.T) {
	t.Helper()
	a.process = exec.CommandContext(t.Context(), a.binary, "keeper", "--config", a.config)
	a.process.Stderr = &a.log
	if err := a.process.Start(); err != nil {
		t.Fatal(err)
	}
}

// start starts the keeper and the nodes, and waits until each answers.
func (a *apart) start(t *testing.T) {
	t.Helper()
	a.keep(t)
	for _, n := range a.nodes {
		n.start(t)
	}
}

// A caller is a connection with a session: what a client of another make has.
type caller struct {
	*grpc.ClientConn
	token session.Token
	key   *session.ClientKey
}

func (b caller) with(ctx context.Context, method string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, session.HeaderToken, b.token.Reveal(),
		session.HeaderProof, b.key.Prove(b.token, method, time.Now()).Encode())
}

func (b caller) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return b.ClientConn.Invoke(b.with(ctx, method), method, args, reply, opts...)
}

func (b caller) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return b.ClientConn.NewStream(b.with(ctx, method), desc, method, opts...)
}

// enter logs somebody in through a node.
func (s *service) enter(t *testing.T, subject string) caller {
	t.Helper()
	tls, err := credentials.NewClientTLSFromFile(s.ca, "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("dns:///"+s.address, grpc.WithTransportCredentials(tls))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	b := caller{ClientConn: conn, key: session.NewClientKey()}
	salt := make([]byte, session.NonceSaltSize)
	_, _ = rand.Read(salt) // never fails
	answer, err := coffrev1.NewSessionServiceClient(conn).OpenSession(t.Context(), coffrev1.OpenSessionRequest_builder{
		IdToken: new(s.issuer.Token(t, authtest.Claims{
			"sub": subject, "nonce": session.Nonce(b.key.Public(), salt), "amr": []string{"pwd", "otp"},
		})),
		ClientPublicKey: b.key.Public(), NonceSalt: salt, Place: coffrev1.Place_PLACE_OWN.Enum(),
	}.Build())
	if err != nil {
		t.Fatalf("log %s in: %v", subject, err)
	}
	if b.token, err = session.ParseToken(answer.GetSessionToken()); err != nil {
		t.Fatal(err)
	}
	return b
}

// at is the same session through another node.
func (b caller) at(t *testing.T, s *service) caller {
	t.Helper()
	b.ClientConn = s.enter(t, "personne-quelconque").ClientConn
	return b
}

// A scene is a safe with one large paper, opened and filled through the nodes.
type scene struct {
	safe, code, doc string
	body            []byte
	owner           caller // unlocked, through the second node
}

func (a *apart) scene(t *testing.T) scene {
	t.Helper()
	first, second := a.nodes[0], a.nodes[1]
	opened, err := first.login(t, "guichet-fictif").OpenSafe(t.Context(), client.NewSafe{OwnerIssuer: a.issuer.URL(), OwnerSubject: "personne-fictive", Information: texts.Version})
	if err != nil {
		t.Fatal(err)
	}
	s := scene{safe: opened.GetSafe(), code: opened.GetCode(), body: bytes.Repeat([]byte("papier fictif 7351 "), 2<<20), owner: second.enter(t, "personne-fictive")}
	if _, err := coffrev1.NewSessionServiceClient(s.owner).Unlock(t.Context(), coffrev1.UnlockRequest_builder{Safe: &s.safe, Code: &s.code}.Build()); err != nil {
		t.Fatal(err)
	}
	receipt, err := first.login(t, "guichet-fictif").Put(t.Context(), s.safe, client.Upload{
		Name: "papier.txt", Description: coffrev1.Description_builder{FileName: new("papier.txt")}.Build(), Size: int64(len(s.body)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.body)), nil },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.doc = receipt.GetDocument()
	return s
}

// read begins to read the paper, and takes no more of it than its header.
func (s scene) read(t *testing.T, who grpc.ClientConnInterface) grpc.ServerStreamingClient[coffrev1.ReadResponse] {
	t.Helper()
	stream, err := coffrev1.NewDocumentServiceClient(who).Read(t.Context(), coffrev1.ReadRequest_builder{Safe: &s.safe, Document: &s.doc}.Build())
	if err != nil {
		t.Fatal(err)
	}
	if m, err := stream.Recv(); err != nil || !m.HasHeader() {
		t.Fatalf("no header: %v, %v", m, err)
	}
	return stream
}

func drained(stream grpc.ServerStreamingClient[coffrev1.ReadResponse]) (got []byte, err error) {
	for {
		m, err := stream.Recv()
		if err != nil {
			return got, err
		}
		got = append(got, m.GetChunk()...)
	}
}

// ended waits until the journal has a line of that act that ended so.
func (s scene) ended(t *testing.T, act string, outcome coffrev1.JournalLine_Outcome) {
	t.Helper()
	var seen []string
	for range 600 {
		seen = nil
		answer, err := coffrev1.NewTrailServiceClient(s.owner).ReadJournal(t.Context(), coffrev1.ReadJournalRequest_builder{Safe: &s.safe}.Build())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range answer.GetLines() {
			if l.GetAct() == act && l.GetOutcome() == outcome {
				return
			}
			seen = append(seen, l.GetAct()+" "+l.GetOutcome().String())
		}
		<-time.After(100 * time.Millisecond) // the keeper is another process: nothing tells when it has seen the end
	}
	t.Errorf("no %s ended as %v: %q", act, outcome, seen)
}

// Sessions, safes and papers are the keeper's: whoever logged in through one node
// goes on through the other. A node that is killed in mid-deposit or mid-read is
// ended by the keeper, and the journal says so.
func TestNodesShareOneKeeper(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2)
	a.start(t)
	s := a.scene(t)
	got, err := drained(s.read(t, s.owner.at(t, a.nodes[0])))
	if !errors.Is(err, io.EOF) || !bytes.Equal(got, s.body) {
		t.Fatalf("through the other node: %d bytes of %d, %v", len(got), len(s.body), err)
	}

	counter := a.nodes[0].enter(t, "guichet-fictif")
	deposit, err := coffrev1.NewDocumentServiceClient(counter).Deposit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	header := coffrev1.DepositHeader_builder{
		RequestId: client.NewRequest(), Safe: &s.safe, Size: new(int64(len(s.body))),
		Description: coffrev1.Description_builder{Title: new("jamais fini"), FileName: new("papier.txt")}.Build(),
	}.Build()
	for _, m := range []*coffrev1.DepositRequest{
		coffrev1.DepositRequest_builder{Header: header}.Build(),
		coffrev1.DepositRequest_builder{Chunk: s.body[:200<<10]}.Build(),
	} {
		if err := deposit.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	reading := s.read(t, s.owner.at(t, a.nodes[0]))
	s.ended(t, "deposit", coffrev1.JournalLine_OUTCOME_OPEN)
	a.nodes[0].kill(t)
	if _, err := drained(reading); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the node was killed, and the read ended with %v", err)
	}
	s.ended(t, "deposit", coffrev1.JournalLine_OUTCOME_FAILED)
	s.ended(t, "read", coffrev1.JournalLine_OUTCOME_FAILED)
	a.nodes[0].clean(t)

	a.nodes[0].start(t) // and goes on
	a.nodes[0].stop(t)
	a.nodes[1].stop(t)
	a.stop(t)
	if out, err := exec.CommandContext(t.Context(), a.binary, "verify", "--config", a.config).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// L-58: the person withdraws through one node while the worker reads through
// another, which does not know of it: the download stops.
func TestAWithdrawalStopsTheReadOnAnotherNode(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2)
	a.start(t)
	s := a.scene(t)
	worker := a.nodes[0].enter(t, "social-fictif")
	consent := s.agree(t, worker)
	stream := s.read(t, worker)
	if _, err := coffrev1.NewConsentServiceClient(s.owner).WithdrawConsent(t.Context(), coffrev1.WithdrawConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &s.safe, Consent: &consent,
	}.Build()); err != nil {
		t.Fatal(err)
	}
	got, err := drained(stream)
	if status.Code(err) != codes.PermissionDenied || len(got) >= len(s.body) {
		t.Errorf("%d bytes of %d came out, and then %v", len(got), len(s.body), err)
	}
	t.Logf("%d bytes of %d had been decrypted when the withdrawal was answered", len(got), len(s.body))
}

// agree lets the worker read the paper, in the person's own session.
func (s scene) agree(t *testing.T, worker caller) string {
	t.Helper()
	self, err := coffrev1.NewStructureServiceClient(worker).GetSelf(t.Context(), &coffrev1.GetSelfRequest{})
	if err != nil || len(self.GetAgents()) != 1 {
		t.Fatalf("self: %v, %v", self, err)
	}
	now := time.Now().Truncate(time.Second)
	terms := coffrev1.Terms_builder{
		Agent: new(self.GetAgents()[0].GetAgent().GetAgent()), Function: new("social-worker"),
		Replacement: coffrev1.Replacement_REPLACEMENT_NONE.Enum(), Purpose: new("rsa"), Precise: new("Remplir la demande de RSA."),
		Posture: coffrev1.Posture_POSTURE_WITH.Enum(), Actions: []coffrev1.Action{coffrev1.Action_ACTION_SEE, coffrev1.Action_ACTION_READ},
		Scope:    coffrev1.Scope_builder{Documents: []string{s.doc}}.Build(),
		Presence: coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT.Enum(), Language: new("fr"),
		FromTime: timestamppb.New(now), UntilTime: timestamppb.New(now.Add(24 * time.Hour)),
	}.Build()
	consents := coffrev1.NewConsentServiceClient(s.owner)
	shown, err := consents.ShowConsent(t.Context(), coffrev1.ShowConsentRequest_builder{Safe: &s.safe, Terms: terms}.Build())
	if err != nil {
		t.Fatal(err)
	}
	given, err := consents.GiveConsent(t.Context(), coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &s.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(),
		Giving: coffrev1.Giving_builder{
			Method: coffrev1.Method_METHOD_SESSION.Enum(), Company: coffrev1.Company_COMPANY_ALONE.Enum(),
			Protection: coffrev1.Protection_PROTECTION_NONE.Enum(), Witness: new(""),
		}.Build(),
	}.Build())
	if err != nil {
		t.Fatal(err)
	}
	return given.GetConsent().GetConsent()
}

// Without its keeper a node answers that it cannot, says that it does not serve,
// and goes on by itself when the keeper is back. Nothing acknowledged is lost.
func TestANodeOutlivesItsKeeper(t *testing.T) {
	t.Parallel()
	a := newApart(t, 2)
	a.start(t)
	s := a.scene(t)
	node := a.nodes[0]
	a.kill(t)
	_, err := coffrev1.NewSafeServiceClient(s.owner).EntrustDrawer(t.Context(), coffrev1.EntrustDrawerRequest_builder{
		RequestId: client.NewRequest(), Safe: &s.safe, Drawer: new("logement"), AgreementVersion: new("1"),
	}.Build())
	if status.Code(err) != codes.Unavailable {
		t.Errorf("a relayed call without a keeper: %v", err)
	}
	stream, err := coffrev1.NewDocumentServiceClient(s.owner).Read(t.Context(), coffrev1.ReadRequest_builder{Safe: &s.safe, Document: &s.doc}.Build())
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "the keeper does not answer") {
		t.Errorf("a read without a keeper: %v", err)
	}
	tls, err := credentials.NewClientTLSFromFile(node.ca, "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("dns:///"+node.address, grpc.WithTransportCredentials(tls))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	watching, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	changes, err := healthpb.NewHealthClient(conn).Watch(watching, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	health := func(want healthpb.HealthCheckResponse_ServingStatus) {
		t.Helper()
		for {
			answer, err := changes.Recv()
			if err != nil {
				t.Fatalf("the node's health does not become %v: %v", want, err)
			}
			if answer.GetStatus() == want {
				return
			}
		}
	}
	health(healthpb.HealthCheckResponse_NOT_SERVING)
	a.keep(t)
	health(healthpb.HealthCheckResponse_SERVING)
	owner := node.enter(t, "personne-fictive")
	if _, err := coffrev1.NewSessionServiceClient(owner).Unlock(t.Context(), coffrev1.UnlockRequest_builder{Safe: &s.safe, Code: &s.code}.Build()); err != nil {
		t.Fatal(err)
	}
	got, err := drained(s.read(t, owner))
	if !errors.Is(err, io.EOF) || !bytes.Equal(got, s.body) {
		t.Errorf("after a new start: %d bytes of %d, %v", len(got), len(s.body), err)
	}
}

// clean checks that a node's folder holds its configuration and its certificate,
// and that no secret of the keeper and nothing of a person is in it or in its log.
func (s *service) clean(t *testing.T) {
	t.Helper()
	markers := []tour.Marker{
		tour.NewMarker("identity", []byte("AGE-SECRET-KEY-PQ-1")), tour.NewMarker("signing key", []byte("coffre-signing")),
		tour.NewMarker("content", []byte("papier fictif 7351")), tour.NewMarker("subject", []byte("personne-fictive")), tour.NewMarker("subject", []byte("guichet-fictif")),
	}
	var have []string
	err := fs.WalkDir(os.DirFS(s.folder), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		have = append(have, path)
		raw, err := fs.ReadFile(os.DirFS(s.folder), path)
		for _, m := range markers {
			if m.In(raw) {
				t.Errorf("%s holds %v", path, m)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"coffred.yaml", "tls/cert.pem", "tls/key.pem"}; !slices.Equal(have, want) {
		t.Errorf("a node's folder holds %q, want %q", have, want)
	}
	for _, m := range markers {
		if m.In(s.log.Bytes()) {
			t.Errorf("a node's log holds %v", m)
		}
	}
}

// What belongs to the other side is refused with a sentence, before anything
// starts.
func TestEitherSideRefusesTheOthersConfiguration(t *testing.T) {
	t.Parallel()
	a := newApart(t, 1)
	node := a.nodes[0].config
	raw, err := os.ReadFile(node)
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(a.nodes[0].folder, "secret.yaml")
	write(t, secret, append(raw, "secrets: {master_file: master.txt}\n"...))
	for _, c := range []struct{ args, says string }{
		{"serve --config " + a.config, "coffred keeper serves it"},
		{"keeper --config " + node, "holds no key"},
		{"verify --config " + node, "holds no key"},
		{"serve --config " + secret, "no secret on an API node"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(c.args), io.Discard, &errs); code != exitUsage || !strings.Contains(errs.String(), c.says) {
			t.Errorf("coffred %s: exit %d, %s", c.args, code, &errs)
		}
	}
}

// Interrupted, a node lets what is under way end, and no socket is left behind by
// the keeper.
func TestNodeAndKeeperStopInGoodOrder(t *testing.T) {
	t.Parallel()
	a := newApart(t, 1)
	a.start(t)
	if err := a.nodes[0].process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := a.nodes[0].process.Wait(); err != nil {
		t.Errorf("the node: %v", err)
	}
	a.nodes[0].process = nil
	a.stop(t)
	if _, err := os.Lstat(a.socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket: %v", err)
	}
}
