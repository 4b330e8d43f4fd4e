package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// StartSideBySide: see [vault.PresenceKeeper].
func (k *Keeper) StartSideBySide(ctx context.Context, who session.Principal, act vault.StartSideBySide) (vault.SideBySide, error) {
	return vault.SideBySide{}, errUnfinished
}

// EndSideBySide: see [vault.PresenceKeeper].
func (k *Keeper) EndSideBySide(ctx context.Context, who session.Principal, act vault.EndSideBySide) (vault.Summary, error) {
	return vault.Summary{}, errUnfinished
}
