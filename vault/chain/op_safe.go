package chain

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// OpenSafe opens a safe with its first epoch; it is the first operation of the
// first entry, which also adds a way in. Nature is never changed afterwards.
type OpenSafe struct {
	Number    uint64 // of the epoch: 1
	Recipient seal.Recipient
	Nature    vault.Nature
}

// AddWay adds a way in, with the current epoch among its keys.
type AddWay Way

// EndWay ends a way in. No entry leaves a safe without any: one that nobody can
// open any more is erased instead.
type EndWay struct{ Way vault.WayID }

// ReKeyWay replaces sealed keys that a way has, at a master rotation. Keys
// ascend by epoch; no master epoch goes down.
type ReKeyWay struct {
	Way  vault.WayID
	Keys []SealedKey
}

// SetService names the newest service record; its number only goes up.
type SetService Service

// AddDocument adds a document. Content and description are sealed to the
// current epoch.
type AddDocument struct {
	Document    vault.DocumentID
	Epoch       uint64
	Object      vault.ObjectID
	Stored      seal.Stored
	Inline      []byte   // instead of Object and Stored
	Description []byte   // sealed, at most MaxSealedDescription
	Depositor   [16]byte // random id of who put it in; zero when not said
}

// Describe replaces the description of a document; it is sealed to the current
// epoch.
type Describe struct {
	Document    vault.DocumentID
	Epoch       uint64
	Description []byte
}

// Reseal replaces content and description of a document by the same ones
// encrypted anew to the current epoch, after a leak or for a new algorithm.
type Reseal struct {
	Document    vault.DocumentID
	Epoch       uint64
	Object      vault.ObjectID
	Stored      seal.Stored
	Inline      []byte
	Description []byte
}

// Destroy destroys a document. Pieces of it that were made before stay listed
// until their object ends.
type Destroy struct{ Document vault.DocumentID }

// AddBundle adds a bundle, without pieces. One of a consent has the bytes of the
// consent's id, and answers the request of that id if there is one.
type AddBundle Bundle

// ReKeyBundle replaces the sealed identity of a bundle; its epoch does not go
// down.
type ReKeyBundle struct {
	Bundle vault.BundleID
	Key    BundleKey
}

// AddPieces adds one object of pieces, of live documents, to a bundle.
type AddPieces Pieces

// EndPieces ends one object of pieces, to narrow a bundle or to write its
// pieces anew.
type EndPieces struct {
	Bundle vault.BundleID
	Object vault.ObjectID
}

// EndBundle ends a bundle with all its pieces. Why is said of a consent, and of
// nothing else.
type EndBundle struct {
	Bundle vault.BundleID
	Why    vault.EndReason
}

// Ask records a request for a consent. It grants nothing, and lives until it is
// answered by the bundle of the same id, or ended.
type Ask struct {
	Consent vault.ConsentID
	Terms   Sealed
}

// EndAsk ends a request that was not agreed to.
type EndAsk struct {
	Consent vault.ConsentID
	Why     vault.EndReason
}

// ReKeyTerms replaces the object of the terms of a consent, whatever its state,
// by another that says the same; its master epoch does not go down. It serves
// master rotations and handovers.
type ReKeyTerms struct {
	Consent vault.ConsentID
	Terms   Sealed
}

// ForgetTerms forgets how a consent ended, and its terms, when the time for
// which that is kept is over. Its id never comes back all the same.
type ForgetTerms struct{ Consent vault.ConsentID }

// Freeze stops everything but deposits. It ends every consent and every request
// there is by itself, so that no entry can freeze a safe and leave one out; none
// may be added until Unfreeze. Frozen again, nothing changes.
type Freeze struct{}

// Unfreeze ends that. No consent resumes.
type Unfreeze struct{}

// TurnEpoch begins a new epoch of the safe identity, sealed to every live way.
type TurnEpoch struct {
	Epoch     uint64 // one more than the last
	Recipient seal.Recipient
	Keys      []WayKey // 1 to MaxKeys, ascending by way
}

// A WayKey is a sealed key and the way it is sealed to.
type WayKey struct {
	Way vault.WayID
	Key SealedKey
}

// Summary repeats the live state, so that a reader who trusts the signature can
// start here. It stands alone in its entry; one that needs several entries has
// them follow each other directly. [Safe.Summarise] makes them.
type Summary struct {
	Part  int // from 1
	Parts int // at most MaxParts
	Items []Item
}

// EraseSafe ends the safe; it stands alone in its entry and nothing follows it.
type EraseSafe struct{}

// Void uses up a number whose entry may still be under way, so that that entry
// can no longer land. It stands alone in its entry, in either kind of chain.
type Void struct{}
