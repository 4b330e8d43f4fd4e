package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

type restoreOptions struct {
	escrow string
	lost   int
	edit   bool
}

func newMasterRestore(a *app) *cobra.Command {
	var o restoreOptions
	var cmd *cobra.Command
	cmd = a.configured(&cobra.Command{
		Use:   "restore --config FILE --escrow-a-file FILE [--write]",
		Short: "Replace a lost master, with the sheet of escrow A",
		Long: `For a master whose file is gone. Draws the next one, opens with the key of escrow A
what the lost one opened, seals it anew, and ends the lost one. The holder of escrow
A is there and types or scans the sheet into the file; - reads it from standard
input. The sheet stays valid. The server must not run.

Consents end: their keys were under the lost master alone, so that nobody reads old
copies of them once it is gone. They are given again. Locked papers stay locked:
this opens none. Run again after it was cut short, it finishes.`,
		Example: "  coffred master restore --config coffred.yaml --escrow-a-file a.txt --write",
		Args:    args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		return a.masterRestore(ctx, cfg, configPath(cmd), cmd.InOrStdin(), o)
	})
	f := cmd.Flags()
	f.StringVar(&o.escrow, "escrow-a-file", "", "`FILE` with the sheet of escrow A, or with its key; - for standard input")
	f.IntVar(&o.lost, "lost", 0, "give up exactly `N` objects that escrow A does not open either")
	f.BoolVar(&o.edit, "write", false, "change the configuration as well")
	return cmd
}

func (a *app) masterRestore(ctx context.Context, cfg config.Config, path string, stdin io.Reader, o restoreOptions) error {
	if o.escrow == "" || o.lost < 0 {
		return usage("say with --escrow-a-file where the key of escrow A is")
	}
	escrow, err := readEscrow(o.escrow, stdin)
	if err != nil {
		return err
	}
	next, drawn, err := nextMaster(cfg)
	if err != nil {
		return err
	}
	r, err := server.RestoreMaster(ctx, next, a.logger(slog.LevelError), escrow, o.lost)
	for _, f := range r.Findings {
		a.say("FOUND  %s: %s", f.Where, f.Err)
	}
	if used, ok := errors.AsType[*keeper.MasterInUseError](err); ok {
		return fmt.Errorf("%d objects do not open with escrow A either; put them back from a copy of the bucket, or give them up with --lost %d: %w", used.Left, used.Left, errFindings)
	}
	if err != nil {
		return fmt.Errorf("master: %w", err)
	}
	a.say("%d safes are back under master %d, in %s.", r.Safes, next.Secrets.MasterEpoch, next.Secrets.MasterFile)
	if r.Consents > 0 {
		a.say("%d consents ended and have to be given again: their keys were under the lost master alone.", r.Consents)
	}
	edited := o.edit && drawn
	if edited {
		err = editConfig(path, func(raw []byte, dir string) ([]byte, error) {
			raw, err := config.ReplaceMaster(raw, dir)
			if err != nil {
				return nil, err
			}
			return config.DropMaster(raw, dir, cfg.Secrets.MasterEpoch)
		})
		if err != nil {
			return err
		}
	}
	if drawn && !edited {
		a.say("In %s, below secrets: master_file: %q, master_epoch: %d, and no former_masters.", path, next.Secrets.MasterFile, next.Secrets.MasterEpoch)
	}
	a.say("Remove the file with the key of escrow A (shred -u), seal its envelope again, and start the service.")
	return a.emit(struct {
		Epoch    uint64 `json:"epoch"`
		File     string `json:"file"`
		Safes    int    `json:"safes"`
		Consents int    `json:"consents"`
		Edited   bool   `json:"edited"`
	}{next.Secrets.MasterEpoch, next.Secrets.MasterFile, r.Safes, r.Consents, edited})
}

// nextMaster is the configuration with the master that replaces the lost one:
// the configured one where its file is there, because an earlier try has put it
// there; else the next one, drawn now or by an earlier try. drawn says that the
// configuration does not name it yet.
func nextMaster(cfg config.Config) (next config.Config, drawn bool, err error) {
	if _, err := os.Lstat(cfg.Secrets.MasterFile); !errors.Is(err, fs.ErrNotExist) {
		return cfg, false, nil // whatever is wrong with it is told when it is read
	}
	next = cfg
	next.Secrets.MasterFile, next.Secrets.MasterEpoch = cfg.NextMaster(), cfg.Secrets.MasterEpoch+1
	if _, err := os.Lstat(next.Secrets.MasterFile); !errors.Is(err, fs.ErrNotExist) {
		return next, true, nil
	}
	id, err := seal.NewIdentity()
	if err != nil {
		return next, true, fmt.Errorf("draw a key: %w", err)
	}
	return next, true, writeAll(filepath.Dir(next.Secrets.MasterFile), []newFile{{filepath.Base(next.Secrets.MasterFile), masterFile(id)}})
}

// readEscrow reads the key of escrow A, alone or on its whole sheet.
func readEscrow(path string, stdin io.Reader) (*seal.Identity, error) {
	text, err := config.ReadSheet(path, stdin)
	if err != nil {
		return nil, fmt.Errorf("escrow A: %w", err)
	}
	id, err := seal.ParseIdentity(text)
	if err != nil {
		return nil, usage("--escrow-a-file: %w", err)
	}
	return id, nil
}
