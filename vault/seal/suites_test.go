package seal

import (
	"bytes"
	"testing"
)

// L-24: each structure says of which suite it is, and one that is not known is
// refused, never read as if it were.
func TestASuiteThatIsNotKnownIsRefused(t *testing.T) {
	t.Parallel()
	id, key, journal := newIdentity(t), must(NewSigningKey())(t), must(NewJournalKey())(t)
	here := Bind(KindDescription, "safe", "document")
	file := must(Seal([]byte("titre"), here, id.Recipient()))(t).Bytes()
	signed := must(key.Sign(SignedEntry, []byte("entrée")))(t).Bytes()
	pieces := must(marshalPieces([]Piece{{Document: "a", Description: []byte("b")}}))(t)
	detail := must(journal.Seal([]byte("détail"), nil))(t)
	batch := must(DetailBatch([][]byte{detail}))(t).Bytes()
	next := func(raw []byte, at int) []byte {
		raw = bytes.Clone(raw)
		raw[at]++
		return raw
	}
	for name, c := range map[string]struct {
		raw     []byte
		version int // where the structure says its suite
		read    func([]byte) error
	}{
		"age file":        {file, len("age-encryption.org/v"), func(raw []byte) error { _, err := id.Open(raw, here); return err }},
		"signed envelope": {signed, len(signedMagic), func(raw []byte) error { _, err := VerifySigned(raw, SignedEntry, key.Public()); return err }},
		"pieces":          {pieces, 0, func(raw []byte) error { _, err := parsePieces(raw); return err }},
		"sealed detail":   {detail, 0, func(raw []byte) error { _, err := journal.Open(raw, nil); return err }},
		"batch":           {batch, len(batchMagic), func(raw []byte) error { _, err := ParseDetailBatch(raw); return err }},
	} {
		if err := c.read(c.raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.read(next(c.raw, c.version)); err == nil {
			t.Errorf("%s: the next suite was read", name)
		} else {
			wantErr(t, err, ErrTampered)
		}
	}
}
