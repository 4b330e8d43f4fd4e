package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A Digest is a SHA-256. The zero Digest stands for "none".
type Digest [sha256.Size]byte

// DigestOf hashes b.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

// ParseDigest reads what [Digest.String] wrote: 64 lower-case hexadecimal
// characters. Errors wrap [ErrTampered].
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != hex.EncodedLen(len(d)) {
		return Digest{}, fmt.Errorf("%w: a digest has 64 characters, not %d", ErrTampered, len(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, fmt.Errorf("%w: digest: %w", ErrTampered, err)
	}
	if d.String() != s {
		return Digest{}, fmt.Errorf("%w: a digest is written in lower case", ErrTampered)
	}
	return d, nil
}

// String writes the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes what [Digest.String] does, for JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDigest] does.
func (d *Digest) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDigest(string(text))
	return err
}

// IsZero reports whether d stands for "none".
func (d Digest) IsZero() bool { return d == Digest{} }
