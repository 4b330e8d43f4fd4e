package seal

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// What the tests of this package share.

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newIdentity(t testing.TB) *Identity {
	t.Helper()
	return must(NewIdentity())(t)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// wantErr fails unless err wraps one of these.
func wantErr(t testing.TB, err error, want ...error) {
	t.Helper()
	for _, w := range want {
		if errors.Is(err, w) {
			return
		}
	}
	t.Fatalf("error is %v, want %v", err, want)
}

// A stored content, sealed and read to its end.
type object struct {
	raw   []byte
	facts Facts
	bind  Binding
	plain []byte
}

func sealObject(t testing.TB, plain []byte, to Recipient) object {
	t.Helper()
	b := Bind(KindContent, "safe", "document", "object")
	c := must(SealContent(bytes.NewReader(plain), int64(len(plain)), b, to))(t)
	size := c.Ciphertext().Size()
	raw := must(io.ReadAll(c.Ciphertext()))(t)
	if int64(len(raw)) != size {
		t.Fatalf("size announced %d, read %d", size, len(raw))
	}
	return object{raw: raw, facts: must(c.Facts())(t), bind: b, plain: plain}
}

// source serves raw and counts the fetches of each segment.
func source(raw []byte, fetched map[int64]int) SegmentSource {
	return func(_ context.Context, off, n int64) ([]byte, error) {
		if fetched != nil {
			fetched[off/SegmentSize]++
		}
		if off+n > int64(len(raw)) {
			return nil, io.ErrUnexpectedEOF
		}
		return bytes.Clone(raw[off : off+n]), nil
	}
}

func (o object) open(t testing.TB, raw []byte) (*ContentReader, error) {
	t.Helper()
	return OpenContent(t.Context(), source(raw, nil), o.facts.Stored, o.facts.FileKey, o.bind)
}

// read opens a (possibly hostile) object under the signed facts of o and reads
// all of it.
func (o object) read(t testing.TB, raw []byte) ([]byte, error) {
	t.Helper()
	r, err := o.open(t, raw)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
}

// forgeChunk is what a former reader can do: with the file key alone, put other
// plaintext into one chunk of an object, under its authentic header.
func (o object) forgeChunk(t testing.TB, index int64, plain []byte) []byte {
	t.Helper()
	forged := bytes.Clone(o.raw)
	nonceAt := o.facts.Stored.HeaderSize
	streamKey := must(hkdf.Key(sha256.New, o.facts.FileKey.ExportFileKey().Reveal(),
		forged[nonceAt:nonceAt+16], "payload", 32))(t)
	aead := must(chacha20poly1305.New(streamKey))(t)
	at := int64(nonceAt) + 16 + index*(ageChunk+ageTag)
	end := min(at+ageChunk+ageTag, int64(len(forged)))
	chunk := make([]byte, end-at-ageTag)
	nonce := make([]byte, 12)
	for i, n := 10, index; n > 0; i, n = i-1, n>>8 {
		nonce[i] = byte(n)
	}
	if end == int64(len(forged)) {
		nonce[11] = 1
	}
	old := must(aead.Open(nil, nonce, forged[at:end], nil))(t)
	copy(chunk, old)
	copy(chunk, plain)
	copy(forged[at:end], aead.Seal(nil, nonce, chunk, nil))
	return forged
}
