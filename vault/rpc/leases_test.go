package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A witness stands between the real keeper and those who read. Nothing is
// decrypted but between a yes and what gives it back.
type witness struct {
	vault.Keeper
	until atomic.Int64 // when the lease of whoever may decrypt runs out: one reads at a time
	yes   atomic.Int64
}

// Continue implements [vault.Keeper].
func (w *witness) Continue(ctx context.Context, id vault.ReleaseID) (time.Time, error) {
	until, err := w.Keeper.Continue(ctx, id)
	if err == nil {
		w.until.Store(until.UnixNano())
		w.yes.Add(1)
	}
	return until, err
}

// GiveBack implements [vault.Keeper].
func (w *witness) GiveBack(id vault.ReleaseID) {
	w.until.Store(0)
	w.Keeper.GiveBack(id)
}

// A gate holds back what a bucket answers to whoever reads a content from an
// offset on.
type gate struct {
	storage.Bucket
	from    int64
	waits   chan struct{} // closed when somebody waits
	opens   chan struct{}
	arrived sync.Once
}

// Get implements [storage.Bucket].
func (g *gate) Get(ctx context.Context, k storage.Key, off, n int64) ([]byte, error) {
	b, err := g.Bucket.Get(ctx, k, off, n)
	if off == g.from {
		g.arrived.Do(func() { close(g.waits) })
		<-g.opens
	}
	return b, err
}

// watch serves the house anew, with a witness and a gate at one segment of a
// content.
func (c *cast) watch(t *testing.T, segment int64) (*witness, *gate) {
	t.Helper()
	w := &witness{Keeper: c.house.Keeper}
	g := &gate{Bucket: c.house.Bucket, from: segment * seal.SegmentSize, waits: make(chan struct{}), opens: make(chan struct{})}
	v, err := vault.New(vault.Config{Keeper: w, Bucket: g, MaxDocument: vault.MaxDocument})
	must(t, err)
	c.house.Vault = v
	c.serve(t)
	return w, g
}

// A lent is a large paper that a social worker may read, and both of them.
type lent struct {
	*cast
	own    ownSafe
	worker visitor
	body   []byte
}

func newLent(t *testing.T) *lent {
	t.Helper()
	x := &lent{cast: &cast{service: newService(t)}, body: vaulttest.Text("papier", 24<<20)}
	x.own = x.safe(t, vaulttest.Counter, vaulttest.Person)
	receipt, err := deposit(t.Context(), x.own.who, *requestID(), x.own.safe, paper{title: "grand", body: x.body})
	must(t, err)
	x.own.doc = receipt.GetDocument()
	x.give(t)
	x.worker, _ = x.login(t, vaulttest.Worker)
	return x
}

// give lets the worker read the paper.
func (x *lent) give(t *testing.T) {
	t.Helper()
	x.own.consent = x.consent(t, x.own, x.house.Agents[vaulttest.Worker].String())
}

// begin starts a download in the worker's session, and reads no more of it than
// its header.
func (x *lent) begin(t *testing.T) grpc.ServerStreamingClient[coffrev1.ReadResponse] {
	t.Helper()
	x.worker.conn, x.own.who.conn = x.conn, x.conn
	stream, err := coffrev1.NewDocumentServiceClient(x.worker).Read(t.Context(), coffrev1.ReadRequest_builder{Safe: &x.own.safe, Document: &x.own.doc}.Build())
	must(t, err)
	header, err := stream.Recv()
	must(t, err)
	if !header.HasHeader() {
		t.Fatalf("no header: %v", header)
	}
	return stream
}

// withdraw is the person's, while the worker reads.
func (x *lent) withdraw(t *testing.T) {
	t.Helper()
	must(t, call(t.Context(), coffrev1.NewConsentServiceClient(x.own.who).WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{
		RequestId: requestID(), Safe: &x.own.safe, Consent: &x.own.consent,
	}.Build()))
}

// drain reads what still comes of a download, and how it ends.
func drain(stream grpc.ServerStreamingClient[coffrev1.ReadResponse]) (got []byte, err error) {
	for {
		m, err := stream.Recv()
		if err != nil {
			return got, err
		}
		got = append(got, m.GetChunk()...)
	}
}

// ended checks that a download ended with the consent, before its end.
func (x *lent) ended(t *testing.T, got []byte, err error) {
	t.Helper()
	if errors.Is(err, io.EOF) || reason(t, err) != "CONSENT_ENDED" {
		t.Errorf("the download ends with %v", err)
	}
	if len(got) >= len(x.body) || !bytes.HasPrefix(x.body, got) {
		t.Errorf("%d bytes of %d came out", len(got), len(x.body))
	}
}

// L-58: no chunk is decrypted once a withdrawal was answered. What the client
// still receives of a download was decrypted before, and lay on its way.
func TestNoChunkIsDecryptedAfterAWithdrawalWasAnswered(t *testing.T) {
	t.Parallel()
	x := newLent(t)
	w, g := x.watch(t, -1)
	close(g.opens)
	for _, slow := range []int{0, 1, 30} { // messages that the client takes before the withdrawal
		stream := x.begin(t)
		var got []byte
		for range slow {
			m, err := stream.Recv()
			must(t, err)
			got = append(got, m.GetChunk()...)
		}
		x.withdraw(t)
		yes := w.yes.Load()
		if w.until.Load() > time.Now().UnixNano() {
			t.Errorf("after %d messages: somebody may decrypt once the withdrawal was answered", slow)
		}
		rest, err := drain(stream)
		x.ended(t, append(got, rest...), err)
		if more := w.yes.Load() - yes; more != 0 {
			t.Errorf("after %d messages: %d chunks were decrypted later", slow, more)
		}
		x.give(t)
	}
}

// What the bucket answers only after the withdrawal is never decrypted: not one
// byte of it comes out. The withdrawal does not wait for the bucket.
func TestWhatArrivesAfterAWithdrawalIsNeverDecrypted(t *testing.T) {
	t.Parallel()
	x := newLent(t)
	w, g := x.watch(t, 2)
	stream := x.begin(t)
	done := make(chan struct{})
	var got []byte
	var end error
	go func() {
		defer close(done)
		got, end = drain(stream)
	}()
	<-g.waits // for the third segment
	x.withdraw(t)
	yes := w.yes.Load()
	close(g.opens)
	<-done
	x.ended(t, got, end)
	if len(got) > 2*seal.SegmentSize || len(got) < seal.SegmentSize {
		t.Errorf("%d bytes came out of the first two segments", len(got))
	}
	if more := w.yes.Load() - yes; more != 0 {
		t.Errorf("%d chunks were decrypted later", more)
	}
}
