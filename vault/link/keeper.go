package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/coffre-fort/coffre/auth/session"
	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
)

// Serve registers the keeper's end on g, which must be a server that only API
// nodes reach. Errors of the domain leave a stream as they are, for g to answer
// as it answers those of the public API.
func Serve(g grpc.ServiceRegistrar, k vault.Keeper) {
	keeperv1.RegisterKeeperServiceServer(g, &keeper{keeper: k})
}

type keeper struct {
	keeperv1.UnsafeKeeperServiceServer // a new method is a compile error
	keeper                             vault.Keeper
}

var _ keeperv1.KeeperServiceServer = (*keeper)(nil)

// The methods a hold is for, as the proofs of their callers name them.
const (
	methodDeposit      = "/coffre.v1.DocumentService/Deposit"
	methodDepositBatch = "/coffre.v1.DocumentService/DepositBatch"
	methodRead         = "/coffre.v1.DocumentService/Read"
	methodControl      = "/coffre.v1.DocumentService/Control"
)

// A stage is how far a hold has come.
type stage uint8

const (
	_ stage = iota // nobody is authenticated
	opened
	depositing
	reading
	checking
	over
)

// endTime is how long the end of what a broken stream began may take to record.
const endTime = 10 * time.Second

// Hold carries one call that moves content. See keeper.proto.
func (k *keeper) Hold(stream grpc.BidiStreamingServer[keeperv1.HoldRequest, keeperv1.HoldResponse]) error {
	h := &hold{keeper: k.keeper}
	err := h.serve(stream)
	return errors.Join(err, h.drop(stream.Context()))
}

// A hold is one stream, at the keeper's end. It is for one goroutine.
type hold struct {
	keeper vault.Keeper
	who    session.Principal
	method string
	stage  stage
	begun  vault.ReleaseID
	leased time.Time // until when the node may decrypt; zero when it gave that back
	size   int64     // of the document that is read
	read   int64     // what went out of it as far as is known
}

// serve answers one question after the other, until the call is over or the node
// says nothing more.
func (h *hold) serve(stream grpc.BidiStreamingServer[keeperv1.HoldRequest, keeperv1.HoldResponse]) error {
	for h.stage != over {
		ask, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var r reader
		if r.known(ask); r.err != nil {
			return r.err
		}
		answer, sent, err := h.answer(stream.Context(), ask)
		if err != nil {
			return err
		}
		if answer == nil {
			continue
		}
		err = stream.Send(answer)
		sent()
		if err != nil {
			return err
		}
	}
	return nil
}

// drop ends what the stream began and did not end: it failed. A node that is gone
// may still be decrypting under its lease, so that is waited for first; whoever
// takes away meanwhile waits for it as well. How much it had decrypted nobody
// knows: the journal says all of it.
func (h *hold) drop(ctx context.Context) error {
	if d := time.Until(h.leased); !h.leased.IsZero() && d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		<-t.C
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	var err error
	switch h.stage {
	case depositing:
		err = h.keeper.AbandonDeposit(ctx, h.who, h.begun, vault.OutcomeFailed)
	case reading, checking:
		err = h.keeper.Conclude(ctx, h.begun, vault.OutcomeFailed, h.read)
	case opened, over:
	}
	if errors.Is(err, vault.ErrTicket) { // the keeper ended it before
		return nil
	}
	return err
}

func nothing() {}

// answer answers one question. sent is to be called when the answer was sent.
func (h *hold) answer(ctx context.Context, ask *keeperv1.HoldRequest) (answer *keeperv1.HoldResponse, sent func(), err error) {
	sent = nothing
	switch ask.WhichAsk() {
	case keeperv1.HoldRequest_Open_case:
		answer, err = done(h.open(ctx, ask.GetOpen()))
	case keeperv1.HoldRequest_Live_case:
		answer, err = done(h.at(func() error { return h.keeper.Live(h.who) }, opened, depositing, reading, checking))
	case keeperv1.HoldRequest_BeginDeposit_case, keeperv1.HoldRequest_Place_case,
		keeperv1.HoldRequest_CommitDeposit_case, keeperv1.HoldRequest_AbandonDeposit_case:
		answer, err = h.deposit(ctx, ask)
	case keeperv1.HoldRequest_Release_case:
		return h.release(ctx, ask.GetRelease())
	case keeperv1.HoldRequest_Inspect_case:
		answer, err = h.inspect(ctx, ask.GetInspect())
	case keeperv1.HoldRequest_Continue_case:
		answer, err = h.more(ctx, ask.GetContinue())
	case keeperv1.HoldRequest_GiveBack_case:
		err = h.at(func() error { h.giveBack(); return nil }, reading)
	case keeperv1.HoldRequest_Conclude_case:
		answer, err = done(h.conclude(ctx, ask.GetConclude()))
	default:
		err = fmt.Errorf("%w: no question", errWire)
	}
	return answer, sent, err
}

// at lets f do what belongs to one of these stages.
func (h *hold) at(f func() error, stages ...stage) error {
	if slices.Contains(stages, h.stage) {
		return f()
	}
	return vault.ErrTicket
}

func done(err error) (*keeperv1.HoldResponse, error) {
	if err != nil {
		return nil, err
	}
	return keeperv1.HoldResponse_builder{Done: &keeperv1.Done{}}.Build(), nil
}

// open authenticates whoever called the node. What cannot be read goes to the
// keeper all the same, empty: it counts refusals, and refuses these.
func (h *hold) open(ctx context.Context, m *keeperv1.Open) error {
	if h.stage != 0 {
		return vault.ErrTicket
	}
	switch m.GetMethod() {
	case methodDeposit, methodDepositBatch, methodRead, methodControl:
	default:
		return fmt.Errorf("%w: method", errWire)
	}
	creds := session.Credentials{Method: m.GetMethod()}
	token, errToken := session.ParseToken(m.GetToken())
	proof, errProof := session.ParseProof(m.GetProof())
	if errToken == nil && errProof == nil {
		creds.Token, creds.Proof = token, proof
	}
	who, err := h.keeper.Authenticate(ctx, creds, vault.NetworkOf(m.GetNetwork()))
	switch {
	case err != nil:
		return err
	case who.IsZero():
		return session.ErrNoSession
	}
	h.who, h.method, h.stage = who, m.GetMethod(), opened
	return nil
}

// mayBegin says whether what is about to begin is what the caller signed for, and
// the first of this stream.
func (h *hold) mayBegin(methods ...string) error {
	for _, m := range methods {
		if h.stage == opened && h.method == m {
			return nil
		}
	}
	return vault.ErrTicket
}

func (h *hold) deposit(ctx context.Context, ask *keeperv1.HoldRequest) (*keeperv1.HoldResponse, error) {
	switch {
	case ask.HasBeginDeposit():
		return h.begin(ctx, ask.GetBeginDeposit())
	case h.stage != depositing:
		return nil, vault.ErrTicket
	case ask.HasPlace():
		return h.place(ctx, ask.GetPlace())
	case ask.HasCommitDeposit():
		return h.commit(ctx, ask.GetCommitDeposit())
	default:
		return done(h.abandon(ctx, ask.GetAbandonDeposit()))
	}
}

func (h *hold) begin(ctx context.Context, m *keeperv1.BeginDeposit) (*keeperv1.HoldResponse, error) {
	if err := h.mayBegin(methodDeposit, methodDepositBatch); err != nil {
		return nil, err
	}
	var r reader
	act := r.begin(m)
	if r.err != nil {
		return nil, r.err
	}
	ticket, err := h.keeper.BeginDeposit(ctx, h.who, act)
	if err != nil {
		return nil, err
	}
	h.begun, h.stage = ticket.ID, depositing
	if ticket.Receipts != nil {
		h.stage = over
	}
	return keeperv1.HoldResponse_builder{Ticket: writeTicket(ticket)}.Build(), nil
}

func (h *hold) place(ctx context.Context, m *keeperv1.Place) (*keeperv1.HoldResponse, error) {
	var r reader
	item := r.item(m)
	if r.err != nil {
		return nil, r.err
	}
	slot, err := h.keeper.Place(ctx, h.who, h.begun, item)
	if err != nil {
		return nil, err
	}
	return keeperv1.HoldResponse_builder{Slot: writeSlot(slot)}.Build(), nil
}

func (h *hold) commit(ctx context.Context, m *keeperv1.CommitDeposit) (*keeperv1.HoldResponse, error) {
	var r reader
	contents := r.contents(m)
	if r.err != nil {
		return nil, r.err
	}
	h.stage = over // the keeper has it now, and says itself how it ends
	receipts, err := h.keeper.CommitDeposit(ctx, h.who, h.begun, contents)
	if err != nil {
		return nil, err
	}
	return keeperv1.HoldResponse_builder{Receipts: writeReceipts(receipts)}.Build(), nil
}

func (h *hold) abandon(ctx context.Context, m *keeperv1.AbandonDeposit) error {
	var r reader
	out := r.outcome(m.GetOutcome())
	if r.err != nil {
		return r.err
	}
	h.stage = over
	return h.keeper.AbandonDeposit(ctx, h.who, h.begun, out)
}

func (h *hold) release(ctx context.Context, m *keeperv1.Release) (*keeperv1.HoldResponse, func(), error) {
	if err := h.mayBegin(methodRead); err != nil {
		return nil, nothing, err
	}
	var r reader
	safe, doc := readID[vault.SafeID](&r, m.GetSafe()), readID[vault.DocumentID](&r, m.GetDocument())
	if r.err != nil {
		return nil, nothing, r.err
	}
	rel, err := h.keeper.Release(ctx, h.who, safe, doc)
	if err != nil {
		return nil, nothing, err
	}
	h.begun, h.stage, h.size, h.read = rel.ID, reading, rel.Document.Size, rel.Document.Size
	answer, wipe := writeReleased(rel)
	return keeperv1.HoldResponse_builder{Released: answer}.Build(), wipe, nil
}

func (h *hold) inspect(ctx context.Context, m *keeperv1.Inspect) (*keeperv1.HoldResponse, error) {
	if err := h.mayBegin(methodControl); err != nil {
		return nil, err
	}
	var r reader
	safe, doc := readID[vault.SafeID](&r, m.GetSafe()), readID[vault.DocumentID](&r, m.GetDocument())
	if r.err != nil {
		return nil, r.err
	}
	in, err := h.keeper.Inspect(ctx, h.who, safe, doc)
	if err != nil {
		return nil, err
	}
	h.begun, h.stage = in.ID, checking
	return keeperv1.HoldResponse_builder{Inspected: writeInspected(in)}.Build(), nil
}

func (h *hold) more(ctx context.Context, m *keeperv1.Continue) (*keeperv1.HoldResponse, error) {
	if h.stage != reading {
		return nil, vault.ErrTicket
	}
	var r reader
	if told := r.size(m.GetRead()); r.err != nil || told > h.size {
		return nil, errors.Join(errWire, r.err)
	}
	until, err := h.keeper.Continue(ctx, h.begun)
	if err != nil {
		h.leased, h.read = time.Time{}, m.GetRead() // the node asks instead of decrypting
		return nil, err
	}
	h.leased = until
	return keeperv1.HoldResponse_builder{
		Leased: keeperv1.Leased_builder{Remaining: int64(remaining(until, time.Now()))}.Build(),
	}.Build(), nil
}

func (h *hold) giveBack() {
	h.keeper.GiveBack(h.begun)
	h.leased = time.Time{}
}

func (h *hold) conclude(ctx context.Context, m *keeperv1.Conclude) error {
	if h.stage != reading && h.stage != checking {
		return vault.ErrTicket
	}
	var r reader
	out, read := r.outcome(m.GetOutcome()), r.size(m.GetRead())
	if r.err != nil {
		return r.err
	}
	h.stage, h.leased = over, time.Time{} // with its end the node says that it decrypts no more
	return h.keeper.Conclude(ctx, h.begun, out, read)
}
