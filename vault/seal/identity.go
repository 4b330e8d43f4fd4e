package seal

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"fmt"
	"strings"

	"filippo.io/age"
)

const (
	recipientPrefix = "age1pq"
	identityPrefix  = "age-secret-key-pq-"
)

// A Recipient is the public half of an [Identity]: whoever has it can seal, not
// open. Recipients are comparable; the zero Recipient refuses. Sealed is not
// authentic, so a recipient must come from a signed entry.
type Recipient struct{ raw string }

// ParseRecipient reads the text of a hybrid (post-quantum) age recipient,
// "age1pq1…". Any other kind of recipient, and any second spelling, is refused
// with an error that wraps [ErrKeyText].
func ParseRecipient(text string) (Recipient, error) {
	raw, err := bech32Decode(recipientPrefix, text)
	if err != nil {
		return Recipient{}, fmt.Errorf("recipient: %w", err)
	}
	return RecipientFromBytes(raw)
}

// RecipientFromBytes reads what [Recipient.Bytes] returned; errors wrap
// [ErrKeyText].
func RecipientFromBytes(raw []byte) (Recipient, error) {
	if err := checkHybrid(raw); err != nil {
		return Recipient{}, fmt.Errorf("%w: recipient: %w", ErrKeyText, err)
	}
	return Recipient{raw: string(raw)}, nil
}

// checkHybrid accepts the public keys that age accepts, an ML-KEM-768 one and
// then an X25519 one, without writing them as text and reading that: chains hold
// many, and replaying one was mostly this.
func checkHybrid(raw []byte) error {
	if len(raw) != mlkem.EncapsulationKeySize768+x25519Size {
		return fmt.Errorf("%d bytes", len(raw))
	}
	_, err := mlkem.NewEncapsulationKey768(raw[:mlkem.EncapsulationKeySize768])
	if err == nil {
		_, err = ecdh.X25519().NewPublicKey(raw[mlkem.EncapsulationKeySize768:])
	}
	return err
}

// x25519Size is the length of an X25519 public key.
const x25519Size = 32

// String is the text that age -r takes: 1 959 characters, public.
func (r Recipient) String() string {
	if r.IsZero() {
		return ""
	}
	return bech32Encode(recipientPrefix, []byte(r.raw))
}

// Bytes is the raw public key, 1 216 bytes: a third shorter than the text.
func (r Recipient) Bytes() []byte { return []byte(r.raw) }

// IsZero reports whether r is nobody.
func (r Recipient) IsZero() bool { return r.raw == "" }

func (r Recipient) age() (*age.HybridRecipient, error) {
	if r.IsZero() {
		return nil, fmt.Errorf("recipient: %w", ErrUnset)
	}
	parsed, err := age.ParseHybridRecipient(r.String())
	if err != nil {
		return nil, fmt.Errorf("%w: recipient: %w", ErrKeyText, err)
	}
	return parsed, nil
}

// An Identity is a private key. A nil or zero Identity opens nothing. It is
// safe for concurrent use. What it seals to is its [Identity.Recipient].
type Identity struct {
	redact
	key       veil[age.HybridIdentity]
	recipient Recipient
}

// NewIdentity draws a hybrid (ML-KEM-768 with X25519) identity.
func NewIdentity() (*Identity, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("drawing an identity: %w", err)
	}
	return identityOf(key)
}

// ParseIdentity reads the text of a hybrid age identity, "AGE-SECRET-KEY-PQ-1…",
// without white space around it. Errors wrap [ErrKeyText]; their cause is left
// out on purpose, because it may quote the text.
func ParseIdentity(text Secret) (*Identity, error) {
	key, err := age.ParseHybridIdentity(string(text.Reveal()))
	if err != nil || key.String() != string(text.Reveal()) {
		return nil, fmt.Errorf("identity: %w", ErrKeyText)
	}
	return identityOf(key)
}

// ParseIdentityFor is [ParseIdentity] for an identity that was just opened: one
// that does not yield the recipient its signed entry names was planted, and is
// refused with an error that wraps [ErrTampered].
func ParseIdentityFor(text Secret, want Recipient) (*Identity, error) {
	id, err := ParseIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	if id.recipient != want {
		return nil, fmt.Errorf("%w: the identity is not that of the recipient named", ErrTampered)
	}
	return id, nil
}

func identityOf(key *age.HybridIdentity) (*Identity, error) {
	r, err := ParseRecipient(key.Recipient().String())
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return &Identity{key: veiled(key), recipient: r}, nil
}

// identityFromSeed builds the identity whose private key is this 32-byte seed.
func identityFromSeed(seed []byte) (*Identity, error) {
	return ParseIdentity(NewSecret([]byte(strings.ToUpper(bech32Encode(identityPrefix, seed)))))
}

// Recipient is the public half; zero for a nil or zero Identity.
func (id *Identity) Recipient() Recipient {
	if id == nil {
		return Recipient{}
	}
	return id.recipient
}

func (id *Identity) isZero() bool { return id == nil || id.key.lift() == nil }

// Text is the private key as age -i reads it; empty for a nil or zero Identity.
func (id *Identity) Text() Secret {
	if id.isZero() {
		return Secret{}
	}
	return NewSecret([]byte(id.key.lift().String()))
}
