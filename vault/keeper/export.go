package keeper

import (
	"context"
	"io"
)

// ExportTrail writes a copy of the trail as it is now, while the keeper goes on
// working: what the external verifier reads when the service must not stop. It
// holds what the file holds, and no key.
func (k *Keeper) ExportTrail(ctx context.Context, w io.Writer) error {
	return fromTrail(k.trail.Export(ctx, w))
}
