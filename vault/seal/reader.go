package seal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"
)

// A ContentReader gives the bytes of a stored content, from any offset. Every
// segment is compared with its signed digest before a byte of it is released.
// It keeps at most two segments (8 MiB) and, read from start to end, fetches
// each once; the padding of a content over 100 MiB may cost one more fetch. It
// is safe for concurrent use, one fetch at a time.
type ContentReader struct {
	redact
	plain veil[io.ReaderAt]
	size  int64
}

// OpenContent opens a content with its file key. st comes from a signed entry;
// src reads the stored object. The first and last segments are fetched at once:
// they hold the header and where the padding begins. ctx bounds this call and
// every later ReadAt, which has no context of its own. Errors of src are
// wrapped; others wrap [ErrTampered], [ErrKind] or [ErrUnset].
func OpenContent(ctx context.Context, src SegmentSource, st Stored, k FileKey, b Binding) (*ContentReader, error) {
	if err := b.check(KindContent); err != nil {
		return nil, err
	}
	if src == nil || k.IsZero() {
		return nil, fmt.Errorf("source or file key: %w", ErrUnset)
	}
	if err := st.check(); err != nil {
		return nil, err
	}
	segs := &segmentReader{ctx: ctx, src: src, stored: st, held: -1}
	first := make([]byte, st.HeaderSize)
	if _, err := segs.ReadAt(first, 0); err != nil {
		return nil, fmt.Errorf("opening a content: %w", err)
	}
	if header, err := headerOf(first); err != nil || len(header) != st.HeaderSize {
		return nil, fmt.Errorf("%w: the header does not end where it should", ErrTampered)
	}
	plain, padded, err := age.DecryptReaderAt(segs, st.Size, unbinder{binding: b, key: k.identity()})
	if err != nil {
		return nil, segs.blame(fmt.Errorf("opening a content: %w", err))
	}
	size, err := contentPadding.unpaddedSize(plain, padded)
	if err != nil {
		return nil, segs.blame(err)
	}
	plain = blaming{plain, segs}
	return &ContentReader{plain: veiled(&plain), size: size}, nil
}

// Size is the length of the content in bytes, its padding cut; zero for a nil
// or zero ContentReader.
func (r *ContentReader) Size() int64 {
	if r == nil {
		return 0
	}
	return r.size
}

// ReadAt implements [io.ReaderAt]. Errors wrap [ErrTampered], those of the
// source or of the context, [ErrUnset], or [ErrSize] for a negative offset.
func (r *ContentReader) ReadAt(p []byte, off int64) (int, error) {
	if r == nil || r.plain.lift() == nil {
		return 0, fmt.Errorf("content: %w", ErrUnset)
	}
	if off < 0 {
		return 0, fmt.Errorf("%w: negative offset", ErrSize)
	}
	if off >= r.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.size-off)
	n, err := (*r.plain.lift()).ReadAt(p[:want], off)
	if int64(n) == want {
		err = nil
		if n < len(p) {
			err = io.EOF
		}
	}
	return n, err
}

// A blaming reader tells tampering, which age finds, from a source that did not
// answer.
type blaming struct {
	io.ReaderAt
	segs *segmentReader
}

// ReadAt implements [io.ReaderAt].
func (b blaming) ReadAt(p []byte, off int64) (int, error) {
	n, err := b.ReaderAt.ReadAt(p, off)
	if err == nil || errors.Is(err, io.EOF) && n > 0 {
		return n, err
	}
	return n, b.segs.blame(fmt.Errorf("reading a content: %w", err))
}

// A segmentReader reads a stored object by checked segments. It holds the last
// one, which age reads first to see that nothing was cut off, and one other.
type segmentReader struct {
	ctx    context.Context //nolint:containedctx // an io.ReaderAt has no context; see OpenContent
	src    SegmentSource
	stored Stored

	mu      sync.Mutex // covers what follows
	last    []byte
	held    int64 // which segment is in current; -1 for none
	current []byte
	broken  error // the last error of src
}

// ReadAt implements [io.ReaderAt].
func (s *segmentReader) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := 0
	for done < len(p) {
		at := off + int64(done)
		if at >= s.stored.Size {
			return done, io.EOF
		}
		b, err := s.load(at / SegmentSize)
		if err != nil {
			return done, err
		}
		done += copy(p[done:], b[at%SegmentSize:])
	}
	return done, nil
}

func (s *segmentReader) load(i int64) ([]byte, error) {
	isLast := i == segments(s.stored.Size)-1
	if isLast && s.last != nil {
		return s.last, nil
	}
	if i == s.held {
		return s.current, nil
	}
	if err := s.ctx.Err(); err != nil {
		s.broken = fmt.Errorf("segment %d: %w", i, context.Cause(s.ctx))
		return nil, s.broken
	}
	if !isLast {
		s.held, s.current = -1, nil // let go of it before the next one is in memory
	}
	b, err := s.stored.segment(s.ctx, s.src, i)
	if err != nil {
		if !errors.Is(err, ErrTampered) {
			s.broken = err
		}
		return nil, err
	}
	if isLast {
		s.last = b
	} else {
		s.held, s.current = i, b
	}
	return b, nil
}

// blame wraps err with [ErrTampered] unless the source is to blame, or it does
// already.
func (s *segmentReader) blame(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil && errors.Is(err, s.broken) || errors.Is(err, ErrTampered) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrTampered, err)
}
