package seal

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const (
	// MaxBatch is the largest [DetailBatch], in bytes.
	MaxBatch = 8 << 20

	batchMagic   = "coffre/details\n"
	batchVersion = 1
)

// DetailBatch frames sealed details, in order, for the copy of the trail in the
// bucket. An empty one stands for a detail that was erased. Anything else must
// look like what [JournalKey.Seal] made: nothing in the clear leaves this way.
// Errors wrap [ErrSize] or [ErrTampered].
func DetailBatch(details [][]byte) (*Ciphertext, error) {
	out := append([]byte(batchMagic), batchVersion)
	for _, d := range details {
		if len(d) != 0 && !isSealedDetail(d) {
			return nil, fmt.Errorf("%w: a detail that is not sealed", ErrTampered)
		}
		if len(out)+4+len(d) > MaxBatch {
			return nil, fmt.Errorf("%w: batch of details", ErrSize)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(d)))
		out = append(out, d...)
	}
	return smallCiphertext(out), nil
}

// ParseDetailBatch reads what [DetailBatch] framed; an erased detail is nil. The
// frame has no integrity of its own: the trail's leaves hold the digest of each
// detail. Errors wrap [ErrTampered].
func ParseDetailBatch(raw []byte) ([][]byte, error) {
	rest, found := bytes.CutPrefix(raw, []byte(batchMagic))
	if !found || len(raw) > MaxBatch {
		return nil, fmt.Errorf("%w: not a batch of details", ErrTampered)
	}
	c := cursor{rest: rest}
	if v := c.uint8(); v != batchVersion {
		return nil, fmt.Errorf("%w: batch of version %d", ErrTampered, v)
	}
	details := [][]byte{}
	for len(c.rest) > 0 {
		n := c.uint32()
		d := c.take(int64(n))
		if c.short || len(d) != 0 && !isSealedDetail(d) {
			return nil, fmt.Errorf("%w: batch of details", ErrTampered)
		}
		if len(d) == 0 {
			d = nil
		}
		details = append(details, bytes.Clone(d))
	}
	return details, nil
}
