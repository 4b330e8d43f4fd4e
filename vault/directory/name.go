package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxTokens is how many words of a name count, at most.
const MaxTokens = 16

// ErrName is wrapped when a text is not a name that can be written or searched.
var ErrName = errors.New("not a name")

// CheckName bounds a name as it is written: 1 to limit characters, printable,
// on one line, with at least one letter. The error wraps [ErrName].
func CheckName(name string, limit int) error {
	switch {
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: not UTF-8", ErrName)
	case utf8.RuneCountInString(name) > limit:
		return fmt.Errorf("%w: more than %d characters", ErrName, limit)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: space around it", ErrName)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%w: a character that cannot be printed", ErrName)
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return fmt.Errorf("%w: no letter", ErrName)
	}
	return nil
}

// Tokens answers the words of a name in the one spelling that the register is
// searched by, sorted, each once: without case, accents, hyphens or apostrophes,
// in any order. "LE GALL Anne-Flore" and "anne flore le gall" have the same. At
// most [MaxTokens] are answered.
func Tokens(name string) []string {
	// Decomposed, a letter loses its accents when the marks behind it go; what
	// does not decompose is spelled out.
	// Down from up is one spelling for every script: folding as Unicode defines
	// it is not stable for Cherokee.
	folded := strings.ToLower(strings.ToUpper(norm.NFKD.String(name)))
	var b strings.Builder
	for _, r := range norm.NFKD.String(folded) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case spelled[r] != "":
			b.WriteString(spelled[r])
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	slices.Sort(words)
	words = slices.Compact(words)
	return words[:min(len(words), MaxTokens)]
}

// spelled are letters of Latin scripts that have no decomposition.
var spelled = map[rune]string{
	'œ': "oe", 'æ': "ae", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'ŋ': "n", 'þ': "th", 'ß': "ss", 'ŧ': "t",
}

// Covers reports whether every word asked for is a word of the name. Nothing
// asked for covers nothing.
func Covers(name, asked []string) bool {
	return len(asked) > 0 && !slices.ContainsFunc(asked, func(t string) bool { return !slices.Contains(name, t) })
}
