package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newAccounts(a *app) *cobra.Command {
	return group("accounts", "Les comptes du service, pour qui n'a pas d'autre moyen de se connecter",
		newAccountInvite(a, "person", "Donner à une personne un code pour créer son compte", coffrev1.AccountKind_ACCOUNT_KIND_PERSON,
			`Donne un code à remettre à la personne, au guichet. Elle choisit elle-même son
identifiant et son mot de passe, sur n'importe quel écran : personne ne les tape à sa
place. Le compte n'ouvre aucun coffre : la personne le relie au sien avec sa feuille de
code et un agent, par « coffre activate ».`),
		newAccountInvite(a, "agent", "Donner à un futur agent un code pour créer son compte", coffrev1.AccountKind_ACCOUNT_KIND_AGENT,
			`Donne un code à remettre à un futur agent, et les mots --issuer et --subject pour
« coffre agents enrol ». L'agent choisit son identifiant, son mot de passe, et ajoute le
compte à l'application de codes de son téléphone. Il ne se connecte qu'une fois inscrit,
et jusqu'à la fin de ses droits.`),
		newAccountReissue(a))
}

func newAccountInvite(a *app, use, short string, kind coffrev1.AccountKind, long string) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: use + " --name NOM", Short: short, Long: long,
		Example: "  coffre accounts " + use + " --name 'Prénom Nom'",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&name, "name", "", "le `NOM` que les pages de connexion lui diront")
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		if name == "" {
			return usage("Donnez --name.")
		}
		answer, err := client.Repeat(ctx, v.Client, v.Structures.InviteAccount, coffrev1.InviteAccountRequest_builder{
			RequestId: client.NewRequest(), Kind: &kind, Name: &name,
		}.Build())
		if e, ok := errors.AsType[*client.Error](err); ok && slices.ContainsFunc(e.Fields, func(f client.Field) bool { return f.Name == "kind" }) {
			return &client.Error{
				Class: client.ClassRefused, Reason: e.Reason, Err: e,
				Sentence: "Ce service ne donne pas de comptes de cette sorte : on s'y connecte par un autre moyen. Demandez à son responsable.",
			}
		}
		if err != nil {
			return err
		}
		a.tellInvitation(answer.GetInvitation())
		return a.emit(answer)
	})
	return cmd
}

func newAccountReissue(a *app) *cobra.Command {
	var s step
	cmd := &cobra.Command{
		Use:   "reissue AGENT",
		Short: "Donner un nouveau code à un agent qui a perdu son téléphone ou son mot de passe, avec un second agent",
		Long: `Met fin tout de suite au mot de passe, aux codes à six chiffres et aux sessions de
l'agent, et donne un nouveau code à lui remettre en main propre. Il garde son
identifiant et ses fonctions.`,
		Args: agentID,
	}
	s.approvalFlags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		s.guess = true // done once: the answer is the only place where the code is
		answer, err := try(ctx, a, v, &s, v.Structures.ReissueAccount, coffrev1.ReissueAccountRequest_builder{Agent: &args[0], Approval: &s.approval}.Build())
		if err != nil {
			return err
		}
		a.tellInvitation(answer.GetInvitation())
		return a.emit(answer)
	})
	return cmd
}

func (a *app) tellInvitation(i *coffrev1.AccountInvitation) {
	a.say("À remettre en main propre : sur %s, le code %s, à utiliser une fois avant le %s.",
		client.Printable(i.GetPage()), client.Printable(i.GetCode()), until(i.GetUntilTime()))
	a.say("Identité de connexion : --issuer %s --subject %s", client.Printable(i.GetLogin().GetIssuer()), client.Printable(i.GetLogin().GetSubject()))
}
