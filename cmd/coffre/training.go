package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newTraining(a *app) *cobra.Command {
	return group("training", "Les coffres fictifs, pour s'exercer : rien n'y est vrai",
		newTrainingNew(a), newTrainingList(a), newTrainingEnd(a))
}

func newTrainingNew(a *app) *cobra.Command {
	var sheet string
	var empty bool
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Ouvrir un coffre fictif, avec des papiers inventés",
		Long: `Ouvre un coffre fictif pour un exercice ou un atelier. Il n'est à personne : les agents
qui peuvent ouvrir des coffres y voient tout, sans accord, et tout reste écrit au
journal. N'y mettez jamais un vrai papier ni un vrai nom. Rien ne passe d'un coffre
fictif à un vrai coffre, ni dans l'autre sens. Il s'efface tout seul après 30 jours.`,
		Example: "  coffre training new\n  coffre training new --sheet feuille.pdf",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&sheet, "sheet", "", "le `FICHIER` neuf où écrire une feuille de code fictive, ou - pour la sortie")
	cmd.Flags().BoolVar(&empty, "empty", false, "sans papiers ni mémos")
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		opened, err := a.openTraining(ctx, v, sheet)
		if err != nil {
			return err
		}
		if !empty {
			if err := fillTraining(ctx, v, opened.GetSafe()); err != nil {
				a.aside("Le coffre fictif %s est ouvert, sans tous ses papiers : effacez-le par « coffre training end --safe %[1]s ».", opened.GetSafe())
				return err
			}
		}
		opened.SetCode("") // it is on the sheet
		if sheet == "-" {
			return nil // the sheet is the output
		}
		a.say("Le coffre fictif %s est ouvert. Il s'efface tout seul le %s.", opened.GetSafe(), until(opened.GetUntilTime()))
		return a.emit(opened)
	})
	return cmd
}

// openTraining opens one, and prints its sheet where one is wanted.
func (a *app) openTraining(ctx context.Context, v visit, sheet string) (*coffrev1.OpenTrainingResponse, error) {
	req := coffrev1.OpenTrainingRequest_builder{RequestId: client.NewRequest()}.Build()
	if sheet == "" {
		return client.Repeat(ctx, v.Client, v.Trainings.OpenTraining, req)
	}
	place, err := a.reserve(sheet)
	if err != nil {
		return nil, err
	}
	opened, err := client.Repeat(ctx, v.Client, v.Trainings.OpenTraining, req)
	if err != nil {
		place.abandon()
		return nil, err
	}
	head := prints.Letterhead{Printed: time.Now(), Discretion: vault.DiscretionNormal, Nature: vault.NatureTraining}
	text, err := sheetPage(sheet, head, coffrev1.OpenSafeResponse_builder{
		Safe: new(opened.GetSafe()), Sheet: new(opened.GetSheet()), Code: new(opened.GetCode()),
	}.Build())
	if err == nil {
		err = place.fill(text)
	}
	return opened, err
}

// fillTraining puts the invented papers and memos in.
func fillTraining(ctx context.Context, v visit, safe string) error {
	var ups []client.Upload
	for _, p := range inventedPapers() {
		ups = append(ups, p.upload())
	}
	if _, err := v.PutBatch(ctx, safe, ups, nil); err != nil {
		return err
	}
	_, err := client.Repeat(ctx, v.Client, v.Memos.PutMemos, coffrev1.PutMemosRequest_builder{
		RequestId: client.NewRequest(), Safe: &safe, Memos: inventedMemos(),
	}.Build())
	return err
}

func newTrainingList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "Montrer les coffres fictifs de votre structure", Args: count(0, 0)}
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Trainings.ListTrainings, &coffrev1.ListTrainingsRequest{})
		if err != nil {
			return err
		}
		all := answer.GetTrainings()
		if len(all) == 0 {
			a.say("Aucun coffre fictif.")
		}
		a.table(len(all), func(i int) []string {
			t := all[i]
			return []string{vault.TrainingMark, t.GetSafe(), client.Printable(t.GetOpenerName()), "jusqu'au " + until(t.GetUntilTime())}
		})
		return a.emit(answer)
	})
	return cmd
}

func newTrainingEnd(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "end --safe COFFRE", Short: "Effacer un coffre fictif, tout de suite et pour toujours",
		Long:    "Efface un coffre fictif avec tout ce qu'il y a dedans. Un vrai coffre ne s'efface pas ainsi : le service répond qu'il n'y a pas de coffre fictif de ce nom.",
		Example: "  coffre training end --safe …",
		Args:    count(0, 0),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if !yes {
			if err := a.confirm(ctx, "Effacer ce coffre fictif et tout ce qu'il y a dedans ?"); err != nil {
				return err
			}
		}
		return a.told("Le coffre fictif est effacé.")(client.Once(ctx, v.Client, v.Trainings.EndTraining, coffrev1.EndTrainingRequest_builder{Safe: &v.safe}.Build()))
	})
}
