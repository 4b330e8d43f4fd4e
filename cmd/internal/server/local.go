package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/seal"
)

// CommandLine is the client id of the command coffre at the local provider.
const CommandLine = config.LocalClient

// OpenLocal makes the local OpenID provider of a development server, whose
// accounts and keys lie in the keeper's state.
func OpenLocal(ctx context.Context, k *keeper.Keeper, issuer string, log *slog.Logger) (*localop.Provider, error) {
	return openProvider(ctx, k, localop.Config{Issuer: issuer, Pages: localop.Pages{Service: "Coffre (DEV, personnes fictives)"}, Log: log})
}

// openProvider completes the configuration of a local provider, and lets the keeper
// ask it for passwords.
func openProvider(ctx context.Context, k *keeper.Keeper, cfg localop.Config) (*localop.Provider, error) {
	cfg.Store, cfg.Square = accounts{k.Local()}, prints.Square
	cfg.Clients = []localop.Client{{
		ID: CommandLine, Name: "coffre, la commande", Device: true,
		Redirects: []string{"http://127.0.0.1/callback"},
	}}
	p, err := localop.New(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("local provider: %w", err)
	}
	issuer := cfg.Issuer
	k.OnReset(func(ctx context.Context, login auth.UserID, password seal.Secret) error {
		if login.Issuer() != issuer {
			return fmt.Errorf("local provider: %w", vault.ErrNotFound)
		}
		return reset(ctx, p, login.Subject(), password)
	})
	return p, nil
}

// reset sets a password anew for somebody who proved to the keeper who they are.
func reset(ctx context.Context, p *localop.Provider, subject string, password seal.Secret) error {
	pw, err := localop.NewPassword(string(password.Reveal()))
	if err != nil {
		return &vault.InvalidError{Field: "password", Rule: "dix caractères au moins"}
	}
	err = p.ResetPassword(ctx, subject, pw)
	if errors.Is(err, localop.ErrNoAccount) {
		return fmt.Errorf("local provider: %w", vault.ErrNotFound)
	}
	return err
}

// accounts lets the local provider keep its values in the keeper's state: the
// two packages know nothing of each other.
type accounts struct{ *keeper.LocalStore }

// Load implements [localop.Store].
func (a accounts) Load(ctx context.Context, name string) ([]byte, error) {
	value, err := a.LocalStore.Load(ctx, name)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", localop.ErrNotFound, err)
	}
	return value, err
}

func openSite(ctx context.Context, k *keeper.Keeper, issuer string, log *slog.Logger) (*site, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("local provider: %w", err)
	}
	p, err := OpenLocal(ctx, k, issuer, log)
	if err != nil {
		return nil, err
	}
	lis, err := new(net.ListenConfig).Listen(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("local provider: %w", err)
	}
	if tcp, ok := lis.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(errors.New("local provider: without TLS only this machine is served"), lis.Close())
	}
	return &site{lis: lis, http: &http.Server{
		Handler:           p.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}
