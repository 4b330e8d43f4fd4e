package papers

import (
	"errors"
	"fmt"
	"log/slog"
)

// ErrNIR is wrapped when a text is not a social security number. It never says
// which text that was.
var ErrNIR = errors.New("not a social security number")

// How many characters a NIR has, without and with its key.
const (
	nirDigits  = 13
	nirWithKey = 15
)

// A NIR is a French social security number (numéro de sécurité sociale), with or
// without its key. It is never an index, a key or a log field (L-40), so it
// prints as a fixed word and does not compare. The zero NIR is none.
type NIR struct {
	_    [0]func()
	text string
}

// ParseNIR reads 13 characters, or 15 with the key: digits, but 2A or 2B in the
// place of the department. Spaces, dots and hyphens between them do not count. The
// error wraps [ErrNIR].
func ParseNIR(s string) (NIR, error) {
	plain := compact(s)
	if len(plain) != nirDigits && len(plain) != nirWithKey {
		return NIR{}, fmt.Errorf("%w: %d characters", ErrNIR, len(plain))
	}
	for i := range len(plain) {
		corsican := i == 6 && plain[5] == '2' && (plain[i] == 'A' || plain[i] == 'B')
		if !isDigit(plain[i]) && !corsican {
			return NIR{}, fmt.Errorf("%w: character %d", ErrNIR, i+1)
		}
	}
	return NIR{text: plain}, nil
}

// Reveal answers the characters, for the person's own memo.
func (n NIR) Reveal() string { return n.text }

// Key is the key of the first 13 characters: 97 less their rest modulo 97, with
// 2A counted as 19 and 2B as 18. It is 0 for the zero NIR.
func (n NIR) Key() int {
	if n.text == "" {
		return 0
	}
	digits := []byte(n.text[:nirDigits])
	switch digits[6] { // the department, after its 2
	case 'A':
		digits[5], digits[6] = '1', '9'
	case 'B':
		digits[5], digits[6] = '1', '8'
	}
	rest := 0
	for _, b := range digits {
		rest = (rest*10 + int(b-'0')) % 97
	}
	return 97 - rest
}

// Fits reports that the key is right, or that there is none to check.
func (n NIR) Fits() bool {
	if len(n.text) != nirWithKey {
		return n.text != ""
	}
	key := int(n.text[nirDigits]-'0')*10 + int(n.text[nirDigits+1]-'0')
	return key == n.Key()
}

// String never shows the number.
func (n NIR) String() string { return "[nir]" }

// GoString never shows the number.
func (n NIR) GoString() string { return n.String() }

// Format never shows the number, whatever the verb.
func (n NIR) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(n.String())) }

// LogValue never shows the number.
func (n NIR) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText never shows the number.
func (n NIR) MarshalText() ([]byte, error) { return []byte(n.String()), nil }
