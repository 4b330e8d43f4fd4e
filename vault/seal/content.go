package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

const (
	// MaxContent is the largest content that can be sealed, in bytes: the
	// digests of its segments still fit in one signed entry.
	MaxContent = 64 << 30

	ageChunk = 64 << 10 // of plaintext
	ageTag   = 16       // that follows each chunk
)

// Facts are what is known of a content once it is sealed. Stored is public; the
// rest is the person's.
type Facts struct {
	redact
	Stored      Stored
	PlainSize   int64
	PlainDigest Digest
	FileKey     FileKey
}

// A Content is a document's bytes being sealed while its ciphertext is read. It
// holds about two age chunks (128 KiB), whatever the size. It is for one
// goroutine.
type Content struct {
	redact
	sealer     veil[sealer]
	ciphertext *Ciphertext
}

// SealContent seals a content that src gives, exactly size bytes of it, to the
// recipient of a safe. Nothing is read from src before the ciphertext is. When
// src gives more or fewer bytes the ciphertext ends in an error that wraps
// [ErrSize], never in a shorter object that would open. Errors wrap [ErrSize],
// [ErrKind] or [ErrUnset].
func SealContent(src io.Reader, size int64, b Binding, to Recipient) (*Content, error) {
	if err := b.check(KindContent); err != nil {
		return nil, err
	}
	if src == nil {
		return nil, fmt.Errorf("source: %w", ErrUnset)
	}
	if size < 0 || size > MaxContent {
		return nil, fmt.Errorf("%w: content of %d bytes", ErrSize, size)
	}
	s := &sealer{
		plain: &exactReader{src: src, size: size, digest: sha256.New()},
		left:  contentPadding.padded(size),
	}
	s.padded = io.MultiReader(s.plain, contentPadding.tail(size))
	if err := s.start(b, to); err != nil {
		return nil, err
	}
	return &Content{sealer: veiled(s), ciphertext: &Ciphertext{size: s.size, from: s}}, nil
}

// Ciphertext is what goes to storage. There is one: reading it is what seals.
func (c *Content) Ciphertext() *Ciphertext {
	if c == nil {
		return nil
	}
	return c.ciphertext
}

// Facts are known once the last byte of the ciphertext was read; before that,
// and after an error, they wrap [ErrUnread].
func (c *Content) Facts() (Facts, error) {
	if c == nil || c.sealer.lift() == nil {
		return Facts{}, fmt.Errorf("content: %w", ErrUnset)
	}
	s := c.sealer.lift()
	switch {
	case s.tally.size == s.size:
		return s.facts, nil
	case s.err != nil:
		return Facts{}, fmt.Errorf("%w: %w", ErrUnread, s.err)
	default:
		return Facts{}, fmt.Errorf("content: %w", ErrUnread)
	}
}

// A sealer makes the ciphertext of a content as it is read.
type sealer struct {
	size   int64 // of the ciphertext
	plain  *exactReader
	padded io.Reader // plain and its padding
	left   int64     // bytes of padded not sealed yet
	chunk  []byte
	sealed bytes.Buffer
	age    io.WriteCloser // writes to sealed
	tally  *tally
	facts  Facts
	err    error // what Read answers once sealed is empty
}

// start has age write header and nonce, which gives the exact size.
func (s *sealer) start(b Binding, to Recipient) error {
	w, key, err := encrypt(&s.sealed, b, []Recipient{to})
	if err != nil {
		return err
	}
	defer clear(key)
	s.age = w
	header, err := headerOf(s.sealed.Bytes())
	if err != nil {
		return err
	}
	chunks := (s.left + ageChunk - 1) / ageChunk
	s.size = int64(s.sealed.Len()) + s.left + chunks*ageTag
	s.chunk = make([]byte, min(ageChunk, s.left))
	s.tally = newTally(s.size)
	s.facts.Stored = Stored{HeaderSize: len(header), HeaderDigest: DigestOf(header)}
	s.facts.FileKey, err = fileKeyOf(key)
	return err
}

// Read implements [io.Reader].
func (s *sealer) Read(p []byte) (int, error) {
	for s.err == nil && s.sealed.Len() == 0 {
		s.err = s.fill()
	}
	if s.sealed.Len() == 0 || len(p) == 0 {
		return 0, s.err
	}
	n, _ := s.sealed.Read(p) // a buffer that is not empty never fails
	s.tally.write(p[:n])
	if s.tally.size == s.size {
		s.facts.Stored = s.tally.stored(s.facts.Stored)
	}
	return n, nil
}

// fill seals one more chunk. The last one, without which nothing opens, is
// written only after the source gave its exact size and its end.
func (s *sealer) fill() error {
	if s.left == 0 {
		return io.EOF
	}
	chunk := s.chunk[:min(ageChunk, s.left)]
	defer clear(chunk)
	if _, err := io.ReadFull(s.padded, chunk); err != nil {
		return fmt.Errorf("sealing a content: %w", err)
	}
	if _, err := s.age.Write(chunk); err != nil {
		return fmt.Errorf("sealing a content: %w", err)
	}
	if s.left -= int64(len(chunk)); s.left > 0 {
		return nil
	}
	if err := s.age.Close(); err != nil {
		return fmt.Errorf("sealing a content: %w", err)
	}
	s.facts.PlainSize, s.facts.PlainDigest = s.plain.size, Digest(s.plain.digest.Sum(nil))
	return nil
}

// An exactReader gives exactly size bytes of src and digests them. It ends in
// [ErrSize] when src has fewer or more.
type exactReader struct {
	src    io.Reader
	size   int64
	given  int64
	digest hash.Hash
}

// Read implements [io.Reader].
func (r *exactReader) Read(p []byte) (int, error) {
	if r.given == r.size {
		return 0, r.end()
	}
	n, err := r.src.Read(p[:min(int64(len(p)), r.size-r.given)])
	r.digest.Write(p[:n])
	r.given += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if r.given < r.size {
			return n, fmt.Errorf("%w: %d bytes instead of %d", ErrSize, r.given, r.size)
		}
	}
	if err != nil {
		return n, fmt.Errorf("source: %w", err)
	}
	return n, nil
}

// end asks src for one byte more than announced.
func (r *exactReader) end() error {
	switch _, err := io.ReadFull(r.src, make([]byte, 1)); {
	case err == nil:
		return fmt.Errorf("%w: more than %d bytes", ErrSize, r.size)
	case errors.Is(err, io.EOF):
		return io.EOF
	default:
		return fmt.Errorf("source: %w", err)
	}
}

// ContentSize is how long a content of so many bytes is once sealed to one recipient:
// what it takes in a bucket.
func ContentSize(plain int64) int64 {
	left := contentPadding.padded(plain)
	return contentHeader + left + (left+ageChunk-1)/ageChunk*ageTag
}

// contentHeader is the length of the header and the nonce for one recipient.
const contentHeader = 1687 + 16
