package chain

import (
	"time"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// An Item is one thing of the state as a summary repeats it: [Epoch],
// [Training], [Way], [Service], [Frozen], [Document], [Asked], [Bundle],
// [Pieces], [Ended] or [Retired].
type Item interface {
	check() error
	encode() *chainv1.SummaryItem
}

// An Epoch is one generation of the safe identity. Papers are sealed to the
// newest; the older ones still open what came before.
type Epoch struct {
	Number    uint64 // from 1
	Recipient seal.Recipient
}

// A WayKind is what a way in is held by. The zero kind is refused.
type WayKind uint8

// What a way in is held by.
const (
	WaySheet    WayKind = iota + 1 // a printed code sheet
	WayEscrow                      // the third party that replaces a lost code
	WayPhone                       // a trusted phone
	WayRecovery                    // two recovery sheets, held by people the person trusts
)

// A Way is a way into a safe: the safe identity, sealed once for it in each
// epoch it may open. Recovery sheets open in pairs: one way has two recipients,
// so that a later epoch can be sealed to it without the holders.
type Way struct {
	ID        vault.WayID
	Kind      WayKind
	Recipient seal.Recipient
	Inner     seal.Recipient // of the second sheet, the innermost layer: of WayRecovery alone
	Keys      []SealedKey    // 1 to MaxKeys, ascending by epoch
}

// A SealedKey names the object that holds one epoch of the safe identity sealed
// to one way in. The object's key follows from epoch, way and master epoch.
type SealedKey struct {
	Epoch       uint64 // of the safe identity inside
	MasterEpoch uint64 // of the master around it
	Digest      seal.Digest
	Size        int64 // bytes, 1 to MaxSealed
}

// A Service is a service record: what the running service knows of a safe.
type Service struct {
	N           uint64 // the number of the record, in its key
	MasterEpoch uint64
	Digest      seal.Digest
	Size        int64
}

// A Document is a live document. Its bytes lie in an object, or in the entry
// when they are small: exactly one of (Object and Stored) and Inline is given.
type Document struct {
	ID               vault.DocumentID
	Epoch            uint64 // of the safe identity that content is sealed to
	Object           vault.ObjectID
	Stored           seal.Stored
	Inline           []byte // sealed, at most seal.MaxInline
	DescriptionEpoch uint64 // of the safe identity that the description is sealed to
	Description      []byte // sealed, at most MaxSealedDescription
	Depositor        [16]byte
	Seq              uint64    // the entry that added it
	Time             time.Time // of that entry
}
