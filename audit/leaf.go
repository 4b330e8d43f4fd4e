package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// The encoding of a leaf, version 1 (FORMAT.md §2). All numbers are big-endian.
const (
	leafVersion = 1
	leafHeader  = 15 // version, stage, op, result, flags, tag count, time
	tagSize     = 16
	flagDigest  = 1
	maxLeaf     = leafHeader + 8 + MaxSubjects*tagSize + 32
	// maxTime is the last second of year 9999, the last that RFC 3339 can write.
	maxTime = 253402300799
)

// Leaf gives the bytes of the leaf: what the tree hashes and a proof speaks of.
// They depend on nothing but the entry's time, operation, stage, intent, result,
// tags and detail digest.
func (e Entry) Leaf() []byte {
	b := make([]byte, 0, maxLeaf)
	var flags byte
	if e.DetailDigest != [32]byte{} {
		flags |= flagDigest
	}
	b = append(b, leafVersion, byte(e.Stage))
	b = binary.BigEndian.AppendUint16(b, uint16(e.Op))
	b = append(b, byte(e.Result), flags, byte(len(e.Tags)))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.Unix()))
	if e.Stage == StageOutcome {
		b = binary.BigEndian.AppendUint64(b, uint64(e.Of))
	}
	for _, t := range e.Tags {
		b = append(b, t[:]...)
	}
	if flags&flagDigest != 0 {
		b = append(b, e.DetailDigest[:]...)
	}
	return b
}

// ParseLeaf reads the bytes of one leaf; the entry has neither position nor
// detail, which are not in them. It accepts exactly what [Entry.Leaf] writes:
// no two byte strings are the same leaf. Errors wrap [ErrFormat].
func ParseLeaf(b []byte) (Entry, error) {
	if len(b) < leafHeader || len(b) > maxLeaf {
		return Entry{}, fmt.Errorf("leaf of %d bytes: %w", len(b), ErrFormat)
	}
	if b[0] != leafVersion {
		return Entry{}, fmt.Errorf("leaf version %d: %w", b[0], ErrFormat)
	}
	e := Entry{
		Stage:  Stage(b[1]),
		Op:     Op(binary.BigEndian.Uint16(b[2:])),
		Result: Result(b[4]),
	}
	flags, tags, seconds := b[5], int(b[6]), binary.BigEndian.Uint64(b[7:])
	if seconds > maxTime || tags > MaxSubjects || flags&^flagDigest != 0 {
		return Entry{}, fmt.Errorf("leaf header: %w", ErrFormat)
	}
	e.Time = time.Unix(int64(seconds), 0).UTC()
	rest := b[leafHeader:]
	want := tags * tagSize
	if e.Stage == StageOutcome {
		want += 8
	}
	if flags&flagDigest != 0 {
		want += len(e.DetailDigest)
	}
	if len(rest) != want {
		return Entry{}, fmt.Errorf("leaf body of %d bytes instead of %d: %w", len(rest), want, ErrFormat)
	}
	if e.Stage == StageOutcome {
		e.Of, rest = Position(binary.BigEndian.Uint64(rest)), rest[8:]
	}
	for range tags {
		e.Tags, rest = append(e.Tags, [tagSize]byte(rest)), rest[tagSize:]
	}
	copy(e.DetailDigest[:], rest)
	if err := e.check(); err != nil {
		return Entry{}, err
	}
	// A flag over a zero digest would be a second spelling of no digest.
	if !bytes.Equal(e.Leaf(), b) {
		return Entry{}, fmt.Errorf("leaf is not canonical: %w", ErrFormat)
	}
	return e, nil
}

// check is what each stage may carry.
func (e Entry) check() error {
	var ok bool
	switch e.Stage {
	case StageIntent:
		ok = e.Op != 0 && e.Result == ResultUnknown
	case StageOutcome:
		// An outcome is found through its intent and carries no tags of its own: the
		// one written after a crash could not, the keys not being there.
		ok = e.Op != 0 && e.Result <= ResultFailed && len(e.Tags) == 0
	case StageFact:
		ok = e.Op != 0 && e.Result != ResultUnknown && e.Result <= ResultFailed
	case StageErasure:
		ok = e.Op == 0 && e.Result == ResultDone && len(e.Tags) == 1 && e.DetailDigest != [32]byte{}
	}
	if !ok {
		return fmt.Errorf("%v leaf with op %d, %v, %d tags: %w", e.Stage, e.Op, e.Result, len(e.Tags), ErrFormat)
	}
	return nil
}
