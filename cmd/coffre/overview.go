package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// newOverview is for access managers: counts of the whole structure.
func newOverview(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "overview",
		Short: "Compter ce qui se fait à la place des personnes, et les accords qui finissent sans personne",
		Long: `Compte, par démarche, les accords « je fais » de toute la structure, et les accords
qui finissent dans les trente jours alors que leur agent est parti ou suspendu.
Personne n'est nommé parmi les personnes aidées, et le travail de chacun n'est
pas compté.`,
		Args: count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Repeat(ctx, v.Client, v.Structures.GetStructureReport, &coffrev1.GetStructureReportRequest{})
			if err != nil {
				return err
			}
			a.overview(answer.GetReport())
			return a.emit(answer)
		}),
	}
}

func (a *app) overview(r *coffrev1.StructureReport) {
	inStead, left := r.GetInStead(), r.GetUnattended()
	if len(inStead) == 0 {
		a.say("Aucun accord « je fais » depuis un an.")
	} else {
		a.say("Accords « je fais » : démarche, en cours, donnés depuis un an")
	}
	a.table(len(inStead), func(i int) []string {
		return []string{client.Printable(inStead[i].GetPurpose()), strconv.Itoa(int(inStead[i].GetLive())), strconv.Itoa(int(inStead[i].GetGiven()))}
	})
	if len(left) == 0 {
		a.say("Aucun accord ne finit sans son agent dans les trente jours.")
	}
	for _, one := range left {
		a.say("%s (%s) : %s dans les trente jours, le premier le %s.", client.Printable(one.GetName()), agentWords(one.GetState()),
			plural(int(one.GetConsents()), "accord finit", "accords finissent"), until(one.GetFirstTime()))
	}
}
