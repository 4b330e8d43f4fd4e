package seal

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
)

// SegmentSize is the length of the pieces of a stored object that are digested
// and fetched one at a time, in bytes; the last one may be shorter.
const SegmentSize = 4 << 20

// Stored is what is known in the clear about a stored content: enough to check
// every byte of it without any key. It is worth what the signature over the
// entry that holds it is worth.
type Stored struct {
	Size         int64    // of the whole object
	Digest       Digest   // of the whole object
	HeaderSize   int      // how many bytes of it are the age header
	HeaderDigest Digest   // of the header
	Segments     []Digest // of each SegmentSize bytes
}

// A SegmentSource reads exactly the n bytes at off of one stored object.
type SegmentSource func(ctx context.Context, off, n int64) ([]byte, error)

// check refuses facts that contradict themselves, before anything is fetched or
// allocated for them.
func (s Stored) check() error {
	if s.Size == 0 && len(s.Segments) == 0 {
		return fmt.Errorf("facts of the stored object: %w", ErrUnset)
	}
	if s.HeaderSize <= 0 || s.HeaderSize > HeaderLimit || s.Size <= int64(s.HeaderSize) ||
		int64(len(s.Segments)) != segments(s.Size) {
		return fmt.Errorf("%w: facts that contradict themselves", ErrTampered)
	}
	return nil
}

func segments(size int64) int64 { return (size-1)/SegmentSize + 1 }

// segmentLength is the length of segment i.
func (s Stored) segmentLength(i int64) int64 { return min(SegmentSize, s.Size-i*SegmentSize) }

// segment fetches segment i and checks it before anybody sees a byte of it.
func (s Stored) segment(ctx context.Context, src SegmentSource, i int64) ([]byte, error) {
	b, err := src(ctx, i*SegmentSize, s.segmentLength(i))
	if err != nil {
		return nil, fmt.Errorf("segment %d: %w", i, err)
	}
	if int64(len(b)) != s.segmentLength(i) || DigestOf(b) != s.Segments[i] {
		return nil, fmt.Errorf("%w: segment %d", ErrTampered, i)
	}
	if i == 0 && DigestOf(b[:s.HeaderSize]) != s.HeaderDigest {
		return nil, fmt.Errorf("%w: header", ErrTampered)
	}
	return b, nil
}

// Check compares a stored object with its facts, without any key and without
// revealing anything (L-48). It holds one segment at a time. Errors of src are
// wrapped; a difference wraps [ErrTampered].
func (s Stored) Check(ctx context.Context, src SegmentSource) error {
	if err := s.check(); err != nil {
		return err
	}
	whole := sha256.New()
	for i := range segments(s.Size) {
		b, err := s.segment(ctx, src, i)
		if err != nil {
			return err
		}
		whole.Write(b)
	}
	if Digest(whole.Sum(nil)) != s.Digest {
		return fmt.Errorf("%w: the whole, though every segment is right", ErrTampered)
	}
	return nil
}

// StoredOf computes the facts of an object that is in memory. Errors wrap
// [ErrTampered].
func StoredOf(raw []byte) (Stored, error) {
	header, err := headerOf(raw)
	if err != nil {
		return Stored{}, err
	}
	t := newTally(int64(len(raw)))
	t.write(raw)
	s := t.stored(Stored{HeaderSize: len(header), HeaderDigest: DigestOf(header)})
	if err := s.check(); err != nil {
		return Stored{}, err
	}
	return s, nil
}

// A tally digests an object while it passes, whole and by segment. Most are one
// segment, and digested once.
type tally struct {
	size     int64
	whole    hash.Hash // nil for one segment
	segment  hash.Hash
	segments []Digest
}

func newTally(size int64) *tally {
	t := &tally{segment: sha256.New()}
	if size > SegmentSize {
		t.whole = sha256.New()
	}
	return t
}

func (t *tally) write(p []byte) {
	if t.whole != nil {
		t.whole.Write(p)
	}
	for len(p) > 0 {
		n := min(int64(len(p)), SegmentSize-t.size%SegmentSize)
		t.segment.Write(p[:n])
		t.size, p = t.size+n, p[n:]
		if t.size%SegmentSize == 0 {
			t.endSegment()
		}
	}
}

func (t *tally) endSegment() {
	t.segments = append(t.segments, Digest(t.segment.Sum(nil)))
	t.segment.Reset()
}

// stored ends the tally and completes what is known of the header.
func (t *tally) stored(header Stored) Stored {
	if t.size%SegmentSize != 0 {
		t.endSegment()
	}
	header.Size, header.Digest, header.Segments = t.size, t.segments[0], t.segments
	if t.whole != nil {
		header.Digest = Digest(t.whole.Sum(nil))
	}
	return header
}
