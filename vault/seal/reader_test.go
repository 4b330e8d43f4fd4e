package seal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"filippo.io/age"
)

// A former reader keeps the file key, and can put another payload under the
// authentic header: age accepts it. The signed digests do not, wherever it is.
func TestAReaderCannotForgeAPayloadUnderTheSameHeader(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	o := sealObject(t, randomBytes(21<<20), id.Recipient())
	stock := age.NewInjectedFileKeyIdentity(o.facts.FileKey.ExportFileKey().Reveal())
	chunks := (contentPadding.padded(int64(len(o.plain))) + ageChunk - 1) / ageChunk
	for _, chunk := range []int64{0, 17, 63, 64, 300, chunks - 40, chunks - 1} { // 300 is beyond 16 MiB
		forged := o.forgeChunk(t, chunk, []byte("loyer 950 EUR"))
		ra, _, err := age.DecryptReaderAt(bytes.NewReader(forged), int64(len(forged)), stock)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 13)
		if _, err := ra.ReadAt(got, chunk*ageChunk); err != nil || string(got) != "loyer 950 EUR" {
			t.Fatalf("chunk %d: the attack does not work on age: %v", chunk, err)
		}
		r, err := o.open(t, forged)
		if err != nil {
			wantErr(t, err, ErrTampered)
			continue
		}
		if _, err := r.ReadAt(got, chunk*ageChunk); !errors.Is(err, ErrTampered) || bytes.Contains(got, []byte("950 EUR")) && err == nil {
			t.Fatalf("chunk %d by offset: %q, %v", chunk, got, err)
		}
		segment := (chunk*(ageChunk+ageTag) + int64(o.facts.Stored.HeaderSize)) / SegmentSize
		whole, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		wantErr(t, err, ErrTampered)
		if int64(len(whole)) > segment*SegmentSize || !bytes.HasPrefix(o.plain, whole) {
			t.Fatalf("chunk %d: %d bytes released, some of them from the forged segment", chunk, len(whole))
		}
		wantErr(t, o.facts.Stored.Check(t.Context(), source(forged, nil)), ErrTampered)
	}
}

func TestNoFlippedCutSwappedOrLongerObjectIsRead(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	o := sealObject(t, randomBytes(SegmentSize+70_000), id.Recipient())
	refused := func(name string, raw []byte) {
		t.Helper()
		if got, err := o.read(t, raw); err == nil || len(got) > 0 && !bytes.HasPrefix(o.plain, got) {
			t.Errorf("read: %s", name)
		} else {
			wantErr(t, err, ErrTampered, io.ErrUnexpectedEOF)
		}
	}
	for i := 0; i < len(o.raw); i += 150_001 {
		raw := bytes.Clone(o.raw)
		raw[i] ^= 1 << (i % 8)
		refused("flipped bit", raw)
	}
	for _, i := range []int{0, 30, o.facts.Stored.HeaderSize - 1, o.facts.Stored.HeaderSize, SegmentSize - 1, SegmentSize, len(o.raw) - 1} {
		raw := bytes.Clone(o.raw)
		raw[i] ^= 1
		refused("flipped bit", raw)
	}
	for _, cut := range []int{1, 16, 70_000, SegmentSize, len(o.raw)} {
		refused("cut", o.raw[:len(o.raw)-cut])
	}
	other := sealObject(t, randomBytes(len(o.plain)), id.Recipient())
	refused("another object", other.raw)
	refused("halves of two objects", append(bytes.Clone(o.raw[:SegmentSize]), other.raw[SegmentSize:]...))
	swapped := append(bytes.Clone(o.raw[SegmentSize:]), o.raw[:SegmentSize]...)
	refused("segments swapped", swapped)
	if _, err := o.read(t, append(bytes.Clone(o.raw), "more"...)); err != nil {
		t.Errorf("bytes behind the signed size are never fetched, yet: %v", err)
	}
}

// Signed facts are trusted for their signature, not for their sense.
func TestFactsThatContradictThemselvesAreRefused(t *testing.T) {
	t.Parallel()
	o := sealObject(t, randomBytes(100), newIdentity(t).Recipient())
	for name, change := range map[string]func(*Stored){
		"no size":          func(s *Stored) { s.Size = 0 },
		"negative size":    func(s *Stored) { s.Size = -1 },
		"one byte more":    func(s *Stored) { s.Size++ },
		"one byte less":    func(s *Stored) { s.Size-- },
		"no header":        func(s *Stored) { s.HeaderSize = 0 },
		"header too long":  func(s *Stored) { s.HeaderSize = HeaderLimit + 1 },
		"header elsewhere": func(s *Stored) { s.HeaderSize++ },
		"header is all":    func(s *Stored) { s.HeaderSize = int(s.Size) },
		"header digest":    func(s *Stored) { s.HeaderDigest[0] ^= 1 },
		"no segments":      func(s *Stored) { s.Segments = nil },
		"more segments":    func(s *Stored) { s.Segments = append(s.Segments, s.Segments[0]) },
		"segment digest":   func(s *Stored) { s.Segments = []Digest{{1}} },
	} {
		st := o.facts.Stored
		change(&st)
		if _, err := OpenContent(t.Context(), source(o.raw, nil), st, o.facts.FileKey, o.bind); err == nil {
			t.Errorf("opened: %s", name)
		}
		if err := st.Check(t.Context(), source(o.raw, nil)); err == nil && name != "header elsewhere" {
			t.Errorf("checked: %s", name)
		}
	}
	whole := o.facts.Stored
	whole.Digest[0] ^= 1
	wantErr(t, whole.Check(t.Context(), source(o.raw, nil)), ErrTampered)
	_, err := OpenContent(t.Context(), source(o.raw, nil), o.facts.Stored, o.facts.FileKey, Bind(KindContent, "other"))
	wantErr(t, err, ErrTampered)
}

func TestReadingInOrderFetchesEachSegmentOnce(t *testing.T) {
	t.Parallel()
	o := sealObject(t, randomBytes(18<<20), newIdentity(t).Recipient())
	for _, step := range []int{1000, 64 << 10, 256 << 10, 1 << 20} {
		fetched := map[int64]int{}
		r := must(OpenContent(t.Context(), source(o.raw, fetched), o.facts.Stored, o.facts.FileKey, o.bind))(t)
		if len(fetched) != 2 {
			t.Errorf("opening fetched %v, not the first and the last segment", fetched)
		}
		buf := make([]byte, step)
		h := io.NewSectionReader(r, 0, r.Size())
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{h}, buf); err != nil {
			t.Fatal(err)
		}
		for i := range int64(len(o.facts.Stored.Segments)) {
			if fetched[i] != 1 {
				t.Errorf("by %d bytes: segment %d fetched %d times", step, i, fetched[i])
			}
		}
	}
}

func TestReadingByOffsetHoldsTwoSegments(t *testing.T) {
	o := sealObject(t, randomBytes(40<<20), newIdentity(t).Recipient())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := must(o.open(t, o.raw))(t)
	buf := make([]byte, 300_000)
	for off := int64(0); off < r.Size()-int64(len(buf)); off += 3<<20 + 11 {
		if n, err := r.ReadAt(buf, off); n != len(buf) || err != nil || !bytes.Equal(buf, o.plain[off:][:n]) {
			t.Fatalf("at %d: %d bytes, %v", off, n, err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 2*SegmentSize+2<<20 {
		t.Errorf("%d bytes held", held)
	}
	runtime.KeepAlive(r)
}

func TestContentReaderIsAReaderAt(t *testing.T) {
	t.Parallel()
	o := sealObject(t, append([]byte("quittance"), make([]byte, 3000)...), newIdentity(t).Recipient())
	r := must(o.open(t, o.raw))(t)
	if r.Size() != int64(len(o.plain)) {
		t.Fatalf("size %d", r.Size())
	}
	if err := iotest.TestReader(io.NewSectionReader(r, 0, r.Size()), o.plain); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, err := r.ReadAt(buf, r.Size()-3); n != 3 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if n, err := r.ReadAt(buf, r.Size()); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end, where the padding is: %d, %v", n, err)
	}
	if n, err := r.ReadAt(nil, 5); n != 0 || err != nil {
		t.Errorf("nothing: %d, %v", n, err)
	}
	_, err := r.ReadAt(buf, -1)
	wantErr(t, err, ErrSize)
}

// A bucket that does not answer is not tampering, and ending a call ends the
// reading.
func TestSourceErrorsAreNotTampering(t *testing.T) {
	t.Parallel()
	down := errors.New("bucket down")
	o := sealObject(t, randomBytes(13<<20), newIdentity(t).Recipient())
	for fail := range int64(len(o.facts.Stored.Segments)) {
		src := func(ctx context.Context, off, n int64) ([]byte, error) {
			if off/SegmentSize == fail {
				return nil, down
			}
			return source(o.raw, nil)(ctx, off, n)
		}
		r, err := OpenContent(t.Context(), src, o.facts.Stored, o.facts.FileKey, o.bind)
		if err == nil {
			_, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		}
		if !errors.Is(err, down) || errors.Is(err, ErrTampered) {
			t.Fatalf("segment %d: %v", fail, err)
		}
		wantErr(t, o.facts.Stored.Check(t.Context(), src), down)
	}
	withdrawn := errors.New("consent withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := must(OpenContent(ctx, source(o.raw, nil), o.facts.Stored, o.facts.FileKey, o.bind))(t)
	cancel(withdrawn)
	_, err := r.ReadAt(make([]byte, 10), 6<<20)
	if !errors.Is(err, withdrawn) || errors.Is(err, ErrTampered) {
		t.Fatalf("after the call ended: %v", err)
	}
}
