package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

func newDevIdentities(a *app) *cobra.Command {
	var data, safe, codeFile string
	cmd := &cobra.Command{
		Use:   "identities --data DIR --safe ID --code-file FILE",
		Short: "Print the identities that open one safe with the stock age tool (DEV only)",
		Long: `Prints the chain of identities of one safe of a development vault: the master, the
code sheet, the safe. With them the stock age tool opens its papers; deploy/docs/
operations.md says how. It is refused for a vault that is not marked DEV. The
server must not run.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" || safe == "" || codeFile == "" {
				return usage("--data, --safe and --code-file are required")
			}
			return a.identities(cmd.Context(), data, safe, codeFile)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the `DIR` of coffred dev")
	cmd.Flags().StringVar(&safe, "safe", "", "the `ID` of the safe")
	cmd.Flags().StringVar(&codeFile, "code-file", "", "`FILE` with the code of the sheet and nothing else")
	return cmd
}

func (a *app) identities(ctx context.Context, data, safe, codeFile string) error {
	id, err := vault.ParseSafeID(safe)
	if err != nil {
		return usage("--safe: %w", err)
	}
	text, err := config.ReadSecret(codeFile, os.Getenv("CREDENTIALS_DIRECTORY"))
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	code, err := seal.ParseCode(string(text.Reveal()))
	if err != nil {
		return usage("--code-file: %w", err)
	}
	cfg, err := config.Load(filepath.Join(data, fileConfig))
	if err != nil {
		return err
	}
	err = server.WithKeeper(ctx, cfg, slog.New(slog.DiscardHandler), func(k *keeper.Keeper, _ server.Stores) error {
		return k.WriteIdentities(ctx, a.stdout, id, code)
	})
	if errors.Is(err, keeper.ErrNotDev) {
		return usage("%w", err)
	}
	return err
}
