package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
)

const keeperTime = 10 * time.Second

func lookAtKeeper(ctx context.Context, cfg config.Config) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, keeperTime)
	defer cancel()
	if err := server.AskKeeper(ctx, cfg, ""); err != nil {
		return "", err
	}
	return "answers this node, and serves", nil
}

// lookAtKeepersAnchors asks the keeper about the second place, which a node knows
// nothing of.
func lookAtKeepersAnchors(ctx context.Context, cfg config.Config) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, keeperTime)
	defer cancel()
	if err := server.AskKeeper(ctx, cfg, server.AnchorsHealth); err != nil {
		return "", fmt.Errorf("second place: coffred doctor with the keeper's configuration says more: %w", err)
	}
	return "checkpoints reach the second place, says the keeper", nil
}

// lookAtAnchors looks at the second place itself, and asks the running service how
// far it has come there.
func lookAtAnchors(ctx context.Context, cfg config.Config) (string, error) {
	b, err := server.OpenPlace(ctx, cfg.Anchors)
	if err != nil {
		return "", errors.Join(err, anchorVerdict(server.AskAnchoring(ctx, cfg)))
	}
	_, err = examine(ctx, b, false)
	known, listErr := server.Checkpoints(ctx, b)
	if err := errors.Join(err, listErr, b.Close(), anchorVerdict(server.AskAnchoring(ctx, cfg))); err != nil {
		return "", err
	}
	return fmt.Sprintf("refuses a second write; %d checkpoints are there", len(known)), nil
}

// anchorVerdict is what is wrong with what the running service says; that none runs
// is well.
func anchorVerdict(a server.Anchoring, err error) error {
	switch {
	case errors.Is(err, server.ErrNotRunning):
		return nil
	case err != nil:
		return err
	case a.Problem != "":
		return fmt.Errorf("since %s no checkpoint of the running service reaches the second place, and %d records are in none: %s",
			a.Since.Local().Format(time.DateTime), a.Leaves-min(a.Covered, a.Leaves), a.Problem)
	default:
		return nil
	}
}
