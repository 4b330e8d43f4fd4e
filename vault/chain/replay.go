package chain

import (
	"context"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Fetch reads the signed entry of one number from the bucket. Its error wraps
// [ErrNoEntry] when the number is free; any other ends the replay and is given
// back, wrapped. A caller that wants speed reads ahead behind it.
type Fetch func(ctx context.Context, seq uint64) ([]byte, error)

// Known is what is remembered of a chain apart from the bucket: the head that
// must still be there, and the entry at which the newest complete summary
// begins. The zero Known remembers nothing.
type Known struct {
	Head    Head
	Summary uint64 // as [Safe.Summary] gave it; 0 or 1 starts at the first entry
}

// ReplaySafe folds what the bucket has of the chain of a safe, to its end.
func ReplaySafe(ctx context.Context, fetch Fetch, id vault.SafeID, v Vault, known Known) (Safe, Head, error) {
	panic("unfinished")
}

// ReplayVault folds what the bucket has of the vault's own chain, to its end.
func ReplayVault(ctx context.Context, fetch Fetch, genesis seal.VerifyKey, known Head) (Vault, Head, error) {
	panic("unfinished")
}
