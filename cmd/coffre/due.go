package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func newDue(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "due",
		Short: "Dire ce qui est à faire, et quand",
		Long: `Dit ce qui est à faire et quand, d'après les dates de vos papiers. Le service ne garde
que des jours : ce qu'il y a à faire ces jours-là est écrit dans le coffre, et
seulement là. « coffre due done » note ce que vous venez de faire.`,
		Args: count(0, 0),
	}
	a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Papers.ListDues, coffrev1.ListDuesRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		if len(answer.GetDues())+len(answer.GetWanting()) == 0 {
			a.say("Rien à faire : aucune date n'est connue.")
		}
		a.table(len(answer.GetDues()), func(i int) []string {
			d := answer.GetDues()[i]
			days := written(d.GetFromDate())
			if d.GetByDate() != d.GetFromDate() {
				days = "du " + days + " au " + written(d.GetByDate())
			}
			return []string{days, d.GetPhaseText(), d.GetLabel(), client.Printable(d.GetWhose())}
		})
		for _, w := range answer.GetWanting() {
			a.say("%s  il manque une date : %s", w.GetDocument(), w.GetLabel())
		}
		return a.emit(answer)
	})
	cmd.AddCommand(newDueDone(a))
	return cmd
}

// kindFollowed begins the kinds that say when the person did something that
// leaves no paper.
const kindFollowed = "suivi-"

func newDueDone(a *app) *cobra.Command {
	var date string
	cmd := &cobra.Command{
		Use:     "done NOM",
		Short:   "Noter qu'une chose est faite, pour savoir quand elle revient",
		Long:    "Garde dans votre coffre le jour où une chose est faite : declaration-trimestrielle, actualisation, courrier ou cheque-energie.",
		Example: "  coffre due done declaration-trimestrielle\n  coffre due done courrier --date 02/11/2026",
		Args:    count(1, 1),
	}
	cmd.Flags().StringVar(&date, "date", "", "le `JOUR` où c'est fait, JJ/MM/AAAA (sinon aujourd'hui)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if date = dayOf(date); date == "" {
			date = thisDay()
		}
		duty, kind, err := followed(ctx, v, args[0])
		if err != nil {
			return err
		}
		old, err := notes(ctx, v, kind)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			d := old[len(old)-1].GetDescription()
			d.SetDocumentDate(date)
			return a.changed(v.Describe(ctx, v.safe, old[len(old)-1].GetDocument(), d), "C'est noté.")
		}
		err = putNote(ctx, v, note{kind: kind, title: duty.GetLabel(), text: duty.GetLabel() + " : la date est celle de cette note.\n", date: date})
		return a.changed(err, "C'est noté.")
	})
}

// followed is a thing that the person says is done, and the kind of the note that
// says so.
func followed(ctx context.Context, v visit, name string) (*coffrev1.Duty, string, error) {
	catalogue, err := client.Repeat(ctx, v.Client, v.Papers.GetCatalogue, &coffrev1.GetCatalogueRequest{})
	if err != nil {
		return nil, "", err
	}
	var known []string
	for _, d := range catalogue.GetDuties() {
		for _, kind := range d.GetKinds() {
			if !strings.HasPrefix(kind, kindFollowed) {
				continue
			}
			if d.GetDuty() == name {
				return d, kind, nil
			}
			known = append(known, d.GetDuty())
		}
	}
	return nil, "", usage("« %s » ne se note pas ainsi : écrivez %s.", client.Printable(name), strings.Join(known, ", "))
}
