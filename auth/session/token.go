package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
)

// HeaderToken is the name of the metadata, or HTTP header, that carries the token.
const HeaderToken = "coffre-session"

const tokenSize = 32

// encoding is strict: a token or a proof has exactly one spelling.
var encoding = base64.RawURLEncoding.Strict()

// A Token is the secret half of a session, known to the client alone. It prints as a fixed word. The zero
// Token belongs to no session.
type Token struct{ raw [tokenSize]byte }

func newToken() Token {
	var t Token
	_, _ = rand.Read(t.raw[:]) // never fails: crypto/rand ends the program instead
	return t
}

// ParseToken reads the value of the coffre-session header: 43 characters of unpadded base64url. The error
// wraps ErrNoSession.
func ParseToken(s string) (Token, error) {
	var t Token
	if err := decode(t.raw[:], s); err != nil {
		return Token{}, fmt.Errorf("%w: token: %w", ErrNoSession, err)
	}
	if t == (Token{}) {
		return Token{}, fmt.Errorf("%w: zero token", ErrNoSession)
	}
	return t, nil
}

// Reveal returns the header value. It is a secret: it goes into the header and the client's own file.
func (t Token) Reveal() string { return encoding.EncodeToString(t.raw[:]) }

// hash is what the server keeps: it finds a session and proves nothing. Being looked up by hash, a token
// is never compared byte by byte.
func (t Token) hash() [sha256.Size]byte {
	return sha256.Sum256(append([]byte("coffre/session-token/v1\x00"), t.raw[:]...))
}

// String never shows the token.
func (t Token) String() string { return "[token]" }

// GoString never shows the token.
func (t Token) GoString() string { return t.String() }

// Format never shows the token, whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// LogValue never shows the token.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText never shows the token; Reveal does.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// decode fills dst from its only spelling.
func decode(dst []byte, s string) error {
	if len(s) != encoding.EncodedLen(len(dst)) {
		return fmt.Errorf("%d characters instead of %d", len(s), encoding.EncodedLen(len(dst)))
	}
	// Decode ignores line breaks, which would give a second spelling; then fewer bytes come out.
	n, err := encoding.Decode(dst, []byte(s))
	if err != nil {
		return fmt.Errorf("not base64url: %w", err)
	}
	if n != len(dst) {
		return fmt.Errorf("not base64url")
	}
	return nil
}
