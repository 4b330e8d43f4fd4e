package workshop

import (
	"errors"
	"fmt"
)

// A Theme is what one session is about. The zero Theme is refused.
type Theme uint8

// The themes. Their words are stored and never change.
const (
	_             Theme = iota
	ThemeSort           // trier
	ThemeFile           // classer
	ThemeThrow          // jeter
	ThemePassport       // passeport numérique
	ThemeOther          // a structure's own
)

// Themes are the four of a Forma'tri cycle, in their order.
func Themes() []Theme { return []Theme{ThemeSort, ThemeFile, ThemeThrow, ThemePassport} }

// ErrTheme is wrapped when a text is no theme.
var ErrTheme = errors.New("not a theme of workshops")

// String is the theme's word, and "none" for none.
func (t Theme) String() string {
	words := [...]string{"none", "sort", "file", "throw", "passport", "other"}
	if int(t) < len(words) {
		return words[t]
	}
	return words[0]
}

// ParseTheme reads what [Theme.String] wrote. The error wraps [ErrTheme] and does
// not repeat s.
func ParseTheme(s string) (Theme, error) {
	for t := ThemeSort; t <= ThemeOther; t++ {
		if s == t.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%w: an unknown word", ErrTheme)
}
