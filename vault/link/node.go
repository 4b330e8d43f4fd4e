package link

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/coffre-fort/coffre/auth/session"
	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
)

// A Node is the end of an API node: the connection to the keeper, and the holds
// on it. It is safe for concurrent use.
type Node struct {
	grpc.ClientConnInterface
	errors func(error) error
}

// NewNode makes a node's end of a connection, as [Dial] makes one. What failed on
// it passes through read, which knows what the keeper's server answers.
func NewNode(conn grpc.ClientConnInterface, read func(error) error) *Node {
	return &Node{ClientConnInterface: conn, errors: read}
}

const (
	// lateTime is what a call may take beyond its own time to tell the keeper how
	// it ended.
	lateTime = 10 * time.Second
	// partingTime is how long the node waits for the keeper to record the end of
	// what was begun and not ended; the keeper does that without it as well.
	partingTime = 2 * time.Second
)

// Hold presents the credentials of one call that moves content. What was begun
// with the hold and not ended has failed when end is called, once.
func (n *Node) Hold(ctx context.Context, c session.Credentials, network string) (vault.Hold, func(), error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the caller may be gone when the end is told
	if limit, ok := ctx.Deadline(); ok {
		cancel()
		life, cancel = context.WithDeadline(context.WithoutCancel(ctx), limit.Add(lateTime))
	}
	stream, err := keeperv1.NewKeeperServiceClient(n).Hold(life)
	if err != nil {
		cancel()
		return nil, nil, n.errors(err)
	}
	h := &held{stream: stream, cancel: cancel, errors: n.errors}
	open := keeperv1.Open_builder{Method: c.Method, Network: network}.Build()
	if c.Token != (session.Token{}) && c.Proof != (session.Proof{}) {
		open.SetToken(c.Token.Reveal())
		open.SetProof(c.Proof.Encode())
	}
	if _, err := h.ask(ctx, keeperv1.HoldRequest_builder{Open: open}.Build(), (*keeperv1.HoldResponse).HasDone); err != nil {
		h.end()
		return nil, nil, err
	}
	return h, h.end, nil
}

// A held is one stream, at the node's end.
type held struct {
	stream grpc.BidiStreamingClient[keeperv1.HoldRequest, keeperv1.HoldResponse]
	cancel context.CancelFunc
	errors func(error) error

	mu  sync.Mutex // one question at a time
	err error      // the first failure: the keeper ends what was begun
}

var _ vault.Hold = (*held)(nil)

// end ends the stream in good order.
func (h *held) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.cancel()
	if h.err != nil {
		return
	}
	h.err = vault.ErrTicket
	late := time.AfterFunc(partingTime, h.cancel)
	defer late.Stop()
	if err := h.stream.CloseSend(); err == nil {
		_, _ = h.stream.Recv() // whatever comes, this is the end
	}
}

// errAnswer says that the keeper answered something else than was asked.
var errAnswer = fmt.Errorf("%w: another answer", errWire)

// ask sends one question and waits for its answer, which must be of that kind.
func (h *held) ask(ctx context.Context, m *keeperv1.HoldRequest, kind func(*keeperv1.HoldResponse) bool) (*keeperv1.HoldResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return nil, h.err
	}
	answer, err := h.exchange(ctx, m)
	if err == nil {
		var r reader
		if r.known(answer); r.err != nil {
			err = r.err
		} else if !kind(answer) {
			err = errAnswer
		}
	}
	if err != nil {
		return nil, h.fail(err)
	}
	return answer, nil
}

// fail ends the stream; the caller holds mu.
func (h *held) fail(err error) error {
	h.err = err
	h.cancel()
	return err
}

// exchange waits a moment longer than ctx: a caller who is gone does not keep the
// node from telling how far it came. Then the stream ends.
func (h *held) exchange(ctx context.Context, m *keeperv1.HoldRequest) (*keeperv1.HoldResponse, error) {
	answered := make(chan struct{})
	defer close(answered)
	defer context.AfterFunc(ctx, func() {
		t := time.NewTimer(partingTime)
		defer t.Stop()
		select {
		case <-t.C:
			h.cancel()
		case <-answered:
		}
	})()
	// When the stream is over Send says only that: Recv says why.
	_ = h.stream.Send(m)
	answer, err := h.stream.Recv()
	if err == nil {
		return answer, nil
	}
	if cause := ctx.Err(); cause != nil {
		return nil, cause
	}
	return nil, h.errors(err)
}
