package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// configured is withConfig for a command that needs what the keeper has.
func (a *app) configured(cmd *cobra.Command, f func(context.Context, config.Config, []string) error) *cobra.Command {
	return a.withConfig(cmd, func(ctx context.Context, cfg config.Config, args []string) error {
		if cfg.Keeper != nil {
			return usage("this is the configuration of an API node, which holds no key: name the keeper's")
		}
		return f(ctx, cfg, args)
	})
}

// withConfig gives a command the flag --config and a body that has it read.
func (a *app) withConfig(cmd *cobra.Command, f func(context.Context, config.Config, []string) error) *cobra.Command {
	path := cmd.Flags().String("config", "", "the configuration `FILE`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *path == "" {
			return usage("say with --config which configuration")
		}
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		return f(cmd.Context(), cfg, args)
	}
	return cmd
}

func newServe(a *app) *cobra.Command {
	return a.withConfig(&cobra.Command{
		Use:   "serve --config FILE",
		Short: "Serve a vault until a signal ends it",
		Long: `Serves a vault. It checks the configuration, tries whether the bucket refuses a
second write, checks trail, second place, state and bucket against each other, and
only then listens. SIGTERM lets the calls under way end (20 s) and closes in order.
The log is JSON on standard error. A vault that is marked DEV is refused.

With keeper: in its configuration this is an API node: it holds no key, no trail and
no state, and asks a keeper (coffred keeper), which need not be there yet. Several
nodes share one keeper.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		if cfg.KeeperListen != nil {
			return usage("keeper_listen: this is a keeper's configuration: coffred keeper serves it")
		}
		return a.serve(ctx, cfg)
	})
}

func newKeeper(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "keeper --config FILE",
		Short: "Serve the keeper alone, for API nodes, until a signal ends it",
		Long: `Serves the keeper of a vault to API nodes (coffred serve with keeper: in its
configuration): on a unix socket, or over TLS 1.3 where either end shows a
certificate of an authority named in the configuration. It holds the keys, decides,
and is the only one that writes trail and state; nothing else listens. It starts
and stops as coffred serve does, and there is one.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		if cfg.KeeperListen == nil {
			return usage("keeper_listen: say where API nodes reach this keeper")
		}
		return a.serve(ctx, cfg)
	})
}

func (a *app) serve(ctx context.Context, cfg config.Config) (err error) {
	if chain.Realm(cfg.Realm) != chain.RealmProduction {
		return usage("realm: what coffred dev made is never served")
	}
	srv, err := server.Open(ctx, server.Config{File: cfg, Log: a.logger(slog.Level(cfg.Log))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	return srv.Run(ctx)
}

func newRebuild(a *app) *cobra.Command {
	var card string
	cmd := a.configured(&cobra.Command{
		Use:   "rebuild --config FILE --key-card FINGERPRINT",
		Short: "Make the state file anew from bucket and trail",
		Long: `Makes the state file anew from bucket and trail, after it was lost. The old one, if
there is one, has to be moved away first. Type the fingerprint from the printed key
card: it decides whose data this is, and a screen could lie. Sessions end.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.rebuild(ctx, cfg, card) })
	cmd.Flags().StringVar(&card, "key-card", "", "the `FINGERPRINT` on the key card")
	return cmd
}

func (a *app) rebuild(ctx context.Context, cfg config.Config, card string) (err error) {
	if card == "" {
		return usage("type with --key-card the fingerprint that is printed on the key card")
	}
	if bare(card) != bare(cfg.Genesis.Fingerprint()) {
		return &exitError{exitIntegrity, errors.New("the key card is not this configuration's: genesis is another vault's, or was replaced")}
	}
	path := server.StatePath(cfg)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there: move it away first, nothing is overwritten", path), err)
	}
	stores, err := server.OpenStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	kc, err := server.KeeperConfig(cfg, stores, a.logger(slog.Level(cfg.Log)))
	if err != nil {
		return err
	}
	n, err := keeper.Rebuild(ctx, kc)
	if err != nil {
		// Half a state would pass for a whole one at the next start.
		return errors.Join(fmt.Errorf("rebuild: %w", err), os.Remove(path))
	}
	a.say("The state is made anew: %d safes. Everybody has to log in again.", n)
	return a.emit(struct {
		Safes int `json:"safes"`
	}{n})
}

// bare is a fingerprint without what is there for the eye.
func bare(fingerprint string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, fingerprint))
}
