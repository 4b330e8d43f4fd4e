package seal

import (
	"crypto/rand"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"
)

// crockford is the alphabet of what people read, dictate and type: no I, L, O
// or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeLength = 20  // characters of 5 bits: 100 bits
	codeGroup  = 4   // characters between two hyphens
	codeInput  = 128 // bytes of text that may be typed for it
)

// Argon2id is there for the day somebody shortens the code, and to make each
// guess at a server cost something; 100 random bits need no stretching.
const (
	argonTime    = 3
	argonKiB     = 19 << 10
	argonThreads = 1
	codeSalt     = "coffre/code/v1\x00"
)

// A CodeCost says how much work each guess at a code takes. The zero CodeCost is
// that of every sheet.
type CodeCost uint8

const (
	// CodeCostSheet is the cost of a sheet: 3 passes over 19 MiB.
	CodeCostSheet CodeCost = iota
	// CodeCostInvented is next to none: for sheets of invented people, of which a
	// test or a benchmark opens thousands. A sheet of one cost opens nothing that
	// was sealed at the other.
	CodeCostInvented
)

func (c CodeCost) argon() (passes, kib uint32) {
	if c == CodeCostInvented {
		return 1, 64
	}
	return argonTime, argonKiB
}

// A Code is what is printed on a code sheet: the key to a safe, 100 random bits.
// The zero Code opens nothing.
type Code struct {
	redact
	text veil[string] // codeLength characters of crockford
}

// NewCode draws a code.
func NewCode() (Code, error) {
	var random [codeLength]byte
	if _, err := rand.Read(random[:]); err != nil {
		return Code{}, fmt.Errorf("drawing a code: %w", err)
	}
	text := make([]byte, codeLength)
	for i, b := range random {
		text[i] = crockford[b&31]
	}
	s := string(text)
	return Code{text: veiled(&s)}, nil
}

// ParseCode reads a code as people type it: lower case, with or without spaces,
// dots and dashes of any kind, O for 0, I or L for 1. Errors wrap [ErrCode].
func ParseCode(typed string) (Code, error) {
	if len(typed) > codeInput {
		return Code{}, fmt.Errorf("%w: too long", ErrCode)
	}
	var b strings.Builder
	for _, r := range typed {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '.':
			continue
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		}
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(crockford, r) {
			return Code{}, fmt.Errorf("%w: a character that is on no sheet", ErrCode)
		}
		b.WriteRune(r)
	}
	if b.Len() != codeLength {
		return Code{}, fmt.Errorf("%w: %d characters instead of %d", ErrCode, b.Len(), codeLength)
	}
	s := b.String()
	return Code{text: veiled(&s)}, nil
}

// Printed is the code as a sheet shows it, "XXXX-XXXX-XXXX-XXXX-XXXX"; empty for
// the zero Code.
func (c Code) Printed() Secret {
	if c.IsZero() {
		return Secret{}
	}
	return NewSecret([]byte(groups(*c.text.lift())))
}

// IsZero reports whether there is no code.
func (c Code) IsZero() bool { return c.text.lift() == nil }

// Identity derives the identity that the sheet opens, with Argon2id salted by
// the sheet's printed id: the same code on another sheet gives another identity.
// It takes some 30 ms and 19 MiB: the caller limits how many run at once. Errors
// wrap [ErrUnset].
func (c Code) Identity(sheet string) (*Identity, error) { return c.IdentityAt(sheet, CodeCostSheet) }

// IdentityAt is Identity at another cost.
func (c Code) IdentityAt(sheet string, cost CodeCost) (*Identity, error) {
	if c.IsZero() || sheet == "" {
		return nil, fmt.Errorf("code or sheet: %w", ErrUnset)
	}
	passes, kib := cost.argon()
	seed := argon2.IDKey([]byte(*c.text.lift()), []byte(codeSalt+sheet), passes, kib, argonThreads, 32)
	defer clear(seed)
	return identityFromSeed(seed)
}

// groups puts hyphens between groups of characters, for the eye.
func groups(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}
