package audit

import (
	"bytes"
	"errors"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"
)

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
	_, stranger := testKey(t, 3)
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
