package session

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

// NonceSaltSize is the length of the salt of a login nonce, in bytes.
const NonceSaltSize = 16

const nonceDomain = "coffre/login-nonce/v1\x00"

// Nonce returns the OpenID nonce that ties a login to one client key: the salt, then the hash of key and
// salt, in base64url (64 characters). Carrying its salt, it lets Open check by itself that the login was
// asked for by the holder of the key, so that an ID token in the wrong hands opens nothing.
//
// A key or salt of the wrong length gives "", which every verification refuses.
func Nonce(pub ed25519.PublicKey, salt []byte) string {
	if len(pub) != ed25519.PublicKeySize || len(salt) != NonceSaltSize {
		return ""
	}
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte(nonceDomain), pub, salt}, nil))
	return encoding.EncodeToString(append(bytes.Clone(salt), sum[:]...))
}

// NewNonce is Nonce with a salt of its own, for one login.
func NewNonce(pub ed25519.PublicKey) string {
	var salt [NonceSaltSize]byte
	_, _ = rand.Read(salt[:]) // never fails
	return Nonce(pub, salt[:])
}

// boundTo reports whether nonce was made for pub.
func boundTo(nonce string, pub ed25519.PublicKey) bool {
	var raw [NonceSaltSize + sha256.Size]byte
	if len(pub) != ed25519.PublicKeySize || decode(raw[:], nonce) != nil {
		return false
	}
	want := Nonce(pub, raw[:NonceSaltSize])
	return subtle.ConstantTimeCompare([]byte(want), []byte(nonce)) == 1
}
