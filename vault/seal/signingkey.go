package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	signingKeyPrefix = "coffre-signing-key-"
	verifyKeyPrefix  = "coffre-verify"
	fingerprintBytes = 20
)

// A SigningKey signs what the vault says: an Ed25519 private key. A nil or zero
// SigningKey refuses. It is safe for concurrent use.
type SigningKey struct {
	redact
	key veil[ed25519.PrivateKey]
}

// NewSigningKey draws a key.
func NewSigningKey() (*SigningKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("drawing a signing key: %w", err)
	}
	return &SigningKey{key: veiled(&key)}, nil
}

// ParseSigningKey reads what [SigningKey.Text] returned. Errors wrap
// [ErrKeyText] and never carry the text.
func ParseSigningKey(text Secret) (*SigningKey, error) {
	seed, err := bech32Decode(signingKeyPrefix, strings.ToLower(string(text.Reveal())))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("signing key: %w", ErrKeyText)
	}
	defer clear(seed)
	key := ed25519.NewKeyFromSeed(seed)
	k := &SigningKey{key: veiled(&key)}
	if string(k.Text().Reveal()) != string(text.Reveal()) {
		return nil, fmt.Errorf("signing key: %w", ErrKeyText) // upper case only
	}
	return k, nil
}

func (k *SigningKey) isZero() bool { return k == nil || k.key.lift() == nil }

// Text is the private key as text, "COFFRE-SIGNING-KEY-1…"; empty for a nil or
// zero SigningKey.
func (k *SigningKey) Text() Secret {
	if k.isZero() {
		return Secret{}
	}
	return NewSecret([]byte(strings.ToUpper(bech32Encode(signingKeyPrefix, k.key.lift().Seed()))))
}

// Public is the public half; zero for a nil or zero SigningKey.
func (k *SigningKey) Public() VerifyKey {
	if k.isZero() {
		return VerifyKey{}
	}
	return VerifyKey((*k.key.lift())[ed25519.SeedSize:])
}

// A VerifyKey is the public half of a [SigningKey]. The zero VerifyKey verifies
// nothing.
type VerifyKey [ed25519.PublicKeySize]byte

// ParseVerifyKey reads what [VerifyKey.String] wrote; errors wrap [ErrKeyText].
func ParseVerifyKey(text string) (VerifyKey, error) {
	raw, err := bech32Decode(verifyKeyPrefix, text)
	if err != nil {
		return VerifyKey{}, fmt.Errorf("verify key: %w", err)
	}
	if len(raw) != ed25519.PublicKeySize || VerifyKey(raw).IsZero() {
		return VerifyKey{}, fmt.Errorf("verify key: %w", ErrKeyText)
	}
	return VerifyKey(raw), nil
}

// String is the key as text, "coffre-verify1…".
func (v VerifyKey) String() string { return bech32Encode(verifyKeyPrefix, v[:]) }

// IsZero reports whether there is no key.
func (v VerifyKey) IsZero() bool { return v == VerifyKey{} }

// Fingerprint is what the key card shows and people compare: 160 bits of digest
// in eight groups of four characters, "XXXX-…-XXXX".
func (v VerifyKey) Fingerprint() string {
	sum := sha256.Sum256(append([]byte("coffre/fingerprint/v1\x00\x01"), v[:]...))
	return groups(base32.NewEncoding(crockford).EncodeToString(sum[:fingerprintBytes]))
}

// NoteSigner signs C2SP notes (checkpoints) under a name. Errors wrap [ErrUnset]
// or [ErrKeyText] for a name that a note cannot carry.
func (k *SigningKey) NoteSigner(name string) (note.Signer, error) {
	if k.isZero() {
		return nil, fmt.Errorf("signing key: %w", ErrUnset)
	}
	v, err := k.Public().NoteVerifier(name)
	if err != nil {
		return nil, err
	}
	return &noteSigner{key: k, name: v.Name(), hash: v.KeyHash()}, nil
}

// NoteVerifier verifies C2SP notes that [SigningKey.NoteSigner] signed under the
// same name. Errors wrap [ErrUnset] or [ErrKeyText].
func (v VerifyKey) NoteVerifier(name string) (note.Verifier, error) {
	if v.IsZero() {
		return nil, fmt.Errorf("verify key: %w", ErrUnset)
	}
	text, err := note.NewEd25519VerifierKey(name, v[:])
	if err != nil {
		return nil, fmt.Errorf("%w: note: %w", ErrKeyText, err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("%w: note: %w", ErrKeyText, err)
	}
	return verifier, nil
}

// A noteSigner does what note.NewSigner does, without a text of the private key.
type noteSigner struct {
	redact
	key  *SigningKey
	name string
	hash uint32
}

func (s *noteSigner) Name() string    { return s.name }
func (s *noteSigner) KeyHash() uint32 { return s.hash }
func (s *noteSigner) Sign(msg []byte) ([]byte, error) {
	return ed25519.Sign(*s.key.key.lift(), msg), nil
}
