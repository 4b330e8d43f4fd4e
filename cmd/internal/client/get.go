package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Received document is whole, and its digest is the one the service signed.
type Received struct {
	Document string
	Header   *coffrev1.ReadHeader
	SHA256   seal.Digest
	Path     string // where it is; empty when it went elsewhere
}

// GetTo reads one document and writes it to w, whole or not at all: it is held
// in memory until its digest is known to be right, because what was written
// cannot be taken back. The limit of the service bounds it.
func (c *Client) GetTo(ctx context.Context, safe, document string, w io.Writer, p Progress) (Received, error) {
	var whole bytes.Buffer
	got, err := c.read(ctx, safe, document, func(*coffrev1.ReadHeader) (io.Writer, error) { return &whole, nil }, p)
	if err != nil {
		return Received{}, err
	}
	if _, err := whole.WriteTo(w); err != nil {
		return Received{}, FileError("écrire", "la sortie", err)
	}
	return got, nil
}

// GetFile reads one document into a file. The content goes into a temporary
// file beside the target, which gets its name only when the digest is right: a
// failure leaves nothing. A file that is there already is never replaced.
func (c *Client) GetFile(ctx context.Context, safe, document string, to Target, p Progress) (Received, error) {
	var tmp *pending
	defer func() { tmp.discard() }()
	got, err := c.read(ctx, safe, document, func(h *coffrev1.ReadHeader) (_ io.Writer, err error) {
		tmp, err = to.begin(h.GetDescription().GetFileName(), document)
		return tmp, err
	}, p)
	if err != nil {
		return Received{}, err
	}
	got.Path, err = tmp.commit()
	return got, err
}

// read brings one document to the writer that open gives for its header. A
// stream that breaks goes on from the last byte that arrived.
func (c *Client) read(ctx context.Context, safe, document string, open func(*coffrev1.ReadHeader) (io.Writer, error), p Progress) (Received, error) {
	r := &receiver{hash: sha256.New(), open: open, progress: p}
	for {
		before := r.received
		err := c.again(ctx, func(ctx context.Context) error { return c.readOn(ctx, safe, document, r) })
		if err == nil {
			return Received{Document: document, Header: r.header, SHA256: r.digest}, nil
		}
		// Attempts count anew after each one that brought something: a long
		// document over a bad line arrives in the end.
		if e, ok := errors.AsType[*Error](err); !ok || !e.repeatable || r.received == before {
			return Received{}, err
		}
	}
}

// readOn makes one call, from where the receiver stands.
func (c *Client) readOn(ctx context.Context, safe, document string, r *receiver) error {
	call, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream when it was left early
	stream, err := c.documents.Read(call, coffrev1.ReadRequest_builder{
		Safe: &safe, Document: &document, Offset: &r.received,
	}.Build())
	if err != nil {
		return c.failure(ctx, err)
	}
	r.step = expectHeader
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return r.finish()
		}
		if err != nil {
			return c.failure(ctx, err)
		}
		if err := r.take(m); err != nil {
			return err
		}
	}
}

// step is what a stream of a document has to bring next.
type step int

const (
	expectHeader step = iota
	expectContent
	expectEnd
)

// A receiver holds what has arrived of one document, over several streams.
type receiver struct {
	open     func(*coffrev1.ReadHeader) (io.Writer, error)
	to       io.Writer
	hash     hash.Hash
	progress Progress

	step     step
	header   *coffrev1.ReadHeader
	received int64
	digest   seal.Digest
}

// take handles one message; the order header, content, digest is part of what
// is checked.
func (r *receiver) take(m *coffrev1.ReadResponse) error {
	switch {
	case m.HasHeader() && r.step == expectHeader:
		r.step = expectContent
		return r.begin(m.GetHeader())
	case m.HasChunk() && r.step == expectContent:
		return r.content(m.GetChunk())
	case m.HasSha256() && r.step == expectContent:
		r.step = expectEnd
		return r.end(m.GetSha256())
	default:
		return broken("messages out of order")
	}
}

func (r *receiver) begin(h *coffrev1.ReadHeader) error {
	if r.header != nil {
		if h.GetSize() != r.header.GetSize() {
			return broken("another size than before the break")
		}
		return nil
	}
	if h.GetSize() <= 0 {
		return broken("size of the document")
	}
	to, err := r.open(h)
	if err != nil {
		return err
	}
	r.header, r.to = h, to
	return nil
}

func (r *receiver) content(b []byte) error {
	if len(b) == 0 || len(b) > chunkSize || r.received+int64(len(b)) > r.header.GetSize() {
		return broken("size of a chunk")
	}
	if _, err := r.to.Write(b); err != nil {
		return err // a pending file names itself; memory does not fail
	}
	r.hash.Write(b) // never fails
	r.received += int64(len(b))
	r.progress.add(int64(len(b)))
	return nil
}

func (r *receiver) end(sum []byte) error {
	if r.received != r.header.GetSize() {
		return broken("end before the last byte")
	}
	r.digest = seal.Digest(r.hash.Sum(nil))
	if string(sum) != string(r.digest[:]) {
		return &Error{
			Class:    ClassIntegrity,
			Reason:   "DIGEST_MISMATCH",
			Sentence: "Le document reçu n'est pas celui qui a été déposé et rien n'a été gardé : ne recommencez pas, prévenez le responsable du service.",
			Err:      errors.New("digest differs"),
		}
	}
	return nil
}

// finish accepts the end of a stream only after the digest.
func (r *receiver) finish() error {
	if r.step != expectEnd {
		return broken("end without a digest")
	}
	return nil
}
