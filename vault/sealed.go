package vault

import (
	"fmt"

	"github.com/coffre-fort/coffre/vault/seal"
)

// The two types of package seal that callers of this package handle: a digest,
// and a code on its way to the keeper. Callers need not, and vault/rpc may not,
// import what seals.
type (
	// A Digest is a SHA-256.
	Digest = seal.Digest
	// A Code is the code of a code sheet. It prints as nothing.
	Code = seal.Code
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
