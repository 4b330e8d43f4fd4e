package audit

import (
	"encoding/binary"
	"fmt"
)

// The encoding of a batch, version 1 (FORMAT.md §5).
const (
	batchMagic  = "coffre/leaves/v1\n"
	batchHeader = len(batchMagic) + 12
	// MaxBatch is the number of leaves one batch may hold.
	MaxBatch = 1 << 16
)

// A Batch is a run of consecutive leaves, as copied out of a trail. [Tree.Add]
// takes batches in order; [Tree.Check] then compares them with a checkpoint.
type Batch struct {
	From   Position
	Leaves [][]byte
}

// Bytes encodes the batch: a magic line, the first position, the count, then
// each leaf behind its length.
func (b Batch) Bytes() []byte {
	out := append([]byte(nil), batchMagic...)
	out = binary.BigEndian.AppendUint64(out, uint64(b.From))
	out = binary.BigEndian.AppendUint32(out, uint32(len(b.Leaves)))
	for _, leaf := range b.Leaves {
		out = binary.BigEndian.AppendUint16(out, uint16(len(leaf)))
		out = append(out, leaf...)
	}
	return out
}

// Entries parses the leaves; they carry their positions and no details.
func (b Batch) Entries() ([]Entry, error) {
	out := make([]Entry, len(b.Leaves))
	for i, leaf := range b.Leaves {
		pos := b.From + Position(i)
		e, err := ParseLeaf(leaf)
		if err != nil {
			return nil, &BadLeafError{Position: pos, Reason: "does not parse", Err: err}
		}
		e.Position = pos
		out[i] = e
	}
	return out, nil
}

// ParseLeaves reads a batch that [Log.Leaves] wrote: 1 to [MaxBatch] leaves, each
// of which parses, and nothing else. Errors wrap [ErrFormat]. Whether the leaves
// are the trail's only a checkpoint can tell.
func ParseLeaves(raw []byte) (Batch, error) {
	if len(raw) < batchHeader || string(raw[:len(batchMagic)]) != batchMagic {
		return Batch{}, fmt.Errorf("batch header: %w", ErrFormat)
	}
	b := Batch{From: Position(binary.BigEndian.Uint64(raw[len(batchMagic):]))}
	count := binary.BigEndian.Uint32(raw[len(batchMagic)+8:])
	if count == 0 || count > MaxBatch || b.From > maxPosition-Position(count) {
		return Batch{}, fmt.Errorf("batch of %d leaves from %d: %w", count, b.From, ErrFormat)
	}
	rest := raw[batchHeader:]
	for range count {
		if len(rest) < 2 {
			return Batch{}, fmt.Errorf("batch is cut: %w", ErrFormat)
		}
		n := int(binary.BigEndian.Uint16(rest))
		if rest = rest[2:]; n > len(rest) {
			return Batch{}, fmt.Errorf("batch is cut: %w", ErrFormat)
		}
		if _, err := ParseLeaf(rest[:n]); err != nil {
			return Batch{}, fmt.Errorf("leaf %d: %w", uint64(b.From)+uint64(len(b.Leaves)), err)
		}
		b.Leaves, rest = append(b.Leaves, rest[:n:n]), rest[n:]
	}
	if len(rest) != 0 {
		return Batch{}, fmt.Errorf("%d bytes after the batch: %w", len(rest), ErrFormat)
	}
	return b, nil
}
