package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// telling is what the person says about papers.
type telling struct {
	since, birth      string
	notYet, yes, noNo bool
}

func newSort(a *app) *cobra.Command {
	var told telling
	cmd := &cobra.Command{
		Use:   "sort [ID]",
		Short: "Dire quels papiers garder, et jusqu'à quand",
		Long: `Dit pour chaque papier s'il faut le garder, jusqu'à quand, ou si le temps minimum est
passé. Ce qui n'est pas connu est demandé : répondez pour un papier avec ses
options. Rien n'est jamais jeté : c'est vous qui décidez. Dans votre coffre ouvert,
les papiers qui y sont deux fois sont montrés aussi.`,
		Example: "  coffre sort\n  coffre sort ID --since 31/05/2023\n  coffre sort ID --not-yet",
		Args:    ids(0, 1),
	}
	cmd.Flags().StringVar(&told.since, "since", "", "c'est fini depuis ce `JOUR`, JJ/MM/AAAA")
	cmd.Flags().BoolVar(&told.notYet, "not-yet", false, "ce n'est pas fini")
	cmd.Flags().BoolVar(&told.yes, "yes", false, "la réponse est oui")
	cmd.Flags().BoolVar(&told.noNo, "no", false, "la réponse est non")
	cmd.Flags().StringVar(&told.birth, "birth", "", "la `DATE` de naissance, JJ/MM/AAAA")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		answers, err := told.answers()
		if err != nil {
			return err
		}
		if len(args) == 0 && told != (telling{birth: told.birth}) {
			return usage("Une réponse est pour un papier : donnez son ID.")
		}
		req := coffrev1.SortRequest_builder{Safe: &v.safe, Answers: answers}.Build()
		if len(args) == 1 {
			req.SetDocument(args[0])
		}
		all, err := client.Whole(ctx, v.Client, v.Papers.Sort, req)
		if err != nil {
			return err
		}
		if len(all.GetPapers()) == 0 {
			a.say("Aucun papier à trier ici.")
		}
		for _, one := range all.GetPapers() {
			a.showSorted(one, len(args) == 1)
		}
		return a.emit(all)
	})
}

func (a *app) showSorted(one *coffrev1.SortedPaper, alone bool) {
	a.say("%s  %s  %s", one.GetDocument(), client.Printable(one.GetTitle()), one.GetText())
	if one.GetQuestion() != "" {
		a.say("    %s", one.GetQuestion())
	}
	if one.GetOriginalPlace() != "" {
		a.say("    %s", texts.OriginalAt.With("place", client.Printable(one.GetOriginalPlace())))
	}
	if len(one.GetSameAs()) > 0 {
		a.say("    Le même papier est là aussi : %s", strings.Join(one.GetSameAs(), ", "))
	}
	if source := one.GetSource(); alone && source.GetName() != "" {
		a.say("    %s", texts.KeepSource.With("source", source.GetName(), "day", written(source.GetCheckDate())))
		if source.GetFromMemory() {
			a.say("    %s", texts.KeepMemory)
		}
	}
}

// answers reads what the person says: one answer for whatever is asked.
func (t telling) answers() (*coffrev1.PaperAnswers, error) {
	if t.since != "" && t.notYet || t.yes && t.noNo {
		return nil, usage("Dites l'un ou l'autre : --since ou --not-yet, --yes ou --no.")
	}
	answer := coffrev1.Answer_ANSWER_UNSPECIFIED
	switch {
	case t.yes:
		answer = coffrev1.Answer_ANSWER_YES
	case t.noNo:
		answer = coffrev1.Answer_ANSWER_NO
	}
	return coffrev1.PaperAnswers_builder{SinceDate: new(dayOf(t.since)), NotYet: &t.notYet, Answer: &answer, BirthDate: new(dayOf(t.birth))}.Build(), nil
}

// written is a day as people say it.
func written(date string) string {
	day, err := papers.ParseDay(date)
	if err != nil {
		return date
	}
	return texts.PaperDay(day)
}
