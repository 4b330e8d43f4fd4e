package vault

import (
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Release is the keeper's leave to read one document: the intent is on disk.
// The file key opens this object and nothing else.
type Release struct {
	ID       ReleaseID
	Document Document
	Key      storage.Key
	Inline   []byte // set instead of Key for a small content
	Stored   seal.Stored
	FileKey  seal.FileKey
	Binding  seal.Binding
}

// A Document is what its owner sees of it in an unlocked safe.
type Document struct {
	ID          DocumentID
	Description Description
	MediaType   MediaType
	Size        int64
	SHA256      seal.Digest
	Created     time.Time
	Depositor   string // the depositor's function
	Entrusted   bool
}

// Technical is the six facts of NF Z42-020 about a stored object (L-44).
type Technical struct {
	Object    ObjectID
	Depositor string // a pseudonym, constant within one safe
	Created   time.Time
	Stored    seal.Stored
}

// An Inspection is the keeper's leave to check one stored object.
type Inspection struct {
	ID     ReleaseID
	Key    storage.Key
	Inline []byte
	Stored seal.Stored
}

// A Verdict is what an inspection found. The zero Verdict is none.
type Verdict uint8

// The verdicts of an inspection.
const (
	_ Verdict = iota
	VerdictIntact
	VerdictAltered
	VerdictMissing
)
