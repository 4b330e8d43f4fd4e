package chain

import (
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// Version is the version of the entries this package makes: of their format and
// of the algorithms they rely on (SHA-256, the signature of [seal.SignedEntry]).
const Version = 1

// Bounds of an entry. A commit object is one PUT of at most 1 MiB.
const (
	// MaxSigned bounds a signed entry, in bytes.
	MaxSigned = 1 << 20
	// MaxPayload bounds what [Entry.Marshal] gives; the rest is for the envelope.
	MaxPayload = MaxSigned - 1<<10
	// MaxOps bounds the operations of one entry.
	MaxOps = 1024
)

// A Head is the last entry of a chain: its number and the digest of its signed
// bytes. The zero Head is the empty chain; the first entry has number 1.
type Head struct {
	Seq    uint64
	Digest seal.Digest
}

// IsZero reports whether the chain is empty, or nothing is known of it.
func (h Head) IsZero() bool { return h == Head{} }

// An Entry is a list of operations applied together or not at all.
type Entry struct {
	Chain  Name
	Seq    uint64      // from 1, without gaps
	Prev   seal.Digest // of the signed entry before; zero in the first
	Keeper uint64      // start number of the keeper that signed
	Time   time.Time   // by the keeper's clock, whole seconds, years 1970 to 9999
	Intent uint64      // trail position of the intent it carries out
	Ops    []Op        // 1 to MaxOps
}

// An Op is one change. The set is closed: the types of this package that are
// listed in FORMAT.md, and no other.
type Op interface {
	isOp()
}

// Marshal gives the one encoding of the entry, which is what gets signed.
// Errors wrap [ErrMalformed] when a field is out of its bounds and
// [ErrTooLarge] above MaxPayload.
func (e Entry) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return marshal(encodeEntry(e), MaxPayload)
}

// Parse reads what [Entry.Marshal] gave, and nothing else: bytes that would not
// be written the same way again are refused, be it an unknown field, another
// order or a length out of bounds. Errors wrap [ErrMalformed], [ErrTooLarge] or
// are a [*VersionError].
func Parse(payload []byte) (Entry, error) {
	return parseEntry(payload)
}

// Sign gives the signed entry, ready to be committed at its key. Signing the
// same entry twice gives the same bytes, so that a lost answer can be answered
// by sending them again.
func Sign(k *seal.SigningKey, e Entry) (*seal.Signed, error) {
	payload, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	return sign(k, payload)
}

// Open checks the signed entry that was found where the chain want continues
// after head: signed by one of keys, of that chain, with the next number,
// naming head as the entry before it. It gives the entry and the new head.
// Whether its operations make sense is for Apply to say.
//
// Errors: [*SignerError] (wraps [seal.ErrTampered]), [*SwapError] for an entry
// of another chain or of a number before, [*GapError] for a number further on,
// [*ForkError] for the right number after another history, and those of [Parse].
func Open(raw []byte, want Name, head Head, keys []seal.VerifyKey) (Entry, Head, error) {
	e, next, _, err := open(raw, want, head, keys)
	return e, next, err
}
