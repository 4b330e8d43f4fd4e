package rpc_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/link"
	"github.com/coffre-fort/coffre/vault/rpc"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A service is everything real behind a socket in memory.
type service struct {
	house *vaulttest.House
	conn  *grpc.ClientConn
	log   *lockedBuffer
	// apart is the API on a node, and the keeper behind it.
	apart  bool
	keeper *grpc.ClientConn
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

// apart runs the whole suite with the API on a node: go test ./vault/rpc -apart.
var apart = flag.Bool("apart", false, "serve by an API node, apart from the keeper")

func newService(t *testing.T) *service {
	t.Helper()
	return newServiceAs(t, *apart)
}

func newServiceAs(t *testing.T, apart bool) *service {
	t.Helper()
	s := &service{house: vaulttest.New(t), log: &lockedBuffer{}, apart: apart}
	s.serve(t)
	return s
}

// serve begins to serve the house, anew if it was served before.
func (s *service) serve(t *testing.T) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := rpc.Config{
		Vault: s.house.Vault, RelyingParty: s.house.Desk.Party, Kinds: s.house.Config.Kinds, TrailMonths: 72, Audience: vaulttest.Audience,
		PublicURL: &url.URL{Scheme: "https", Host: "coffre.example.fr"},
		Issuers:   []rpc.Issuer{{Name: "test", DisplayName: "Compte de test", URL: s.house.Desk.Issuer.URL(), ClientID: authtest.ClientID}},
		Log:       log,
	}
	if s.apart {
		cfg.Nodes = &rpc.Nodes{
			Register: func(g grpc.ServiceRegistrar) { link.Serve(g, s.house.Vault.Keeper) },
			Greeted:  func(context.Context) error { return nil }, // no [link.Dial] over memory; package link tests who is refused
		}
	}
	server, err := rpc.NewServer(cfg)
	must(t, err)
	s.conn = inMemory(t, server)
	if s.apart {
		s.keeper = s.conn
		node, err := rpc.NewNode(rpc.NodeConfig{
			Keeper: link.NewNode(s.conn, rpc.FromKeeper), Contents: s.house.Vault.Contents(), Kinds: s.house.Config.Kinds, Log: log,
		})
		must(t, err)
		s.conn = inMemory(t, node)
	}
}

// inMemory serves on a socket in memory and connects to it.
func inMemory(t *testing.T, server *rpc.Server) *grpc.ClientConn {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- server.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:///coffre", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := errors.Join(conn.Close(), server.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// A visitor calls with a session; without a key, without any.
type visitor struct {
	conn  *grpc.ClientConn
	token session.Token
	key   *session.ClientKey
	// proof, when set, replaces the proof of every call.
	proof func(method string) session.Proof
	// reply, when set, gets the answer of each call that is not a stream.
	reply *[]byte
}

func (v visitor) sign(ctx context.Context, method string) context.Context {
	if v.key == nil {
		return ctx
	}
	proof := v.key.Prove(v.token, method, time.Now())
	if v.proof != nil {
		proof = v.proof(method)
	}
	return metadata.AppendToOutgoingContext(ctx, session.HeaderToken, v.token.Reveal(), session.HeaderProof, proof.Encode())
}

func (v visitor) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	err := v.conn.Invoke(v.sign(ctx, method), method, args, reply, opts...)
	if m, ok := reply.(proto.Message); ok && v.reply != nil {
		raw, _ := proto.MarshalOptions{Deterministic: true}.Marshal(m) // an answer that came over the wire marshals
		*v.reply = raw
	}
	return err
}

func (v visitor) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return v.conn.NewStream(v.sign(ctx, method), desc, method, opts...)
}

// nobody has no session.
func (s *service) nobody() visitor { return visitor{conn: s.conn} }

// request is what opens a session for subject, who logs in with a second factor
// unless other methods are named.
func (s *service) request(t *testing.T, subject string, key *session.ClientKey, methods ...string) *coffrev1.OpenSessionRequest {
	t.Helper()
	if methods == nil {
		methods = []string{"pwd", "otp"}
	}
	salt := make([]byte, session.NonceSaltSize)
	_, err := rand.Read(salt)
	must(t, err)
	token := s.house.Desk.Issuer.Token(t, authtest.Claims{"sub": subject, "nonce": session.Nonce(key.Public(), salt), "amr": methods})
	return coffrev1.OpenSessionRequest_builder{
		IdToken: &token, ClientPublicKey: key.Public(), NonceSalt: salt, Place: new(coffrev1.Place_PLACE_OWN),
	}.Build()
}

func (s *service) login(t *testing.T, subject string, methods ...string) (visitor, *coffrev1.OpenSessionResponse) {
	t.Helper()
	key := session.NewClientKey()
	answer, err := coffrev1.NewSessionServiceClient(s.conn).OpenSession(t.Context(), s.request(t, subject, key, methods...))
	must(t, err)
	token, err := session.ParseToken(answer.GetSessionToken())
	must(t, err)
	return visitor{conn: s.conn, token: token, key: key}, answer
}

// open opens a safe at the counter and unlocks it in the owner's session.
func (s *service) open(t *testing.T, owner string) (visitor, *coffrev1.OpenSafeResponse) {
	t.Helper()
	counter, _ := s.login(t, vaulttest.Counter)
	u := s.house.Desk.Issuer.User(t, owner)
	opened, err := coffrev1.NewSafeServiceClient(counter).OpenSafe(t.Context(), coffrev1.OpenSafeRequest_builder{
		RequestId: requestID(), OwnerIssuer: new(u.Issuer()), OwnerSubject: new(u.Subject()), InformationVersion: new(texts.Version),
	}.Build())
	must(t, err)
	who, _ := s.login(t, owner)
	_, err = coffrev1.NewSessionServiceClient(who).Unlock(t.Context(), coffrev1.UnlockRequest_builder{Safe: new(opened.GetSafe()), Code: new(opened.GetCode())}.Build())
	must(t, err)
	return who, opened
}

func requestID() *string { return new(vault.NewRequestID().String()) }

// A paper is something to deposit.
type paper struct {
	title string
	body  []byte
	size  int64  // announced; 0 is the true one
	sum   []byte // announced; nil is the true one
	chunk int    // bytes in one message; 0 is 256 KiB
	safe  string // empty is that of the call
}

func (p paper) header(request, safe string) *coffrev1.DepositHeader {
	size := p.size
	if size == 0 {
		size = int64(len(p.body))
	}
	if p.safe != "" {
		safe = p.safe
	}
	return coffrev1.DepositHeader_builder{
		RequestId: &request, Safe: &safe, Size: &size,
		Description: coffrev1.Description_builder{Title: &p.title, FileName: new("papier.txt")}.Build(),
	}.Build()
}

func (p paper) chunks() [][]byte {
	n := p.chunk
	if n == 0 {
		n = 256 << 10
	}
	var all [][]byte
	for b := p.body; len(b) > 0; b = b[min(n, len(b)):] {
		all = append(all, b[:min(n, len(b))])
	}
	return all
}

func (p paper) digest() []byte {
	if p.sum != nil {
		return p.sum
	}
	sum := sha256.Sum256(p.body)
	return sum[:]
}

// deposit sends one paper. A send that fails says nothing: the answer does.
func deposit(ctx context.Context, conn grpc.ClientConnInterface, request, safe string, p paper) (*coffrev1.Receipt, error) {
	stream, err := coffrev1.NewDocumentServiceClient(conn).Deposit(ctx)
	if err != nil {
		return nil, err
	}
	_ = stream.Send(coffrev1.DepositRequest_builder{Header: p.header(request, safe)}.Build())
	for _, c := range p.chunks() {
		_ = stream.Send(coffrev1.DepositRequest_builder{Chunk: c}.Build())
	}
	_ = stream.Send(coffrev1.DepositRequest_builder{Sha256: p.digest()}.Build())
	answer, err := stream.CloseAndRecv()
	return answer.GetReceipt(), err
}

func depositBatch(ctx context.Context, conn grpc.ClientConnInterface, request, safe string, all ...paper) ([]*coffrev1.Receipt, error) {
	stream, err := coffrev1.NewDocumentServiceClient(conn).DepositBatch(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		_ = stream.Send(coffrev1.DepositBatchRequest_builder{Header: p.header(request, safe)}.Build())
		for _, c := range p.chunks() {
			_ = stream.Send(coffrev1.DepositBatchRequest_builder{Chunk: c}.Build())
		}
		_ = stream.Send(coffrev1.DepositBatchRequest_builder{Sha256: p.digest()}.Build())
	}
	answer, err := stream.CloseAndRecv()
	return answer.GetReceipts(), err
}

// read reads one document from offset on, and holds the server to its order.
func read(t *testing.T, conn grpc.ClientConnInterface, safe, doc string, offset int64) (*coffrev1.ReadHeader, []byte, error) {
	t.Helper()
	stream, err := coffrev1.NewDocumentServiceClient(conn).Read(t.Context(), coffrev1.ReadRequest_builder{Safe: &safe, Document: &doc, Offset: &offset}.Build())
	must(t, err)
	var header *coffrev1.ReadHeader
	var body, sum []byte
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if len(sum) != sha256.Size {
				t.Error("the call ended well and without a digest")
			}
			return header, body, nil
		}
		if err != nil {
			return header, body, err
		}
		switch {
		case sum != nil:
			t.Error("something came after the digest")
		case m.HasHeader() && header == nil:
			header = m.GetHeader()
		case m.HasChunk() && header != nil && len(m.GetChunk()) > 0 && len(m.GetChunk()) <= 256<<10:
			body = append(body, m.GetChunk()...)
		case m.HasSha256() && header != nil:
			sum = m.GetSha256()
		default:
			t.Errorf("out of order: %v", m)
		}
	}
}

// reason is the ErrorInfo reason of an error, and "" of none.
func reason(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	t.Errorf("%v has no ErrorInfo", err)
	return status.Code(err).String()
}

// detail finds one detail of an error.
func detail[T any](err error) (found T) {
	for _, d := range status.Convert(err).Details() {
		if d, ok := d.(T); ok {
			return d
		}
	}
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
