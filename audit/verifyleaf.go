package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// A stream reads a table keyed by numbers, in step with the leaves.
type stream struct {
	cur  *cursor
	n    uint64
	v    []byte
	full bool // n and v hold an item not yet taken
	end  bool
}

func newStream(t table) *stream { return &stream{cur: t.cursor()} }

// peek fills the stream; ok is false at the end of the table.
func (s *stream) peek() (ok bool, err error) {
	if s.full || s.end {
		return s.full, nil
	}
	k, v, err := s.cur.next()
	if err != nil {
		return false, err
	}
	if k == nil {
		s.end = true
		return false, nil
	}
	n, ok := unkey(k)
	if !ok {
		return false, fmt.Errorf("key of %d bytes in %s: %w", len(k), s.cur.t.name, ErrFormat)
	}
	s.n, s.v, s.full = n, v, true
	return true, nil
}

// take gives the value at n, nil when the table has none; more tells whether the
// table had anything left.
func (s *stream) take(n uint64) (v []byte, more bool, err error) {
	more, err = s.peek()
	if err != nil || !more || s.n != n {
		return nil, more, err
	}
	s.full = false
	if s.v == nil {
		return []byte{}, true, nil
	}
	return s.v, true, nil
}

// checkStage checks the bond between an outcome and its intent.
func (c *verification) checkStage(e Entry) error {
	bad := func(reason string) error { return &BadLeafError{Position: e.Position, Reason: reason} }
	switch e.Stage {
	case StageIntent:
		c.intents++
	case StageOutcome:
		c.outcomes++
		if e.Of >= e.Position {
			return bad("is the outcome of no earlier leaf")
		}
		raw, err := c.t[bucketLeaf].get(key(uint64(e.Of)))
		if err != nil {
			return &BadLeafError{Position: e.Position, Reason: "its intent cannot be read", Err: err}
		}
		intent, err := ParseLeaf(raw)
		if err != nil || intent.Stage != StageIntent || intent.Op != e.Op {
			return bad("is not the outcome of an intent")
		}
		// The index holds one outcome an intent, so a second one cannot be in it.
		end, err := c.t[bucketEnd].get(key(uint64(e.Of)))
		if err != nil {
			return &BadLeafError{Position: e.Position, Reason: "index of outcomes", Err: err}
		}
		if !bytes.Equal(end, key(uint64(e.Position))) {
			return bad("is not the one outcome of its intent")
		}
	case StageErasure:
		c.erasure.seen(e)
	case StageFact:
	}
	return nil
}

// checkTags looks every tag of the leaf up; that the index has no others is
// counted at the end.
func (c *verification) checkTags(e Entry) error {
	for _, t := range e.Tags {
		c.tags++
		v, err := c.t[bucketTag].get(t[:])
		if err != nil {
			return &BadLeafError{Position: e.Position, Reason: "tag index", Err: err}
		}
		if !bytes.Equal(v, key(uint64(e.Position))) {
			return &BadLeafError{Position: e.Position, Reason: "tag is not listed for this leaf"}
		}
	}
	return nil
}

// checkDetail checks that the detail is the one of the leaf, or was erased.
func (c *verification) checkDetail(e Entry) error {
	bad := func(reason string, err error) error {
		return &BadLeafError{Position: e.Position, Reason: reason, Err: err}
	}
	detail, _, err := c.detail.take(uint64(e.Position))
	if err != nil {
		return bad("detail cannot be read", err)
	}
	gone, _, err := c.erased.take(uint64(e.Position))
	if err != nil {
		return bad("list of erased details", err)
	}
	erased := gone != nil
	wants := e.DetailDigest != [32]byte{} && e.Stage != StageErasure
	switch {
	case !wants && (detail != nil || erased):
		return bad("has a detail it does not speak of", nil)
	case !wants:
	case detail != nil && erased:
		return bad("detail is back after its erasure", nil)
	case erased:
		c.report.Erased++
	case detail == nil:
		return bad("detail is missing, and no erasure accounts for it", nil)
	case sha256.Sum256(detail) != e.DetailDigest:
		return bad("detail does not match its digest", nil)
	default:
		c.report.Details++
	}
	return nil
}

// An erasureCheck holds the list of erased details against the last erasure on
// record, whose digest covers the whole list.
type erasureCheck struct {
	digest [32]byte
	count  uint64
	first  Position
	last   Position
	leaf   *Entry
}

func (x *erasureCheck) load(t table) error {
	h := erasedDigest()
	s := newStream(t)
	for {
		ok, err := s.peek()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if len(s.v) != 0 {
			return fmt.Errorf("list of erased details: %w", ErrFormat)
		}
		if x.count == 0 {
			x.first = Position(s.n)
		}
		x.last = Position(s.n)
		x.count++
		h.Write(binary.BigEndian.AppendUint64(nil, s.n))
		s.full = false
	}
	h.Sum(x.digest[:0])
	return nil
}

func (x *erasureCheck) seen(e Entry) { x.leaf = &e }

func (x *erasureCheck) check() error {
	switch {
	case x.leaf == nil && x.count == 0:
		return nil
	case x.leaf == nil:
		return &BadLeafError{Position: x.first, Reason: "detail is missing, and no erasure accounts for it"}
	case x.leaf.DetailDigest != x.digest || x.last >= x.leaf.Position:
		return &BadLeafError{Position: x.leaf.Position, Reason: "erased details are not the ones it accounts for"}
	}
	return nil
}

// rest checks that nothing is left over once all leaves have been seen.
func (c *verification) rest() error {
	size := c.tree.Size()
	if n := len(c.known); n > 0 {
		return &TruncatedError{Size: size, Known: c.known[n-1].Size}
	}
	if ok, err := c.stored.peek(); err != nil || ok {
		if err != nil {
			return err
		}
		return &TruncatedError{Size: size, Known: c.stored.n}
	}
	for _, s := range []*stream{c.hash, c.detail, c.erased} {
		ok, err := s.peek()
		if err != nil {
			return err
		}
		if ok {
			return &BadLeafError{Position: Position(size), Reason: "is missing, but not from bucket " + s.cur.t.name}
		}
	}
	if err := c.erasure.check(); err != nil {
		return err
	}
	return c.indexes(c.intents - c.outcomes)
}

// indexes counts the entries of the indexes that have no order of position.
func (c *verification) indexes(open uint64) error {
	for _, index := range []struct {
		name string
		want uint64
	}{{bucketTag, c.tags}, {bucketEnd, c.outcomes}, {bucketOpen, open}} {
		name, want := index.name, index.want
		cur, have := c.t[name].cursor(), uint64(0)
		for {
			k, v, err := cur.next()
			if err != nil {
				return err
			}
			if k == nil {
				break
			}
			have++
			if name == bucketOpen {
				if err := c.checkOpen(k, v); err != nil {
					return err
				}
			}
		}
		if have != want {
			return fmt.Errorf("index %s has %d entries, the leaves %d: %w", name, have, want, ErrFormat)
		}
	}
	c.report.Open = open
	return nil
}

// checkOpen checks that an intent listed as open is one.
func (c *verification) checkOpen(k, v []byte) error {
	n, ok := unkey(k)
	if !ok || len(v) != 0 {
		return fmt.Errorf("list of open intents: %w", ErrFormat)
	}
	bad := &BadLeafError{Position: Position(n), Reason: "is listed as an open intent"}
	raw, err := c.t[bucketLeaf].get(k)
	if err != nil {
		bad.Err = err
		return bad
	}
	end, err := c.t[bucketEnd].get(k)
	if err != nil {
		bad.Err = err
		return bad
	}
	if e, err := ParseLeaf(raw); err != nil || e.Stage != StageIntent || end != nil {
		return bad
	}
	return nil
}
