package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/protoadapt"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A peer speaks the server's half of the wire as a test scripts it: it knows
// nothing of safes, and is there to break streams in ways a sound server does not.
type peer struct {
	coffrev1.UnimplementedDocumentServiceServer
	coffrev1.UnimplementedTrailServiceServer
	coffrev1.UnimplementedSessionServiceServer

	deposit     func(recv func() (message, error)) (*coffrev1.Receipt, error)
	batch       func(recv func() (message, error)) ([]*coffrev1.Receipt, error)
	read        func(req *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error
	list        func(req *coffrev1.ListRequest) (*coffrev1.ListResponse, error)
	destroy     func(ctx context.Context, req *coffrev1.DestroyRequest) error
	unlock      func(req *coffrev1.UnlockRequest) error
	checkpoint  func() (*coffrev1.CheckpointResponse, error)
	consistency func(req *coffrev1.ProveConsistencyRequest) (*coffrev1.ProveConsistencyResponse, error)
	inclusion   func(req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error)
}

func (p *peer) Deposit(s grpc.ClientStreamingServer[coffrev1.DepositRequest, coffrev1.DepositResponse]) error {
	r, err := p.deposit(func() (message, error) {
		m, err := s.Recv()
		return message{m.GetHeader(), m.GetChunk(), m.GetSha256()}, err
	})
	if err != nil {
		return err
	}
	return s.SendAndClose(coffrev1.DepositResponse_builder{Receipt: r}.Build())
}

func (p *peer) DepositBatch(s grpc.ClientStreamingServer[coffrev1.DepositBatchRequest, coffrev1.DepositBatchResponse]) error {
	rs, err := p.batch(func() (message, error) {
		m, err := s.Recv()
		return message{m.GetHeader(), m.GetChunk(), m.GetSha256()}, err
	})
	if err != nil {
		return err
	}
	return s.SendAndClose(coffrev1.DepositBatchResponse_builder{Receipts: rs}.Build())
}

func (p *peer) Read(req *coffrev1.ReadRequest, s grpc.ServerStreamingServer[coffrev1.ReadResponse]) error {
	return p.read(req, s.Send)
}

func (p *peer) List(_ context.Context, req *coffrev1.ListRequest) (*coffrev1.ListResponse, error) {
	return p.list(req)
}

func (p *peer) Destroy(ctx context.Context, req *coffrev1.DestroyRequest) (*coffrev1.DestroyResponse, error) {
	return &coffrev1.DestroyResponse{}, p.destroy(ctx, req)
}

func (p *peer) Unlock(_ context.Context, req *coffrev1.UnlockRequest) (*coffrev1.UnlockResponse, error) {
	return &coffrev1.UnlockResponse{}, p.unlock(req)
}

func (p *peer) Checkpoint(context.Context, *coffrev1.CheckpointRequest) (*coffrev1.CheckpointResponse, error) {
	return p.checkpoint()
}

func (p *peer) ProveConsistency(_ context.Context, req *coffrev1.ProveConsistencyRequest) (*coffrev1.ProveConsistencyResponse, error) {
	return p.consistency(req)
}

func (p *peer) ProveInclusion(_ context.Context, req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error) {
	return p.inclusion(req)
}

// dial gives a client of p over memory. The test may run in a synctest bubble.
func (p *peer) dial(t *testing.T) *Client {
	t.Helper()
	return dialTo(t, p, p)
}

func dialTo(t *testing.T, sessions coffrev1.SessionServiceServer, p *peer) *Client {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	srv := grpc.NewServer()
	coffrev1.RegisterDocumentServiceServer(srv, p)
	coffrev1.RegisterTrailServiceServer(srv, p)
	coffrev1.RegisterSessionServiceServer(srv, sessions)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	c, err := New(Config{
		Address: "http://127.0.0.1:1",
		Dial:    func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		srv.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Error(err)
		}
	})
	return c.As(testCredentials(t))
}

func testCredentials(t *testing.T) Credentials {
	t.Helper()
	token, err := session.ParseToken("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return NewCredentials(token, session.NewClientKey())
}

// keep receives whole documents and answers true receipts.
func keep(recv func() (message, error)) (rs []*coffrev1.Receipt, contents [][]byte, headers []*coffrev1.DepositHeader, err error) {
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			return rs, contents, headers, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		switch {
		case m.header != nil:
			headers, contents = append(headers, m.header), append(contents, nil)
		case m.sha256 != nil:
			content := contents[len(contents)-1]
			sum := sha256.Sum256(content)
			if string(sum[:]) != string(m.sha256) {
				return nil, nil, nil, status.Error(codes.InvalidArgument, "digest")
			}
			rs = append(rs, receiptFor(headers[len(headers)-1].GetSafe(), content))
		default:
			if len(m.chunk) == 0 || len(m.chunk) > chunkSize {
				return nil, nil, nil, status.Error(codes.InvalidArgument, "chunk")
			}
			contents[len(contents)-1] = append(contents[len(contents)-1], m.chunk...)
		}
	}
}

func receiptFor(safe string, content []byte) *coffrev1.Receipt {
	sum := sha256.Sum256(content)
	document, size := "d", int64(len(content))
	return coffrev1.Receipt_builder{Safe: &safe, Document: &document, Size: &size, Sha256: sum[:]}.Build()
}

// refusal is a status with details, as the service answers.
func refusal(t *testing.T, code codes.Code, details ...protoadapt.MessageV1) error {
	t.Helper()
	st, err := status.New(code, "for programmers").WithDetails(details...)
	if err != nil {
		t.Fatal(err)
	}
	return st.Err()
}

// wantClass fails the test unless err is an [*Error] of a class.
func wantClass(t *testing.T, err error, class Class) Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != class {
		t.Fatalf("got %v, want an error of class %d", err, class)
	}
	if e.Sentence == "" || e.Reason == "" {
		t.Fatalf("an error without a sentence or a reason: %+v", e)
	}
	return *e
}

// Each call carries a proof of its own, also when it is made again.
func TestEveryCallIsProvedAnew(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	p := &peer{destroy: func(ctx context.Context, _ *coffrev1.DestroyRequest) error {
		md, _ := metadata.FromIncomingContext(ctx)
		proofs := md.Get(session.HeaderProof)
		if len(md.Get(session.HeaderToken)) != 1 || len(proofs) != 1 {
			return status.Error(codes.Internal, "headers")
		}
		if _, err := session.ParseProof(proofs[0]); err != nil || seen[proofs[0]] {
			return status.Error(codes.Internal, "proof")
		}
		seen[proofs[0]] = true
		if len(seen) == 2 {
			return status.Error(codes.Unavailable, "once more")
		}
		return nil
	}}
	c := p.dial(t)
	for range 2 {
		if err := c.Destroy(t.Context(), "s", "d"); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d proofs for 3 calls", len(seen))
	}
}
