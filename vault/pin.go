package vault

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
)

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
