package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// newRecovery is what gives a safe back to somebody whose code sheet is lost.
// The operator never has the key, the holder of escrow B never has the bucket.
func newRecovery(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recovery",
		Short: "Lost code sheets: requests to the holder of escrow B, and their answers",
		Long: `A person whose code sheet is lost asks at the counter; two agents agree, and a new
sheet is printed that opens nothing yet. The requests wait here. The operator takes
a batch out (export); the holder of escrow B, elsewhere and offline, compares it
with the signed papers and answers (answer); the operator brings the answer back
(import). From then on the new sheets open.`,
		Args: args(cobra.NoArgs),
	}
	cmd.AddCommand(newRecoveryExport(a), newRecoveryAnswer(a), newRecoveryImport(a))
	return cmd
}

func newRecoveryExport(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "export --config FILE OUT",
		Short: "Write the requests that wait into a new file",
		Long: `Writes at most 64 requests into a new file OUT
for the holder of escrow B. What is in it opens with their key and with nothing
else; that it left stands in the journal of each person. The server must not run.`,
		Args: args(cobra.ExactArgs(1)),
	}, func(ctx context.Context, cfg config.Config, args []string) error {
		return server.WithKeeper(ctx, cfg, a.logger(slog.LevelError), func(k *keeper.Keeper, _ server.Stores) error {
			batch, n, err := k.ExportRecoveries(ctx)
			if err == nil {
				err = writeNew(args[0], batch)
			}
			if err != nil {
				return fmt.Errorf("recovery: %w", err)
			}
			a.say("%d requests are in %s, for the holder of escrow B.", n, args[0])
			return a.emit(struct {
				File     string `json:"file"`
				Requests int    `json:"requests"`
			}{args[0], n})
		})
	})
}

type recoveryOptions struct {
	key, identity, out string
	safes              []string
	all                bool
}

func newRecoveryAnswer(a *app) *cobra.Command {
	var o recoveryOptions
	cmd := &cobra.Command{
		Use:   "answer --key KEY [--identity FILE --out FILE (--safe ID… | --all)] REQUESTS",
		Short: "The holder's part, offline: list requests, and seal to the new sheets",
		Long: `Without --identity it lists what is asked for: safe, number of the new sheet, day.
Each has to be on a paper that the person and two agents signed. With the key on the
sheet of escrow B it opens each safe's identity that is named with --safe, seals it
to the new sheet, and writes the answers into a new file. Run it on a machine
without a network; nothing else is written.`,
		Example: "  coffred recovery answer --key coffre-verify1… requests.bin\n" +
			"  coffred recovery answer --key coffre-verify1… --identity b.txt --safe ID --out answers.json requests.bin",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return a.recoveryAnswer(args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.key, "key", "", "the service's signing `KEY`, as the key card has it")
	f.StringVar(&o.identity, "identity", "", "`FILE` with the key of escrow B and nothing else")
	f.StringVar(&o.out, "out", "", "the new `FILE` for the answers")
	f.StringArrayVar(&o.safes, "safe", nil, "the `ID` of a safe to answer for; may be given again")
	f.BoolVar(&o.all, "all", false, "answer every request")
	return cmd
}

func (a *app) recoveryAnswer(path string, o recoveryOptions) error {
	key, err := seal.ParseVerifyKey(o.key)
	if err != nil {
		return usage("--key: %w", err)
	}
	batch, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	lines, err := keeper.ReadRecoveries(batch, key)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	if o.identity == "" {
		return a.recoveryList(lines)
	}
	if o.out == "" || o.all == (len(o.safes) > 0) {
		return usage("--out, and --safe or --all, are required with --identity")
	}
	wanted, err := wantedSafes(o.safes, lines)
	if err != nil {
		return err
	}
	text, err := config.ReadSecret(o.identity, "")
	if err != nil {
		return fmt.Errorf("escrow B: %w", err)
	}
	escrow, err := seal.ParseIdentity(text)
	if err != nil {
		return usage("--identity: %w", err)
	}
	n := 0
	answers, err := keeper.AnswerRecoveries(batch, escrow, func(l keeper.RecoveryLine) bool {
		yes := o.all || slices.Contains(wanted, l.Safe)
		if yes {
			n++
		}
		return yes
	}, key)
	if err == nil {
		err = writeNew(o.out, answers)
	}
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	a.say("%d answers are in %s. It opens with the people's new sheets, nothing else.", n, o.out)
	return a.emit(struct {
		File    string `json:"file"`
		Answers int    `json:"answers"`
	}{o.out, n})
}

// wantedSafes refuses the name of a safe that the batch does not ask for.
func wantedSafes(texts []string, lines []keeper.RecoveryLine) (ids []vault.SafeID, err error) {
	for _, text := range texts {
		id, err := vault.ParseSafeID(text)
		if err != nil {
			return nil, usage("--safe: %w", err)
		}
		if !slices.ContainsFunc(lines, func(l keeper.RecoveryLine) bool { return l.Safe == id }) {
			return nil, usage("--safe: %s is not in these requests", id)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

type recoveryLine struct {
	Safe  string `json:"safe"`
	Sheet string `json:"sheet"`
	Day   string `json:"day"`
}

func (a *app) recoveryList(lines []keeper.RecoveryLine) error {
	out := []recoveryLine{}
	for _, l := range lines {
		r := recoveryLine{l.Safe.String(), l.Sheet.String(), time.Unix(l.Since, 0).UTC().Format(time.DateOnly)}
		a.say("safe %s  new sheet %s  asked on %s", r.Safe, r.Sheet, r.Day)
		out = append(out, r)
	}
	return a.emit(out)
}

func newRecoveryImport(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "import --config FILE ANSWERS",
		Short: "Make the holder's answers count",
		Long: `Makes the new sheets of answered requests open; the lost ones end in the same entry.
What is not waited for any more is passed over, so that importing twice changes
nothing. The server must not run.`,
		Args: args(cobra.ExactArgs(1)),
	}, func(ctx context.Context, cfg config.Config, args []string) error {
		answers, err := os.ReadFile(args[0])
		if err != nil {
			return fmt.Errorf("recovery: %w", err)
		}
		return server.WithKeeper(ctx, cfg, a.logger(slog.LevelError), func(k *keeper.Keeper, _ server.Stores) error {
			n, err := k.ImportRecoveries(ctx, answers)
			a.say("%d safes open with their new sheets.", n)
			if err != nil {
				err = fmt.Errorf("recovery: %w", err)
			}
			return errors.Join(err, a.emit(struct {
				Safes int `json:"safes"`
			}{n}))
		})
	})
}

// writeNew writes a file that must not be there yet, durably.
func writeNew(path string, content []byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
