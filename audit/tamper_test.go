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
	defer func() { _ = db.Close() }() // only read
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
