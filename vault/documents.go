package vault

import (
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Description is what a person knows of a paper. All of it is sealed.
type Description struct {
	Title         string
	FileName      string
	Drawer        papers.Drawer
	Kind          papers.Kind // zero: not sorted yet
	DocumentDate  string      // YYYY-MM-DD, YYYY-MM or YYYY, as written
	ExpireDate    string      // YYYY-MM-DD
	Whose         string      // empty: the person's own
	OriginalPlace string
	Memo          *Memo // of a memo only
}

// Deposit asks to put one document into a safe.
type Deposit struct {
	Description Description
	MediaType   MediaType
	Size        int64 // exact
}

// BeginDeposit asks for the right to deposit documents together: one intent,
// one entry, one outcome.
type BeginDeposit struct {
	Request RequestID
	Safe    SafeID
	// Address finds the safe instead of Safe; exactly one of the two is set. It is
	// the only way of a partner program.
	Address AddressID
}

// A DepositTicket is the keeper's leave to store contents: the intent is on
// disk. It is good for the session that asked, for ten minutes.
type DepositTicket struct {
	ID ReleaseID
	// Receipts is set when the same request was already answered: there is
	// nothing left to store.
	Receipts []Receipt
}

// A Slot is the place of one content, and the public key it is sealed to.
type Slot struct {
	Document  DocumentID
	Object    ObjectID
	Key       storage.Key
	Recipient seal.Recipient
	Binding   seal.Binding
	// InlineBinding is for a small content that travels inside the entry.
	InlineBinding seal.Binding
}

// A Content says what became of one slot.
type Content struct {
	Facts  seal.Facts
	Inline []byte // a sealed content of at most [MaxInline] bytes, instead of an object
}

// A Receipt says what was stored. Signed is the service's word for it. It names
// the safe as the depositor did: whoever deposits at an address is not told whose
// safe that is, and two partners cannot tell that theirs are one person's (L-60).
type Receipt struct {
	Safe     SafeID    // zero for a deposit at an address
	Address  AddressID // zero for a deposit by the safe's id
	Document DocumentID
	Size     int64
	SHA256   seal.Digest
	Time     time.Time
	Signed   []byte
}

// A Change replaces the description of one document; nil fields stay.
type Change struct {
	Request  RequestID
	Safe     SafeID
	Document DocumentID
	Title    *string
	Drawer   *papers.Drawer
	All      *Description // everything but the file name
}

// Destroy makes one document unreadable for good.
type Destroy struct {
	Request  RequestID
	Safe     SafeID
	Document DocumentID
}

// List asks for a page of documents; After is the last one of the page before.
type List struct {
	Safe   SafeID
	Drawer papers.Drawer // zero: all
	After  DocumentID
	Limit  int
}
