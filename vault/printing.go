package vault

import (
	"encoding/hex"
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A PageCode stands on the printed pages of one consent, in the address of a
// page that says whether it still counts. It is 128 bits that follow from the
// consent under a key of the service: it names nobody and no safe, and nobody
// makes the code of one consent from that of another.
type PageCode [16]byte

// String writes 26 lower-case letters and digits.
func (c PageCode) String() string { return encoding.EncodeToString(c[:]) }

// IsZero reports whether it is none.
func (c PageCode) IsZero() bool { return c == PageCode{} }

// ParsePageCode reads what [PageCode.String] wrote; errors wrap [ErrID].
func ParsePageCode(s string) (PageCode, error) { b, err := parse(s); return PageCode(b), err }

// A PrintForm is what is printed about a consent. The zero PrintForm is refused.
type PrintForm uint8

// The forms.
const (
	_ PrintForm = iota
	PrintReceipt
	PrintMandate
	PrintWithdrawal
)

// String is the form's code.
func (f PrintForm) String() string {
	switch f {
	case PrintReceipt:
		return "receipt"
	case PrintMandate:
		return "mandate"
	case PrintWithdrawal:
		return "withdrawal"
	default:
		return "none"
	}
}

// PrintConsent asks for what stands on a page about one consent.
type PrintConsent struct {
	Safe    SafeID
	Consent ConsentID
	Form    PrintForm
}

// A ConsentPrint is what stands on such a page. Of a discreet safe the names are
// empty, and there is no code.
type ConsentPrint struct {
	Consent    Consent
	SIRET      string
	Person     string // as the register has it; empty where they are in none
	Code       PageCode
	Discretion Discretion
}

// PrintJournal asks for the lines of a safe's journal from an instant to
// another, [From, Until).
type PrintJournal struct {
	Safe        SafeID
	From, Until time.Time
}

// MaxPrintedLines bounds the lines of one printed journal; the newest are
// printed.
const MaxPrintedLines = 1000

// A JournalPrint is what stands on a printed journal.
type JournalPrint struct {
	Lines      []Line // oldest first
	Older      int    // lines of the span that did not fit
	Structure  string
	Discretion Discretion
	Nature     Nature
}

// A LetterPrint is what stands on the letter about an act that waits 48 hours
// where one agent works alone.
type LetterPrint struct {
	Structure string
	Asked     Act
	By        string
	At        time.Time
	NotBefore time.Time
}

// A CheckedPage is what the public page about a consent says. The zero
// CheckedPage is that it says nothing: there is no such code, or nothing more to
// say of it; nobody can tell which.
type CheckedPage struct {
	Given       time.Time
	From, Until time.Time
	Live        bool
	Ended       time.Time // zero while it is live; never why
	// Mark is the start of the digest of what was agreed to. It stands on the
	// page and on the paper: a code copied onto another paper is found out.
	Mark string
}

// Says reports whether the page says something.
func (p CheckedPage) Says() bool { return !p.Given.IsZero() }

// PageMark is the start of a digest, as people compare it: 16 hexadecimal
// digits.
func PageMark(d Digest) string { return hex.EncodeToString(d[:8]) }

// A NoticeKind is what a person is told without having asked.
type NoticeKind uint8

// The kinds.
const (
	_                 NoticeKind = iota
	NoticeEndsSoon               // a consent ends within [NoticeBefore]
	NoticeArrived                // papers joined a consent
	NoticeSuccessor              // a consent passed to whoever replaced its agent
	NoticeEnded                  // a consent ended without the person doing it
	NoticeRelink                 // another login will replace theirs
	NoticeRecovery               // the service was told that their sheet is lost
	NoticeWaits                  // something about their safe waits for its delay
	NoticeSheet                  // their sheet was used on an agent's screen
	NoticeInformation            // the service information changed
	NoticeDue                    // something falls due within [NoticeBefore]; what, stands in the safe
	NoticeNotebook               // passwords of theirs stood in an office notebook
	NoticeHandover               // the handover of their safe waits for their sheet
	NoticeKit                    // two recovery sheets were shown, and wait
	NoticeKitUsed                // they opened the safe, and are void
)

// String is the kind's code.
func (n NoticeKind) String() string {
	names := [...]string{
		"unknown", "ends-soon", "arrived", "successor", "ended", "relink", "recovery", "waits", "sheet", "information", "due",
		"notebook", "handover",
		"kit", "kit-used",
	}
	if int(n) < len(names) {
		return names[n]
	}
	return names[0]
}

// NoticeLife is how long what happened is told.
const NoticeLife = 60 * 24 * time.Hour

// A Notice is one thing that a person is told. It is not stored: it follows from
// the chain, the journal and the record of the safe. A discreet safe and a frozen
// one have none.
type Notice struct {
	Kind NoticeKind
	// At is when it happened; of what is to come, when it was first true.
	At time.Time
	// Until is the date it speaks of: an end, a delay; zero for none.
	Until   time.Time
	Consent ConsentID
	Purpose papers.Purpose
	Act     Act    // that waits
	Name    string // of the agent it speaks of
	// Documents are the papers that joined; titles as in [Named].
	Documents []Named
	Why       EndReason
	// New says that nobody read it before now.
	New bool
}
