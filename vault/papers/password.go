package papers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strings"
)

// ErrRecipe is wrapped when nobody said what password to make.
var ErrRecipe = errors.New("no such password")

// A Password is the secret of a memo. It prints as a fixed word; the zero
// Password is none.
type Password struct {
	_    [0]func()
	text string
}

// NewPassword takes what was typed, as it is.
func NewPassword(s string) Password { return Password{text: s} }

// Reveal answers the characters, for the memo or for the person's eyes.
func (p Password) Reveal() string { return p.text }

// String never shows the password.
func (p Password) String() string { return "[password]" }

// GoString never shows the password.
func (p Password) GoString() string { return p.String() }

// Format never shows the password, whatever the verb.
func (p Password) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue never shows the password.
func (p Password) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText never shows the password.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// A Guard says what protects an account beside its password, hence how many bits
// of chance the password needs (CNIL 2022-100, L-80). The zero Guard is [Alone].
type Guard uint8

// The guards.
const (
	Alone     Guard = iota // nothing: 80 bits
	Throttled              // the account waits or is blocked after some wrong ones: 50 bits
	HeldThing              // besides, a card or a telephone that the person holds: 13 bits
)

// Bits is how many bits of chance a password needs under a guard.
func (g Guard) Bits() int {
	switch g {
	case Throttled:
		return 50
	case HeldThing:
		return 13
	default:
		return 80
	}
}

// A Recipe says what a made password is made of. The zero Recipe is refused.
type Recipe uint8

// The recipes.
const (
	FourKinds  Recipe = iota + 1 // capitals, small letters, digits, signs
	ThreeKinds                   // without signs, for sites that refuse them
	DigitsOnly                   // for codes typed on a telephone
)

// The characters of made passwords. They are written by hand and read from paper:
// there is no 0 and O, no 1, l and I, no o, and no sign that a keyboard hides.
const (
	capitals = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	smalls   = "abcdefghijkmnpqrstuvwxyz"
	figures  = "23456789"
	signs    = "!?+-*=@#%&"
)

// What CNIL 2022-100 asks besides bits of a password that stands alone.
const (
	leastOfFour  = 12
	leastOfThree = 14
)

func (r Recipe) kinds() []string {
	switch r {
	case FourKinds:
		return []string{capitals, smalls, figures, signs}
	case ThreeKinds:
		return []string{capitals, smalls, figures}
	case DigitsOnly:
		return []string{figures}
	default:
		return nil
	}
}

// length is the least that has the bits of a guard: chance is counted without the
// words that lack a kind of characters, because those are thrown away.
func (r Recipe) length(g Guard) int {
	kinds := r.kinds()
	n := 1
	for chance(kinds, n) < float64(g.Bits()) {
		n++
	}
	switch {
	case g == Alone && r == FourKinds:
		return max(n, leastOfFour)
	case g == Alone && r == ThreeKinds:
		return max(n, leastOfThree)
	default:
		return n
	}
}

// chance is the bits of words of n characters in which each kind stands at least
// once, by inclusion and exclusion.
func chance(kinds []string, n int) float64 {
	words := 0.0
	for left := range 1 << len(kinds) {
		size, sign := 0, 1.0
		for i, k := range kinds {
			if left>>i&1 == 1 {
				sign = -sign
			} else {
				size += len(k)
			}
		}
		words += sign * math.Pow(float64(size), float64(n))
	}
	return math.Log2(max(words, 1))
}

// Generate makes a password that is strong enough under a guard, with each kind
// of characters its recipe names. Errors wrap [ErrRecipe].
func Generate(r Recipe, g Guard) (Password, error) {
	kinds := r.kinds()
	if len(kinds) == 0 || g > HeldThing {
		return Password{}, fmt.Errorf("%w: recipe %d, guard %d", ErrRecipe, r, g)
	}
	n := r.length(g)
	for {
		text, err := draw(strings.Join(kinds, ""), n)
		if err != nil {
			return Password{}, err
		}
		if hasEach(text, kinds) {
			return Password{text: text}, nil
		}
	}
}

func draw(from string, n int) (string, error) {
	size := big.NewInt(int64(len(from)))
	out := make([]byte, n)
	for i := range out {
		at, err := rand.Int(rand.Reader, size)
		if err != nil {
			return "", fmt.Errorf("draw: %w", err)
		}
		out[i] = from[at.Int64()]
	}
	return string(out), nil
}

func hasEach(text string, kinds []string) bool {
	for _, k := range kinds {
		if !strings.ContainsAny(text, k) {
			return false
		}
	}
	return true
}
