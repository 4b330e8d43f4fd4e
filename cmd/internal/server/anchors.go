package server

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
)

// anchorPrefix is where the keeper puts checkpoints in the second place
// (vault/keeper/FORMAT.md).
const anchorPrefix = storage.Key("v1/anchors/")

// Checkpoints reads every checkpoint of the second place, oldest first.
func Checkpoints(ctx context.Context, anchors storage.Bucket) ([][]byte, error) {
	var all [][]byte
	for info, err := range anchors.List(ctx, anchorPrefix, "") {
		if err != nil {
			return nil, fmt.Errorf("second place: %w", err)
		}
		text, err := anchors.Get(ctx, info.Key, 0, -1)
		if err != nil {
			return nil, fmt.Errorf("second place: %w", err)
		}
		all = append(all, text)
	}
	return all, nil
}
