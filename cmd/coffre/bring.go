package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// bringing are the flags of a slip.
type bringing struct {
	general     bool
	members     []string
	when, where string
	to          pageTo
}

func newBring(a *app) *cobra.Command {
	var b bringing
	cmd := &cobra.Command{
		Use:   "bring DÉMARCHE",
		Short: "Dire quoi ramener pour une démarche",
		Long: `Dit quels papiers une démarche demande, ce qui est là, ce qui est trop vieux, ce qui
manque et à qui le demander. Aucun papier n'est ouvert : seuls comptent le type, les
dates et à qui est le papier. Un agent voit ce que l'accord laisse voir ; pour le
reste, la liste dit seulement « à apporter ». Avec --general, personne ne regarde
aucun coffre.

Les personnes du foyer sont celles de « coffre household », ou celles que vous
donnez avec --member, ou celles à qui sont les papiers.`,
		Example: "  coffre bring rsa\n  coffre bring --general cni -o liste.pdf\n" +
			"  coffre bring rsa --member 'enfant: ma fille Ana, 2015' -o liste.pdf --when '03/12/2026 14:30' --where 'CCAS, guichet 3'",
		Args: count(1, 1),
	}
	look := a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error { return a.bring(ctx, v, args[0], b) }).RunE
	f := cmd.Flags()
	f.BoolVar(&b.general, "general", false, "la liste générale, sans regarder aucun coffre")
	f.StringArrayVar(&b.members, "member", nil, "une `PERSONNE` du foyer, « conjoint|enfant|autre: NOM, ANNÉE » (plusieurs fois si besoin)")
	f.StringVar(&b.when, "when", "", "le `MOMENT` du rendez-vous, JJ/MM/AAAA HH:MM, pour la page")
	f.StringVar(&b.where, "where", "", "l'`ENDROIT` du rendez-vous, pour la page")
	b.to.flags(cmd)
	open := a.session(func(ctx context.Context, v visit, args []string) error { return a.bring(ctx, v, args[0], b) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if b.general {
			return open(cmd, args)
		}
		return look(cmd, args)
	}
	return cmd
}

// bring asks for a slip, and shows it or writes its page.
func (a *app) bring(ctx context.Context, v visit, purpose string, b bringing) error {
	members, err := a.household(ctx, v, b)
	if err != nil {
		return err
	}
	if b.to.file != "" {
		return unlisted(a.bringPage(ctx, v, purpose, members, b), procedures(ctx, v))
	}
	slip, err := slipOf(ctx, v, purpose, members, b.general)
	if unseen(err) {
		a.aside("Vous ne voyez pas les papiers de ce coffre : voici la liste générale.")
		slip, err = slipOf(ctx, v, purpose, members, true)
	}
	if err != nil {
		return unlisted(err, procedures(ctx, v))
	}
	a.say("%s\n%s (%s)", texts.BringTitle, slip.GetLabel(), slip.GetBody())
	if slip.GetGeneral() {
		a.say("%s", texts.BringGeneral)
	}
	for _, l := range slip.GetLines() {
		a.say("- %s", client.Printable(strings.Join(l.GetTexts(), " · ")))
	}
	if len(slip.GetStrangers()) > 0 {
		a.say("%s", texts.BringStranger)
	}
	for _, n := range slip.GetNotes() {
		a.say("%s", n)
	}
	a.say("%s", texts.BringSource.With("source", slip.GetSource().GetName()))
	return a.emit(slip)
}

func slipOf(ctx context.Context, v visit, purpose string, members []*coffrev1.HouseholdMember, general bool) (*coffrev1.Slip, error) {
	if general {
		answer, err := client.Repeat(ctx, v.Client, v.Papers.GetGeneralList, coffrev1.GetGeneralListRequest_builder{Purpose: &purpose, Members: members}.Build())
		return answer.GetSlip(), err
	}
	answer, err := client.Repeat(ctx, v.Client, v.Papers.Bring, coffrev1.BringRequest_builder{Safe: &v.safe, Purpose: &purpose, Members: members}.Build())
	return answer.GetSlip(), err
}

// unlisted says which démarches there are, when an error is about one that is none
// of them.
func unlisted(err error, listed func() []string) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || !slices.ContainsFunc(e.Fields, func(f client.Field) bool { return f.Name == "purpose" || f.Name == "terms.purpose" }) {
		return err
	}
	codes := listed()
	if len(codes) == 0 {
		return err // it says more
	}
	return usage("Cette démarche n'est pas dans la liste : écrivez %s.", strings.Join(codes, ", "))
}

// procedures are the démarches with a list of papers.
func procedures(ctx context.Context, v visit) func() []string {
	return func() (codes []string) {
		known, err := client.Repeat(ctx, v.Client, v.Papers.GetCatalogue, &coffrev1.GetCatalogueRequest{})
		if err != nil {
			return nil
		}
		for _, p := range known.GetProcedures() {
			codes = append(codes, p.GetPurpose())
		}
		return codes
	}
}

// purposes are what a consent or a task is for: more than the procedures.
func purposes() (codes []string) {
	catalogue, err := papers.Load()
	if err != nil {
		return nil
	}
	for _, p := range catalogue.Purposes() {
		codes = append(codes, string(p.Code))
	}
	return codes
}

// unseen reports that the caller may see nothing of a safe: the general list is
// for them as for anybody.
func unseen(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && (e.Reason == "NOT_FOUND" || e.Reason == "NOT_ALLOWED" || e.Reason == "CONSENT_ENDED" || e.Reason == "CONSENT_NOT_YET")
}

func (a *app) bringPage(ctx context.Context, v visit, purpose string, members []*coffrev1.HouseholdMember, b bringing) error {
	req := coffrev1.PrintBringRequest_builder{Purpose: &purpose, Members: members, Place: &b.where, Format: b.to.wire()}.Build()
	if !b.general {
		req.SetSafe(v.safe)
	}
	if b.when != "" {
		t, err := time.ParseInLocation("02/01/2006 15:04", b.when, texts.Metropolitan())
		if err != nil {
			return usage("« %s » n'est pas un moment pour --when : écrivez JJ/MM/AAAA HH:MM.", client.Printable(b.when))
		}
		req.SetAppointmentTime(timestamppb.New(t))
	}
	return a.page(b.to, func() (prints.Made, error) {
		made, err := client.Repeat(ctx, v.Client, v.Prints.PrintBring, req)
		if unseen(err) {
			a.aside("Vous ne voyez pas les papiers de ce coffre : voici la liste générale.")
			req.ClearSafe()
			made, err = client.Repeat(ctx, v.Client, v.Prints.PrintBring, req)
		}
		if err != nil {
			return prints.Made{}, err
		}
		return b.to.of(made)
	})
}
