package vault

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A MemoKeeper is the part of a [Keeper] that keeps memos: papers of the drawer
// "identifiants" whose content is a secret. A memo is listed, moved, described,
// destroyed and covered by consents like any paper; only its secret is shown
// otherwise. Who may list memos never opens a secret, and one that may be shown
// is named in the consent itself.
type MemoKeeper interface {
	// PutMemos puts memos into a safe, together or not at all. Like any deposit it
	// works while the safe is locked, and gives no right to see them again.
	PutMemos(ctx context.Context, who session.Principal, act PutMemos) ([]DocumentID, error)
	// OpenMemo records that the caller is about to see one secret, and answers the
	// view that shows it: once, in this session, for at most [ViewTime].
	OpenMemo(ctx context.Context, who session.Principal, act OpenMemo) (View, error)
	// ViewMemo shows the secret of a view. A second time is [ErrViewed]: refused,
	// recorded, and reported to the access managers when it was an agent.
	ViewMemo(ctx context.Context, who session.Principal, id ViewID) (MemoSecret, error)
	// ChangeMemo changes what a memo says, its secret, or both. A consent that
	// showed the old secret does not show the new one, but for the one it was
	// changed under.
	ChangeMemo(ctx context.Context, who session.Principal, act ChangeMemo) error
	// ToChange lists the secrets that somebody else has seen since they were last
	// changed: the person's own list.
	ToChange(ctx context.Context, who session.Principal, safe SafeID) ([]Exposed, error)
	// DestroyNotebook records that an office notebook was destroyed; two agents sign.
	DestroyNotebook(ctx context.Context, who session.Principal, act DestroyNotebook) error
	// Notebooks lists the destructions of the caller's structure, newest first: all
	// of them for an access manager, for others those they signed.
	Notebooks(ctx context.Context, who session.Principal) ([]Notebook, error)
	// NotebookPrint answers what stands on the statement of one of those.
	NotebookPrint(ctx context.Context, who session.Principal, id NotebookID) (NotebookPrint, error)
}

// ViewTime is how long a view waits to be seen.
const ViewTime = time.Minute

// The bounds of a memo. Texts are one line each.
const (
	MaxMemoName    = 100 // characters; bytes are bounded by package chain
	MaxMemoLogin   = 320 // bytes
	MaxMemoHint    = 200 // characters
	MaxMemoNumbers = 8
	MaxMemoNumber  = 48  // characters
	MaxMemoSecret  = 256 // bytes
	MaxMemos       = 100 // in one act
	MaxOthers      = 3   // secrets beside the password
	MaxOtherLabel  = 48  // characters
	MaxOtherSecret = 64  // bytes
)

// A Memo is what is known of an account at one body without its secret. It never
// prints: a login is often the NIR (L-40).
type Memo struct {
	Body     string // code of the catalogue; or
	Name     string // as the person calls it
	Login    string
	Hint     string // what helps the person to remember
	Recovery string // where the body sends a code
	Provider string // code of the FranceConnect provider that is used
	Numbers  []MemoNumber
	Tested   string // last day somebody logged in with it, YYYY-MM-DD
	Changed  string // day its secret was put in, YYYY-MM-DD; empty without a secret
	Seen     bool   // the secret comes from an office notebook
	Others   []OtherSecret
}

// An OtherSecret is a secret that a memo keeps beside the password, without it:
// the code of a telephone line, a PUK.
type OtherSecret struct {
	Label   string // a code of the catalogue, or words
	Changed string // day it was put in, YYYY-MM-DD
	Seen    bool   // it comes from an office notebook
}

// A LabelledSecret is one on its way in: one line of 1 to [MaxOtherSecret] bytes.
type LabelledSecret struct {
	Label  string
	Secret seal.Secret
}

// A MemoNumber is one more number of an account: a file number, a phone code.
type MemoNumber struct{ Name, Value string }

// A NewMemo is one memo to put in. Tested, Changed, Seen and Others of its Memo are
// the keeper's to say; FromNotebook says that the secrets stood in an office
// notebook.
type NewMemo struct {
	Memo         Memo
	Whose        string // empty: the person's own
	Secret       seal.Secret
	Others       []LabelledSecret // each label once
	FromNotebook bool
}

// PutMemos puts memos into one safe.
type PutMemos struct {
	Request RequestID
	Safe    SafeID
	Memos   []NewMemo
	// Notebook is where those from a notebook stood; zero where nobody said.
	Notebook NotebookID
}

// OpenMemo asks to see one secret.
type OpenMemo struct {
	Safe     SafeID
	Document DocumentID
	// Reason is why, as the person will read it: required of an agent, at most
	// [MaxReason] characters.
	Reason string
	Label  string // of another secret; empty for the password
	Former bool   // show the one before it as well
}

// A View shows one secret, once.
type View struct {
	ID    ViewID
	Until time.Time
}

// A MemoSecret is what a view shows.
type MemoSecret struct {
	Memo   Memo
	Label  string      // empty for the password
	Secret seal.Secret // empty for a memo without one
	// Former is the secret before this one, where it was asked for: a body may not
	// have taken the new one.
	Former  seal.Secret
	Changes []MemoChange // of this secret, among the last [MaxMemoChanges] of all, oldest first
}

// MaxMemoChanges bounds what is kept of a memo's past.
const MaxMemoChanges = 8

// A MemoChange is one day on which a secret was put in.
type MemoChange struct {
	Day string // YYYY-MM-DD
	By  string // what they are to the safe: a function, owner, visit
}

// ChangeMemo changes one memo; nil fields stay.
type ChangeMemo struct {
	Request  RequestID
	Safe     SafeID
	Document DocumentID
	Memo     *Memo        // all but Tested, Changed, Seen and Others
	Secret   *seal.Secret // an empty one takes the secret away
	Label    string       // of another secret, new or not; empty for the password
	Tested   bool         // somebody logged in with it today
	// Unseen says, of one secret and with nothing else, that nobody looked when it was
	// typed or shown at the counter: the person alone says so, and it leaves the list
	// of what to change unless somebody else knows it.
	Unseen bool
}

// An Exposed memo is one to change.
type Exposed struct {
	Document DocumentID
	Memo     Memo // zero where the caller's means do not reach it
	By       []Exposure
	Notebook bool // it stood in an office notebook
	Lost     bool // it stands on a copy of the digital passport that is lost
}

// An Exposure is one agent who knows a secret, since when.
type Exposure struct {
	Agent     AgentID
	AgentName string // empty in a discreet safe
	Structure string
	Time      time.Time
	PutIn     bool // it was put in then, and not only seen
	// AtCounter: the person typed it, or looked at it, in a counter session on this
	// agent's screen. The agent did not have to look.
	AtCounter bool
	// Label is which secret; empty for the password, and where the caller's means do
	// not reach the memo.
	Label string
}

const memoRedacted = "[memo]"

// String redacts.
func (m Memo) String() string { return memoRedacted }

// GoString redacts.
func (m Memo) GoString() string { return memoRedacted }

// Format redacts, whatever the verb.
func (m Memo) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(memoRedacted)) }

// LogValue redacts.
func (m Memo) LogValue() slog.Value { return slog.StringValue(memoRedacted) }

// MarshalText redacts, and with it JSON.
func (m Memo) MarshalText() ([]byte, error) { return []byte(memoRedacted), nil }
