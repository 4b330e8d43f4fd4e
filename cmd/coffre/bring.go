package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// broughtLine is one line of a slip, as JSON.
type broughtLine struct {
	Piece     string   `json:"piece"`
	Pictogram string   `json:"pictogram"`
	Whose     string   `json:"whose"`
	State     string   `json:"state"`
	Text      []string `json:"text"`
	Documents []string `json:"documents"`
}

// brought is a slip, as JSON.
type brought struct {
	Purpose string        `json:"purpose"`
	Day     string        `json:"day"`
	Source  string        `json:"source"`
	Lines   []broughtLine `json:"lines"`
}

func newBring(a *app) *cobra.Command {
	var general bool
	cmd := &cobra.Command{
		Use:   "bring DÉMARCHE",
		Short: "Dire quoi ramener pour une démarche",
		Long: `Dit quels papiers une démarche demande, ce qui est là, ce qui est trop vieux, ce qui
manque et à qui le demander. Aucun papier n'est ouvert : seuls comptent le type, les
dates et à qui est le papier. Un agent voit ce que l'accord laisse voir ; pour le
reste, la liste dit seulement « à apporter ». Avec --general, personne ne regarde
aucun coffre.`,
		Example: "  coffre bring rsa\n  coffre bring --general cni",
		Args:    count(1, 1),
	}
	look := a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		catalogue, all, listed, err := known(ctx, v)
		if err != nil {
			return err
		}
		see, err := sight(ctx, v, catalogue, all)
		if err != nil {
			return err
		}
		return a.bring(catalogue, args[0], see, listed)
	}).RunE
	cmd.Flags().BoolVar(&general, "general", false, "la liste générale, sans regarder aucun coffre")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !general {
			return look(cmd, args)
		}
		catalogue, err := papers.Load()
		if err != nil {
			return err
		}
		return a.bring(catalogue, args[0], papers.Sight{}, nil)
	}
	return cmd
}

// bring prints the slip of a démarche.
func (a *app) bring(c *papers.Catalogue, purpose string, see papers.Sight, listed []*coffrev1.Document) error {
	slip, err := c.Bring(papers.Purpose(purpose), papers.HouseholdOf(see.Papers), see, today())
	if errors.Is(err, papers.ErrUnknown) {
		var known []string
		for _, p := range c.Packs() {
			known = append(known, string(p.Purpose))
		}
		return usage("Cette démarche n'est pas dans la liste : écrivez %s.", strings.Join(known, ", "))
	}
	if err != nil {
		return err
	}
	a.say("%s\n%s (%s)", texts.BringTitle, slip.Purpose.Label, slip.Purpose.Body)
	if len(see.Kinds)+len(see.Papers) == 0 {
		a.say("%s", texts.BringGeneral)
	}
	out := brought{Purpose: purpose, Day: slip.Day.String(), Source: slip.Pack.Source.Name}
	for _, l := range slip.Lines {
		text := texts.BringLine(l)
		a.say("- %s", client.Printable(strings.Join(text, " · ")))
		line := broughtLine{
			Piece: l.Piece.Code, Pictogram: string(l.Pictogram), Whose: l.Member.Whose, State: string(texts.StateName(l.State)),
			Text: text, Documents: []string{},
		}
		for _, i := range l.Papers {
			line.Documents = append(line.Documents, listed[i].GetDocument())
		}
		out.Lines = append(out.Lines, line)
	}
	if len(slip.Strangers) > 0 {
		a.say("%s", texts.BringStranger)
	}
	a.say("%s", texts.BringSource.With("source", slip.Pack.Source.Name))
	return a.emit(out)
}

// known lists the papers of a safe that the caller may see, as the catalogue
// knows them. A kind that this program does not know is a paper to sort.
func known(ctx context.Context, v visit) (*papers.Catalogue, []papers.Paper, []*coffrev1.Document, error) {
	catalogue, err := papers.Load()
	if err != nil {
		return nil, nil, nil, err
	}
	var all []papers.Paper
	var listed []*coffrev1.Document
	for d, err := range v.List(ctx, v.safe, "") {
		if err != nil {
			return nil, nil, nil, err
		}
		all, listed = append(all, paperOf(catalogue, d.GetDescription())), append(listed, d)
	}
	return catalogue, all, listed, nil
}

// paperOf reads a description: a date that is none is no date.
func paperOf(c *papers.Catalogue, d *coffrev1.Description) papers.Paper {
	p := papers.Paper{Whose: d.GetWhose()}
	if info, err := c.KindInfo(papers.Kind(d.GetKind())); err == nil {
		p.Kind = info.Code
	}
	p.Date, _ = papers.ParseWritten(d.GetDocumentDate()) // zero where there is none
	p.Expires, _ = papers.ParseDay(d.GetExpireDate())
	return p
}

// sight says of which kinds no paper is hidden from the caller: all of them in the
// person's own session; for an agent those of a live consent that covers what
// arrives too.
func sight(ctx context.Context, v visit, c *papers.Catalogue, all []papers.Paper) (papers.Sight, error) {
	self, err := client.Repeat(ctx, v.Client, v.Structures.GetSelf, &coffrev1.GetSelfRequest{})
	if err != nil {
		return papers.Sight{}, err
	}
	if len(self.GetAgents()) == 0 || self.GetVisit() == v.safe {
		return papers.Sight{Papers: all, Kinds: c.EveryKind()}, nil
	}
	answer, err := consents(ctx, v)
	if err != nil {
		return papers.Sight{}, err
	}
	var kinds []papers.Kind
	for _, one := range answer.GetConsents() {
		t := one.GetTerms()
		whole := t.GetArrivals() == coffrev1.Arrivals_ARRIVALS_TOO
		if one.GetState() != coffrev1.ConsentState_CONSENT_STATE_LIVE || !whole {
			continue
		}
		for _, k := range t.GetScope().GetKinds() {
			kinds = append(kinds, papers.Kind(k))
		}
		for _, d := range t.GetScope().GetDrawers() {
			for _, k := range c.Kinds(papers.Drawer(d)) {
				kinds = append(kinds, k.Code)
			}
		}
	}
	return papers.Sight{Papers: all, Kinds: kinds}, nil
}

// today is the day where the service is.
func today() papers.Day { return papers.DayOf(time.Now().In(texts.Metropolitan())) }
