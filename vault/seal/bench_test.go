package seal

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"testing"

	"filippo.io/age"
)

// Each benchmark has raw age on the same bytes beside it: the floor. What is
// above it are the digests: of the plaintext, of segments, of the whole.

var benchSizes = []int{200 << 10, 16 << 20}

func BenchmarkSealContent(b *testing.B) {
	id := newIdentity(b)
	stock := must(age.ParseHybridRecipient(id.Recipient().String()))(b)
	bind, buf := Bind(KindContent, "safe", "document", "object"), make([]byte, 256<<10)
	for _, n := range benchSizes {
		plain := randomBytes(n)
		b.Run("coffre/"+strconv.Itoa(n>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				c := must(SealContent(bytes.NewReader(plain), int64(n), bind, id.Recipient()))(b)
				must(io.CopyBuffer(onlyWriter{io.Discard}, c.Ciphertext(), buf))(b)
				must(c.Facts())(b)
			}
		})
		b.Run("age/"+strconv.Itoa(n>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				w := must(age.Encrypt(io.Discard, stock))(b)
				must(w.Write(plain))(b)
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpenContent(b *testing.B) {
	id := newIdentity(b)
	for _, n := range benchSizes {
		o := sealObject(b, randomBytes(n), id.Recipient())
		src := func(off, n int64) []byte { return o.raw[off : off+n] }
		stock := must(age.ParseHybridIdentity(string(id.Text().Reveal())))(b)
		buf := make([]byte, 256<<10)
		b.Run("coffre/"+strconv.Itoa(n>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				key := must(id.ReleaseFileKey(o.raw[:o.facts.Stored.HeaderSize], o.facts.Stored, o.bind))(b)
				r := must(OpenContent(b.Context(), sliceSource(src), o.facts.Stored, key, o.bind))(b)
				must(io.CopyBuffer(onlyWriter{io.Discard}, io.NewSectionReader(r, 0, r.Size()), buf))(b)
			}
		})
		b.Run("age/"+strconv.Itoa(n>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				r := must(age.Decrypt(bytes.NewReader(o.raw), stock))(b)
				must(io.CopyBuffer(onlyWriter{io.Discard}, r, buf))(b)
			}
		})
	}
}

func BenchmarkSmall(b *testing.B) {
	id, bind := newIdentity(b), Bind(KindDescription, "safe", "document")
	plain := randomBytes(400)
	sealed := must(Seal(plain, bind, id.Recipient()))(b).Bytes()
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			must(Seal(plain, bind, id.Recipient()))(b)
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			must(id.Open(sealed, bind))(b)
		}
	})
	code := must(NewCode())(b)
	b.Run("code", func(b *testing.B) {
		for b.Loop() {
			must(code.Identity("sheet"))(b)
		}
	})
}

// onlyWriter hides ReadFrom, so that copying goes through the buffer.
type onlyWriter struct{ io.Writer }

func sliceSource(read func(off, n int64) []byte) SegmentSource {
	return func(_ context.Context, off, n int64) ([]byte, error) { return read(off, n), nil }
}
