package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
)

const (
	inviteRoute  = "/v1/accounts"
	reissueRoute = "/v1/accounts/reissue"
)

// An Invitation asks for an account of the service's own, for an agent.
type Invitation struct {
	Name string `json:"name"`
}

// A Reissue asks for a new code of an account.
type Reissue struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// An Invited is an account on its way. It holds the code: it goes to the operator's
// terminal and nowhere else.
type Invited struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	Code    string    `json:"code"`
	Until   time.Time `json:"until"`
	Page    string    `json:"page"`
}

// errNoLocal says that the configuration offers no accounts.
var errNoLocal = errors.New("local: the configuration offers no accounts of the service's own")

// Invite begins an account for an agent, through the running service or on its
// files.
func Invite(ctx context.Context, cfg config.Config, log *slog.Logger, q Invitation) (Invited, error) {
	return operate(ctx, cfg, log, inviteRoute, q, withAccounts(cfg, log, inviteFirst))
}

// ReissueLast gives an agent a new code for their account.
func ReissueLast(ctx context.Context, cfg config.Config, log *slog.Logger, q Reissue) (Invited, error) {
	return operate(ctx, cfg, log, reissueRoute, q, withAccounts(cfg, log, reissueLast))
}

// withAccounts opens the provider first, for a keeper that was opened for one
// command.
func withAccounts[Q, A any](cfg config.Config, log *slog.Logger, do func(context.Context, *keeper.Keeper, Q) (A, error)) func(context.Context, *keeper.Keeper, Q) (A, error) {
	return func(ctx context.Context, k *keeper.Keeper, q Q) (answer A, err error) {
		p, err := openAccounts(ctx, k, cfg, log)
		if err != nil {
			return answer, err
		}
		if p == nil {
			return answer, errNoLocal
		}
		return do(ctx, k, q)
	}
}

// routeAccounts answers the operator's commands about accounts.
func routeAccounts(mux *http.ServeMux, k *keeper.Keeper, log *slog.Logger) {
	mux.HandleFunc("POST "+inviteRoute, acting(k, log, inviteFirst))
	mux.HandleFunc("POST "+reissueRoute, acting(k, log, reissueLast))
}

func inviteFirst(ctx context.Context, k *keeper.Keeper, q Invitation) (Invited, error) {
	return invited(k.InviteFirst(ctx, vault.InviteAccount{Kind: vault.AccountAgent, Name: q.Name}))
}

func reissueLast(ctx context.Context, k *keeper.Keeper, q Reissue) (Invited, error) {
	login, err := auth.NewUserID(q.Issuer, q.Subject)
	if err != nil {
		return Invited{}, &vault.InvalidError{Field: "subject", Rule: "un émetteur et un identifiant"}
	}
	return invited(k.ReissueLast(ctx, login))
}

func invited(made vault.InvitedAccount, err error) (Invited, error) {
	if err != nil {
		return Invited{}, err
	}
	return Invited{
		Issuer: made.Login.Issuer(), Subject: made.Login.Subject(), Code: string(made.Code.Reveal()), Until: made.Until, Page: made.Page,
	}, nil
}
