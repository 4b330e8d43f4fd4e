package session

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// clientKeyPrefix names the text form of a client key and its version.
const clientKeyPrefix = "coffre-client-key-1:"

// ErrClientKey reports a text that is not a client key.
var ErrClientKey = errors.New("session: not a client key")

// A ClientKey is the client's half of a session: the key that its calls are proved with. It prints as a
// fixed word. A nil or zero key proves nothing. It is immutable and safe for concurrent use.
type ClientKey struct{ priv ed25519.PrivateKey }

// NewClientKey makes a key. A client makes one for each login.
func NewClientKey() *ClientKey {
	var seed [ed25519.SeedSize]byte
	_, _ = rand.Read(seed[:]) // never fails: crypto/rand ends the program instead
	return &ClientKey{priv: ed25519.NewKeyFromSeed(seed[:])}
}

// ParseClientKey reads what Text wrote. The error wraps ErrClientKey and does not repeat the text.
func ParseClientKey(text string) (*ClientKey, error) {
	body, ok := strings.CutPrefix(text, clientKeyPrefix)
	if !ok {
		return nil, ErrClientKey
	}
	var seed [ed25519.SeedSize]byte
	if err := decode(seed[:], body); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClientKey, err)
	}
	return &ClientKey{priv: ed25519.NewKeyFromSeed(seed[:])}, nil
}

// Text returns the key as one line of text. It is a secret, for the client's own file; "" for a zero key.
func (k *ClientKey) Text() string {
	if k == nil || k.priv == nil {
		return ""
	}
	return clientKeyPrefix + encoding.EncodeToString(k.priv.Seed())
}

// Public is the half that the server keeps; nil for a zero key.
func (k *ClientKey) Public() ed25519.PublicKey {
	if k == nil || k.priv == nil {
		return nil
	}
	return k.priv.Public().(ed25519.PublicKey)
}

// Prove signs one call to method (the full name, "/package.Service/Method") with the token t at the time
// now. Each proof is good for one call; a stream is one call. A zero key gives the zero Proof, which is
// refused.
func (k *ClientKey) Prove(t Token, method string, now time.Time) Proof {
	if k == nil || k.priv == nil {
		return Proof{}
	}
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // never fails
	return makeProof(k.priv, t.hash(), method, now, nonce)
}

// String never shows the key. Like the methods below it is on the value, so that a copy does not print either.
func (k ClientKey) String() string { return "[client key]" }

// GoString never shows the key.
func (k ClientKey) GoString() string { return k.String() }

// Format never shows the key, whatever the verb.
func (k ClientKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue never shows the key.
func (k ClientKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText never shows the key; Text does.
func (k ClientKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
