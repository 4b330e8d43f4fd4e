package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// SetPIN: see [vault.PresenceKeeper].
func (k *Keeper) SetPIN(ctx context.Context, who session.Principal, act vault.SetPIN) error {
	return errUnfinished
}

// OpenCounter: see [vault.PresenceKeeper].
func (k *Keeper) OpenCounter(ctx context.Context, who session.Principal, act vault.OpenCounter) (vault.Visit, error) {
	return vault.Visit{}, errUnfinished
}

// ExtendCounter: see [vault.PresenceKeeper].
func (k *Keeper) ExtendCounter(ctx context.Context, who session.Principal, proof vault.Proof) (vault.Visit, error) {
	return vault.Visit{}, errUnfinished
}

// ProvePresence: see [vault.PresenceKeeper].
func (k *Keeper) ProvePresence(ctx context.Context, who session.Principal, act vault.ProvePresence) (time.Time, error) {
	return time.Time{}, errUnfinished
}

// AskPresence: see [vault.PresenceKeeper].
func (k *Keeper) AskPresence(ctx context.Context, who session.Principal, act vault.AskPresence) (string, error) {
	return "", errUnfinished
}

// GrantPresence: see [vault.PresenceKeeper].
func (k *Keeper) GrantPresence(ctx context.Context, who session.Principal, act vault.GrantPresence) error {
	return errUnfinished
}

// StartSideBySide: see [vault.PresenceKeeper].
func (k *Keeper) StartSideBySide(ctx context.Context, who session.Principal, act vault.StartSideBySide) (vault.SideBySide, error) {
	return vault.SideBySide{}, errUnfinished
}

// EndSideBySide: see [vault.PresenceKeeper].
func (k *Keeper) EndSideBySide(ctx context.Context, who session.Principal, act vault.EndSideBySide) (vault.Summary, error) {
	return vault.Summary{}, errUnfinished
}
