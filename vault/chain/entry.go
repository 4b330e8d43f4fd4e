package chain

import (
	"time"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Version is the version of the entries this package makes: of their format and
// of the algorithms they rely on (SHA-256, the signature of [seal.SignedEntry]).
const Version = 1

// Bounds of an entry. A commit object is one PUT of at most 1 MiB.
const (
	// MaxSigned bounds a signed entry, in bytes.
	MaxSigned = seal.MaxSigned
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
	// check refuses what no state could accept.
	check() error
	encode() *chainv1.Operation
}
