package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault/keeper"
)

func newTrailRestore(a *app) *cobra.Command {
	var write bool
	cmd := a.configured(&cobra.Command{
		Use:   "restore --config FILE [--write]",
		Short: "Read a lost trail back from its copy in the bucket",
		Long: `For a machine whose disk is lost. Each minute the service copies its trail to the
bucket; this reads the copy, checks it against the signing keys of the vault and the
newest checkpoint of the second place, and says what it is worth. With --write it
puts the trail in its place, and records in every journal that the trail was read
back: what was recorded after the last copy, a minute at most, is missing, and with
it a withdrawal of that minute.

A copy that does not hold all that the newest checkpoint signs is refused with exit
code 8, and any copy where the second place has no checkpoint: put the newest bucket,
or the second place, back. Neither trail.db nor state.db may be in data_dir.
Afterwards: coffred rebuild, coffred verify.`,
		Example: "  coffred trail restore --config coffred.yaml --write",
		Args:    args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.trailRestore(ctx, cfg, write) })
	cmd.Flags().BoolVar(&write, "write", false, "put the trail in its place")
	return cmd
}

func (a *app) trailRestore(ctx context.Context, cfg config.Config, write bool) error {
	var keep keeper.Keeping
	if write {
		keep = keeper.KeepTrail
	}
	c, err := server.RestoreTrail(ctx, cfg, a.logger(slog.LevelWarn), keep)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there: move it away first, nothing is overwritten: %w", server.TrailPath(cfg), err)
	}
	if err != nil {
		return fmt.Errorf("restore the trail: %w", err)
	}
	a.say("The copy has %d leaves, to %s UTC; the newest checkpoint signs %d of them.", c.Leaves, c.Last.Format(time.DateTime), c.Covered)
	if c.Kept {
		a.say("The trail is back in %s. What was recorded later is missing, and every journal says so. Now: coffred rebuild.", server.TrailPath(cfg))
	} else {
		a.say("Nothing was written: --write puts it in its place.")
	}
	return a.emit(struct {
		Leaves  uint64    `json:"leaves,string"`
		Covered uint64    `json:"covered,string"`
		Last    time.Time `json:"last"`
		Kept    bool      `json:"kept"`
	}{c.Leaves, c.Covered, c.Last, c.Kept})
}
