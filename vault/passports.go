package vault

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// A PassportNumber is the reference of a person's digital passport, the same on
// each copy: "K7QM-94HT". It is random, stands on paper, and opens nothing. The
// zero PassportNumber is none.
type PassportNumber string

// passportLetters are those that nobody takes for another when they read them out
// of a paper: no 0, 1, 2, 5, 8 and no B, I, L, O, S, Z.
const (
	passportLetters = "ACDEFGHJKMNPQRTUVWXY34679"
	passportLength  = 8 // letters
)

// NewPassportNumber draws one.
func NewPassportNumber() PassportNumber {
	var b [passportLength]byte
	for i := range b {
		b[i] = passportLetters[letter()]
	}
	return PassportNumber(b[:4]) + "-" + PassportNumber(b[4:])
}

// letter draws the place of one letter, each as likely as another.
func letter() int {
	const whole = 256 / len(passportLetters) * len(passportLetters)
	for {
		var b [1]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		if int(b[0]) < whole {
			return int(b[0]) % len(passportLetters)
		}
	}
}

// ParsePassportNumber reads what stands on paper; errors wrap [ErrID].
func ParsePassportNumber(s string) (PassportNumber, error) {
	if len(s) != passportLength+1 || s[4] != '-' || strings.Trim(s[:4]+s[5:], passportLetters) != "" {
		return "", fmt.Errorf("%w: the number of a digital passport", ErrID)
	}
	return PassportNumber(s), nil
}

// IsZero reports whether it is none.
func (n PassportNumber) IsZero() bool { return n == "" }

// A PassportForm is what a digital passport looks like. The zero form is refused.
type PassportForm uint8

// The forms.
const (
	_ PassportForm = iota
	// PassportFolded is A4 printed on one side and folded in four.
	PassportFolded
	// PassportBooklet is A4 printed on both sides and folded once: A5.
	PassportBooklet
	// PassportCards are cards for the pocket, to cut out.
	PassportCards
)

var passportForms = [...]string{PassportFolded: "folded", PassportBooklet: "booklet", PassportCards: "cards"}

// String is the form's code.
func (f PassportForm) String() string {
	if f == 0 || int(f) >= len(passportForms) {
		return "none"
	}
	return passportForms[f]
}

// ParsePassportForm reads what [PassportForm.String] wrote; errors wrap [ErrID].
func ParsePassportForm(s string) (PassportForm, error) {
	for f := PassportFolded; int(f) < len(passportForms); f++ {
		if s == passportForms[f] {
			return f, nil
		}
	}
	return 0, fmt.Errorf("%w: the form of a digital passport", ErrID)
}

// A Disclosure is what the person chose to have printed of one memo.
type Disclosure uint8

// The choices. The zero one is the least.
const (
	// DiscloseLogin prints the identifiers alone.
	DiscloseLogin Disclosure = iota
	// DiscloseHint prints what helps the person to remember as well.
	DiscloseHint
	// DiscloseSecret prints the password as well, and the other secrets of the memo.
	DiscloseSecret
)

var disclosures = [...]string{DiscloseLogin: "login", DiscloseHint: "hint", DiscloseSecret: "secret"}

// String is the choice's code.
func (d Disclosure) String() string {
	if int(d) >= len(disclosures) {
		return "none"
	}
	return disclosures[d]
}

// ParseDisclosure reads what [Disclosure.String] wrote; errors wrap [ErrID].
func ParseDisclosure(s string) (Disclosure, error) {
	for i, name := range disclosures {
		if s == name {
			return Disclosure(i), nil
		}
	}
	return 0, fmt.Errorf("%w: what is printed of a memo", ErrID)
}

// The bounds of a digital passport.
const (
	MaxCopies      = 20 // that are not lost, of one safe
	MaxLostCopies  = 20 // that are remembered; the oldest is forgotten
	MaxCopiedMemos = 60 // on one copy
)
