package audit

import (
	"crypto/sha256"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// clockSlack is how far the clock may be behind the last leaf: that much a time
// server may correct it while the service runs.
const clockSlack = 2 * time.Minute

// head is where the trail stands. The writer owns it; it moves only after a
// commit succeeded.
type head struct {
	tree Tree
	last int64 // Unix time of the last leaf
}

// A writing is one transaction in the making. Its methods keep the first
// database error in err, which fails the whole transaction and closes the log
// for good; what they return are refusals that concern one request only and
// left no trace.
type writing struct {
	tx     *bolt.Tx
	origin string
	head   head
	// count holds the number of leaves of the subjects seen lately.
	count map[TagKey]uint64
	now   int64 // what new leaves will bear
	back  bool  // the clock is too far behind for new acts
	dirty bool
	err   error
}

func newWriting(tx *bolt.Tx, origin string, h head, count map[TagKey]uint64) *writing {
	wall := max(time.Now().Unix(), 0)
	return &writing{
		tx: tx, origin: origin, head: h, count: count,
		now:  max(wall, h.last),
		back: h.tree.Size() > 0 && wall < h.last-int64(clockSlack/time.Second),
	}
}

func (w *writing) bucket(name string) *bolt.Bucket {
	b := w.tx.Bucket([]byte(name))
	if name != bucketTag {
		b.FillPercent = 1 // keys only grow
	}
	return b
}

func (w *writing) put(bucket string, k, v []byte) {
	w.dirty = true
	if w.err == nil {
		w.err = w.bucket(bucket).Put(k, v)
	}
}

func (w *writing) remove(bucket string, k []byte) {
	w.dirty = true
	if w.err == nil {
		w.err = w.bucket(bucket).Delete(k)
	}
}

// act appends an intent or a fact. It refuses while the clock is wrong: what
// was allowed until yesterday must not come back to life.
func (w *writing) act(r Record, s Stage, res Result) (Position, error) {
	if w.back {
		return 0, ErrClockBack
	}
	e := Entry{Op: r.Op, Stage: s, Result: res}
	for _, k := range r.Subjects {
		e.Tags = append(e.Tags, w.nextTag(k))
	}
	pos := w.leaf(e, r.Detail)
	if s == StageIntent {
		w.put(bucketOpen, key(uint64(pos)), nil)
	}
	return pos, nil
}

// outcome ends an intent. The clock does not hinder it: the act is over, and to
// lose its outcome would help nobody.
func (w *writing) outcome(of Position, op Op, res Result, detail []byte) {
	pos := w.leaf(Entry{Op: op, Stage: StageOutcome, Of: of, Result: res}, detail)
	w.remove(bucketOpen, key(uint64(of)))
	w.put(bucketEnd, key(uint64(of)), key(uint64(pos)))
}

// leaf appends one leaf with its hashes, its detail and its tags.
func (w *writing) leaf(e Entry, detail []byte) Position {
	pos := Position(w.head.tree.Size())
	e.Time = time.Unix(w.now, 0)
	k := key(uint64(pos))
	if len(detail) > 0 {
		e.DetailDigest = sha256.Sum256(detail)
		w.put(bucketDetail, k, detail)
	}
	raw := e.Leaf()
	w.put(bucketLeaf, k, raw)
	at := tlog.StoredHashIndex(0, int64(pos))
	for i, h := range w.head.tree.add(tlog.RecordHash(raw)) {
		w.put(bucketHash, key(uint64(at)+uint64(i)), h[:])
	}
	for _, t := range e.Tags {
		w.put(bucketTag, t[:], k)
	}
	w.head.last = w.now
	return pos
}

// nextTag draws the subject's next tag. A subject not seen lately is counted by
// galloping over the tag index, then by halving.
func (w *writing) nextTag(k TagKey) [tagSize]byte {
	n, ok := w.count[k]
	if !ok {
		n = countTags(w.tx, k, w.origin)
		if len(w.count) >= maxCounters {
			clear(w.count) // dearer than an eviction list once in a while, simpler always
		}
	}
	w.count[k] = n + 1
	return tag(k, w.origin, n)
}

// maxCounters bounds the memory for counters to a few megabytes.
const maxCounters = 1 << 16

func countTags(tx *bolt.Tx, k TagKey, origin string) uint64 {
	b := tx.Bucket([]byte(bucketTag))
	has := func(n uint64) bool {
		t := tag(k, origin, n)
		return b.Get(t[:]) != nil
	}
	if !has(0) {
		return 0
	}
	lo, hi := uint64(0), uint64(1) // has(lo), and the first miss is in (lo, hi]
	for has(hi) {
		lo, hi = hi, 2*hi
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; has(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// checkpoint signs the tree as it will be after this transaction, or gives the
// note again that was signed over it before.
func (w *writing) checkpoint(s note.Signer) ([]byte, error) {
	size := w.head.tree.Size()
	if have := w.bucket(bucketCheckpoint).Get(key(size)); have != nil {
		return append([]byte(nil), have...), nil
	}
	msg, err := Checkpoint{Origin: w.origin, Size: size, Root: w.head.tree.Root()}.sign(s)
	if err != nil {
		return nil, err
	}
	w.put(bucketCheckpoint, key(size), msg)
	return msg, nil
}

// settle ends the intents that a crash left open, at most limit of them, and
// says how many it ended.
func (w *writing) settle(limit int) (int, error) {
	var open []Position
	c := w.tx.Bucket([]byte(bucketOpen)).Cursor()
	for k, _ := c.First(); k != nil && len(open) < limit; k, _ = c.Next() {
		n, ok := unkey(k)
		if !ok {
			return 0, fmt.Errorf("open intent: %w", ErrFormat)
		}
		open = append(open, Position(n))
	}
	for _, pos := range open {
		e, err := entryAt(w.tx, pos)
		if err != nil {
			return 0, fmt.Errorf("open intent: %w", err)
		}
		if e.Stage != StageIntent {
			return 0, &BadLeafError{Position: pos, Reason: "is listed as an open intent"}
		}
		w.outcome(pos, e.Op, ResultUnknown, nil)
	}
	return len(open), nil
}
