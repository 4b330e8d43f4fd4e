package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// partnerIssuer stands where the issuer of a person stands. It is no address, so no profile can name it
// and no ID token carries it: nobody who logs in at an issuer is ever a partner program.
const partnerIssuer = "coffre:partner"

// ErrPartnerKey reports bytes that are not the public key of a partner program.
var ErrPartnerKey = errors.New("auth: not the public key of a partner program")

// NewPartnerID names a partner program by its client id, under the bounds of a subject (NewUserID).
func NewPartnerID(client string) (UserID, error) {
	if err := checkSubject(client); err != nil {
		return UserID{}, err
	}
	return UserID{issuer: partnerIssuer, subject: client}, nil
}

// RestoreUserID reads back the two halves of an id, a person's or a partner program's: for stores, and
// never for what a caller says.
func RestoreUserID(issuer, subject string) (UserID, error) {
	if issuer == partnerIssuer {
		return NewPartnerID(subject)
	}
	return NewUserID(issuer, subject)
}

// IsPartner reports whether u is a partner program's.
func (u UserID) IsPartner() bool { return u.issuer == partnerIssuer }

// A PartnerKey is the public key that a partner program's assertions verify with: Ed25519 (RFC 8037), or
// ECDSA on P-256 (ES256). The key says which algorithm it is for, never the assertion. It is comparable;
// the zero key verifies nothing.
type PartnerKey struct{ der string }

// ParsePartnerKey reads a SubjectPublicKeyInfo in DER, in its only spelling: what stands between the lines
// of a PEM file "PUBLIC KEY". The error wraps ErrPartnerKey.
func ParsePartnerKey(der []byte) (PartnerKey, error) {
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return PartnerKey{}, fmt.Errorf("%w: %w", ErrPartnerKey, err)
	}
	return NewPartnerKey(pub)
}

// NewPartnerKey is the key of a public key in memory: ed25519.PublicKey, or *ecdsa.PublicKey on P-256.
func NewPartnerKey(pub crypto.PublicKey) (PartnerKey, error) {
	switch k := pub.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return PartnerKey{}, fmt.Errorf("%w: another curve than P-256", ErrPartnerKey)
		}
	default:
		return PartnerKey{}, fmt.Errorf("%w: neither Ed25519 nor P-256", ErrPartnerKey)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return PartnerKey{}, fmt.Errorf("%w: %w", ErrPartnerKey, err)
	}
	return PartnerKey{der: string(der)}, nil
}

// Bytes is the key as ParsePartnerKey reads it; empty for the zero key.
func (k PartnerKey) Bytes() []byte { return []byte(k.der) }

// Fingerprint is the SHA-256 of Bytes in hexadecimal, to compare over the phone with whoever holds the
// private half: openssl pkey -pubin -in key.pem -outform DER | sha256sum.
func (k PartnerKey) Fingerprint() string {
	sum := sha256.Sum256([]byte(k.der))
	return hex.EncodeToString(sum[:])
}

// IsZero reports whether k is no key.
func (k PartnerKey) IsZero() bool { return k.der == "" }

// verifier is the key with the one algorithm it is for.
func (k PartnerKey) verifier() (crypto.PublicKey, jose.SignatureAlgorithm, error) {
	pub, err := x509.ParsePKIXPublicKey([]byte(k.der))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrPartnerKey, err)
	}
	return pub, algorithmOf(pub), nil
}

func algorithmOf(pub crypto.PublicKey) jose.SignatureAlgorithm {
	if _, ok := pub.(ed25519.PublicKey); ok {
		return jose.EdDSA
	}
	return jose.ES256
}
