package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

func newDiagnosis(a *app) *cobra.Command {
	return group("diagnosis", "Le bilan numérique : le résultat d'un test, et le conseil reçu",
		newDiagnosisKeep(a), newDiagnosisShow(a), newDiagnosisDrop(a))
}

func newDiagnosisKeep(a *app) *cobra.Command {
	var result, advice string
	cmd := &cobra.Command{
		Use:   "keep --result TEXTE --advice TEXTE",
		Short: "Garder un bilan, si vous voulez",
		Long: `Garde dans votre coffre le résultat d'un test et le conseil reçu. Vous seul le voyez :
un accord sur tout un tiroir ne le montre pas, il faut qu'il nomme ce bilan. Personne
ne compte les bilans.`,
		Example: "  coffre diagnosis keep --result 'À l'aise avec la souris, pas avec les mots de passe' --advice 'Atelier du mardi'",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&result, "result", "", "le `TEXTE` du résultat")
	cmd.Flags().StringVar(&advice, "advice", "", "le `TEXTE` du conseil : où aller, avec qui")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if result == "" {
			return usage("Écrivez le résultat avec --result.")
		}
		text := "Résultat : " + result + "\n"
		if advice != "" {
			text += "Conseil : " + advice + "\n"
		}
		err := putNote(ctx, v, note{kind: string(papers.KindDiagnosis), title: "Bilan numérique", text: text, date: thisDay()})
		return a.changed(err, "Le bilan est gardé.")
	})
}

func newDiagnosisShow(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Lire les bilans gardés", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		all, err := notes(ctx, v, string(papers.KindDiagnosis))
		if err != nil {
			return err
		}
		type kept struct {
			Document string `json:"document"`
			Date     string `json:"date"`
			Text     string `json:"text"`
		}
		out := []kept{}
		for _, d := range all {
			text, err := readNote(ctx, v, d)
			if err != nil {
				return err
			}
			out = append(out, kept{d.GetDocument(), d.GetDescription().GetDocumentDate(), text})
			a.say("%s", client.Printable(written(d.GetDescription().GetDocumentDate())))
			for line := range strings.Lines(text) {
				a.say("    %s", client.Printable(strings.TrimSpace(line)))
			}
		}
		if len(all) == 0 {
			a.say("Aucun bilan.")
		}
		return a.emit(struct {
			Kept []kept `json:"diagnoses"`
		}{out})
	})
}

func newDiagnosisDrop(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{Use: "drop", Short: "Effacer tous les bilans, pour toujours", Args: count(0, 0)}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		all, err := notes(ctx, v, string(papers.KindDiagnosis))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return a.changed(nil, "Aucun bilan : il n'y a rien à effacer.")
		}
		if !yes {
			if err := a.confirm(ctx, "Effacer "+plural(len(all), "bilan", "bilans")+" pour toujours ?"); err != nil {
				return err
			}
		}
		return a.changed(dropNotes(ctx, v, all), "Les bilans sont effacés.")
	})
}

// thisDay is the day where the service is, as it stands on a paper.
func thisDay() string { return time.Now().In(texts.Metropolitan()).Format(time.DateOnly) }
