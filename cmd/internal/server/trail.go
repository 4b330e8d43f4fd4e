package server

import (
	"context"
	"errors"
	"log/slog"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// RestoreTrail makes a lost trail anew out of its copy in the bucket, or only looks
// what the copy is worth. The service must not run.
func RestoreTrail(ctx context.Context, cfg config.Config, log *slog.Logger, keep keeper.Keeping) (c keeper.TrailCopy, err error) {
	stores, err := OpenStores(ctx, cfg)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	kc, err := KeeperConfig(cfg, stores, log)
	if err != nil {
		return c, err
	}
	return keeper.RestoreTrail(ctx, kc, keep)
}
