package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

// smallTrail writes a trail with everything in it: acts, facts, an erasure, open
// intents, late outcomes, checkpoints. It returns the checkpoints too.
func smallTrail(t testing.TB) (Config, [][]byte) {
	t.Helper()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	ctx := context.Background()
	notes := [][]byte{mustCheckpoint(t, l)}
	for i := range 4 {
		r := Record{Op: Op(i + 1), Subjects: []TagKey{subject(byte(i % 2)), subject(9)}, Detail: detail(fmt.Sprint(i))[:64]}
		p := mustBegin(t, l, r)
		if err := p.End(ctx, ResultDone, detail(fmt.Sprint("end", i))[:64]); err != nil {
			t.Fatal(err)
		}
		mustNote(t, l, Record{Op: 5}, ResultRefused)
		if i == 0 {
			notes = append(notes, mustCheckpoint(t, l))
		}
	}
	if err := l.EraseDetails(ctx, subject(1)); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, l, Record{Op: 6, Subjects: []TagKey{subject(0)}})
	notes = append(notes, mustCheckpoint(t, l))
	mustClose(t, l)
	return cfg, notes
}

// change edits a copy of the trail through the database, as somebody would who
// has the file and knows its format, and verifies it.
func change(t *testing.T, cfg Config, known [][]byte, edit func(*bolt.Tx) error) error {
	t.Helper()
	c := copyOf(t, cfg)
	defer func() { _ = os.Remove(c.Path) }()
	db, err := bolt.Open(c.Path, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(edit); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Verify(t.Context(), c.Path, c.Verifier, known...)
	return err
}

// Every bit of every key and every value of the file is vouched for: flip one
// and the verifier refuses; it names the leaf where one is concerned. L-53
func TestEveryBitOfEveryValue(t *testing.T) {
	t.Parallel()
	cfg, _ := smallTrail(t)
	raw, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() || underRace {
		step = 13
	}
	for _, it := range dump(t, cfg) {
		at := offsetOf(t, raw, it)
		for bit := 0; bit < len(it.v)*8; bit += step {
			checkFlip(t, it, bit, flip(t, cfg, raw, at*8+bit))
		}
		for bit := 0; bit < len(it.k)*8; bit += step {
			if flip(t, cfg, raw, (at-len(it.k))*8+bit) == nil {
				t.Errorf("%s %x: key bit %d flipped unseen", it.bucket, it.k, bit)
			}
		}
	}
}

// flip verifies a memory image of the file with one bit flipped.
func flip(t *testing.T, cfg Config, raw []byte, bit int) error {
	t.Helper()
	raw[bit/8] ^= 1 << (bit % 8)
	_, err := verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), cfg.Verifier, nil)
	raw[bit/8] ^= 1 << (bit % 8)
	return err
}

type item struct {
	bucket string
	k, v   []byte
}

func dump(t *testing.T, cfg Config) (items []item) {
	t.Helper()
	db, err := bolt.Open(cfg.Path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				items = append(items, item{string(name), bytes.Clone(k), bytes.Clone(v)})
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

// offsetOf finds the value of an item in the file by the pager.
func offsetOf(t *testing.T, raw []byte, it item) int {
	t.Helper()
	p, err := newPager(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	ts, err := p.tables()
	if err != nil {
		t.Fatal(err)
	}
	ids := []uint64{ts[it.bucket].root}
	if ids[0] == 0 {
		ids[0] = p.meta.root
	}
	kv := append(bytes.Clone(it.k), it.v...)
	for len(ids) > 0 {
		pg, err := p.page(ids[0])
		if err != nil {
			t.Fatal(err)
		}
		if pg.flags == flagBranch {
			for i := range pg.count {
				_, id := pg.child(i)
				ids = append(ids, id)
			}
		} else if i := bytes.LastIndex(pg.data, kv); i >= 0 {
			return int(ids[0])*int(p.meta.pageSize) + i + len(it.k)
		}
		ids = ids[1:]
	}
	t.Fatalf("%s %x is not found", it.bucket, it.k)
	return 0
}

func checkFlip(t *testing.T, it item, bit int, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s %x: value bit %d flipped unseen", it.bucket, it.k, bit)
		return
	}
	if it.bucket != bucketLeaf && it.bucket != bucketDetail && it.bucket != bucketHash {
		return
	}
	want, _ := unkey(it.k)
	if it.bucket == bucketHash {
		want = leafOfHash(want)
	}
	bad, ok := errors.AsType[*BadLeafError](err)
	if !ok || bad.Position != Position(want) {
		t.Errorf("%s %x: value bit %d flipped: %v, want leaf %d named", it.bucket, it.k, bit, err, want)
	}
}

// leafOfHash says with which leaf a stored hash was written.
func leafOfHash(index uint64) uint64 {
	n := uint64(0)
	for uint64(tlog.StoredHashIndex(0, int64(n+1))) <= index {
		n++
	}
	return n
}

// Flip any bit of any byte of a page in use: either the verifier refuses, or the
// bit is padding, and every key and value is still the same.
func TestEveryByteOfEveryUsedPage(t *testing.T) {
	t.Parallel()
	cfg, notes := smallTrail(t)
	raw, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPager(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	free, _, err := p.free(p.meta)
	if err != nil {
		t.Fatal(err)
	}
	want := content(t, raw)
	rnd := rand.New(rand.NewPCG(1, 1))
	size := int(p.meta.pageSize)
	harmless, refused := 0, 0
	for id := range p.meta.pages {
		if slices.Contains(free, id) {
			continue
		}
		for i := range size {
			at := int(id)*size + i
			if (raw[at] == 0 && i > 512 || testing.Short() || underRace) && rnd.IntN(20) > 0 {
				continue // mostly padding: a sample will do
			}
			bit := byte(1) << rnd.IntN(8)
			raw[at] ^= bit
			_, err := verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), cfg.Verifier, notes)
			if err != nil {
				refused++
			} else if !maps.Equal(want, content(t, raw)) {
				t.Errorf("page %d byte %d bit %#x: content changed unseen", id, i, bit)
			} else {
				harmless++
			}
			raw[at] ^= bit
		}
	}
	t.Logf("%d flips refused, %d in padding", refused, harmless)
	if refused < 100 {
		t.Errorf("only %d flips were refused", refused)
	}
}

// content reads every key and value with the pager.
func content(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	p, err := newPager(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	ts, err := p.tables()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for name, tab := range ts {
		c := tab.cursor()
		for {
			k, v, err := c.next()
			if err != nil {
				t.Fatal(err)
			}
			if k == nil {
				break
			}
			all[name+"\x00"+string(k)] = string(v)
		}
	}
	return all
}

// Somebody with the file and its format, but without the key, edits it and puts
// everything else right as far as that is possible.
func TestForgeries(t *testing.T) {
	t.Parallel()
	cfg, notes := smallTrail(t)
	b := func(tx *bolt.Tx, name string) *bolt.Bucket { return tx.Bucket([]byte(name)) }
	for _, tc := range []struct {
		name string
		edit func(*bolt.Tx) error
		want func(error) bool
	}{
		{"nothing", func(*bolt.Tx) error { return nil }, func(err error) bool { return err == nil }},
		{"a leaf gone", func(tx *bolt.Tx) error { return b(tx, bucketLeaf).Delete(key(5)) }, isBad(5)},
		{"the last leaf gone", func(tx *bolt.Tx) error { return b(tx, bucketLeaf).Delete(key(13)) }, isCut},
		{"a detail gone", func(tx *bolt.Tx) error { return b(tx, bucketDetail).Delete(key(6)) }, isBad(6)},
		{"a detail gone and said to be erased", func(tx *bolt.Tx) error {
			return errors.Join(b(tx, bucketDetail).Delete(key(6)), b(tx, bucketErased).Put(key(6), nil))
		}, isBad(12)},
		{"an erased detail no longer listed", func(tx *bolt.Tx) error { return b(tx, bucketErased).Delete(key(3)) }, isBad(3)},
		{"a detail of nothing", func(tx *bolt.Tx) error { return b(tx, bucketDetail).Put(key(2), []byte{1}) }, isBad(2)},
		{"a detail behind the end", func(tx *bolt.Tx) error { return b(tx, bucketDetail).Put(key(14), []byte{1}) }, isBad(14)},
		{"an outcome taken out of the index", func(tx *bolt.Tx) error { return b(tx, bucketEnd).Delete(key(0)) }, isBad(1)},
		{"a tag taken out of the index", func(tx *bolt.Tx) error {
			k, _ := b(tx, bucketTag).Cursor().First()
			return b(tx, bucketTag).Delete(k)
		}, anyBad},
		{"a tag too many", func(tx *bolt.Tx) error { return b(tx, bucketTag).Put(make([]byte, 16), key(0)) }, isFormat},
		{"an open intent unlisted", func(tx *bolt.Tx) error { return b(tx, bucketOpen).Delete(key(13)) }, isFormat},
		{"an ended intent listed as open", func(tx *bolt.Tx) error { return b(tx, bucketOpen).Put(key(0), nil) }, isBad(0)},
		{"a checkpoint gone", func(tx *bolt.Tx) error { return b(tx, bucketCheckpoint).Delete(key(3)) }, func(err error) bool { return err == nil }},
		{"a checkpoint moved", func(tx *bolt.Tx) error {
			return b(tx, bucketCheckpoint).Put(key(4), b(tx, bucketCheckpoint).Get(key(3)))
		}, isCheckpoint},
		{"a bucket too many", func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err }, isFormat},
		{"a bucket gone", func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(bucketErased)) }, isFormat},
		{"a bucket in a bucket", func(tx *bolt.Tx) error {
			_, err := b(tx, bucketLeaf).CreateBucket([]byte{0xff})
			return err
		}, anyBad},
		{"another origin", func(tx *bolt.Tx) error { return b(tx, bucketMeta).Put([]byte(metaOrigin), []byte("x")) }, isOrigin},
		{"no format", func(tx *bolt.Tx) error { return b(tx, bucketMeta).Delete([]byte(metaFormat)) }, isFormat},
		{"a rewritten leaf with all its hashes", func(tx *bolt.Tx) error { return rewrite(tx, 2, 0) }, isFork},
		{"a leaf dated back", func(tx *bolt.Tx) error { return rewrite(tx, 2, 10) }, isBad(2)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if err := change(t, cfg, notes, tc.edit); !tc.want(err) {
				t.Errorf("Verify = %v", err)
			}
		})
	}
}

// Open looks at the newest checkpoint in the file, and at what came after it.
func TestOpenRefusesForgeries(t *testing.T) {
	t.Parallel()
	cfg, notes := smallTrail(t)
	for name, tc := range map[string]struct {
		edit func(*bolt.Tx) error
		want func(error) bool
	}{
		"the last leaf gone":                   {func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucketLeaf)).Delete(key(13)) }, isCut},
		"a rewritten leaf with all its hashes": {func(tx *bolt.Tx) error { return rewrite(tx, 2, 0) }, isFork},
		"the last leaf changed": {func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucketLeaf))
			return b.Put(key(13), b.Get(key(2)))
		}, isBad(13)},
		"an outcome listed as open": {func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucketOpen)).Put(key(1), nil) }, isBad(1)},
		"an older checkpoint in its place": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(bucketCheckpoint)).Put(key(14), notes[1])
		}, isFormat},
		"a bucket gone": {func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(bucketEnd)) }, isFormat},
		"another format": {func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(bucketMeta)).Put([]byte(metaFormat), []byte("coffre/trail/v2"))
		}, isFormat},
	} {
		c := copyOf(t, cfg)
		db, err := bolt.Open(c.Path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(tc.edit), db.Close()); err != nil {
			t.Fatal(err)
		}
		l, err := Open(c)
		if err == nil {
			_ = l.Close()
		}
		if !tc.want(err) {
			t.Errorf("%s: Open = %v", name, err)
		}
	}
}

// rewrite changes the operation of a leaf, sets it back in time, and recomputes
// every hash of the tree.
func rewrite(tx *bolt.Tx, pos, secondsBack uint64) error {
	leaves, hashed := tx.Bucket([]byte(bucketLeaf)), tx.Bucket([]byte(bucketHash))
	e, err := ParseLeaf(leaves.Get(key(pos)))
	if err != nil {
		return err
	}
	e.Op += 100
	raw := e.Leaf()
	if secondsBack > 0 {
		copy(raw[7:], key(uint64(e.Time.Unix())-secondsBack))
	}
	if err := leaves.Put(key(pos), raw); err != nil {
		return err
	}
	size, err := sizeOf(tx)
	if err != nil {
		return err
	}
	var tree Tree
	for n := range size {
		at := uint64(tlog.StoredHashIndex(0, int64(n)))
		for i, h := range tree.add(tlog.RecordHash(leaves.Get(key(n)))) {
			if err := hashed.Put(key(at+uint64(i)), h[:]); err != nil {
				return err
			}
		}
	}
	return nil
}

func isBad(pos Position) func(error) bool {
	return func(err error) bool {
		bad, ok := errors.AsType[*BadLeafError](err)
		return ok && bad.Position == pos
	}
}

func anyBad(err error) bool       { _, ok := errors.AsType[*BadLeafError](err); return ok }
func isCut(err error) bool        { _, ok := errors.AsType[*TruncatedError](err); return ok }
func isFork(err error) bool       { _, ok := errors.AsType[*ForkError](err); return ok }
func isFormat(err error) bool     { return errors.Is(err, ErrFormat) }
func isOrigin(err error) bool     { return errors.Is(err, ErrOrigin) }
func isCheckpoint(err error) bool { return errors.Is(err, ErrCheckpoint) }

// Removal of the newest entries, or a whole older file put back, is found by any
// holder of one later checkpoint, and refused at Open before anything is
// written. L-57
func TestCutIsFoundByLaterCheckpoint(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	for range 10 {
		mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}}, ResultDone)
	}
	mustBegin(t, l, Record{Op: 2}) // left open: settling it would write
	early := mustCheckpoint(t, l)
	old := copyOf(t, cfg)
	mustNote(t, l, Record{Op: 3}, ResultDone)
	late := mustCheckpoint(t, l)
	mustClose(t, l)

	mustVerify(t, old, early) // by itself the older file is sound
	_, err := Verify(t.Context(), old.Path, old.Verifier, early, late)
	if cut, ok := errors.AsType[*TruncatedError](err); !ok || cut.Size != 11 || cut.Known != 12 {
		t.Fatalf("Verify of the older file = %v", err)
	}
	before, err := os.ReadFile(old.Path)
	if err != nil {
		t.Fatal(err)
	}
	old.Known = [][]byte{early, late}
	if _, err := Open(old); !isCut(err) {
		t.Fatalf("Open of the older file = %v", err)
	}
	after, err := os.ReadFile(old.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("a refused file was written to")
	}
	// The older file goes its own way: longer than the checkpoint, but another history.
	old.Known = [][]byte{early}
	l = mustOpen(t, old)
	mustNote(t, l, Record{Op: 4}, ResultDone)
	mustClose(t, l)
	if _, err := Verify(t.Context(), old.Path, old.Verifier, late); !isFork(err) {
		t.Errorf("Verify of the forked file = %v", err)
	}
	old.Known = [][]byte{late}
	if _, err := Open(old); !isFork(err) {
		t.Errorf("Open of the forked file = %v", err)
	}
	_, stranger := testKey(t, testOrigin, 3)
	if _, err := Verify(t.Context(), cfg.Path, stranger, late); !isCheckpoint(err) {
		t.Errorf("Verify with another key = %v", err)
	}
}

// A file cut in its bytes, or with damaged heads, is refused, by Open as well.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	cfg, _ := smallTrail(t)
	raw, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte { b := bytes.Clone(raw); b[at] ^= 1; return b }
	size := os.Getpagesize()
	p, err := newPager(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"one page":       raw[:size],
		"two pages":      raw[:2*size],
		"last page cut":  raw[:(int(p.meta.pages)-1)*size],
		"first head":     flip(pageHeader + 50),
		"second head":    flip(size + pageHeader + 50),
		"not a database": bytes.Repeat([]byte("x"), 4*size),
	} {
		c := cfg
		c.Path = t.TempDir() + "/damaged.db"
		if err := os.WriteFile(c.Path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(t.Context(), c.Path, c.Verifier); err == nil {
			t.Errorf("%s: verified", name)
		}
		if l, err := Open(c); err == nil {
			_ = l.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Verify(t.Context(), cfg.Path+".none", cfg.Verifier); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// What was flipped on disk is never shown as if it had been recorded.
func TestReadersRefuseTamperedLeaves(t *testing.T) {
	t.Parallel()
	cfg, _ := smallTrail(t)
	for name, edit := range map[string]func(*bolt.Tx) error{
		"leaf": func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucketLeaf))
			raw := bytes.Clone(b.Get(key(0)))
			raw[3] ^= 1
			return b.Put(key(0), raw)
		},
		"detail": func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucketDetail)).Put(key(0), []byte("lie")) },
		"tag index": func(tx *bolt.Tx) error {
			g := tag(subject(0), testOrigin, 0)
			return tx.Bucket([]byte(bucketTag)).Put(g[:], key(3))
		},
		"outcome index": func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucketEnd)).Put(key(0), key(4)) },
	} {
		c := copyOf(t, cfg)
		db, err := bolt.Open(c.Path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(edit), db.Close()); err != nil {
			t.Fatal(err)
		}
		l := mustOpen(t, c)
		var got error
		for _, err := range l.Journal(t.Context(), subject(0), 0) {
			got = err
		}
		if !anyBad(got) {
			t.Errorf("%s: journal ended with %v", name, got)
		}
		mustClose(t, l)
	}
}
