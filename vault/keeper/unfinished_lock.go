package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/vault"
)

// ResetPassword: see [vault.LockKeeper].
func (k *Keeper) ResetPassword(ctx context.Context, network string, act vault.ResetPassword) error {
	return errUnfinished
}
