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

func newAccount(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Accounts of the service's own: a first access manager's",
		Long: `Accounts of the service's own (local: in the configuration). These commands are for a
first access manager, and for one whom no colleague can help any more; all other codes
are given in the service: coffre accounts. Both stand in every journal.`,
		Args: args(cobra.NoArgs),
	}
	cmd.AddCommand(newAccountInvite(a), newAccountReissue(a))
	return cmd
}

func newAccountInvite(a *app) *cobra.Command {
	var name string
	cmd := a.configured(&cobra.Command{
		Use:   "invite --config FILE --name NAME",
		Short: "Begin an agent's account: a code for them, a subject for coffred structure",
		Long: `Begins an agent's account and prints two things. The code is for its person: on the
page that is named they choose login and password themselves, and add the account to
the one-time-code application of their telephone; it is good once, for seven days. The
subject is for coffred structure add --issuer local --subject. Nobody logs in with the
account before both were used.`,
		Example: "  coffred account invite --config coffred.yaml --name 'Prénom Nom'",
		Args:    args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		made, err := server.Invite(ctx, cfg, a.logger(slog.LevelError), server.Invitation{Name: name})
		return a.tellInvited(made, err)
	})
	cmd.Flags().StringVar(&name, "name", "", "their `NAME`, as the login pages call them")
	return cmd
}

func newAccountReissue(a *app) *cobra.Command {
	var subject string
	cmd := a.configured(&cobra.Command{
		Use:   "reissue --config FILE --subject ID",
		Short: "A new code where nobody else can give one: telephone or password lost",
		Long: `Ends password and one-time codes of an account at once, and its sessions, and prints a
new code for its person. It is for an access manager whom no colleague can help: among
colleagues, an access manager and a second agent do it (coffre accounts reissue).`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error {
		made, err := server.ReissueLast(ctx, cfg, a.logger(slog.LevelError), server.Reissue{Issuer: cfg.LocalIssuer(), Subject: subject})
		return a.tellInvited(made, err)
	})
	cmd.Flags().StringVar(&subject, "subject", "", "the `ID` that coffred account invite or coffre accounts printed")
	return cmd
}

func (a *app) tellInvited(made server.Invited, err error) error {
	switch invalid, ok := errors.AsType[*vault.InvalidError](err); {
	case ok && invalid.Field == "kind":
		return usage("local: say in the configuration that the service keeps agents' accounts")
	case ok:
		return usage("%w", invalid)
	case err != nil:
		return fmt.Errorf("account: %w", err)
	}
	a.say("code       %s", made.Code)
	a.say("for        %s, until %s, once", made.Page, made.Until.Local().Format(time.DateTime))
	a.say("subject    %s", made.Subject)
	return a.emit(made)
}
