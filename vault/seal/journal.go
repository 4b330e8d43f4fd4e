package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	journalKeySize = 32
	detailVersion  = 1
	maxDetail      = 64 << 10
	detailContext  = "coffre/detail/v1\x00"

	// minSealedDetail is the length of the shortest sealed detail.
	minSealedDetail = 1 + chacha20poly1305.NonceSizeX + detailFloor + chacha20poly1305.Overhead
)

// A JournalKey seals the details of one safe's trail entries (who, which object,
// which consent) and derives the key of their tags: without it the trail says
// when something happened, not to whom. Forgetting it and the detail bytes
// forgets the person, while every checkpoint still verifies. The zero JournalKey
// refuses.
type JournalKey struct {
	redact
	key veil[[journalKeySize]byte]
}

// NewJournalKey draws a key.
func NewJournalKey() (JournalKey, error) {
	var b [journalKeySize]byte
	if _, err := rand.Read(b[:]); err != nil {
		return JournalKey{}, fmt.Errorf("drawing a journal key: %w", err)
	}
	return JournalKey{key: veiled(&b)}, nil
}

// ParseJournalKey reads the 32 bytes that [JournalKey.Export] returned; errors
// wrap [ErrKeyText].
func ParseJournalKey(s Secret) (JournalKey, error) {
	b := bytes.Clone(s.Reveal())
	if len(b) != journalKeySize {
		return JournalKey{}, fmt.Errorf("%w: a journal key has %d bytes, not %d", ErrKeyText, journalKeySize, len(b))
	}
	return JournalKey{key: veiled((*[journalKeySize]byte)(b))}, nil
}

// IsZero reports whether there is no key.
func (k JournalKey) IsZero() bool { return k.key.lift() == nil }

// Export returns a copy of the key, to be sealed in the safe's service record;
// empty for the zero JournalKey.
func (k JournalKey) Export() Secret {
	if k.IsZero() {
		return Secret{}
	}
	return NewSecret(bytes.Clone(k.key.lift()[:]))
}

// Seal seals a detail of at most 64 KiB, padded to 256 bytes or more, under a
// random nonce. ad is what it belongs to and is needed again to open it. Errors
// wrap [ErrSize] or [ErrUnset].
func (k JournalKey) Seal(detail, ad []byte) ([]byte, error) {
	if len(detail) > maxDetail {
		return nil, fmt.Errorf("%w: detail of %d bytes", ErrSize, len(detail))
	}
	key, err := k.derive("detail")
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("sealing a detail: %w", err)
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("sealing a detail: %w", err)
	}
	out := append([]byte{detailVersion}, nonce...)
	return aead.Seal(out, nonce, detailPadding.pad(detail), detailAD(ad)), nil
}

// Open opens what [JournalKey.Seal] made with the same ad. Errors wrap
// [ErrTampered] or [ErrUnset].
func (k JournalKey) Open(raw, ad []byte) ([]byte, error) {
	key, err := k.derive("detail")
	if err != nil {
		return nil, err
	}
	if !isSealedDetail(raw) {
		return nil, fmt.Errorf("%w: not a sealed detail", ErrTampered)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("opening a detail: %w", err)
	}
	nonce, sealed := raw[1:1+aead.NonceSize()], raw[1+aead.NonceSize():]
	padded, err := aead.Open(nil, nonce, sealed, detailAD(ad))
	if err != nil {
		return nil, fmt.Errorf("%w: detail: %w", ErrTampered, err)
	}
	return detailPadding.unpad(padded)
}

// TagKey derives the key of the tags by which the trail finds this journal's
// entries. It is a secret: whoever has it finds them too. The zero JournalKey
// gives a zero TagKey, which the trail refuses.
func (k JournalKey) TagKey() [32]byte {
	key, err := k.derive("tag")
	if err != nil {
		return [32]byte{}
	}
	return [32]byte(key)
}

func (k JournalKey) derive(purpose string) ([]byte, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("journal key: %w", ErrUnset)
	}
	key, err := hkdf.Key(sha256.New, k.key.lift()[:], nil, "coffre/journal/v1 "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a journal key: %w", err)
	}
	return key, nil
}

func detailAD(ad []byte) []byte { return append([]byte(detailContext), ad...) }

// isSealedDetail tells by its look what may be a sealed detail.
func isSealedDetail(b []byte) bool {
	return len(b) >= minSealedDetail && b[0] == detailVersion
}
