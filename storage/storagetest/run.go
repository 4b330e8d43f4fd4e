package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Run holds a bucket to every sentence of the [storage.Bucket] contract. Open
// returns an empty bucket each time; Run closes it.
func Run(t *testing.T, open func(t *testing.T) storage.Bucket) {
	t.Helper()
	for _, test := range []struct {
		rule string
		run  func(*testing.T, storage.Bucket)
	}{
		{"what was put is there, whole and described", putThenGet},
		{"a ciphertext streams in parts", putInParts},
		{"a name is written once", createOnly},
		{"a folder is no name", noKeyIsAFolder},
		{"eight writers of one name have one winner", race},
		{"the largest signed value is one commit", commitBound},
		{"a broken ciphertext leaves nothing", brokenSource},
		{"ranges are exact", ranges},
		{"an object of no bytes is an object", emptyRange},
		{"what is not there is said to be missing", notExist},
		{"listing ascends, also where slashes sort among dots and dashes", listOrder},
		{"listing goes on after a thousand keys", listPages},
		{"listing stops when told to", listStops},
		{"deleting is idempotent and frees the name", deleteTwice},
		{"what is malformed is refused before anything happens", invalid},
		{"an ended context does nothing", endedContext},
		{"calls run side by side", sideBySide},
		{"young unfinished writes are left alone", abortStale},
		{"times are the bucket's own", clock},
		{"the probe passes and leaves nothing", probe},
		{"a closed bucket is unavailable", closed},
	} {
		t.Run(strings.ReplaceAll(test.rule, " ", "_"), func(t *testing.T) {
			t.Parallel()
			b := open(t)
			t.Cleanup(func() {
				if err := b.Close(); err != nil && !errors.Is(err, storage.ErrUnavailable) {
					t.Error("close:", err)
				}
			})
			test.run(t, b)
		})
	}
}

func putThenGet(t *testing.T, b storage.Bucket) {
	k := Key(t, "s")
	c, want := Small(t, "what was put")
	before := time.Now().Add(-time.Minute)
	must(t, b.Put(t.Context(), k, c))
	wantBytes(t, b, k, want)

	info, err := b.Stat(t.Context(), k)
	must(t, err)
	if info.Key != k || info.Size != int64(len(want)) || info.Modified.Before(before) {
		t.Errorf("stat = %+v, want key %s and %d bytes of now", info, k, len(want))
	}
	s := Signed(t, "what was committed")
	must(t, b.Commit(t.Context(), k+".1", s))
	wantBytes(t, b, k+".1", s.Bytes())
}

// putInParts sends more than one part of 16 MiB, and a size that fills parts
// exactly or nearly.
func putInParts(t *testing.T, b storage.Bucket) {
	for _, size := range []int64{1, 200 << 10, 17 << 20, 40 << 20} {
		k := Key(t, "o")
		content := Content(t, size)
		must(t, b.Put(t.Context(), k, content.Ciphertext()))
		facts, err := content.Facts() // only after the ciphertext was read to its end
		must(t, err)
		info, err := b.Stat(t.Context(), k)
		must(t, err)
		if info.Size != facts.Stored.Size {
			t.Fatalf("%d bytes stored, want %d", info.Size, facts.Stored.Size)
		}
		var got bytes.Buffer
		for off := int64(0); off < info.Size; off += seal.SegmentSize {
			p, err := b.Get(t.Context(), k, off, min(seal.SegmentSize, info.Size-off))
			must(t, err)
			got.Write(p)
		}
		if seal.DigestOf(got.Bytes()) != facts.Stored.Digest {
			t.Errorf("%d bytes came back changed", size)
		}
		if info.Size > storage.MaxGet {
			_, err = b.Get(t.Context(), k, 0, -1)
			wantErr(t, err, storage.ErrTooLarge)
		}
		must(t, b.Delete(t.Context(), k))
	}
}

func createOnly(t *testing.T, b storage.Bucket) {
	k := Key(t, "m")
	first, second := Signed(t, "first"), Signed(t, "second")
	must(t, b.Commit(t.Context(), k, first))
	wantErr(t, b.Commit(t.Context(), k, second), storage.ErrExist)
	wantErr(t, b.Commit(t.Context(), k, first), storage.ErrExist)
	c, _ := Small(t, "other")
	wantErr(t, b.Put(t.Context(), k, c), storage.ErrExist)
	wantErr(t, b.Put(t.Context(), k, Content(t, 17<<20).Ciphertext()), storage.ErrExist)
	wantBytes(t, b, k, first.Bytes())
}

func noKeyIsAFolder(t *testing.T, b storage.Bucket) {
	k := Key(t, "s")
	must(t, b.Commit(t.Context(), k, Signed(t, "file")))
	below := k + "/below"
	if err := b.Commit(t.Context(), below, Signed(t, "below")); err == nil {
		t.Skip("this store keeps no folders and may allow it")
	} else {
		wantErr(t, err, storage.ErrInvalid)
	}
	_, err := b.Get(t.Context(), below, 0, -1)
	wantErr(t, err, storage.ErrNotExist)
	must(t, b.Delete(t.Context(), below))

	must(t, b.Commit(t.Context(), "v1/f/a/b", Signed(t, "deep")))
	wantErr(t, b.Commit(t.Context(), "v1/f/a", Signed(t, "above")), storage.ErrInvalid)
	must(t, b.Delete(t.Context(), "v1/f/a"))
	_, err = b.Stat(t.Context(), "v1/f/a/b")
	must(t, err)
}

// commitBound commits the largest signed value that can be made.
func commitBound(t *testing.T, b storage.Bucket) {
	k := Key(t, "m")
	overhead := int(Signed(t, "x").Size()) - 1
	big := Signed(t, strings.Repeat("x", min(seal.MaxSigned, storage.MaxCommit)-overhead))
	must(t, b.Commit(t.Context(), k, big))
	wantBytes(t, b, k, big.Bytes())
}

var errSource = errors.New("the phone lost its network")

// brokenSource cuts a deposit off in its first part, and in its second.
func brokenSource(t *testing.T, b storage.Bucket) {
	for _, size := range []int64{200 << 10, 20 << 20} {
		k := Key(t, "o")
		src := io.MultiReader(bytes.NewReader(make([]byte, size-1)), errReader{errSource})
		content, err := seal.SealContent(src, size, seal.Bind(seal.KindContent, "storagetest"), recipient(t))
		must(t, err)
		wantErr(t, b.Put(t.Context(), k, content.Ciphertext()), errSource)
		_, err = b.Stat(t.Context(), k)
		wantErr(t, err, storage.ErrNotExist)
	}
	if got := list(t, b, "", ""); len(got) != 0 {
		t.Errorf("listing shows %v", got)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func ranges(t *testing.T, b storage.Bucket) {
	k := Key(t, "o")
	c, want := Small(t, strings.Repeat("range", 1000))
	must(t, b.Put(t.Context(), k, c))
	size := int64(len(want))
	for _, r := range []struct {
		off, n int64
		err    error
	}{
		{0, size, nil},
		{0, -1, nil},
		{0, 1, nil},
		{1, 1, nil},
		{size - 1, 1, nil},
		{size - 1, -1, nil},
		{17, 4096, nil},
		{0, 0, nil},
		{5, 0, nil},
		{size, 0, nil},
		{size, -1, nil},
		{size, 1, storage.ErrShort},
		{size + 1, 0, storage.ErrShort},
		{size + 1, -1, storage.ErrShort},
		{0, size + 1, storage.ErrShort},
		{size - 1, 2, storage.ErrShort},
		{math.MaxInt64, 1, storage.ErrShort},
		{math.MaxInt64 - 1, 2, storage.ErrShort},
		{-1, 1, storage.ErrInvalid},
		{0, storage.MaxGet + 1, storage.ErrTooLarge},
	} {
		got, err := b.Get(t.Context(), k, r.off, r.n)
		if r.err != nil {
			wantErr(t, err, r.err)
			continue
		}
		must(t, err)
		end := r.off + r.n
		if r.n < 0 {
			end = size
		}
		if !bytes.Equal(got, want[r.off:end]) {
			t.Errorf("get [%d, +%d) returned other bytes", r.off, r.n)
		}
	}
}

// emptyRange asks for nothing of something that is not there, which is not
// nothing.
func emptyRange(t *testing.T, b storage.Bucket) {
	_, err := b.Get(t.Context(), Key(t, "o"), 0, 0)
	wantErr(t, err, storage.ErrNotExist)
	k := Key(t, "o")
	c, _ := Small(t, "x")
	must(t, b.Put(t.Context(), k, c))
	p, err := b.Get(t.Context(), k, 3, 0)
	must(t, err)
	if p == nil || len(p) != 0 {
		t.Errorf("empty range = %v, want an empty slice", p)
	}
}

func notExist(t *testing.T, b storage.Bucket) {
	k := Key(t, "o")
	_, err := b.Get(t.Context(), k, 0, -1)
	wantErr(t, err, storage.ErrNotExist)
	_, err = b.Get(t.Context(), k, 10, 5)
	wantErr(t, err, storage.ErrNotExist)
	_, err = b.Stat(t.Context(), k)
	wantErr(t, err, storage.ErrNotExist)
	if got := list(t, b, k, ""); len(got) != 0 {
		t.Errorf("listing shows %v", got)
	}
}

func listOrder(t *testing.T, b storage.Bucket) {
	keys := []storage.Key{
		"v1/a-b", "v1/a.b", "v1/a/b-c", "v1/a/b.c", "v1/a/b/c", "v1/a/b/d", "v1/a0", "v1/a_b",
		"v1/b/m/00000001", "v1/b/m/00000002", "v1/b/m/00000010", "v1/b/o/x", "v1/ba/m/1",
	}
	s := Signed(t, "listed")
	for _, k := range slices.Backward(keys) {
		must(t, b.Commit(t.Context(), k, s))
	}
	for _, q := range []struct {
		prefix, after storage.Key
		want          []storage.Key
	}{
		{"", "", keys},
		{"v", "", keys},
		{"v1", "", keys},
		{"v1/", "", keys},
		{"v1/a", "", keys[:8]},
		{"v1/a/", "", keys[2:6]},
		{"v1/a/b", "", keys[2:6]},
		{"v1/a/b/", "", keys[4:6]},
		{"v1/a/b/c", "", keys[4:5]},
		{"v1/b/m/", "v1/b/m/00000001", keys[9:11]},
		{"v1/b/m/", "v1/b/m/00000005", keys[10:11]},
		{"v1/b/m/", "v1/b/m/99", nil},
		{"v1/b/m/", "v1/a", keys[8:11]},
		{"", "v1/a/b/c", keys[5:]},
		{"", "v1/a/b", keys[2:]},
		{"", "v1/b/", keys[8:]},
		{"", "v1/zz", nil},
		{"v2", "", nil},
		{"x", "", nil},
		{"v1/none/", "", nil},
	} {
		if got := list(t, b, q.prefix, q.after); !slices.Equal(got, q.want) {
			t.Errorf("list %q after %q:\n got %v\nwant %v", q.prefix, q.after, got, q.want)
		}
	}
}

func listPages(t *testing.T, b storage.Bucket) {
	const count = 1030 // S3 answers a thousand at a time
	s := Signed(t, "page")
	var want []storage.Key
	for i := range count {
		want = append(want, storage.Key(fmt.Sprintf("v1/p/%06d", i)))
	}
	each(t, want, func(ctx context.Context, k storage.Key) error { return b.Commit(ctx, k, s) })
	if got := list(t, b, "v1/p/", ""); !slices.Equal(got, want) {
		t.Errorf("list = %d keys, want %d in order", len(got), count)
	}
	if got := list(t, b, "v1/p/", want[9]); !slices.Equal(got, want[10:]) {
		t.Errorf("list after the tenth = %d keys, want %d", len(got), count-10)
	}
}

func listStops(t *testing.T, b storage.Bucket) {
	for _, k := range []storage.Key{"v1/x/1", "v1/x/2", "v1/x/3"} {
		must(t, b.Commit(t.Context(), k, Signed(t, "x")))
	}
	seen := 0
	for info, err := range b.List(t.Context(), "v1/", "") {
		must(t, err)
		if info.Size == 0 || info.Modified.IsZero() {
			t.Errorf("listed without size or time: %+v", info)
		}
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d objects after the first, want none", seen-1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range b.List(ctx, "v1/", "") {
		last = err
	}
	wantErr(t, last, storage.ErrUnavailable)
	wantErr(t, last, context.Canceled)
}

func deleteTwice(t *testing.T, b storage.Bucket) {
	k := Key(t, "k")
	must(t, b.Delete(t.Context(), k))
	must(t, b.Commit(t.Context(), k, Signed(t, "first")))
	must(t, b.Delete(t.Context(), k))
	must(t, b.Delete(t.Context(), k))
	_, err := b.Get(t.Context(), k, 0, -1)
	wantErr(t, err, storage.ErrNotExist)
	again := Signed(t, "again")
	must(t, b.Commit(t.Context(), k, again))
	wantBytes(t, b, k, again.Bytes())
}

func invalid(t *testing.T, b storage.Bucket) {
	ctx := t.Context()
	s := Signed(t, "never stored")
	for _, k := range []storage.Key{
		"", "v1", "v1/", "v2/a", "/v1/a", "v1//a", "v1/a/", "v1/A", "v1/é", "v1/a b", "v1/..", "v1/./a", "v1/../../etc/passwd",
		"v1/a\x00", "v1/" + storage.Key(strings.Repeat("a", 256)), storage.Key("v1" + strings.Repeat("/aaaaaaa", 100)),
	} {
		c, _ := Small(t, "never stored")
		wantErr(t, b.Put(ctx, k, c), storage.ErrInvalid)
		wantErr(t, b.Commit(ctx, k, s), storage.ErrInvalid)
		wantErr(t, b.Delete(ctx, k), storage.ErrInvalid)
		_, err := b.Get(ctx, k, 0, -1)
		wantErr(t, err, storage.ErrInvalid)
		_, err = b.Stat(ctx, k)
		wantErr(t, err, storage.ErrInvalid)
	}
	for _, p := range []storage.Key{"/", "v1/../", "v1//", "A", "v1/*"} {
		for _, err := range b.List(ctx, p, "") {
			wantErr(t, err, storage.ErrInvalid)
		}
		for _, err := range b.List(ctx, "", p) {
			wantErr(t, err, storage.ErrInvalid)
		}
	}
	k := Key(t, "o")
	wantErr(t, b.Put(ctx, k, nil), storage.ErrInvalid)
	wantErr(t, b.Put(ctx, k, &seal.Ciphertext{}), storage.ErrInvalid)
	wantErr(t, b.Commit(ctx, k, nil), storage.ErrInvalid)
	wantErr(t, b.Commit(ctx, k, &seal.Signed{}), storage.ErrInvalid)
	if got := list(t, b, "", ""); len(got) != 0 {
		t.Errorf("listing shows %v", got)
	}
}

func endedContext(t *testing.T, b storage.Bucket) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := Key(t, "o")
	c, _ := Small(t, "x")
	check := func(err error) {
		t.Helper()
		wantErr(t, err, storage.ErrUnavailable)
		wantErr(t, err, context.Canceled)
	}
	check(b.Put(ctx, k, c))
	check(b.Put(ctx, k, Content(t, 17<<20).Ciphertext()))
	check(b.Commit(ctx, k, Signed(t, "x")))
	check(b.Delete(ctx, k))
	_, err := b.Get(ctx, k, 0, -1)
	check(err)
	_, err = b.Stat(ctx, k)
	check(err)
	_, _, err = b.Clock(ctx)
	check(err)
	_, err = b.AbortStale(ctx, time.Now())
	check(err)
	for _, err = range b.List(ctx, "", "") {
	}
	check(err)
	_, err = b.Stat(t.Context(), k)
	wantErr(t, err, storage.ErrNotExist)
}

func abortStale(t *testing.T, b storage.Bucket) {
	k := Key(t, "o")
	c, want := Small(t, "finished")
	must(t, b.Put(t.Context(), k, c))
	n, err := b.AbortStale(t.Context(), time.Now().Add(time.Hour))
	must(t, err)
	if n != 0 {
		t.Errorf("%d stale writes after a finished one, want none", n)
	}
	wantBytes(t, b, k, want)
}

func clock(t *testing.T, b storage.Bucket) {
	k := Key(t, "o")
	must(t, b.Commit(t.Context(), k, Signed(t, "x")))
	now, _, err := b.Clock(t.Context())
	must(t, err)
	info, err := b.Stat(t.Context(), k)
	must(t, err)
	if d := now.Sub(info.Modified); d < -2*time.Second || d > time.Minute {
		t.Errorf("clock is %v after the last write", d)
	}
}

func probe(t *testing.T, b storage.Bucket) {
	report, err := storage.Probe(t.Context(), b)
	must(t, err)
	if report.Races == 0 {
		t.Error("the probe ran no race")
	}
	if got := list(t, b, "", ""); len(got) != 0 {
		t.Errorf("the probe left %v", got)
	}
}

func closed(t *testing.T, b storage.Bucket) {
	must(t, b.Close())
	k := Key(t, "o")
	wantErr(t, b.Commit(t.Context(), k, Signed(t, "x")), storage.ErrUnavailable)
	_, err := b.Get(t.Context(), k, 0, -1)
	wantErr(t, err, storage.ErrUnavailable)
	for _, err := range b.List(t.Context(), "", "") {
		wantErr(t, err, storage.ErrUnavailable)
	}
}
