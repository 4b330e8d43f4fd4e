package chain

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Realm is what the data of a vault is for. The zero realm is refused.
type Realm uint8

// What the data of a vault is for.
const (
	RealmProduction Realm = iota + 1 // real people
	RealmDev                         // made by a development server; never served in production
)

// Genesis opens a vault; it is alone in the first entry, which is signed by the
// key it names. The fingerprint of that key stands on the printed key card.
type Genesis struct {
	Realm      Realm
	SigningKey seal.VerifyKey
	Master     Master // epoch 1
	EscrowA    seal.Recipient
	EscrowB    seal.Recipient
}

// A Master is one epoch of the master key.
type Master struct {
	Epoch     uint64 // from 1
	Recipient seal.Recipient
}

// Start says that a keeper starts. Its entries carry the number, this one
// included; it stands first in its entry.
type Start struct{ Number uint64 }

// AddSigningKey adds a key that signs entries from this start number on.
type AddSigningKey struct{ Key seal.VerifyKey }

// EndSigningKey ends a key from the start in the same entry on: keys end at a
// start only, so that it is known exactly which key may sign for which number.
// The last live key cannot be ended.
type EndSigningKey struct{ Key seal.VerifyKey }

// AddMaster adds a master epoch, one more than the last, which becomes the
// current one.
type AddMaster Master

// EndMaster says that a master epoch other than the current one was destroyed.
type EndMaster struct{ Epoch uint64 }

// An EscrowHolder is one of the two third parties. The zero holder is refused.
type EscrowHolder uint8

// The two third parties.
const (
	EscrowA EscrowHolder = iota + 1 // replaces a lost master
	EscrowB                         // replaces a lost code
)

// SetEscrow replaces the recipient of a third party.
type SetEscrow struct {
	Holder    EscrowHolder
	Recipient seal.Recipient
}

// AddStructure lists a structure. Its own chain has begun before, so that a
// structure that is listed and has no chain was taken away.
type AddStructure struct{ ID vault.StructureID }

// NoteAnchor repeats a checkpoint of the trail verbatim, so that a rebuild
// knows how long the trail was at least. At most MaxCheckpoint bytes; what is
// in it is for the trail to say.
type NoteAnchor struct{ Checkpoint []byte }
