package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// newMaster is how the master is replaced, at least once a month: an older copy of
// the bucket then opens with nothing that anybody still has.
func newMaster(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "master",
		Short: "The master key: replace it, and destroy the one before",
		Long: `What was granted opens, in an older copy of the bucket, with the master of that time:
people are told for 30 days at most. So each master is destroyed within 30 days:

  coffred master new       draws the next one; restart, and everything is sealed anew
  coffred master status    says how far that is
  coffred master destroy   ends the one before, when nothing is left under it

It needs no person, no code sheet and no escrow; the escrow sheets stay valid.
coffred master restore is for a master that is lost.`,
		Args: args(cobra.NoArgs),
	}
	cmd.AddCommand(newMasterNew(a), newMasterStatus(a), newMasterDestroy(a), newMasterRestore(a))
	return cmd
}

// configPath is the file of a command made by [app.configured].
func configPath(cmd *cobra.Command) string { return cmd.Flags().Lookup("config").Value.String() }

func newMasterNew(a *app) *cobra.Command {
	var edit bool
	var cmd *cobra.Command
	cmd = a.configured(&cobra.Command{
		Use:   "new --config FILE [--write]",
		Short: "Draw the next master into a file beside the present one",
		Long: `Draws the next master into a new file beside the present one, and says which lines
of the configuration to change; with --write it changes them. Nothing uses the new
master before the service starts again: it then announces it in the vault's chain,
and seals everything anew in the background while everybody goes on.`,
		Args: args(cobra.NoArgs),
	}, func(_ context.Context, cfg config.Config, _ []string) error {
		return a.masterNew(cfg, configPath(cmd), edit)
	})
	cmd.Flags().BoolVar(&edit, "write", false, "change the configuration as well")
	return cmd
}

func (a *app) masterNew(cfg config.Config, path string, edit bool) error {
	file := cfg.NextMaster()
	id, err := seal.NewIdentity()
	if err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	made := []newFile{{filepath.Base(file), masterFile(id)}}
	if err := absent(filepath.Dir(file), made); err != nil {
		return err
	}
	if err := writeAll(filepath.Dir(file), made); err != nil {
		return err
	}
	if edit {
		err = editConfig(path, config.ReplaceMaster)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file)) // nothing names it
	}
	next := cfg.Secrets.MasterEpoch + 1
	a.say("Master %d is in %s.", next, file)
	if !edit {
		a.say(`
In %s, below secrets:

  master_file: %q
  master_epoch: %d
  former_masters:`, path, file, next)
		for _, f := range cfg.Secrets.FormerMasters {
			a.say("    - {epoch: %d, file: %q}", f.Epoch, f.File)
		}
		a.say("    - {epoch: %d, file: %q}", cfg.Secrets.MasterEpoch, cfg.Secrets.MasterFile)
	}
	a.say(`
Next: restart the service; coffred master status until nothing is left under master
%d; coffred master destroy --epoch %d. The sheets of escrow A and B stay valid.`, cfg.Secrets.MasterEpoch, cfg.Secrets.MasterEpoch)
	return a.emit(struct {
		Epoch  uint64 `json:"epoch"`
		File   string `json:"file"`
		Edited bool   `json:"edited"`
	}{next, file, edit})
}

func masterFile(id *seal.Identity) []byte {
	return secretFile("A master identity of this vault (age). Keep it secret; back it up apart from the bucket.", id.Text().Reveal())
}

// editConfig replaces a configuration by its edited text, at once and durably.
func editConfig(path string, edit func(raw []byte, dir string) ([]byte, error)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	made, err := edit(raw, dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	out, err := os.CreateTemp(dir, ".coffred-*.yaml")
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	_, err = out.Write(made)
	if err := errors.Join(err, out.Chmod(info.Mode().Perm()), out.Sync(), out.Close()); err != nil {
		return errors.Join(fmt.Errorf("configuration: %w", err), os.Remove(out.Name()))
	}
	if err := os.Rename(out.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("configuration: %w", err), os.Remove(out.Name()))
	}
	return nil
}

func newMasterStatus(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "status --config FILE",
		Short: "Say how much is left under a former master",
		Long: `Lists the masters: since when each is, and how many objects are left under a former
one. A running service is asked on its socket; the files of a stopped one are opened.
Exit code 8 when something cannot be sealed anew: the bucket does not have what a
signed entry names. Put that object back from a copy of the bucket.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		m, err := server.MasterStatus(ctx, cfg, a.logger(slog.LevelError))
		if err != nil {
			return fmt.Errorf("master: %w", err)
		}
		return a.masterStatus(m)
	})
}

func (a *app) masterStatus(m server.Masters) error {
	for _, l := range m.Masters {
		note := ""
		switch {
		case l.State == "former" && m.Waiting == 0 && l.Left == 0 && len(m.Findings) == 0:
			note = "  nothing is left: coffred master destroy"
		case l.State == "former":
			note = fmt.Sprintf("  %d objects are left", l.Left)
		}
		if l.Overdue {
			note += "  OVERDUE: people are told that it is gone after 30 days"
		}
		a.say("master %d  %-9s  since %s%s", l.Epoch, l.State, l.Since.Format(time.DateOnly), note)
	}
	if m.Waiting > 0 {
		a.say("%d of %d safes wait for their turn", m.Waiting, m.Safes)
	}
	for _, f := range m.Findings {
		a.say("FOUND  %s: %s", f.Where, f.Problem)
	}
	if err := a.emit(m); err != nil {
		return err
	}
	if len(m.Findings) > 0 {
		return errFindings
	}
	return nil
}

type destroyOptions struct {
	epoch uint64
	lost  int
	edit  bool
}

func newMasterDestroy(a *app) *cobra.Command {
	var o destroyOptions
	var cmd *cobra.Command
	cmd = a.configured(&cobra.Command{
		Use:   "destroy --config FILE --epoch N [--write]",
		Short: "End a former master, and remove its file",
		Long: `Goes through every chain; only when none names anything under that master any more it
records the end in the vault's chain and in the trail, and then overwrites and
removes the file. With --write it takes the master out of the configuration, which
does not need it any longer. Run again after it was cut short, it finishes.

--lost N gives up what is left: exactly N objects and chains that cannot be read.
They never open again.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		return a.masterDestroy(ctx, cfg, configPath(cmd), o)
	})
	f := cmd.Flags()
	f.Uint64Var(&o.epoch, "epoch", 0, "the `NUMBER` of the master")
	f.IntVar(&o.lost, "lost", 0, "give up exactly `N` objects that are left under it")
	f.BoolVar(&o.edit, "write", false, "change the configuration as well")
	return cmd
}

func (a *app) masterDestroy(ctx context.Context, cfg config.Config, path string, o destroyOptions) error {
	if o.epoch == 0 || o.lost < 0 {
		return usage("say with --epoch which master: coffred master status")
	}
	d, err := server.EndMaster(ctx, cfg, a.logger(slog.LevelError), server.DestroyMaster{Epoch: o.epoch, Lost: o.lost})
	switch {
	case errors.Is(err, vault.ErrDenied):
		return usage("master %d is the present one: coffred master new comes first", o.epoch)
	case errors.Is(err, vault.ErrNotFound):
		return usage("there is no master %d: coffred master status", o.epoch)
	case err != nil:
		return fmt.Errorf("master: %w", err)
	case d.Left+d.Shut > 0:
		return fmt.Errorf("nothing was destroyed: %d objects are under master %d, and %d chains cannot be read: coffred master status", d.Left, o.epoch, d.Shut)
	}
	a.say("Master %d is ended: the vault's chain says so, and nothing asks for it again.", o.epoch)
	removed := []string{}
	for _, f := range cfg.Secrets.FormerMasters {
		if f.Epoch != o.epoch {
			continue
		}
		switch gone, err := shred(f.File); {
		case err != nil:
			return fmt.Errorf("the master is ended, but its file is still there: %w", err)
		case gone:
			removed = append(removed, f.File)
			a.say("%s was overwritten and removed.", f.File)
		default:
			a.say("%s was not there.", f.File)
		}
	}
	if o.edit {
		err = editConfig(path, func(raw []byte, dir string) ([]byte, error) { return config.DropMaster(raw, dir, o.epoch) })
		if err != nil {
			return err
		}
	}
	a.say(`
No program can know of copies: destroy the envelope and every backup with this master,
and its sealed credential (/etc/credstore.encrypted). A disk may keep blocks that were
overwritten (SSDs, snapshots): that is what its encryption is for.`)
	return a.emit(struct {
		Epoch   uint64   `json:"epoch"`
		Removed []string `json:"removed"`
		Swept   int      `json:"swept"`
		Edited  bool     `json:"edited"`
	}{o.epoch, removed, d.Swept, o.edit})
}

// shred overwrites a file and removes it; it reports whether there was one.
func shred(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove a master: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return false, fmt.Errorf("remove a master: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return true, fmt.Errorf("remove a master: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return true, fmt.Errorf("remove a master: %w", err)
	}
	return true, nil
}
