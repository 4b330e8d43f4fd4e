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

// A Reading is one document on its way out. It is an [io.Reader]; every Read
// decrypts under a lease of the keeper's and gives it back, so that access ends
// when the session, the lock, the agent or the consent does, also in
// mid-download: nothing is decrypted once the act that ended it was answered.
// Close records how it ended. A Reading is for one goroutine.
type Reading struct {
	Document Document

	ctx     context.Context //nolint:containedctx // a Reading lives within one call, and io.Reader has no ctx
	lease   *lease
	content io.ReaderAt
	off     int64
	read    int64
	err     error
}

// atOnce bounds what is decrypted under one lease, in bytes: a fraction of its
// time on any machine.
const atOnce = 1 << 20

// Read opens one document from offset on. Errors: [ErrNotFound], [ErrLocked],
// [ErrTampered] when the stored object is not the deposited one, an
// [InvalidError] when offset lies outside the document.
func (c *Contents) Read(ctx context.Context, at Hold, safe SafeID, doc DocumentID, offset int64) (*Reading, error) {
	rel, err := at.Release(ctx, safe, doc)
	if err != nil {
		return nil, err
	}
	r := &Reading{Document: rel.Document, ctx: ctx, lease: &lease{at: at}, off: offset}
	if offset < 0 || offset > rel.Document.Size {
		r.err = &InvalidError{Field: "offset", Rule: "entre 0 et la taille du document"}
		return nil, errors.Join(r.err, r.Close())
	}
	r.err = r.lease.under(ctx, func() (err error) {
		r.content, err = c.open(ctx, rel, r.lease)
		return err
	})
	if r.err != nil {
		return nil, errors.Join(r.err, r.Close())
	}
	return r, nil
}

func (c *Contents) open(ctx context.Context, rel Release, l *lease) (io.ReaderAt, error) {
	if rel.Inline != nil {
		plain, err := seal.OpenInline(rel.Inline, rel.FileKey, rel.Binding)
		if err != nil {
			return nil, fromSeal(err)
		}
		return inMemory{plain}, nil
	}
	r, err := seal.OpenContent(ctx, l.segments(c.segments(rel.Key)), rel.Stored, rel.FileKey, rel.Binding)
	if err != nil {
		return nil, fromSeal(err)
	}
	if r.Size() != rel.Document.Size {
		return nil, fmt.Errorf("%w: size", ErrTampered)
	}
	return r, nil
}

// inMemory is a small content, decrypted as a whole.
type inMemory struct{ plain seal.Secret }

// ReadAt implements [io.ReaderAt].
func (m inMemory) ReadAt(p []byte, off int64) (int, error) {
	b := m.plain.Reveal()
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

// Read reads the next bytes, at most 1 MiB. When the keeper says no it answers
// none, whatever was decrypted by then.
func (r *Reading) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	p = p[:min(int64(len(p)), r.Document.Size-r.off, atOnce)]
	n := 0
	r.err = r.lease.under(r.ctx, func() (err error) {
		if len(p) == 0 {
			return io.EOF
		}
		n, err = r.content.ReadAt(p, r.off)
		if n == len(p) { // io.ReaderAt may say io.EOF with the last bytes
			return nil
		}
		return fromSeal(err)
	})
	if r.lease.no != nil {
		clear(p)
		return 0, r.err
	}
	r.off, r.read = r.off+int64(n), r.read+int64(n)
	r.lease.read = r.read
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
	if small, ok := r.content.(inMemory); ok {
		small.plain.Wipe()
	}
	return r.lease.at.Conclude(ctx, out, r.read)
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
