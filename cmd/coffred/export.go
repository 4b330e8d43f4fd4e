package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
)

func newTrailExport(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "export --config FILE OUT",
		Short: "Copy the trail, while the service runs or not",
		Long: `Writes a copy of the trail into a new file OUT: what coffred trail verify reads when
the service must not stop. A running service is asked on its socket; the file of a
stopped one is copied.`,
		Example: "  coffred trail export --config coffred.yaml copy.db && coffred trail verify copy.db --config coffred.yaml",
		Args:    args(cobra.ExactArgs(1)),
	}, func(ctx context.Context, cfg config.Config, args []string) error {
		return a.trailExport(ctx, cfg, args[0])
	})
}

func (a *app) trailExport(ctx context.Context, cfg config.Config, path string) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err = server.ExportTrail(ctx, cfg, out)
	if errors.Is(err, server.ErrNotRunning) {
		err = copyTrail(cfg, out)
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half a trail would pass for a cut one
	}
	a.say("The trail is in %s.", path)
	return a.emit(struct {
		File string `json:"file"`
	}{path})
}

// copyTrail copies the file of a stopped service.
func copyTrail(cfg config.Config, to io.Writer) error {
	in, err := os.Open(server.TrailPath(cfg))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = in.Close() }() // only read
	if _, err := io.Copy(to, in); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
