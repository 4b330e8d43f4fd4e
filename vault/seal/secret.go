package seal

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[secret]"

// redact is embedded in every type that carries a secret, and answers for it to
// whatever formats values: fmt with any verb, slog, JSON, XML and text encoders.
//
// Methods are not enough, see [veil].
type redact struct{}

func (redact) String() string               { return redacted }
func (redact) GoString() string             { return redacted }
func (redact) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (redact) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (redact) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

func (redact) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted) // a formatter has nowhere to report to
}

// A veil keeps a secret where formatting does not reach. In an unexported field
// of somebody else's struct fmt calls no methods but walks the fields: it prints
// byte slices as numbers, and follows a pointer when the verb does not fit
// (%s of a pointer to a slice). It never follows a pointer to a pointer.
type veil[T any] struct{ at **T }

func veiled[T any](secret *T) veil[T] { return veil[T]{at: &secret} }

// lift returns what is behind the veil; nil for the zero veil.
func (v veil[T]) lift() *T {
	if v.at == nil {
		return nil
	}
	return *v.at
}

// A Secret is a byte string that must not be shown: the text of an identity, a
// code, an opened description. The zero Secret is empty. Copies share their
// bytes, so that [Secret.Wipe] reaches all of them; a Secret must not be wiped
// while another goroutine uses it.
type Secret struct {
	redact
	bytes veil[[]byte]
}

// NewSecret takes b over: the caller must not use it any more.
func NewSecret(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	return Secret{bytes: veiled(&b)}
}

// Reveal returns the bytes themselves, not a copy: they must not be changed,
// and are gone after [Secret.Wipe]. It is the one door out, easy to search for.
func (s Secret) Reveal() []byte {
	if b := s.bytes.lift(); b != nil {
		return *b
	}
	return nil
}

// IsZero reports whether there is nothing in it, or nothing left.
func (s Secret) IsZero() bool { return len(s.Reveal()) == 0 }

// Wipe overwrites the bytes and forgets them, in every copy of s. The runtime
// may have moved or copied what was read from it before.
func (s Secret) Wipe() {
	if b := s.bytes.lift(); b != nil {
		clear(*b)
		*b = nil
	}
}
