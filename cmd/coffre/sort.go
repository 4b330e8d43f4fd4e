package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// kept says what may become of one paper, as JSON.
type kept struct {
	Document string `json:"document"`
	Advice   string `json:"advice"`
	Until    string `json:"until"`
	Question string `json:"question"`
	Source   string `json:"source"`
	Memory   bool   `json:"from_memory"`
}

// telling is what the person says about papers.
type telling struct {
	since, birth       string
	notYet, yes, noYes bool
}

func newSort(a *app) *cobra.Command {
	var told telling
	cmd := &cobra.Command{
		Use:   "sort [ID]",
		Short: "Dire quels papiers garder, et jusqu'à quand",
		Long: `Dit pour chaque papier s'il faut le garder, jusqu'à quand, ou si le temps minimum est
passé. Ce qui n'est pas connu est demandé : répondez pour un papier avec ses
options. Rien n'est jamais jeté : c'est vous qui décidez.`,
		Example: "  coffre sort\n  coffre sort ID --since 2023-05-31\n  coffre sort ID --not-yet",
		Args:    ids(0, 1),
	}
	cmd.Flags().StringVar(&told.since, "since", "", "c'est fini depuis ce `JOUR` (AAAA-MM-JJ)")
	cmd.Flags().BoolVar(&told.notYet, "not-yet", false, "ce n'est pas fini")
	cmd.Flags().BoolVar(&told.yes, "yes", false, "la réponse est oui")
	cmd.Flags().BoolVar(&told.noYes, "no", false, "la réponse est non")
	cmd.Flags().StringVar(&told.birth, "birth", "", "la `DATE` de naissance (AAAA-MM-JJ)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		facts, err := told.facts()
		if err != nil {
			return err
		}
		if len(args) == 0 && told != (telling{birth: told.birth}) {
			return usage("Une réponse est pour un papier : donnez son ID.")
		}
		catalogue, all, listed, err := known(ctx, v)
		if err != nil {
			return err
		}
		var out []kept
		for i, d := range listed {
			if len(args) == 1 && d.GetDocument() != args[0] {
				continue
			}
			one, err := keep(catalogue, all[i], d, facts)
			if err != nil {
				return err
			}
			out = append(out, one)
			a.say("%s  %s  %s", one.Document, title(d.GetDescription()), one.Advice)
			if one.Question != "" {
				a.say("    %s", one.Question)
			}
			if len(args) == 1 && one.Source != "" {
				a.say("    %s", one.Source)
			}
		}
		if len(args) == 1 && len(out) == 0 {
			_, err := find(ctx, v, args[0])
			return err
		}
		return a.emit(struct {
			Papers []kept `json:"papers"`
		}{out})
	})
}

func keep(c *papers.Catalogue, p papers.Paper, d *coffrev1.Document, f papers.Facts) (kept, error) {
	advice, err := c.Keep(p, f, today())
	if err != nil {
		return kept{}, err
	}
	one := kept{Document: d.GetDocument(), Advice: texts.VerdictText(advice), Question: string(texts.AskText(advice.Asks))}
	if !advice.Until.IsZero() {
		one.Until = advice.Until.String()
	}
	if source := advice.Rule.Source; source.Name != "" {
		one.Source = texts.KeepSource.With("source", source.Name, "day", texts.Day(source.Checked, nil))
		one.Memory = advice.Rule.Evidence == papers.Memory
	}
	return one, nil
}

// facts reads what the person says: one answer for whatever is asked.
func (t telling) facts() (papers.Facts, error) {
	f := papers.Facts{Events: map[papers.Event]papers.Happened{}, Answers: map[papers.Question]papers.Answer{}}
	if t.since != "" && t.notYet || t.yes && t.noYes {
		return f, usage("Dites l'un ou l'autre : --since ou --not-yet, --yes ou --no.")
	}
	var happened papers.Happened
	switch {
	case t.notYet:
		happened = papers.NotYet()
	case t.since != "":
		day, err := papers.ParseDay(t.since)
		if err != nil {
			return f, usage("« %s » n'est pas une date pour --since : écrivez AAAA-MM-JJ.", client.Printable(t.since))
		}
		happened = papers.Since(day)
	}
	for _, e := range papers.Events() {
		f.Events[e] = happened
	}
	for _, q := range papers.Questions() {
		switch {
		case t.yes:
			f.Answers[q] = papers.Yes
		case t.noYes:
			f.Answers[q] = papers.No
		}
	}
	if t.birth != "" {
		born, err := papers.ParseWritten(t.birth)
		if err != nil {
			return f, usage("« %s » n'est pas une date pour --birth : écrivez AAAA-MM-JJ.", client.Printable(t.birth))
		}
		f.Birth = born
	}
	return f, nil
}
