package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault"
)

func newClock(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "clock", Short: "The clock that journals are written by", Args: args(cobra.NoArgs)}
	cmd.AddCommand(newClockConfirm(a))
	return cmd
}

// clockLayouts are how an operator writes what their watch shows, in the time zone
// of the machine.
var clockLayouts = []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339}

func newClockConfirm(a *app) *cobra.Command {
	var read string
	cmd := a.configured(&cobra.Command{
		Use:   "confirm --config FILE --now 'YYYY-MM-DD HH:MM'",
		Short: "Vouch for the clock of this machine, when the service does not believe it",
		Long: `The service refuses everything while its clock is more than an hour ahead of the
bucket's, or jumped by more than an hour. Set the clock by NTP first. If it is right
and the bucket's is wrong, or the jump was the clock being set right, type with --now
what a watch that is not this machine's shows: it has to be this machine's time
within two minutes. The act is recorded and stands in every person's journal.

What the clock is ahead of the bucket's stays accepted until the two agree again. A
clock behind the last record cannot be confirmed: wait, or set it right. It asks the
running service; where none runs it opens the files.`,
		Example: "  coffred clock confirm --config /etc/coffre/coffred.yaml --now '2026-11-22 14:05'",
		Args:    args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.clockConfirm(ctx, cfg, read) })
	cmd.Flags().StringVar(&read, "now", "", "the `TIME` that another clock shows")
	return cmd
}

func (a *app) clockConfirm(ctx context.Context, cfg config.Config, read string) error {
	now, err := parseRead(read)
	if err != nil {
		return err
	}
	c, err := server.ConfirmMachineClock(ctx, cfg, a.logger(slog.LevelError), server.ConfirmClock{Now: now})
	_, other := errors.AsType[*vault.InvalidError](err)
	switch {
	case other:
		return usage("this machine's clock shows %s: it is wrong, or what was typed is; set it by NTP", time.Now().Format(time.DateTime))
	case errors.Is(err, vault.ErrClock):
		return fmt.Errorf("clock: it is behind the last record, and the trail does not run backwards: %w", err)
	case err != nil:
		return fmt.Errorf("clock: %w", err)
	}
	a.say("The service believes its clock (%s UTC), and has recorded that you vouch for it.", c.Machine.Format(time.DateTime))
	if c.Ahead > 0 {
		a.say("It is %s ahead of the bucket's: tell whoever runs the bucket.", time.Duration(c.Ahead)*time.Second)
	}
	return a.emit(c)
}

func parseRead(text string) (time.Time, error) {
	for _, layout := range clockLayouts {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("type with --now the time that a watch shows, such as '2026-11-22 14:05'")
}
