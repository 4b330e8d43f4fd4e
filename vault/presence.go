package vault

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/seal"
)

// PresenceTime is how long a proof of presence, a counter session and a
// côte-à-côte session last.
const PresenceTime = 45 * time.Minute

// PINDigits is how long a PIN is.
const PINDigits = 6

// ErrPINForm is wrapped when a text is not six digits, or too easy to guess.
var ErrPINForm = errors.New("not a PIN")

// A PIN is six digits that the person typed. It is never a key: the keeper
// compares a MAC of it, under a durable counter. It prints as a fixed word; the
// zero PIN matches nothing.
type PIN struct{ digits [PINDigits]byte }

// ParsePIN reads six digits. The error wraps [ErrPINForm].
func ParsePIN(s string) (p PIN, err error) {
	if len(s) != PINDigits {
		return PIN{}, fmt.Errorf("%w: %d characters", ErrPINForm, len(s))
	}
	for i := range PINDigits {
		if s[i] < '0' || s[i] > '9' {
			return PIN{}, fmt.Errorf("%w: not digits", ErrPINForm)
		}
		p.digits[i] = s[i]
	}
	return p, nil
}

// Easy reports a PIN that anybody would try first: one digit six times, or six
// in a row, up or down.
func (p PIN) Easy() bool {
	for _, step := range []byte{0, 1, 255} {
		same := true
		for i := 1; i < PINDigits; i++ {
			same = same && p.digits[i] == p.digits[i-1]+step
		}
		if same {
			return true
		}
	}
	return false
}

// Reveal answers the digits, for the MAC.
func (p PIN) Reveal() []byte { return p.digits[:] }

// IsZero reports whether no PIN was typed.
func (p PIN) IsZero() bool {
	return subtle.ConstantTimeCompare(p.digits[:], make([]byte, PINDigits)) == 1
}

// String never shows the digits.
func (p PIN) String() string { return "[pin]" }

// GoString never shows the digits.
func (p PIN) GoString() string { return p.String() }

// Format never shows the digits, whatever the verb.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue never shows the digits.
func (p PIN) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText never shows the digits.
func (p PIN) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// SetPIN chooses a PIN, typed by the person.
type SetPIN struct {
	Request RequestID
	Safe    SafeID
	PIN     PIN
	// Proof is needed in an agent's session, and where the caller's own login or
	// counter session is older than five minutes: the sheet, or the old PIN. On the
	// screen of an agent who printed the sheet, it needs an approval beside it.
	Proof Proof
	// Approval replaces the proof: identity paper and a second agent.
	Approval ApprovalID
}

// OpenCounter opens the person's own session on the screen of the agent who
// vouches for them: sheet and PIN; PIN alone, for entrusted drawers only; sheet
// and a second agent while there is no PIN.
type OpenCounter struct {
	Safe     SafeID
	Proof    Proof
	Approval ApprovalID
}

// A Visit is a counter session that was opened.
type Visit struct {
	Token  session.Token
	Until  time.Time
	Opened Reach
	// Renew says that the sheet was used in an agent's session: a new one is
	// printed before the visit ends.
	Renew bool
}

// A Reach is what an unlocked session of the person opens.
type Reach uint8

// The reaches. The zero Reach is nothing.
const (
	_              Reach = iota
	ReachEntrusted       // the entrusted drawers
	ReachAll
)

// ProvePresence proves to a safe that the person is there, in an agent's
// session, for [PresenceTime].
type ProvePresence struct {
	Safe  SafeID
	Proof Proof
}

// AskPresence asks the person to approve from their own session.
type AskPresence struct{ Safe SafeID }

// GrantPresence is the person's approval, from their own session, to the agent
// whose screen shows Number.
type GrantPresence struct {
	Safe   SafeID
	Number string // the two digits on the agent's screen
}

// StartSideBySide begins a côte-à-côte session: two presences, one démarche, a
// posture and a hard end. What it opens lives in the keeper's memory and ends
// with it.
type StartSideBySide struct {
	Terms  Terms // From and Until are the session's own
	Shown  seal.Digest
	Giving Giving
	Proof  Proof
}

// A SideBySide is one côte-à-côte session.
type SideBySide struct {
	Consent   ConsentID
	Until     time.Time
	Documents int
}

// EndSideBySide ends it. With an Until the person said yes to the one question:
// may this agent come back to these papers for this démarche, without you,
// until that date. The text of that question is the one of the session's terms
// from its first instant, [PresenceTime] before its end, to Until: today's
// papers, without presence, this agent alone.
type EndSideBySide struct {
	Request RequestID
	Safe    SafeID
	Until   time.Time // zero: nothing survives
	Shown   seal.Digest
	Giving  Giving
	Proof   Proof
}

// A Summary is what the person is given at the end of a côte-à-côte session.
type Summary struct {
	Began, Ended time.Time
	Opened       int // papers opened
	Deposited    int
	Consent      ConsentID // when the agent may come back
}
