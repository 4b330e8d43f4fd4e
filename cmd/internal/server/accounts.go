package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/portal"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/rpc"
	"github.com/coffre-fort/coffre/vault/seal"
)

// openAccounts makes the provider of a service that keeps accounts of its own; nil
// for one that does not.
func openAccounts(ctx context.Context, k *keeper.Keeper, cfg config.Config, log *slog.Logger) (*localop.Provider, error) {
	if cfg.Local == nil {
		return nil, nil
	}
	issuer := cfg.LocalIssuer()
	p, err := openProvider(ctx, k, localop.Config{
		Issuer: issuer, Pages: localop.Pages{Help: cfg.Local.Help}, Log: log,
		Admits: func(_ context.Context, subject string) bool {
			u, err := auth.NewUserID(issuer, subject)
			return err == nil && cfg.Local.Agents && k.IsAgent(u)
		},
	})
	if err != nil {
		return nil, err
	}
	k.OnInvite(invitations{p, issuer, *cfg.Local})
	return p, nil
}

// invitations are the local provider as the keeper asks it.
type invitations struct {
	provider *localop.Provider
	issuer   string
	offered  config.Local
}

// Invite implements [keeper.Accounts].
func (i invitations) Invite(ctx context.Context, act vault.InviteAccount) (vault.InvitedAccount, error) {
	inv := localop.Invitation{Name: act.Name}
	switch {
	case act.Kind == vault.AccountPerson && i.offered.Persons:
		inv.Kind = localop.ForPerson
	case act.Kind == vault.AccountAgent && i.offered.Agents:
		inv.Kind = localop.ForAgent
	default:
		return vault.InvitedAccount{}, &vault.InvalidError{Field: "kind", Rule: "un compte que ce service propose"}
	}
	made, err := i.provider.Invite(ctx, inv)
	if errors.Is(err, localop.ErrAccount) {
		err = &vault.InvalidError{Field: "name", Rule: "un nom de 120 octets au plus"}
	}
	return i.invited(made, err)
}

// Reissue implements [keeper.Accounts].
func (i invitations) Reissue(ctx context.Context, login auth.UserID) (vault.InvitedAccount, error) {
	if login.Issuer() != i.issuer {
		return vault.InvitedAccount{}, fmt.Errorf("local provider: %w", vault.ErrNotFound)
	}
	made, err := i.provider.Reissue(ctx, login.Subject())
	if errors.Is(err, localop.ErrNoAccount) {
		err = fmt.Errorf("local provider: %w", vault.ErrNotFound)
	}
	return i.invited(made, err)
}

// standing is the keeper's word in the provider's.
func standing(s keeper.AccountStanding) localop.Standing {
	switch s {
	case keeper.AccountInPost:
		return localop.StandingInPost
	case keeper.AccountIdle:
		return localop.StandingIdle
	case keeper.AccountLeft:
		return localop.StandingLeft
	case keeper.AccountUnknown:
	}
	return localop.StandingUnknown
}

// ended is the provider's word in the keeper's.
func ended(w localop.Why) keeper.AccountEnd {
	switch w {
	case localop.WhyIdle:
		return keeper.AccountEndIdle
	case localop.WhyLeft:
		return keeper.AccountEndLeft
	default:
		return keeper.AccountEndUnclaimed
	}
}

// Sweep implements [keeper.Accounts].
func (i invitations) Sweep(ctx context.Context, by keeper.AccountSweep) error {
	return i.provider.Sweep(ctx, localop.Sweeping{
		Idle: vault.AgentIdle,
		Standing: func(ctx context.Context, subject string) (localop.Standing, error) {
			login, err := auth.NewUserID(i.issuer, subject)
			if err != nil {
				return 0, fmt.Errorf("local provider: %w", err)
			}
			is, err := by.Standing(ctx, login)
			return standing(is), err
		},
		Record: func(ctx context.Context, subject string, why localop.Why) error {
			login, err := auth.NewUserID(i.issuer, subject)
			if err != nil {
				return fmt.Errorf("local provider: %w", err)
			}
			return by.Record(ctx, login, ended(why))
		},
	})
}

func (i invitations) invited(made localop.Invited, err error) (vault.InvitedAccount, error) {
	if err != nil {
		return vault.InvitedAccount{}, err
	}
	login, err := auth.NewUserID(i.issuer, made.Subject)
	if err != nil {
		return vault.InvitedAccount{}, fmt.Errorf("local provider: %w", err)
	}
	return vault.InvitedAccount{
		Login: login, Code: seal.NewSecret([]byte(made.Code.Reveal())), Until: made.Until.UTC().Truncate(time.Second), Page: i.provider.Address(),
	}, nil
}

// pages are what browsers get: the portal, and below its own path the provider,
// where there is one.
func pages(p *localop.Provider, issuer string) rpc.Pages {
	if p == nil {
		return portal.New
	}
	base := issuer[strings.LastIndexByte(issuer, '/'):]
	return func(api rpc.Public) (http.Handler, error) {
		rest, err := portal.New(api)
		if err != nil {
			return nil, err
		}
		accounts := p.Handler()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if below := strings.TrimPrefix(r.URL.Path, base); below == r.URL.Path || below != "" && below[0] != '/' {
				rest.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
			w.Header().Set("X-Robots-Tag", "noindex, nofollow")
			accounts.ServeHTTP(w, r)
		}), nil
	}
}

// within carries the relying party's questions to a provider of this process to it,
// and all others over the network: the service need not find its own public address,
// nor trust whoever answers there.
type within struct {
	issuer string
	inside http.Handler
	beyond http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t within) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.String(), t.issuer+"/") {
		return t.beyond.RoundTrip(r) // a RoundTripper hands its error on.
	}
	a := answered{header: http.Header{}, status: http.StatusOK}
	t.inside.ServeHTTP(&a, r)
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// answered keeps an answer of this process.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (a *answered) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answered) WriteHeader(status int) { a.status = status }

// Write implements [http.ResponseWriter].
func (a *answered) Write(b []byte) (int, error) { return a.body.Write(b) }
