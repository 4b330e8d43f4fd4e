package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Reading is one document on its way out. It is an [io.Reader]; the keeper is
// asked before every Read, so that access ends when the session, the lock or
// the consent does, also in mid-download. Close records how it ended. A Reading
// is for one goroutine.
type Reading struct {
	Document Document

	ctx     context.Context //nolint:containedctx // a Reading lives within one call, and io.Reader has no ctx
	at      Hold
	content io.ReaderAt
	off     int64
	read    int64
	err     error
}

// Read opens one document from offset on. Errors: [ErrNotFound], [ErrLocked],
// [ErrTampered] when the stored object is not the deposited one, an
// [InvalidError] when offset lies outside the document.
func (c *Contents) Read(ctx context.Context, at Hold, safe SafeID, doc DocumentID, offset int64) (*Reading, error) {
	rel, err := at.Release(ctx, safe, doc)
	if err != nil {
		return nil, err
	}
	r := &Reading{Document: rel.Document, ctx: ctx, at: at, off: offset}
	if offset < 0 || offset > rel.Document.Size {
		r.err = &InvalidError{Field: "offset", Rule: "entre 0 et la taille du document"}
		return nil, errors.Join(r.err, r.Close())
	}
	r.content, r.err = c.open(ctx, rel)
	if r.err != nil {
		return nil, errors.Join(r.err, r.Close())
	}
	return r, nil
}

func (c *Contents) open(ctx context.Context, rel Release) (io.ReaderAt, error) {
	if rel.Inline != nil {
		plain, err := seal.OpenInline(rel.Inline, rel.FileKey, rel.Binding)
		if err != nil {
			return nil, fromSeal(err)
		}
		return readerAt(plain.Reveal()), nil
	}
	r, err := seal.OpenContent(ctx, c.segments(rel.Key), rel.Stored, rel.FileKey, rel.Binding)
	if err != nil {
		return nil, fromSeal(err)
	}
	if r.Size() != rel.Document.Size {
		return nil, fmt.Errorf("%w: size", ErrTampered)
	}
	return r, nil
}

// readerAt serves a small content from memory.
type readerAt []byte

func (b readerAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func fromSeal(err error) error {
	if errors.Is(err, seal.ErrTampered) {
		return fmt.Errorf("%w: %w", ErrTampered, err)
	}
	return err
}

// Read reads the next bytes.
func (r *Reading) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if _, r.err = r.at.Continue(r.ctx); r.err != nil {
		return 0, r.err
	}
	defer r.at.GiveBack()
	p = p[:min(int64(len(p)), r.Document.Size-r.off)]
	if len(p) == 0 {
		r.err = io.EOF
		return 0, r.err
	}
	n, err := r.content.ReadAt(p, r.off)
	r.off, r.read = r.off+int64(n), r.read+int64(n)
	if n == len(p) { // io.ReaderAt may say io.EOF with the last bytes
		return n, nil
	}
	r.err = fromSeal(err)
	return n, r.err
}

// Close records how the reading ended: done only when it was read to its end.
func (r *Reading) Close() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
	defer cancel()
	out := OutcomeFailed
	if errors.Is(r.err, io.EOF) {
		out = OutcomeDone
	}
	return r.at.Conclude(ctx, out, r.read)
}

// Control checks one stored object against the signed entry without revealing
// any of its content (L-48). It answers the digest that the entry holds.
func (c *Contents) Control(ctx context.Context, at Hold, safe SafeID, doc DocumentID) (Verdict, seal.Digest, error) {
	in, err := at.Inspect(ctx, safe, doc)
	if err != nil {
		return 0, seal.Digest{}, err
	}
	src := c.segments(in.Key)
	if in.Inline != nil {
		src = func(_ context.Context, off, n int64) ([]byte, error) { return in.Inline[off : off+n], nil }
	}
	verdict, err := VerdictIntact, in.Stored.Check(ctx, src)
	switch {
	case errors.Is(err, storage.ErrNotExist):
		verdict, err = VerdictMissing, nil
	case errors.Is(err, seal.ErrTampered), errors.Is(err, ErrTampered):
		verdict, err = VerdictAltered, nil
	}
	out := OutcomeDone
	if err != nil || verdict != VerdictIntact {
		out = OutcomeFailed // the paper did not pass: the journal says so
	}
	return verdict, in.Stored.Digest, errors.Join(err, at.Conclude(ctx, out, 0))
}
