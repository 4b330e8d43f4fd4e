package vault

import (
	"crypto/ed25519"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Limits of the spine. They are stated in the .proto comments as well.
const (
	MaxDocument    = 100 << 20 // bytes in one document, unless the operator says less
	MaxBatch       = 100       // documents in one batch deposit
	MaxTitle       = 200       // characters
	MaxFileName    = 255       // bytes
	MaxWhose       = 100       // characters
	MaxPlace       = 200       // characters
	MaxVersionText = 64        // bytes in the version of a text shown to a person
	MaxPage        = 1000      // lines or documents in one page
)

// OpenSession is a verified login on its way to become a session.
type OpenSession struct {
	Login  auth.Login
	Client ed25519.PublicKey
	Place  Place
}

// A Place is where the person sits. The zero Place is the careful one: a
// computer that others use afterwards, with the shorter idle limit.
type Place uint8

// The places.
const (
	PlaceShared Place = iota
	PlaceOwn
)

// OpenSafe opens a safe at the counter. It is locked from the start.
type OpenSafe struct {
	Request     RequestID
	Owner       auth.UserID // zero for a person without a login
	Information string      // version of the service information given before (L-11)
	// Entry puts the safe into the structure's register; the zero entry keeps it
	// out. A discreet safe has none.
	Entry      RegisterEntry
	PIN        PIN        // zero: the person chose none
	Discretion Discretion // zero: normal
}

// OpenedSafe is what leaves the keeper when a safe is opened.
type OpenedSafe struct {
	Safe  SafeID
	Sheet WayID
	// Code is to be printed for the person; it is kept nowhere.
	Code seal.Code
	// Address is to be printed beside it.
	Address AddressID
}

// OwnedSafe is a safe as its owner sees it before opening anything.
type OwnedSafe struct {
	Safe     SafeID
	Unlocked bool
}

// Unlock opens a safe's identity in one session: with the code sheet, or with a
// trusted phone and the PIN.
type Unlock struct {
	Safe SafeID
	Code seal.Code
	// Phone is the identity that a trusted phone keeps, instead of a code. It
	// opens nothing without the PIN, which is compared first.
	Phone *seal.Identity
	PIN   PIN
}

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

// A Receipt says what was stored. Signed is the service's word for it.
type Receipt struct {
	Safe     SafeID
	Document DocumentID
	Size     int64
	SHA256   seal.Digest
	Time     time.Time
	Signed   []byte
}

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

// Entrust records the person's express agreement for one drawer.
type Entrust struct {
	Request   RequestID
	Safe      SafeID
	Drawer    papers.Drawer
	Agreement string // version of the text agreed to
}

// TakeBack ends the agreement for one drawer.
type TakeBack struct {
	Request RequestID
	Safe    SafeID
	Drawer  papers.Drawer
}

// List asks for a page of documents; After is the last one of the page before.
type List struct {
	Safe   SafeID
	Drawer papers.Drawer // zero: all
	After  DocumentID
	Limit  int
}

// ReadJournal asks for a page of the journal, From the n-th line on.
type ReadJournal struct {
	Safe  SafeID
	From  uint64
	Limit int
}

// An Outcome says how something that was tried ended.
type Outcome uint8

// The outcomes. The zero Outcome says that nobody said.
const (
	OutcomeUnknown Outcome = iota
	OutcomeDone
	OutcomeRefused
	OutcomeFailed
	OutcomeOpen
)

// An Actor is who tried something, as the person reads it.
type Actor uint8

// The actors of the spine.
const (
	ActorService Actor = iota
	ActorOwner
	ActorAgent
	ActorStranger
	ActorVisit // the person, in a counter session
	ActorPartner
)

// A Line is one line of a safe's journal.
type Line struct {
	Time       time.Time
	Act        Act
	Actor      Actor
	ActorLogin string  // issuer and subject, for the person to ask about
	Documents  []Named // several for a batch deposit
	Outcome    Outcome
	Position   uint64
	// Agent is who acted, or in a counter session who vouched; AgentName, Function
	// and Structure say who that is, as the register of agents has it. The names
	// of a discreet safe's journal are empty.
	Agent     AgentID
	AgentName string
	Function  Function
	Structure string
	Consent   ConsentID // under which the agent acted; zero for none
	Purpose   papers.Purpose
	Presence  bool   // the person's presence was proved
	Detail    string // what an act was about, in a code: an end reason, a method
}

// A Named is a document as a journal names it. Title is filled in only while
// the safe is unlocked in the reader's session.
type Named struct {
	ID    DocumentID
	Title string
}

// A Checkpoint is the trail's newest signed checkpoint.
type Checkpoint struct {
	Note        []byte
	VerifierKey string
}

// Inclusion proves that a leaf stands in a tree (RFC 6962 §2.1.1).
type Inclusion struct {
	Position uint64
	Leaf     []byte
	Hashes   [][32]byte
}
