package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// View: see [vault.LockKeeper].
func (k *Keeper) View(ctx context.Context, who session.Principal, safe vault.SafeID) (vault.SafeView, error) {
	return vault.SafeView{}, errUnfinished
}

// RenewSheet: see [vault.LockKeeper].
func (k *Keeper) RenewSheet(ctx context.Context, who session.Principal, act vault.RenewSheet) (vault.NewSheet, error) {
	return vault.NewSheet{}, errUnfinished
}

// ActivateLogin: see [vault.LockKeeper].
func (k *Keeper) ActivateLogin(ctx context.Context, who session.Principal, act vault.ActivateLogin) error {
	return errUnfinished
}

// RelinkLogin: see [vault.LockKeeper].
func (k *Keeper) RelinkLogin(ctx context.Context, who session.Principal, act vault.RelinkLogin) error {
	return errUnfinished
}

// Freeze: see [vault.LockKeeper].
func (k *Keeper) Freeze(ctx context.Context, who session.Principal, act vault.Freeze) error {
	return errUnfinished
}

// Unfreeze: see [vault.LockKeeper].
func (k *Keeper) Unfreeze(ctx context.Context, who session.Principal, act vault.Unfreeze) (vault.NewSheet, error) {
	return vault.NewSheet{}, errUnfinished
}

// ShutOut: see [vault.LockKeeper].
func (k *Keeper) ShutOut(ctx context.Context, who session.Principal, act vault.ShutOut) error {
	return errUnfinished
}

// LetIn: see [vault.LockKeeper].
func (k *Keeper) LetIn(ctx context.Context, who session.Principal, act vault.ShutOut) error {
	return errUnfinished
}

// SetDiscreet: see [vault.LockKeeper].
func (k *Keeper) SetDiscreet(ctx context.Context, who session.Principal, act vault.SetDiscreet) error {
	return errUnfinished
}

// AddPhone: see [vault.LockKeeper].
func (k *Keeper) AddPhone(ctx context.Context, who session.Principal, act vault.AddPhone) (vault.WayID, error) {
	return vault.WayID{}, errUnfinished
}

// RemoveWay: see [vault.LockKeeper].
func (k *Keeper) RemoveWay(ctx context.Context, who session.Principal, act vault.RemoveWay) error {
	return errUnfinished
}

// Ways: see [vault.LockKeeper].
func (k *Keeper) Ways(ctx context.Context, who session.Principal, safe vault.SafeID) ([]vault.WayIn, error) {
	return nil, errUnfinished
}

// AskRecovery: see [vault.LockKeeper].
func (k *Keeper) AskRecovery(ctx context.Context, who session.Principal, act vault.AskRecovery) (vault.NewSheet, error) {
	return vault.NewSheet{}, errUnfinished
}

// ResetPassword: see [vault.LockKeeper].
func (k *Keeper) ResetPassword(ctx context.Context, network string, act vault.ResetPassword) error {
	return errUnfinished
}
