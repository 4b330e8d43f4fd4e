package papers

import (
	"errors"
	"fmt"
)

// ErrCode is wrapped when a text cannot be the code of a drawer or of a kind.
var ErrCode = errors.New("not a code")

// maxCode bounds a code, in bytes. Codes are sealed into every description, so
// they stay short.
const maxCode = 40

// A Drawer is the code of a drawer (tiroir): where a paper lies, as people
// sort. The zero value names no drawer.
type Drawer string

// A Kind is the code of a kind of paper (type de papier). The zero value says
// that nobody has said yet what the paper is.
type Kind string

// Unsorted (à trier) holds what nobody has sorted yet. Every catalogue has it,
// and no kind belongs to it.
const Unsorted Drawer = "a-trier"

// ParseDrawer reads a drawer's code: 1 to 40 bytes of a-z, 0-9 and single
// hyphens between them. It does not ask whether a catalogue knows the drawer:
// a safe outlives the catalogues it was filled under. Errors wrap [ErrCode].
func ParseDrawer(s string) (Drawer, error) {
	if err := checkCode(s); err != nil {
		return "", fmt.Errorf("drawer: %w", err)
	}
	return Drawer(s), nil
}

// ParseKind reads a kind's code, in the same form as [ParseDrawer]. Errors wrap
// [ErrCode].
func ParseKind(s string) (Kind, error) {
	if err := checkCode(s); err != nil {
		return "", fmt.Errorf("kind: %w", err)
	}
	return Kind(s), nil
}

// checkCode never repeats the text: what a caller typed may speak of a person.
func checkCode(s string) error {
	if s == "" || len(s) > maxCode {
		return fmt.Errorf("%w: %d bytes, want 1 to %d", ErrCode, len(s), maxCode)
	}
	hyphen := true // so that a code starts with a letter or a digit
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			hyphen = false
		case c == '-' && !hyphen:
			hyphen = true
		default:
			return fmt.Errorf("%w: byte %d", ErrCode, i)
		}
	}
	if hyphen {
		return fmt.Errorf("%w: ends in a hyphen", ErrCode)
	}
	return nil
}
