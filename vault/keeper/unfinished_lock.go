package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// AskRecovery: see [vault.LockKeeper].
func (k *Keeper) AskRecovery(ctx context.Context, who session.Principal, act vault.AskRecovery) (vault.NewSheet, error) {
	return vault.NewSheet{}, errUnfinished
}

// ResetPassword: see [vault.LockKeeper].
func (k *Keeper) ResetPassword(ctx context.Context, network string, act vault.ResetPassword) error {
	return errUnfinished
}
