package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/minio/minio-go/v7"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	// partSize is one part of an upload, and the most that one request carries.
	partSize = 16 << 20

	// tries bounds how often one write is sent: over about two seconds.
	tries = 6

	checksumHeader = "x-amz-checksum-crc32c"
)

// Put implements [storage.Bucket]. Up to one part is held in memory, sent in one
// request and sent again, the same bytes, when the answer is lost; a longer
// ciphertext streams through one part at a time.
func (b *Bucket) Put(ctx context.Context, k storage.Key, c *seal.Ciphertext) error {
	if !k.Valid() || c == nil || c.Size() <= 0 {
		return fmt.Errorf("s3: put: %w", storage.ErrInvalid)
	}
	if err := b.ready(ctx); err != nil {
		return unavailable("put", k, err)
	}
	src := &source{r: c, left: c.Size()}
	if src.left > partSize {
		return b.putParts(ctx, k, src)
	}
	raw, err := src.next()
	if err != nil {
		return fmt.Errorf("s3: put %s: %w", k, err)
	}
	return b.putWhole(ctx, k, raw)
}

// Commit implements [storage.Bucket].
func (b *Bucket) Commit(ctx context.Context, k storage.Key, s *seal.Signed) error {
	if !k.Valid() || s == nil || s.Size() == 0 {
		return fmt.Errorf("s3: commit: %w", storage.ErrInvalid)
	}
	raw := s.Bytes()
	if len(raw) > storage.MaxCommit {
		return fmt.Errorf("s3: commit %s: %w", k, storage.ErrTooLarge)
	}
	if err := b.ready(ctx); err != nil {
		return unavailable("commit", k, err)
	}
	var (
		o   outcome
		err error
	)
	for try := range tries {
		if !pause(ctx, try) {
			return o.failure("commit", k, err)
		}
		// A 409 was not applied and does not say that the number is taken: the
		// same bytes go again. Everything else is the committer's to judge.
		if o, err = b.create(ctx, k, raw); o != conflict {
			return o.failure("commit", k, err)
		}
	}
	return b.lastConflict(ctx, "commit", k, err)
}

// lastConflict settles a write that met 409 to the end: some servers answer it
// to the loser of a race, where the standard has 412.
func (b *Bucket) lastConflict(ctx context.Context, op string, k storage.Key, err error) error {
	if _, serr := b.Stat(ctx, k); serr == nil {
		return exists.failure(op, k, err)
	}
	if isFolder(err) {
		return clash.failure(op, k, err)
	}
	return conflict.failure(op, k, err)
}

// putWhole sends raw until the server has it. Once an answer was lost, only a
// later success or our own bytes under the name end the doubt.
func (b *Bucket) putWhole(ctx context.Context, k storage.Key, raw []byte) error {
	var (
		o     outcome
		err   error
		doubt bool
	)
	for try := range tries {
		if !pause(ctx, try) {
			break
		}
		o, err = b.create(ctx, k, raw)
		switch o {
		case applied:
			return nil
		case exists:
			if doubt {
				return b.recognise(ctx, k, raw, err)
			}
			return o.failure("put", k, err)
		case lost:
			doubt = true
		case refused, clash, ignorant:
			return undecidedIf(doubt, o).failure("put", k, err)
		case conflict, busy:
		}
	}
	if o == conflict && !doubt {
		return b.lastConflict(ctx, "put", k, err)
	}
	return undecidedIf(doubt, o).failure("put", k, err)
}

// undecidedIf keeps the doubt of an earlier request: it may still land, whatever
// became of the last one.
func undecidedIf(doubt bool, o outcome) outcome {
	if doubt {
		return lost
	}
	return o
}

// recognise tells our own object, whose answer was lost, from a foreign one.
func (b *Bucket) recognise(ctx context.Context, k storage.Key, raw []byte, cause error) error {
	got, err := b.Get(ctx, k, 0, -1)
	switch {
	case err == nil && bytes.Equal(got, raw):
		return nil
	case err == nil, errors.Is(err, storage.ErrTooLarge):
		return exists.failure("put", k, cause)
	}
	return lost.failure("put", k, errors.Join(cause, err))
}

// create sends raw once, on condition that nothing is there.
func (b *Bucket) create(ctx context.Context, k storage.Key, raw []byte) (outcome, error) {
	opts := minio.PutObjectOptions{
		// Sent as it is: the library's own checksums need trailers, which fewer
		// servers take. A bucket with object lock wants one.
		UserMetadata:         map[string]string{checksumHeader: checksum(raw)},
		DisableContentSha256: true,
	}
	opts.SetMatchETagExcept("*")
	ctx, connected := watch(ctx)
	_, err := b.once.PutObject(ctx, b.name, b.object(k), bytes.NewReader(raw), int64(len(raw)), "", "", opts)
	return outcomeOf(err, connected.Load()), err
}

// watch reports whether a request got a connection. It does not ask whether bytes
// were written, which the transport goes on doing after it has given up waiting.
func watch(ctx context.Context) (context.Context, *atomic.Bool) {
	var connected atomic.Bool
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}), &connected
}

func checksum(raw []byte) string {
	sum := crc32.Checksum(raw, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// A source cuts a ciphertext into parts and holds it to the size it announced.
type source struct {
	r    io.Reader
	left int64
	part []byte // reused from part to part
}

// next returns the next part, valid until it is called again. With the last one
// it reads on to the end, which is where a ciphertext states its facts.
func (s *source) next() ([]byte, error) {
	if s.part == nil {
		s.part = make([]byte, min(s.left, partSize))
	}
	part := s.part[:min(s.left, partSize)]
	if _, err := io.ReadFull(s.r, part); err != nil {
		return nil, fmt.Errorf("read ciphertext: %w", err)
	}
	s.left -= int64(len(part))
	if s.left > 0 {
		return part, nil
	}
	switch n, err := io.ReadFull(s.r, make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("%w: ciphertext is longer than announced", storage.ErrInvalid)
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read ciphertext: %w", err)
	}
	return part, nil
}
