package seal

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"
)

func TestContentComesBackWithTheFactsThatWereSigned(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	for _, n := range []int{0, 1, 1023, 1024, ageChunk - 1, ageChunk, ageChunk + 1, SegmentSize, 2*SegmentSize + 12345} {
		o := sealObject(t, randomBytes(n), id.Recipient())
		want := must(StoredOf(o.raw))(t)
		got := o.facts.Stored
		if got.Size != want.Size || got.Digest != want.Digest || got.HeaderSize != want.HeaderSize ||
			got.HeaderDigest != want.HeaderDigest || len(got.Segments) != len(want.Segments) {
			t.Fatalf("%d bytes: facts %v, want %v", n, got, want)
		}
		if said := ContentSize(int64(n)); said != got.Size {
			t.Errorf("%d bytes take %d, and are said to take %d", n, got.Size, said)
		}
		if o.facts.PlainSize != int64(n) || o.facts.PlainDigest != DigestOf(o.plain) { // L-44
			t.Fatalf("%d bytes: facts of the plaintext", n)
		}
		key := must(id.ReleaseFileKey(o.raw[:got.HeaderSize], got, o.bind))(t)
		if !bytes.Equal(key.ExportFileKey().Reveal(), o.facts.FileKey.ExportFileKey().Reveal()) {
			t.Fatal("the key released is not the key captured")
		}
		if back, err := o.read(t, o.raw); err != nil || !bytes.Equal(back, o.plain) {
			t.Fatalf("%d bytes came back as %d, %v", n, len(back), err)
		}
		if err := got.Check(t.Context(), source(o.raw, nil)); err != nil { // L-48
			t.Fatal(err)
		}
	}
}

// A source that lies about its size must not leave an object that opens.
func TestContentOfAnotherSizeIsNeverFinished(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	b := Bind(KindContent, "safe", "document", "object")
	broken := errors.New("scanner unplugged")
	for _, n := range []int{0, 1, 1000, ageChunk, 3*ageChunk + 7} {
		for name, src := range map[string]io.Reader{
			"longer by one":  bytes.NewReader(make([]byte, n+1)),
			"much longer":    bytes.NewReader(make([]byte, n+5*ageChunk)),
			"one at a time":  iotest.OneByteReader(bytes.NewReader(make([]byte, n+1))),
			"shorter":        bytes.NewReader(make([]byte, max(0, n-1))),
			"broken at end":  io.MultiReader(bytes.NewReader(make([]byte, n)), iotest.ErrReader(broken)),
			"cut connection": io.MultiReader(bytes.NewReader(make([]byte, n/2)), iotest.ErrReader(io.ErrUnexpectedEOF)),
		} {
			if name == "shorter" && n == 0 {
				continue
			}
			c := must(SealContent(src, int64(n), b, id.Recipient()))(t)
			raw, err := io.ReadAll(c.Ciphertext())
			if err == nil {
				t.Fatalf("%s than %d bytes: sealed", name, n)
			}
			wantErr(t, err, ErrSize, broken, io.ErrUnexpectedEOF)
			_, err = c.Facts()
			wantErr(t, err, ErrUnread)
			if _, again := c.Ciphertext().Read(make([]byte, 1)); again == nil {
				t.Fatalf("%s than %d bytes: the error is forgotten", name, n)
			}
			stock := must(age.ParseHybridIdentity(string(id.Text().Reveal())))(t)
			if r, err := age.Decrypt(bytes.NewReader(raw), stock); err == nil {
				if _, err := io.ReadAll(r); err == nil {
					t.Fatalf("%s than %d bytes: what was sealed so far opens", name, n)
				}
			}
		}
	}
	for _, size := range []int64{-1, MaxContent + 1} {
		_, err := SealContent(strings.NewReader(""), size, b, id.Recipient())
		wantErr(t, err, ErrSize)
	}
}

func TestContentIsReadInAnyRhythm(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	b := Bind(KindContent, "safe", "document", "object")
	plain := randomBytes(3*ageChunk + 99)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"half": iotest.HalfReader, "early end": iotest.DataErrReader, "one byte": iotest.OneByteReader,
	} {
		c := must(SealContent(wrap(bytes.NewReader(plain)), int64(len(plain)), b, id.Recipient()))(t)
		_, err := c.Facts()
		wantErr(t, err, ErrUnread)
		raw := make([]byte, c.Ciphertext().Size())
		if _, err := io.ReadFull(wrap(c.Ciphertext()), raw); err != nil { // exactly Size, without asking for the end
			t.Fatal(name, err)
		}
		o := object{raw: raw, facts: must(c.Facts())(t), bind: b, plain: plain}
		if back, err := o.read(t, raw); err != nil || !bytes.Equal(back, plain) {
			t.Fatal(name, err)
		}
		if n, err := c.Ciphertext().Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Fatal(name, "read beyond the end", n, err)
		}
		if c.Ciphertext().Bytes() != nil || !c.Ciphertext().Digest().IsZero() {
			t.Fatal("a stream pretends to be in memory")
		}
	}
}

// The object is never in memory: 256 MiB pass through a few hundred kilobytes.
func TestSealingAContentDoesNotBufferIt(t *testing.T) {
	const size = 256 << 20
	c := must(SealContent(io.LimitReader(zeroReader{}, size), size,
		Bind(KindContent, "safe", "document", "object"), newIdentity(t).Recipient()))(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	buf := make([]byte, 1<<20)
	for read := int64(0); read < c.Ciphertext().Size(); {
		n, err := io.ReadFull(c.Ciphertext(), buf)
		if read += int64(n); err != nil && read < c.Ciphertext().Size() {
			t.Fatal(err)
		}
		if read%(32<<20) < int64(len(buf)) {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc-min(after.HeapAlloc, before.HeapAlloc))
		}
	}
	if peak > 8<<20 {
		t.Errorf("%d bytes of heap while sealing", peak)
	}
}

func TestAFileKeyOpensItsObjectAndNothingElse(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	a, b := sealObject(t, []byte("attestation CAF"), id.Recipient()), sealObject(t, []byte("secret médical"), id.Recipient())
	_, err := OpenContent(t.Context(), source(b.raw, nil), b.facts.Stored, a.facts.FileKey, b.bind)
	wantErr(t, err, ErrTampered)
	key := must(ParseFileKey(a.facts.FileKey.ExportFileKey()))(t)
	r := must(OpenContent(t.Context(), source(a.raw, nil), a.facts.Stored, key, a.bind))(t)
	if got := must(io.ReadAll(io.NewSectionReader(r, 0, r.Size())))(t); !bytes.Equal(got, a.plain) {
		t.Fatal("its own object does not open")
	}
	_, err = ParseFileKey(NewSecret(make([]byte, 15)))
	wantErr(t, err, ErrKeyText)
}

func TestOnlyTheHeaderThatWasSignedReleasesAKey(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	a, b := sealObject(t, []byte("A"), id.Recipient()), sealObject(t, []byte("B"), id.Recipient())
	sa, n := a.facts.Stored, a.facts.Stored.HeaderSize
	for name, try := range map[string]func() (FileKey, error){
		"another object's header": func() (FileKey, error) { return id.ReleaseFileKey(b.raw[:n], sa, a.bind) },
		"one byte more":           func() (FileKey, error) { return id.ReleaseFileKey(a.raw[:n+1], sa, a.bind) },
		"one byte less":           func() (FileKey, error) { return id.ReleaseFileKey(a.raw[:n-1], sa, a.bind) },
		"nothing":                 func() (FileKey, error) { return id.ReleaseFileKey(nil, sa, a.bind) },
		"another place": func() (FileKey, error) {
			return id.ReleaseFileKey(a.raw[:n], sa, Bind(KindContent, "safe", "document", "other"))
		},
		"facts with a longer header": func() (FileKey, error) {
			s := must(StoredOf(a.raw))(t)
			s.HeaderSize, s.HeaderDigest = n+16, DigestOf(a.raw[:n+16])
			return id.ReleaseFileKey(a.raw[:n+16], s, a.bind)
		},
		"facts that contradict themselves": func() (FileKey, error) {
			s := sa
			s.Segments = append(s.Segments, Digest{})
			return id.ReleaseFileKey(a.raw[:n], s, a.bind)
		},
	} {
		if key, err := try(); err == nil || !key.IsZero() {
			t.Errorf("released: %s", name)
		} else {
			wantErr(t, err, ErrTampered)
		}
	}
	_, err := newIdentity(t).ReleaseFileKey(a.raw[:n], sa, a.bind)
	wantErr(t, err, ErrNoKey)
}

func TestInlineContentFitsItsLimit(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	b := Bind(KindInline, "safe", "document")
	c, facts, err := SealInline(randomBytes(MaxInlinePlain), b, id.Recipient())
	if err != nil || c.Size() > MaxInline {
		t.Fatalf("the longest inline content has %d bytes sealed, %v", c.Size(), err)
	}
	if c.Size()-int64(MaxInlinePlain)+contentPadding.padded(MaxInlinePlain+1) <= MaxInline &&
		contentPadding.padded(MaxInlinePlain+1)-contentPadding.padded(MaxInlinePlain)+c.Size() <= MaxInline {
		t.Error("a longer one would fit too")
	}
	if got := must(OpenInline(c.Bytes(), must(id.ReleaseInline(c.Bytes(), b))(t), b))(t); DigestOf(got.Reveal()) != facts.PlainDigest {
		t.Error("it comes back changed")
	}
	_, _, err = SealInline(make([]byte, MaxInlinePlain+1), b, id.Recipient())
	wantErr(t, err, ErrSize)
	_, err = OpenInline(make([]byte, MaxInline+1), facts.FileKey, b)
	wantErr(t, err, ErrSize)
}
