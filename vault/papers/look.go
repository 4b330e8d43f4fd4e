package papers

import (
	"slices"
	"strings"
	"unicode"
)

// A Warning says what looks wrong about what was written down. It never holds the
// value, and never refuses it: a real paper is right, and a rule can be old.
type Warning uint8

// The warnings.
const (
	WarnNever       Warning = iota + 1 // this is not written down at all
	WarnLength                         // it has another number of characters
	WarnForm                           // digits and letters stand otherwise
	WarnFirst                          // it starts otherwise
	WarnProvisional                    // it is a number given for a time
	WarnKey                            // its control key does not fit: a mistake in typing
)

// Look says what looks wrong about a value, as it was typed: nothing for an empty
// one. Spaces, dots, hyphens and slashes do not count, nor does case.
func (f FieldInfo) Look(value string) []Warning {
	plain := compact(value)
	if plain == "" {
		return nil
	}
	if f.Never {
		return []Warning{WarnNever}
	}
	var out []Warning
	if w := f.form(plain); w != 0 {
		out = append(out, w)
	}
	switch first := plain[:1]; {
	case strings.Contains(f.Provisional, first):
		out = append(out, WarnProvisional)
	case f.First != "" && !strings.Contains(f.First, first):
		out = append(out, WarnFirst)
	}
	if len(out) == 0 && !f.keyed(plain) {
		out = append(out, WarnKey)
	}
	return out
}

// form compares with masks and length: zero where it fits.
func (f FieldInfo) form(plain string) Warning {
	switch {
	case f.UpTo > 0 && len(plain) > f.UpTo:
		return WarnLength
	case len(f.Masks) == 0 || slices.ContainsFunc(f.Masks, func(m string) bool { return masked(m, plain) }):
		return 0
	case slices.ContainsFunc(f.Masks, func(m string) bool { return len(m) == len(plain) }):
		return WarnForm
	default:
		return WarnLength
	}
}

// keyed reports that the control key fits, or that there is none.
func (f FieldInfo) keyed(plain string) bool {
	switch f.Key {
	case KeyNIR:
		n, err := ParseNIR(plain)
		return err == nil && n.Fits()
	case KeyIBAN:
		return ibanFits(plain)
	default:
		return true
	}
}

func masked(mask, plain string) bool {
	if len(mask) != len(plain) {
		return false
	}
	for i := range len(mask) {
		digit, letter := isDigit(plain[i]), plain[i] >= 'A' && plain[i] <= 'Z'
		switch mask[i] {
		case '9':
			if !digit {
				return false
			}
		case 'A':
			if !letter {
				return false
			}
		default:
			if !digit && !letter {
				return false
			}
		}
	}
	return true
}

// compact writes a number without what people put between its parts, in capitals.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '-' || r == '/' {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// ibanFits checks an IBAN's two key digits: the country and the key go to the
// end, letters count from 10, and the rest modulo 97 is 1 (ISO 7064).
func ibanFits(plain string) bool {
	if len(plain) < 15 || len(plain) > 34 {
		return false
	}
	rest := 0
	for _, b := range []byte(plain[4:] + plain[:4]) {
		switch {
		case isDigit(b):
			rest = (rest*10 + int(b-'0')) % 97
		case b >= 'A' && b <= 'Z':
			rest = (rest*100 + int(b-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
