package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/vault"
)

// approved spends an approval: nil exactly once, when a second agent of the
// asker's structure, who is none of never, approved exactly this body, or the
// delay that replaces one has passed. With the zero id it records what waits,
// and answers an [*vault.ApprovalError] that names it. body stands for every
// part of the act but its request id and the approval itself.
//
// The asker is the agent whose session it is, the agent who vouches for a
// counter session, or else the person; then agents of the safe's home structure
// approve.
func (k *Keeper) approved(ctx context.Context, w *warrant, id vault.ApprovalID, body [32]byte, never ...vault.AgentID) error {
	return errUnfinished
}
