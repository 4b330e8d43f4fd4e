package rpc

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// chunkSize is how many bytes one message of a document carries at most.
const chunkSize = 256 << 10

func (s *contentService) Deposit(stream grpc.ClientStreamingServer[coffrev1.DepositRequest, coffrev1.DepositResponse]) error {
	receipts, err := s.deposit(stream.Context(), 1, func() (part, error) { return stream.Recv() })
	if err != nil {
		return err
	}
	if len(receipts) != 1 {
		return vault.ErrConflict // the request id was a batch's
	}
	return stream.SendAndClose(coffrev1.DepositResponse_builder{Receipt: receipt(receipts[0])}.Build())
}

func (s *contentService) DepositBatch(stream grpc.ClientStreamingServer[coffrev1.DepositBatchRequest, coffrev1.DepositBatchResponse]) error {
	receipts, err := s.deposit(stream.Context(), vault.MaxBatch, func() (part, error) { return stream.Recv() })
	if err != nil {
		return err
	}
	all := make([]*coffrev1.Receipt, len(receipts))
	for i, r := range receipts {
		all[i] = receipt(r)
	}
	return stream.SendAndClose(coffrev1.DepositBatchResponse_builder{Receipts: all}.Build())
}

func receipt(r vault.Receipt) *coffrev1.Receipt {
	return coffrev1.Receipt_builder{
		Safe:       named(r.Safe),
		Address:    named(r.Address),
		Document:   new(r.Document.String()),
		Size:       &r.Size,
		Sha256:     r.SHA256[:],
		CreateTime: timestamppb.New(r.Time),
		Signed:     r.Signed,
	}.Build()
}

// deposit reads the first header, which says for whom and under which request
// id, and lets the vault take the contents one after the other as they come. A
// request that was answered before is answered again without reading on.
func (s *contentService) deposit(ctx context.Context, limit int, recv func() (part, error)) ([]vault.Receipt, error) {
	at := holding(ctx)
	u := &uploads{recv: recv, live: func() error { return at.Live(ctx) }, kinds: s.kinds, limit: limit}
	act, err := u.begin()
	if err != nil {
		return nil, err
	}
	receipts, err := s.contents.Deposit(ctx, at, act, u.next)
	if err == nil {
		return receipts, nil
	}
	if u.err != nil {
		// What went wrong in the stream is the cause; what comes back through
		// bucket and sealing is that cause in other clothes.
		err = u.err
	}
	if limit > 1 && u.count > 0 {
		err = &documentError{number: u.count, err: err}
	}
	return nil, err
}

// A part is one message of a deposit, single or batch.
type part interface {
	HasHeader() bool
	GetHeader() *coffrev1.DepositHeader
	HasChunk() bool
	GetChunk() []byte
	HasSha256() bool
	GetSha256() []byte
}

// uploads reads documents off a stream: header, chunks, digest, one document
// after the other, then the end. It holds one chunk at a time, and it is the
// [io.Reader] of the document at hand. After an error it gives that error for
// ever. It is for one goroutine.
type uploads struct {
	recv  func() (part, error)
	live  func() error // asked for every message: a session may end meanwhile
	kinds *papers.Catalogue
	limit int // documents

	act    vault.BeginDeposit
	header *coffrev1.DepositHeader // read, and not yet begun
	count  int                     // documents begun
	chunk  []byte                  // received, and not yet read
	left   int64                   // bytes of the document that are still to come
	open   bool                    // a document waits for its digest
	err    error
}

// begin reads the first header.
func (u *uploads) begin() (vault.BeginDeposit, error) {
	p, err := u.receive()
	if errors.Is(err, io.EOF) || (err == nil && !p.HasHeader()) {
		err = u.fail(invalid("header", texts.RuleHeader))
	}
	if err != nil {
		return vault.BeginDeposit{}, err
	}
	u.header = p.GetHeader()
	var f fields
	act := vault.BeginDeposit{Request: f.request(u.header.GetRequestId())}
	act.Safe, act.Address = u.where(&f)
	u.act = act
	u.document(&f)
	return act, f.err()
}

// where reads which safe a header names: by its id, or by an address.
func (u *uploads) where(f *fields) (safe vault.SafeID, at vault.AddressID) {
	switch byID, byAddress := u.header.GetSafe() != "", u.header.GetAddress() != ""; {
	case byID == byAddress:
		f.refuse("header.safe", texts.RuleWhichSafe)
	case byAddress:
		at = parsed(f, "header.address", u.header.GetAddress(), texts.RuleID, vault.ParseAddressID)
	default:
		safe = parsed(f, "header.safe", u.header.GetSafe(), texts.RuleID, vault.ParseSafeID)
	}
	return safe, at
}

// document reads the rest of a header.
func (u *uploads) document(f *fields) vault.Upload {
	if u.header.GetSize() < 0 {
		f.refuse("header.size", texts.RuleSize)
	}
	return vault.Upload{
		Description: f.description("header.description", u.header.GetDescription(), u.kinds),
		Size:        u.header.GetSize(),
		Body:        u,
		Announced:   u.announced,
	}
}

// next answers the next document, or [io.EOF] after the last one.
func (u *uploads) next() (vault.Upload, error) {
	if u.header == nil {
		if err := u.another(); err != nil {
			return vault.Upload{}, err
		}
	}
	u.count++
	var f fields
	if safe, at := u.where(&f); safe != u.act.Safe || at != u.act.Address {
		f.refuse("header.safe", texts.RuleSameSafe)
	}
	up := u.document(&f)
	if err := f.err(); err != nil {
		return vault.Upload{}, u.fail(err)
	}
	u.header, u.left, u.open = nil, up.Size, true
	return up, nil
}

// another reads the header of one more document, or the end of the stream.
func (u *uploads) another() error {
	if u.open {
		return u.fail(errors.New("the document before was not read to its digest"))
	}
	p, err := u.receive()
	switch {
	case err != nil:
		return err
	case !p.HasHeader() || u.limit == 1:
		return u.fail(invalid("part", texts.RulePart))
	case u.count >= u.limit:
		return u.fail(invalid("header", texts.RuleBatch))
	}
	u.header = p.GetHeader()
	return nil
}

// Read reads the document at hand, exactly as many bytes as its header says.
func (u *uploads) Read(b []byte) (int, error) {
	switch {
	case u.err != nil:
		return 0, u.err
	case len(b) == 0:
		return 0, nil
	case len(u.chunk) == 0 && u.left == 0:
		return 0, io.EOF
	}
	if len(u.chunk) == 0 {
		if err := u.more(); err != nil {
			return 0, err
		}
	}
	n := copy(b, u.chunk)
	u.chunk = u.chunk[n:]
	return n, nil
}

// more receives the next chunk.
func (u *uploads) more() error {
	p, err := u.receive()
	switch {
	case errors.Is(err, io.EOF):
		return u.fail(vault.ErrSize)
	case err != nil:
		return err
	case p.HasSha256():
		return u.fail(vault.ErrSize) // the digest comes after the last byte
	case !p.HasChunk():
		return u.fail(invalid("part", texts.RulePart))
	}
	switch n := len(p.GetChunk()); {
	case n == 0 || n > chunkSize:
		return u.fail(invalid("chunk", texts.RuleChunk))
	case int64(n) > u.left:
		return u.fail(vault.ErrSize)
	}
	u.chunk = p.GetChunk()
	u.left -= int64(len(u.chunk))
	return nil
}

// digest receives what the depositor says the digest is (L-45).
func (u *uploads) digest() ([sha256.Size]byte, error) {
	var none [sha256.Size]byte
	if u.err != nil {
		return none, u.err
	}
	if len(u.chunk) > 0 || u.left > 0 || !u.open {
		return none, u.fail(errors.New("the digest is asked for before the document was read"))
	}
	p, err := u.receive()
	switch {
	case errors.Is(err, io.EOF):
		return none, u.fail(invalid("sha256", texts.RuleDigest))
	case err != nil:
		return none, err
	case p.HasChunk():
		return none, u.fail(vault.ErrSize)
	case len(p.GetSha256()) != sha256.Size:
		return none, u.fail(invalid("sha256", texts.RuleDigest))
	}
	u.open = false
	return [sha256.Size]byte(p.GetSha256()), nil
}

func (u *uploads) receive() (part, error) {
	if u.err != nil {
		return nil, u.err
	}
	if err := u.live(); err != nil {
		return nil, u.fail(err)
	}
	p, err := u.recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, u.fail(err)
	}
	return p, err
}

func (u *uploads) fail(err error) error {
	if u.err == nil {
		u.err = err
	}
	return u.err
}

func invalid(field string, rule texts.Rule) error {
	return &vault.InvalidError{Field: field, Rule: string(rule)}
}
