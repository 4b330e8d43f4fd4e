package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newKitLetter(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{
		Use:   "letter --out FICHIER",
		Short: "La lettre à la personne, quand deux feuilles ont été montrées et attendent",
		Long: `Fait la lettre à envoyer le jour même à une personne qui n'a ni compte ni adresse
électronique : elle dit quand le coffre pourra s'ouvrir, et comment dire non. Rien
n'est envoyé par le service. Un coffre discret n'a pas de lettre.`,
		Example: "  coffre kit letter --safe … -o lettre.pdf",
		Args:    count(0, 0),
	}
	to.flags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintLetter, coffrev1.PrintLetterRequest_builder{
				Safe: &v.safe, Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
}

// lostSheet says, where nobody knows whether a new sheet was made, how to be told it:
// the one before may have ended with it.
func (a *app) lostSheet(err error, s *step) error {
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case !ok || s.before != "":
		return err
	case e.Reason == "SHEET_GONE":
		return instead(err, e.Reason, "La feuille est faite. Son code n'est redit que peu de temps, et à qui montre les mêmes feuilles que la première fois : avec --with code, tapez le code de l'ancienne ; avec deux feuilles de secours, tapez les deux mêmes. Si cela ne suffit pas, demandez une autre feuille au guichet.")
	case e.Class != client.ClassUnavailable && e.Class != client.ClassInterrupted:
		return err
	}
	again := append([]string{"coffre"}, without(a.args, "--request")...)
	told := *e
	told.Sentence = fmt.Sprintf("La réponse s'est perdue : la feuille neuve est peut-être faite, et l'ancienne ne vaut alors plus. Gardez-la, et recommencez tout de suite avec « %s ».",
		client.Printable(quoted(append(again, "--request", s.request))))
	return &told
}

func newSheetLost(a *app) *cobra.Command {
	var s step
	var file string
	var outOfReach bool
	s.before = "Les autres feuilles ouvrent comme avant. Refaites tout de suite la même commande : elle écrit la même feuille."
	cmd := &cobra.Command{
		Use:   "lost --safe COFFRE --sheet FICHIER",
		Short: "La feuille de code est perdue : demander au tiers qui garde la clé de secours B",
		Long: `La personne est au guichet, et deux agents le disent. Écrit une feuille neuve, qui
n'ouvre rien tant que le tiers n'a pas répondu. Si la personne a des feuilles de secours,
elles passent d'abord : « coffre kit open » avec deux d'entre elles. Quand elle ne peut pas
en apporter deux, dites-le avec --kit-out-of-reach : cela s'écrit dans son journal, et ces
feuilles ne vaudront plus quand le tiers aura répondu.`,
		Example: "  coffre sheet lost --safe … --sheet neuve.pdf\n  coffre sheet lost --safe … --sheet neuve.pdf --kit-out-of-reach",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&file, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	cmd.Flags().BoolVar(&outOfReach, "kit-out-of-reach", false, "la personne a des feuilles de secours, et ne peut pas en apporter deux")
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		req := coffrev1.AskRecoveryRequest_builder{Safe: &v.safe, Approval: &s.approval}.Build()
		if outOfReach {
			req.SetKit(coffrev1.KitLoss_KIT_LOSS_OUT_OF_REACH)
		}
		return a.newSheetFor(ctx, v, &s, file, func(id *string, _ *coffrev1.Proof) (newSheetAnswer, error) {
			req.SetRequestId(*id)
			answer, err := try(ctx, a, v, &s, v.Locks.AskRecovery, req)
			if err != nil {
				return nil, kitFirst(err)
			}
			tell := a.say
			if file == "-" { // the sheet is the output
				tell = a.aside
			}
			tell("Cette feuille n'ouvre rien encore : elle ouvrira quand le tiers aura répondu.")
			return answer, nil
		})
	})
}

// kitFirst adds what to type to the answer that recovery sheets come before escrow B.
func kitFirst(err error) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Reason != "KIT_FIRST" {
		return err
	}
	told := *e
	told.Sentence += " Pour cela : « coffre kit open », ou la même commande avec --kit-out-of-reach."
	return &told
}
