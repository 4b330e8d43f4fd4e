package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// An Upload is one document on its way into a safe.
type Upload struct {
	// Name is what an error calls it.
	Name        string
	Description *coffrev1.Description
	// Size is the exact size in bytes. A content of another size is an error.
	Size int64
	// Open gives the content from its beginning; it is called again when the
	// deposit has to be made again.
	Open func() (io.ReadCloser, error)
}

// Progress is told of bytes as they pass. A transfer that has to start again
// gives back what was counted, as a negative number. Nil is fine.
type Progress func(n int64)

func (p Progress) add(n int64) {
	if p != nil && n != 0 {
		p(n)
	}
}

// Put deposits one document and answers its receipt. The receipt is compared
// with what was sent: a receipt for other bytes is an error of [ClassIntegrity].
func (c *Client) Put(ctx context.Context, safe string, u Upload, p Progress) (*coffrev1.Receipt, error) {
	request := newRequest()
	var receipt *coffrev1.Receipt
	err := c.again(ctx, func(ctx context.Context) error {
		call, cancel := context.WithCancel(ctx)
		defer cancel() // ends the stream when it was left early
		stream, err := c.documents.Deposit(call)
		if err != nil {
			return c.failure(ctx, err)
		}
		s := sender{ctx: ctx, client: c, progress: p, send: func(part message) error { return stream.Send(part.deposit()) }}
		digest, err := s.document(request, target{safe: safe}, u)
		if err == nil || errors.Is(err, errAnswered) {
			var answer *coffrev1.DepositResponse
			if answer, err = stream.CloseAndRecv(); err != nil {
				err = c.failure(ctx, err)
			} else {
				receipt, err = answer.GetReceipt(), checkReceipt(answer.GetReceipt(), target{safe: safe}, u.Size, digest)
			}
		}
		if err != nil {
			s.takeBack()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return receipt, nil
}

// A target is where documents go: a safe by its id, or by an address.
type target struct{ safe, address string }

func (t target) header(request *string, u Upload) *coffrev1.DepositHeader {
	h := coffrev1.DepositHeader_builder{RequestId: request, Size: &u.Size, Description: u.Description}.Build()
	if t.address != "" {
		h.SetAddress(t.address)
	} else {
		h.SetSafe(t.safe)
	}
	return h
}

// PutBatch deposits up to a hundred documents together or not at all. It answers
// their receipts in order.
func (c *Client) PutBatch(ctx context.Context, safe string, us []Upload, p Progress) ([]*coffrev1.Receipt, error) {
	return c.putBatch(ctx, target{safe: safe}, us, p)
}

// PutAt is PutBatch at an address, which is all that the receipts say of where.
func (c *Client) PutAt(ctx context.Context, address string, us []Upload, p Progress) ([]*coffrev1.Receipt, error) {
	return c.putBatch(ctx, target{address: address}, us, p)
}

func (c *Client) putBatch(ctx context.Context, to target, us []Upload, p Progress) ([]*coffrev1.Receipt, error) {
	request := newRequest()
	var receipts []*coffrev1.Receipt
	err := c.again(ctx, func(ctx context.Context) error {
		call, cancel := context.WithCancel(ctx)
		defer cancel() // ends the stream when it was left early
		stream, err := c.documents.DepositBatch(call)
		if err != nil {
			return c.failure(ctx, err)
		}
		s := sender{ctx: ctx, client: c, progress: p, send: func(part message) error { return stream.Send(part.batch()) }}
		digests, err := s.documents(request, to, us)
		if err == nil || errors.Is(err, errAnswered) {
			var answer *coffrev1.DepositBatchResponse
			if answer, err = stream.CloseAndRecv(); err != nil {
				err = naming(c.failure(ctx, err), us)
			} else {
				receipts, err = answer.GetReceipts(), checkReceipts(answer.GetReceipts(), to, us, digests)
			}
		}
		if err != nil {
			s.takeBack()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// naming puts the name of the document in front, where the service says which
// of a batch it refused.
func naming(err error, us []Upload) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Class == ClassUsage && e.document >= 1 && e.document <= len(us) {
		e.Sentence = Printable(us[e.document-1].Name) + " : " + e.Sentence
	}
	return err
}

// message is one message of a deposit, before it is known of which kind.
type message struct {
	header *coffrev1.DepositHeader
	chunk  []byte
	sha256 []byte
}

func (m message) deposit() *coffrev1.DepositRequest {
	return coffrev1.DepositRequest_builder{Header: m.header, Chunk: m.chunk, Sha256: m.sha256}.Build()
}

func (m message) batch() *coffrev1.DepositBatchRequest {
	return coffrev1.DepositBatchRequest_builder{Header: m.header, Chunk: m.chunk, Sha256: m.sha256}.Build()
}

// errAnswered says that the service ended the stream before it had everything:
// the reason is in its answer.
var errAnswered = errors.New("answered already")

// A sender writes documents into one stream. Its errors are [*Error], or
// errAnswered.
type sender struct {
	ctx      context.Context //nolint:containedctx // a sender lives within one call
	client   *Client
	progress Progress
	send     func(message) error
	sent     int64
}

func (s *sender) documents(request *string, to target, us []Upload) ([]seal.Digest, error) {
	digests := make([]seal.Digest, 0, len(us))
	for _, u := range us {
		d, err := s.document(request, to, u)
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
		request = nil // the first header's counts for the whole batch
	}
	return digests, nil
}

func (s *sender) document(request *string, to target, u Upload) (seal.Digest, error) {
	content, err := u.Open()
	if err != nil {
		return seal.Digest{}, FileError("lire", u.Name, err)
	}
	defer content.Close() // only read: closing cannot lose anything
	if err := s.put(message{header: to.header(request, u)}); err != nil {
		return seal.Digest{}, err
	}
	digest, err := s.content(content, u)
	if err != nil {
		return seal.Digest{}, err
	}
	return digest, s.put(message{sha256: digest[:]})
}

func (s *sender) content(r io.Reader, u Upload) (seal.Digest, error) {
	h := sha256.New()
	buf := make([]byte, min(chunkSize, u.Size))
	for left := u.Size; left > 0; {
		n, err := io.ReadFull(r, buf[:min(int64(len(buf)), left)])
		if err != nil {
			return seal.Digest{}, readError(u, err)
		}
		h.Write(buf[:n]) // never fails
		if err := s.put(message{chunk: buf[:n]}); err != nil {
			return seal.Digest{}, err
		}
		left -= int64(n)
		s.sent += int64(n)
		s.progress.add(int64(n))
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return seal.Digest{}, readError(u, err)
	}
	return seal.Digest(h.Sum(nil)), nil
}

// put sends one message; gRPC is done with the bytes when Send returns.
func (s *sender) put(m message) error {
	err := s.send(m)
	if errors.Is(err, io.EOF) {
		return errAnswered
	}
	return s.client.failure(s.ctx, err)
}

func (s *sender) takeBack() { s.progress.add(-s.sent) }

func readError(u Upload, cause error) *Error {
	if cause == nil || errors.Is(cause, io.EOF) || errors.Is(cause, io.ErrUnexpectedEOF) {
		return &Error{
			Class:    ClassConflict,
			Reason:   "FILE_CHANGED",
			Sentence: fmt.Sprintf("%s a changé de taille pendant l'envoi et n'a pas été déposé : attendez que le fichier soit complet, puis recommencez.", Printable(u.Name)),
			Err:      cause,
		}
	}
	return FileError("lire", u.Name, cause)
}

func checkReceipts(rs []*coffrev1.Receipt, to target, us []Upload, digests []seal.Digest) error {
	if len(rs) != len(us) || len(digests) != len(us) {
		return badReceipt(fmt.Sprintf("%d receipts for %d documents", len(rs), len(us)))
	}
	for i, r := range rs {
		if err := checkReceipt(r, to, us[i].Size, digests[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkReceipt(r *coffrev1.Receipt, to target, size int64, digest seal.Digest) error {
	switch {
	case digest.IsZero(): // the service answered before it had everything
		return badReceipt("a receipt for half a document")
	case target{r.GetSafe(), r.GetAddress()} != to || r.GetDocument() == "" || r.GetSize() != size:
		return badReceipt("safe, document or size")
	case string(r.GetSha256()) != string(digest[:]):
		return badReceipt("digest")
	default:
		return nil
	}
}

func badReceipt(what string) *Error {
	return &Error{
		Class:    ClassIntegrity,
		Reason:   "RECEIPT_MISMATCH",
		Sentence: "Le reçu du service ne correspond pas à ce qui a été envoyé : ne jetez pas l'original et prévenez le responsable du service.",
		Err:      errors.New("receipt does not fit: " + what),
	}
}
