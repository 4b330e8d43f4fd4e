package chain

import (
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A BundleKind is whom a bundle of file keys serves. The zero kind is refused.
type BundleKind uint8

// Whom a bundle serves.
const (
	BundleIndex     BundleKind = iota + 1 // the person's own fast list; at most one
	BundleEntrusted                       // what the person lets the service open with a PIN
	BundleConsent                         // a consent
)

// A Bundle is a bundle of file keys; its pieces are listed apart.
type Bundle struct {
	ID        vault.BundleID
	Kind      BundleKind
	Recipient seal.Recipient
	Key       BundleKey
	Terms     Sealed // of a consent; zero for the other kinds
}

// Sealed names the object of the terms of a consent: what was asked, shown and
// agreed to.
type Sealed struct {
	MasterEpoch uint64
	Digest      seal.Digest
	Size        int64 // bytes, 1 to MaxSealed
}

// Asked is a request for a consent without an answer.
type Asked struct {
	Consent vault.ConsentID
	Terms   Sealed
	Seq     uint64    // the entry that added it
	Time    time.Time // of that entry
}

// Ended is what is kept of a request or a consent that has ended.
type Ended struct {
	Consent vault.ConsentID
	Terms   Sealed
	Why     vault.EndReason
	Given   bool      // it was a consent; else only a request
	Seq     uint64    // the entry that ended it
	Time    time.Time // of that entry
}

// Frozen is the safe being frozen, as a summary repeats it.
type Frozen struct{}

// Training is the safe being one for exercises, as a summary repeats it.
type Training struct{}

// A BundleKey names the object that holds the identity of a bundle. Epoch is of
// what it is sealed to: of the safe identity for an index, of the master for
// the others.
type BundleKey struct {
	Epoch  uint64
	Digest seal.Digest
	Size   int64
}

// Pieces is one object of pieces. Of two pieces of one document in a bundle the
// later counts.
type Pieces struct {
	Bundle    vault.BundleID
	Object    vault.ObjectID
	Digest    seal.Digest
	Size      int64
	Documents []vault.DocumentID // 1 to MaxPieces, each once
}

// Retired is an id of whatever kind that was used in this safe and has ended.
type Retired [16]byte
