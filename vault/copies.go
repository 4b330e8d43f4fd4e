package vault

import (
	"context"
	"strconv"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A PassportKeeper is the part of a [Keeper] that prints digital passports
// (passeports numériques) and knows which copies are on paper.
type PassportKeeper interface {
	// PrintPassport answers what stands on one new copy, to the person alone, in
	// their own unlocked session. Each memo whose secret is printed is named in the
	// intent. A retry answers the same copy.
	PrintPassport(ctx context.Context, who session.Principal, act PrintPassport) (PassportPrint, error)
	// Copies lists the copies, oldest first. An agent of the person's structure is
	// told that they are there, and not what stands on them.
	Copies(ctx context.Context, who session.Principal, safe SafeID) ([]Copy, error)
	// LoseCopy takes one copy away: its address ends with the recorded intent. It
	// answers what stood on it to the person, and nothing to an agent who says it
	// for them. A copy that was lost before is answered the same.
	LoseCopy(ctx context.Context, who session.Principal, act LoseCopy) (LostCopy, error)
}

// PrintPassport asks for one new copy of a digital passport.
type PrintPassport struct {
	Request RequestID
	Safe    SafeID
	Form    PassportForm
	// Name is what the person wants to be called there, at most [MaxName]
	// characters; empty: as the register has it, or not at all.
	Name  string
	Memos []MemoChoice // 1 to [MaxCopiedMemos], each once, in this order
}

// A MemoChoice is what the person chose to have printed of one memo.
type MemoChoice struct {
	Document  DocumentID
	Discloses Disclosure
}

// A CopyNumber names one copy on paper: "K7QM-94HT-2". It opens nothing.
type CopyNumber struct {
	Passport PassportNumber
	Copy     int
}

// String writes it as it stands on paper.
func (n CopyNumber) String() string { return string(n.Passport) + "-" + strconv.Itoa(n.Copy) }

// A PassportPrint is what stands on one copy. Of a discreet safe the names are
// those that the person gave, and there is no address.
type PassportPrint struct {
	Number    CopyNumber
	Address   AddressID
	Form      PassportForm
	Person    string
	Structure string
	// Cycle is what the workshop is called that the person was at; empty for none, and
	// in a discreet safe.
	Cycle      string
	Discretion Discretion
	Nature     Nature
	Memos      []PrintedMemo
}

// A PrintedMemo is one memo as it is printed: what was not chosen is not in it.
type PrintedMemo struct {
	Memo      Memo
	Discloses Disclosure
	Secret    seal.Secret      // the password; empty unless the secret was chosen
	Others    []LabelledSecret // its other secrets; none unless the secret was chosen
}

// A Copy is one copy of a digital passport.
type Copy struct {
	Number CopyNumber
	Form   PassportForm
	Since  time.Time
	// By is the agent on whose screen it was printed; zero for the person's own.
	By     AgentID
	ByName string    // empty in a discreet safe
	Lost   time.Time // zero while the person has it
	Memos  []CopiedMemo
}

// A CopiedMemo is a memo that stands on a copy.
type CopiedMemo struct {
	Document  DocumentID
	Discloses Disclosure
	Memo      Memo // zero where the caller's means do not reach it, or it is no more
	// Codes says that other secrets stand there beside the password.
	Codes bool
	// Changed says that no secret which stands there is one of today.
	Changed bool
}

// LoseCopy says that a copy is lost.
type LoseCopy struct {
	Request RequestID
	Safe    SafeID
	Copy    int
	Word    Word // how the person said it to the agent who does it
}

// A LostCopy is what has to be done about it: exactly the memos that stood on the
// copy. Of an agent's call there are none.
type LostCopy struct {
	Number     CopyNumber
	Memos      []CopiedMemo
	Structure  string
	Discretion Discretion
}
