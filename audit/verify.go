package audit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Report is what [Verify] found in a trail in order.
type Report struct {
	Origin string
	Size   uint64 // leaves
	Root   tlog.Hash
	// Signed is how many leaves the newest checkpoint covers, stored or known. What
	// was written after it, nobody has vouched for yet.
	Signed      uint64
	Checkpoints uint64 // stored in the file
	Open        uint64 // intents without an outcome: a copy was taken in the middle of them
	Details     uint64 // sealed details present
	Erased      uint64 // details that a recorded erasure accounts for
	LastTime    time.Time
}

// Verify reads a trail file, believes nothing in it and derives everything anew:
// that leaves are numbered without gaps, canonical and never earlier than the
// one before; that stored hashes are the hashes of these leaves; that every
// intent has at most one outcome; that the indexes list what the leaves say and
// nothing else; that every detail is what its leaf says, or was taken by a
// recorded erasure; that every stored checkpoint is signed by v and signed this
// tree; and that the trail extends every known checkpoint.
//
// Known checkpoints decide what it is worth: whoever can write the file can cut
// it back to an older state, and only a checkpoint kept elsewhere shows that.
//
// The first leaf found wrong is a [*BadLeafError]; otherwise [*TruncatedError],
// [*ForkError], [*FileError], [ErrCheckpoint], [ErrOrigin] or [ErrFormat]. It
// opens the file for reading only. While a server has it open the answer is
// [ErrInUse]: verify an export ([Log.Export]) instead; a copy made by other means
// of a file being written may be torn.
func Verify(ctx context.Context, path string, v note.Verifier, known ...[]byte) (Report, error) {
	// bbolt only holds the lock here; its code never walks these bytes.
	db, file, err := openFile(path, true)
	if err != nil {
		return Report{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return Report{}, errors.Join(fmt.Errorf("trail file: %w", err), db.Close())
	}
	r, err := verify(ctx, file, info.Size(), v, known)
	if closeErr := guard(db.Close); err == nil && closeErr != nil {
		return Report{}, fmt.Errorf("trail file: %w", closeErr)
	}
	return r, err
}

// verify looks at the leaves first, even when pages are damaged, so that it can
// name the first bad leaf.
func verify(ctx context.Context, r io.ReaderAt, size int64, v note.Verifier, known [][]byte) (Report, error) {
	p, err := newPager(r, size)
	if err != nil {
		return Report{}, err
	}
	ts, err := p.tables()
	if err != nil {
		return Report{}, err
	}
	c := newVerification(ts, v)
	if err := c.meta(known); err != nil {
		return Report{}, err
	}
	if err := c.leaves(ctx); err != nil {
		return Report{}, err
	}
	if err := c.rest(); err != nil {
		return Report{}, err
	}
	if err := p.checkPages(ts); err != nil {
		return Report{}, err
	}
	return c.report, nil
}

// A verification walks all buckets that are ordered by position side by side.
type verification struct {
	t        map[string]table
	verifier note.Verifier
	report   Report
	tree     Tree
	last     int64

	leaf, hash, detail, erased, stored *stream

	known    []Checkpoint // ascending, those still ahead
	intents  uint64
	outcomes uint64
	tags     uint64
	erasure  erasureCheck
}

func newVerification(ts map[string]table, v note.Verifier) *verification {
	return &verification{
		t: ts, verifier: v,
		leaf:   newStream(ts[bucketLeaf]),
		hash:   newStream(ts[bucketHash]),
		detail: newStream(ts[bucketDetail]),
		erased: newStream(ts[bucketErased]),
		stored: newStream(ts[bucketCheckpoint]),
	}
}

// meta checks what does not depend on the leaves.
func (c *verification) meta(known [][]byte) error {
	cur, format := c.t[bucketMeta].cursor(), ""
	for {
		k, v, err := cur.next()
		if err != nil {
			return err
		}
		if k == nil {
			break
		}
		switch string(k) {
		case metaFormat:
			format = string(v)
		case metaOrigin:
			c.report.Origin = string(v)
		case metaScrub: // an erasure that goes on at the next opening
			if len(v) != 1 || v[0] < 1 || v[0] > 2 {
				return fmt.Errorf("meta %q: %w", k, ErrFormat)
			}
		default:
			return fmt.Errorf("meta %q: %w", k, ErrFormat)
		}
	}
	if format != formatV1 {
		return fmt.Errorf("format %q: %w", format, ErrFormat)
	}
	if err := checkOrigin(c.report.Origin); err != nil {
		return err
	}
	for _, msg := range known {
		cp, err := ParseCheckpoint(msg, c.verifier)
		if err != nil {
			return fmt.Errorf("known checkpoint: %w", err)
		}
		if cp.Origin != c.report.Origin {
			return fmt.Errorf("known checkpoint of %q, file of %q: %w", cp.Origin, c.report.Origin, ErrOrigin)
		}
		c.known = append(c.known, cp)
	}
	slices.SortFunc(c.known, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	return c.erasure.load(c.t[bucketErased])
}

// leaves walks the tree from the first leaf to the last.
func (c *verification) leaves(ctx context.Context) error {
	if err := c.checkpoints(); err != nil {
		return err
	}
	for {
		if c.tree.Size()%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("verify: %w", ctx.Err())
		}
		pos := Position(c.tree.Size())
		raw, more, err := c.leaf.take(uint64(pos))
		if err != nil {
			return &BadLeafError{Position: pos, Reason: "cannot be read", Err: err}
		}
		if !more {
			break
		}
		if raw == nil {
			return &BadLeafError{Position: pos, Reason: "is missing"}
		}
		if err := c.one(pos, raw); err != nil {
			return err
		}
		if err := c.checkpoints(); err != nil {
			return err
		}
	}
	c.report.Size, c.report.Root = c.tree.Size(), c.tree.Root()
	if c.report.Size > 0 {
		c.report.LastTime = time.Unix(c.last, 0).UTC()
	}
	return nil
}

// one checks a leaf and everything that belongs to it.
func (c *verification) one(pos Position, raw []byte) error {
	e, err := ParseLeaf(raw)
	if err != nil {
		return &BadLeafError{Position: pos, Reason: "does not parse", Err: err}
	}
	e.Position = pos
	at := uint64(tlog.StoredHashIndex(0, int64(pos)))
	for i, want := range c.tree.add(tlog.RecordHash(raw)) {
		have, _, err := c.hash.take(at + uint64(i))
		if err != nil {
			return &BadLeafError{Position: pos, Reason: "hash cannot be read", Err: err}
		}
		if !bytes.Equal(have, want[:]) {
			return &BadLeafError{Position: pos, Reason: "does not match its hash"}
		}
	}
	if e.Time.Unix() < c.last {
		return &BadLeafError{Position: pos, Reason: "is earlier than the one before"}
	}
	c.last = e.Time.Unix()
	for _, check := range []func(Entry) error{c.checkStage, c.checkTags, c.checkDetail} {
		if err := check(e); err != nil {
			return err
		}
	}
	return nil
}

// checkpoints compares the tree with the checkpoints of its present size.
func (c *verification) checkpoints() error {
	size := c.tree.Size()
	for len(c.known) > 0 && c.known[0].Size == size {
		if err := c.tree.Check(c.known[0]); err != nil {
			return err
		}
		c.known, c.report.Signed = c.known[1:], size
	}
	msg, _, err := c.stored.take(size)
	if err != nil {
		return fmt.Errorf("checkpoint at size %d: %w", size, err)
	}
	if msg == nil {
		return nil
	}
	cp, err := ParseCheckpoint(msg, c.verifier)
	if err != nil {
		return fmt.Errorf("checkpoint at size %d: %w", size, err)
	}
	if cp.Origin != c.report.Origin {
		return fmt.Errorf("checkpoint at size %d of %q: %w", size, cp.Origin, ErrOrigin)
	}
	if cp.Size != size {
		return fmt.Errorf("checkpoint at size %d speaks of %d: %w", size, cp.Size, ErrCheckpoint)
	}
	c.report.Signed = size
	c.report.Checkpoints++
	return c.tree.Check(cp)
}
