package directory

import (
	"errors"
	"fmt"
)

// ErrSIRET is wrapped when a text is not the number of an establishment.
var ErrSIRET = errors.New("not a SIRET")

// A SIRET is the number of an establishment in the Sirene register (INSEE): nine
// digits of the SIREN, four of the establishment and a check digit. The zero
// SIRET is none.
type SIRET struct{ digits string }

const (
	siretDigits = 14
	sirenDigits = 9
	// laPoste is the SIREN of La Poste, whose establishments outnumber the check
	// digit: their fourteen digits add up to a multiple of five instead
	// (fr.wikipedia.org, « Système d'identification du répertoire des
	// établissements »; python-stdnum does the same). Its head office, which
	// passes the ordinary check as well, is covered by that.
	laPoste = "356000000"
)

// ParseSIRET reads fourteen digits and their check, the SIREN's included. The
// error wraps [ErrSIRET] and does not repeat the text.
func ParseSIRET(s string) (SIRET, error) {
	if len(s) != siretDigits {
		return SIRET{}, fmt.Errorf("%w: %d characters", ErrSIRET, len(s))
	}
	sum := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return SIRET{}, fmt.Errorf("%w: not digits", ErrSIRET)
		}
		sum += int(s[i] - '0')
	}
	switch {
	case sum == 0:
		return SIRET{}, fmt.Errorf("%w: zero", ErrSIRET)
	case !luhn(s[:sirenDigits]):
		return SIRET{}, fmt.Errorf("%w: the first nine digits do not check", ErrSIRET)
	case !luhn(s) && (s[:sirenDigits] != laPoste || sum%5 != 0):
		return SIRET{}, fmt.Errorf("%w: the digits do not check", ErrSIRET)
	}
	return SIRET{s}, nil
}

// luhn is ISO/IEC 7812-1 annex B over all digits, the last of which is the check.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// String is the fourteen digits; empty for the zero SIRET.
func (s SIRET) String() string { return s.digits }

// IsZero reports whether it is none.
func (s SIRET) IsZero() bool { return s.digits == "" }
