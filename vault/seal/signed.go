package seal

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// A SignedKind is what a signature is about. It is part of what is signed, so
// that no signed thing passes for one of another kind.
type SignedKind string

// The kinds of signed things.
const (
	SignedEntry      SignedKind = "entry"      // of a chain
	SignedLeaves     SignedKind = "leaves"     // of the trail
	SignedGravestone SignedKind = "gravestone" // of an erased safe
	SignedReceipt    SignedKind = "receipt"    // of a deposit
	SignedRecovery   SignedKind = "recovery"   // requests to the holder of escrow B
	SignedCheckpoint SignedKind = "checkpoint" // a C2SP note, see SignedNote
)

const (
	// MaxSigned is the largest signed thing, envelope included, in bytes: it
	// goes to storage in one single write.
	MaxSigned = 1 << 20

	signedMagic   = "coffre/signed\n"
	algEd25519    = 1
	envelopeSize  = len(signedMagic) + 1 + ed25519.SignatureSize
	signedContext = "coffre/signed/v1\x00"
)

// A Signed is bytes with a signature that was made or checked here, on their way
// to storage or from it. Only this package makes one; nil and zero ones are
// empty. It is immutable.
type Signed struct {
	kind    SignedKind
	raw     []byte
	payload []byte
	key     VerifyKey
}

// Sign signs a payload as it is: it is never written in another way afterwards.
// Errors wrap [ErrSize], [ErrKind] or [ErrUnset]. Checkpoints are notes, and are
// signed by [SigningKey.NoteSigner].
func (k *SigningKey) Sign(kind SignedKind, payload []byte) (*Signed, error) {
	if k.isZero() {
		return nil, fmt.Errorf("signing key: %w", ErrUnset)
	}
	if err := kind.check(); err != nil {
		return nil, err
	}
	if len(payload) == 0 || len(payload) > MaxSigned-envelopeSize {
		return nil, fmt.Errorf("%w: %d bytes to sign", ErrSize, len(payload))
	}
	raw := make([]byte, 0, envelopeSize+len(payload))
	raw = append(append(raw, signedMagic...), algEd25519)
	raw = append(raw, ed25519.Sign(*k.key.lift(), kind.message(payload))...)
	raw = append(raw, payload...)
	return &Signed{kind: kind, raw: raw, payload: raw[envelopeSize:], key: k.Public()}, nil
}

// VerifySigned checks a signed thing of a kind against the keys that may have
// signed it; without a key it refuses. Errors wrap [ErrTampered], [ErrKind] or
// [ErrUnset].
func VerifySigned(raw []byte, kind SignedKind, keys ...VerifyKey) (*Signed, error) {
	if err := kind.check(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("verify keys: %w", ErrUnset)
	}
	if len(raw) <= envelopeSize || len(raw) > MaxSigned || !bytes.HasPrefix(raw, []byte(signedMagic)) {
		return nil, fmt.Errorf("%w: not a signed envelope", ErrTampered)
	}
	if alg := raw[len(signedMagic)]; alg != algEd25519 {
		return nil, fmt.Errorf("%w: signature algorithm %d is not known here", ErrTampered, alg)
	}
	raw = bytes.Clone(raw)
	signature, payload := raw[envelopeSize-ed25519.SignatureSize:envelopeSize], raw[envelopeSize:]
	message := kind.message(payload)
	for _, key := range keys {
		if !key.IsZero() && ed25519.Verify(key[:], message, signature) {
			return &Signed{kind: kind, raw: raw, payload: payload, key: key}, nil
		}
	}
	return nil, fmt.Errorf("%w: signed by nobody known here", ErrTampered)
}

// SignedNote checks a C2SP note and carries it verbatim, with whatever
// cosignatures it has: a checkpoint on its way to storage. Errors wrap
// [ErrTampered], [ErrSize] or [ErrUnset].
func SignedNote(msg []byte, v note.Verifier) (*Signed, error) {
	if v == nil {
		return nil, fmt.Errorf("verifier: %w", ErrUnset)
	}
	if len(msg) > MaxSigned {
		return nil, fmt.Errorf("%w: note of %d bytes", ErrSize, len(msg))
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	return &Signed{kind: SignedCheckpoint, raw: bytes.Clone(msg), payload: []byte(n.Text)}, nil
}

// Bytes returns a copy of the envelope, or of the note: what is stored.
func (s *Signed) Bytes() []byte {
	if s == nil {
		return nil
	}
	return bytes.Clone(s.raw)
}

// Payload returns a copy of what was signed; of a note, its text.
func (s *Signed) Payload() []byte {
	if s == nil {
		return nil
	}
	return bytes.Clone(s.payload)
}

// Digest is the digest of Bytes; zero when there are none.
func (s *Signed) Digest() Digest {
	if s == nil || s.raw == nil {
		return Digest{}
	}
	return DigestOf(s.raw)
}

// Size is the length of Bytes.
func (s *Signed) Size() int64 {
	if s == nil {
		return 0
	}
	return int64(len(s.raw))
}

// Kind is what it was signed or checked as; empty when nothing was.
func (s *Signed) Kind() SignedKind {
	if s == nil {
		return ""
	}
	return s.kind
}

// Key is the key that signed; zero for a note, whose verifier the caller has.
func (s *Signed) Key() VerifyKey {
	if s == nil {
		return VerifyKey{}
	}
	return s.key
}

// check that the envelope is for this kind.
func (k SignedKind) check() error {
	switch k {
	case SignedEntry, SignedLeaves, SignedGravestone, SignedReceipt, SignedRecovery:
		return nil
	case SignedCheckpoint:
	}
	return fmt.Errorf("%w: a signature as %q", ErrKind, string(k))
}

// message is what Ed25519 signs: no kind is the beginning of another, thanks to
// the zero byte.
func (k SignedKind) message(payload []byte) []byte {
	m := make([]byte, 0, len(signedContext)+len(k)+1+len(payload))
	m = append(append(append(m, signedContext...), k...), 0)
	return append(m, payload...)
}
