package seal

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A Piece is what a bundle holds of one document: its description, and its file
// key when the bundle lets it be read. A zero FileKey means that the document
// may be seen to exist, and no more: the two rights differ by a key.
type Piece struct {
	redact
	Document    string // the document's id, 1 to 255 bytes
	Description []byte // in the clear, at most 64 KiB
	FileKey     FileKey
}

const (
	piecesVersion  = 1
	maxDescription = 64 << 10
)

// SealPieces seals pieces to the recipient of a bundle, in their order: adding
// to a bundle needs no secret. One object holds at most [MaxSmall] bytes of them
// and no document twice. Errors wrap [ErrSize], [ErrKind] or [ErrUnset].
func SealPieces(ps []Piece, b Binding, to Recipient) (*Ciphertext, error) {
	if err := b.check(KindPieces); err != nil {
		return nil, err
	}
	plain, err := marshalPieces(ps)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return Seal(plain, b, to)
}

// OpenPieces opens what [SealPieces] made. Errors wrap [ErrTampered],
// [ErrNoKey], [ErrKind] or [ErrUnset].
func (id *Identity) OpenPieces(raw []byte, b Binding) ([]Piece, error) {
	if err := b.check(KindPieces); err != nil {
		return nil, err
	}
	plain, err := id.Open(raw, b)
	if err != nil {
		return nil, err
	}
	defer plain.Wipe()
	return parsePieces(plain.Reveal())
}

func marshalPieces(ps []Piece) ([]byte, error) {
	if len(ps) == 0 {
		return nil, fmt.Errorf("pieces: %w", ErrUnset)
	}
	seen := make(map[string]bool, len(ps))
	out := []byte{piecesVersion}
	for _, p := range ps {
		if p.Document == "" || len(p.Document) > 255 || len(p.Description) > maxDescription {
			return nil, fmt.Errorf("%w: id or description of a piece", ErrSize)
		}
		if seen[p.Document] {
			return nil, fmt.Errorf("%w: a document twice in one object", ErrSize)
		}
		seen[p.Document] = true
		out = append(out, byte(len(p.Document)))
		out = append(out, p.Document...)
		out = binary.BigEndian.AppendUint32(out, uint32(len(p.Description)))
		out = append(out, p.Description...)
		if p.FileKey.IsZero() {
			out = append(out, 0)
			continue
		}
		out = append(append(out, fileKeySize), p.FileKey.key.lift()[:]...)
	}
	return out, nil
}

// parsePieces reads what marshalPieces wrote, and nothing that it would have
// written in another way.
func parsePieces(b []byte) ([]Piece, error) {
	c := cursor{rest: b}
	if v := c.uint8(); v != piecesVersion {
		return nil, fmt.Errorf("%w: pieces of version %d", ErrTampered, v)
	}
	var ps []Piece
	seen := make(map[string]bool)
	for len(c.rest) > 0 && !c.short {
		p := Piece{Document: string(c.take(int64(c.uint8())))}
		p.Description = bytes.Clone(c.take(int64(c.uint32())))
		switch n := c.uint8(); n {
		case 0:
		case fileKeySize:
			p.FileKey, _ = fileKeyOf(c.take(fileKeySize)) // too short is seen below
		default:
			return nil, fmt.Errorf("%w: file key of %d bytes", ErrTampered, n)
		}
		if p.Document == "" || len(p.Description) > maxDescription || seen[p.Document] {
			return nil, fmt.Errorf("%w: piece", ErrTampered)
		}
		seen[p.Document] = true
		ps = append(ps, p)
	}
	if c.short || len(ps) == 0 {
		return nil, fmt.Errorf("%w: pieces cut short", ErrTampered)
	}
	return ps, nil
}

// A cursor reads a byte string from its start. Once it comes to its end too
// early it gives zeros and says that it is short.
type cursor struct {
	rest  []byte
	short bool
}

func (c *cursor) take(n int64) []byte {
	if n > int64(len(c.rest)) {
		c.rest, c.short = nil, true
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) uint8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}
