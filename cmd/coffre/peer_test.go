package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// A peer answers on the wire what a test scripts; it is no safe. What the
// command does with a real service is tested where the service is built.
type peer struct {
	coffrev1.UnimplementedDocumentServiceServer
	coffrev1.UnimplementedSafeServiceServer
	coffrev1.UnimplementedSessionServiceServer
	coffrev1.UnimplementedInformationServiceServer

	fail     error // every call
	batches  []int // documents in each batch
	puts     int
	refuse   int // the number of the batch that is refused
	content  []byte
	verdict  coffrev1.ControlResponse_Verdict
	code     string
	describe *coffrev1.Description
	pages    [][]*coffrev1.Document
}

func (p *peer) Count(context.Context, *coffrev1.CountRequest) (*coffrev1.CountResponse, error) {
	n := int32(2)
	return coffrev1.CountResponse_builder{Documents: &n}.Build(), p.fail
}

func (p *peer) Deposit(s grpc.ClientStreamingServer[coffrev1.DepositRequest, coffrev1.DepositResponse]) error {
	var safe string
	var content []byte
	for {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if m.HasHeader() {
			safe = m.GetHeader().GetSafe()
		}
		content = append(content, m.GetChunk()...)
	}
	p.puts++
	return s.SendAndClose(coffrev1.DepositResponse_builder{Receipt: receipt(safe, content)}.Build())
}

func (p *peer) DepositBatch(s grpc.ClientStreamingServer[coffrev1.DepositBatchRequest, coffrev1.DepositBatchResponse]) error {
	var safe, address string
	var contents [][]byte
	for {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if m.HasHeader() {
			safe, address, contents = m.GetHeader().GetSafe(), m.GetHeader().GetAddress(), append(contents, nil)
		}
		contents[len(contents)-1] = append(contents[len(contents)-1], m.GetChunk()...)
	}
	if p.batches = append(p.batches, len(contents)); len(p.batches) == p.refuse {
		return status.Error(codes.NotFound, "refused")
	}
	var rs []*coffrev1.Receipt
	for _, content := range contents {
		r := receipt(safe, content)
		r.SetAddress(address)
		rs = append(rs, r)
	}
	return s.SendAndClose(coffrev1.DepositBatchResponse_builder{Receipts: rs}.Build())
}

func receipt(safe string, content []byte) *coffrev1.Receipt {
	sum := sha256.Sum256(content)
	document, size := vault.NewDocumentID().String(), int64(len(content))
	return coffrev1.Receipt_builder{Safe: &safe, Document: &document, Size: &size, Sha256: sum[:], Signed: []byte("signed")}.Build()
}

func (p *peer) Read(_ *coffrev1.ReadRequest, s grpc.ServerStreamingServer[coffrev1.ReadResponse]) error {
	size, name := int64(len(p.content)), "avis.pdf"
	_ = s.Send(coffrev1.ReadResponse_builder{Header: coffrev1.ReadHeader_builder{
		Size: &size, Description: coffrev1.Description_builder{FileName: &name}.Build(),
	}.Build()}.Build())
	for rest := p.content; len(rest) > 0; {
		n := min(len(rest), 256<<10)
		_ = s.Send(coffrev1.ReadResponse_builder{Chunk: rest[:n]}.Build())
		rest = rest[n:]
	}
	sum := sha256.Sum256(p.content)
	return s.Send(coffrev1.ReadResponse_builder{Sha256: sum[:]}.Build())
}

func (p *peer) List(_ context.Context, req *coffrev1.ListRequest) (*coffrev1.ListResponse, error) {
	page := len(req.GetPageToken()) // one more letter a page
	var next string
	if page+1 < len(p.pages) {
		next = strings.Repeat("x", page+1)
	}
	return coffrev1.ListResponse_builder{Documents: p.pages[page], NextPageToken: &next}.Build(), nil
}

func (p *peer) Control(context.Context, *coffrev1.ControlRequest) (*coffrev1.ControlResponse, error) {
	return coffrev1.ControlResponse_builder{Verdict: &p.verdict}.Build(), nil
}

func (p *peer) Describe(_ context.Context, req *coffrev1.DescribeRequest) (*coffrev1.DescribeResponse, error) {
	p.describe = req.GetDescription()
	return &coffrev1.DescribeResponse{}, nil
}

func (p *peer) OpenSafe(context.Context, *coffrev1.OpenSafeRequest) (*coffrev1.OpenSafeResponse, error) {
	safe, sheet := "s", "f"
	return coffrev1.OpenSafeResponse_builder{Safe: &safe, Sheet: &sheet, Code: &p.code}.Build(), p.fail
}

func (p *peer) GetServiceInformation(context.Context, *coffrev1.GetServiceInformationRequest) (*coffrev1.GetServiceInformationResponse, error) {
	return coffrev1.GetServiceInformationResponse_builder{Version: new("1")}.Build(), nil
}

func (p *peer) Unlock(_ context.Context, req *coffrev1.UnlockRequest) (*coffrev1.UnlockResponse, error) {
	p.code = req.GetCode()
	return &coffrev1.UnlockResponse{}, nil
}

// A user has a home with a session in it, and runs the command.
type user struct {
	t    *testing.T
	home string
	safe string
}

// serve starts p, and what more registers, on a loopback port and gives a user who is
// logged in there.
func (p *peer) serve(t *testing.T, more ...func(*grpc.Server)) *user {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	coffrev1.RegisterDocumentServiceServer(srv, p)
	coffrev1.RegisterSafeServiceServer(srv, p)
	coffrev1.RegisterSessionServiceServer(srv, p)
	coffrev1.RegisterInformationServiceServer(srv, p)
	for _, register := range more {
		register(srv)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		// A test that never called may end before it serves.
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Error(err)
		}
	})
	return login(t, "http://"+lis.Addr().String())
}

func login(t *testing.T, address string) *user {
	t.Helper()
	u := &user{t: t, home: t.TempDir(), safe: vault.NewSafeID().String()}
	token, err := session.ParseToken("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	store := client.Store{Dir: stateDir(u.getenv)}
	if err := store.Save(client.Saved{
		Address:     address,
		Expires:     time.Now().Add(time.Hour),
		Safes:       []string{u.safe},
		Credentials: client.NewCredentials(token, session.NewClientKey()),
	}); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *user) getenv(name string) string {
	if name == "HOME" {
		return u.home
	}
	return ""
}

// run runs the command with an input.
func (u *user) run(stdin string, args ...string) (code int, stdout, stderr string) {
	u.t.Helper()
	var out, problems bytes.Buffer
	code = run(u.t.Context(), args, strings.NewReader(stdin), &out, &problems, u.getenv)
	if code != 0 && strings.Count(problems.String(), "\n") != 1 {
		u.t.Errorf("%v: not one line: %q", args, problems.String())
	}
	return code, out.String(), problems.String()
}

// must runs the command and wants it to succeed.
func (u *user) must(stdin string, args ...string) string {
	u.t.Helper()
	code, stdout, stderr := u.run(stdin, args...)
	if code != 0 {
		u.t.Fatalf("%v: exit %d: %s", args, code, stderr)
	}
	return stdout
}
