package localop

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

const (
	// minPassword is in characters, maxPassword in bytes.
	minPassword = 10
	maxPassword = 256
	// The cost of a hash: OWASP's minimum for Argon2id, 19 MiB and two passes.
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
	// hashesAtOnce bounds the memory that people at the door can make us use; hashesWaiting the queue.
	hashesAtOnce  = 2
	hashesWaiting = 32
)

var (
	// ErrPassword reports a password that is too short, too long or not text.
	ErrPassword = errors.New("localop: password refused")

	errBusy = errors.New("localop: too many logins at once")
	errHash = errors.New("localop: stored password hash is malformed")
)

// A Password is what a person types. It prints as a fixed word. The zero Password fits no account.
type Password struct{ text string }

// NewPassword accepts 10 characters to 256 bytes of text. The error wraps ErrPassword.
func NewPassword(text string) (Password, error) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) < minPassword || len(text) > maxPassword {
		return Password{}, ErrPassword
	}
	return Password{text: text}, nil
}

// GeneratePassword makes a password of 80 bits, in four groups of four letters and digits, without those
// that are mistaken for one another.
func GeneratePassword() Password {
	const alphabet = "abcdefghjkmnpqrstvwxyz0123456789" // 32, so that a random byte has no bias
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	var b strings.Builder
	for i, c := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[c%32])
	}
	return Password{text: b.String()}
}

// Reveal returns the text, to be handed to its person.
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

// hasher hashes passwords, two at a time. Safe for concurrent use.
type hasher struct {
	line  chan struct{} // whoever waits or hashes
	slots chan struct{} // whoever hashes
}

func newHasher() *hasher {
	return &hasher{
		line:  make(chan struct{}, hashesAtOnce+hashesWaiting),
		slots: make(chan struct{}, hashesAtOnce),
	}
}

// enter waits for a slot. The error wraps errBusy, or is that of ctx.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.line <- struct{}{}:
	default:
		return nil, errBusy
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.line }, nil
	case <-ctx.Done():
		<-h.line
		return nil, fmt.Errorf("%w: %w", errBusy, ctx.Err())
	}
}

// hash makes the stored form of a password, with a new salt (PHC string format).
func (h *hasher) hash(ctx context.Context, p Password) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(p.text), salt, hashPasses, hashMemory, hashLanes, hashSize)
	return hashPrefix() + encode(salt) + "$" + encode(sum), nil
}

// matches compares typed with a stored form. With an empty stored form it does the same work and says no.
func (h *hasher) matches(ctx context.Context, stored, typed string) (bool, error) {
	salt, want := make([]byte, saltSize), make([]byte, hashSize)
	if stored != "" {
		var err error
		if salt, want, err = parseHash(stored); err != nil {
			return false, err
		}
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	got := argon2.IDKey([]byte(typed), salt, hashPasses, hashMemory, hashLanes, hashSize)
	return subtle.ConstantTimeCompare(got, want) == 1 && stored != "", nil
}

func hashPrefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, hashMemory, hashPasses, hashLanes)
}

// parseHash accepts the cost that this version uses and no other: a stored value never chooses how much
// memory is spent. A new cost will be a second prefix here.
func parseHash(s string) (salt, sum []byte, err error) {
	rest, ok := strings.CutPrefix(s, hashPrefix())
	if !ok {
		return nil, nil, errHash
	}
	a, b, ok := strings.Cut(rest, "$")
	if !ok {
		return nil, nil, errHash
	}
	enc := base64.RawStdEncoding.Strict()
	salt, err = enc.DecodeString(a)
	if err != nil || len(salt) != saltSize {
		return nil, nil, errHash
	}
	sum, err = enc.DecodeString(b)
	if err != nil || len(sum) != hashSize {
		return nil, nil, errHash
	}
	// Even a strict decoder passes over line breaks: a hash has one spelling.
	if encode(salt) != a || encode(sum) != b {
		return nil, nil, errHash
	}
	return salt, sum, nil
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }
