package vault

import (
	"fmt"

	"github.com/coffre-fort/coffre/vault/seal"
)

// The types of package seal that callers of this package handle: a digest, and
// on their way to the keeper a code, a phone's identity and recipient, and a
// password.
// Callers need not, and vault/rpc may not, import what seals.
type (
	// A Digest is a SHA-256.
	Digest = seal.Digest
	// A Code is the code of a code sheet. It prints as nothing.
	Code = seal.Code
	// An Identity is what a trusted phone keeps. It prints as nothing.
	Identity = seal.Identity
	// A Recipient is its public half.
	Recipient = seal.Recipient
	// A Secret is a byte string that prints as nothing, such as a password.
	Secret = seal.Secret
)

// ParseCode reads a code as people type it. Errors wrap [ErrCode] and never hold
// what was typed.
func ParseCode(typed string) (Code, error) {
	c, err := seal.ParseCode(typed)
	if err != nil {
		return Code{}, fmt.Errorf("%w: %w", ErrCode, err)
	}
	return c, nil
}

// ParseIdentity reads the text of the identity that a trusted phone keeps.
// Errors wrap [ErrCode] and never hold what was sent.
func ParseIdentity(text string) (*Identity, error) {
	id, err := seal.ParseIdentity(seal.NewSecret([]byte(text)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCode, err)
	}
	return id, nil
}

// ParseRecipient reads a hybrid age recipient, "age1pq1…". Errors wrap
// [seal.ErrKeyText].
func ParseRecipient(text string) (Recipient, error) { return seal.ParseRecipient(text) }

// NewSecret takes b over: the caller must not use it any more.
func NewSecret(b []byte) Secret { return seal.NewSecret(b) }
