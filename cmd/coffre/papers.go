package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/texts"
)

func newList(a *app) *cobra.Command {
	var drawer string
	cmd := &cobra.Command{Use: "ls", Short: "Montrer la liste de vos papiers", Args: count(0, 0)}
	cmd.Flags().StringVar(&drawer, "drawer", "", "seulement ce `TIROIR`")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		var all []*coffrev1.Document
		for d, err := range v.List(ctx, v.safe, drawer) {
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		if len(all) == 0 {
			a.say("Aucun papier.")
		}
		a.table(len(all), func(i int) []string {
			d := all[i].GetDescription()
			return []string{all[i].GetDocument(), day(all[i].GetCreateTime().AsTime()), d.GetDrawer(), weight(all[i].GetSize()), title(d) + original(d)}
		})
		return a.emit(coffrev1.ListResponse_builder{Documents: all}.Build())
	})
}

// title is what a paper is called, for a terminal.
func title(d *coffrev1.Description) string {
	if d.GetTitle() != "" {
		return client.Printable(d.GetTitle())
	}
	return client.Printable(d.GetFileName())
}

// original says where the original of a paper is; nothing where nobody wrote it.
func original(d *coffrev1.Description) string {
	if d.GetOriginalPlace() == "" {
		return ""
	}
	return " · " + texts.OriginalAt.With("place", client.Printable(d.GetOriginalPlace()))
}

// table prints rows in columns, in text output only.
func (a *app) table(n int, row func(i int) []string) {
	if a.output != formatText {
		return
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i := range n {
		fmt.Fprintln(w, strings.Join(row(i), "\t"))
	}
	_ = w.Flush() // keepError remembers
}

func newCount(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "count", Short: "Compter vos papiers, sans rien ouvrir", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		n, err := v.Count(ctx, v.safe)
		if err != nil {
			return err
		}
		a.say("%s", plural(n, "papier", "papiers"))
		documents := int32(n)
		return a.emit(coffrev1.CountResponse_builder{Documents: &documents}.Build())
	})
}

func newInfo(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "info [ID]",
		Short: "Montrer la notice du service ; avec ID, les données techniques d'un papier, sans rien ouvrir",
		Args:  ids(0, 1),
	}
	paper := a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		m, err := v.TechnicalMetadata(ctx, v.safe, args[0])
		if err != nil {
			return err
		}
		a.table(6, func(i int) []string {
			return [][]string{
				{"Objet", m.GetObject()},
				{"Déposant", client.Printable(m.GetDepositor())},
				{"Déposé le", day(m.GetCreateTime().AsTime())},
				{"Taille gardée", fmt.Sprintf("%d octets", m.GetStoredSize())},
				{"Algorithme", client.Printable(m.GetDigestAlgorithm())},
				{"Empreinte", hex.EncodeToString(m.GetDigest())},
			}[i]
		})
		return a.emit(m)
	}).RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return paper(cmd, args)
		}
		saved, _ := a.store.Load() // anybody may read it: a session that has run out knows the address
		if saved.Address == "" {
			return usage("Connectez-vous d'abord : « coffre login --server ADRESSE ».")
		}
		return a.visit(cmd.Context(), saved, "", args, a.notice)
	}
	return cmd
}

// notice is what the service does and does not do, in the version to give with
// « coffre open --information ».
func (a *app) notice(ctx context.Context, v visit, _ []string) error {
	info, err := client.Repeat(ctx, v.Client, v.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		return err
	}
	a.say("%s\n\nVersion : %s", paragraphs(info.GetText()), client.Printable(info.GetVersion()))
	return a.emit(info)
}

func newRemove(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rm ID...",
		Short: "Détruire des papiers, pour toujours",
		Long:  "Détruit des papiers : personne ne pourra plus les lire, vous non plus. Demande votre accord d'abord.",
		Args:  ids(1, -1),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if !yes {
			if err := a.confirm(ctx, fmt.Sprintf("Détruire %s pour toujours ?", plural(len(args), "papier", "papiers"))); err != nil {
				return err
			}
		}
		for _, id := range args {
			if err := v.Destroy(ctx, v.safe, id); err != nil {
				return err
			}
			a.say("%s  détruit", id)
		}
		return a.emit(struct {
			Documents []string `json:"documents"`
		}{args})
	})
}

// confirm asks a question that only « oui » answers with yes.
func (a *app) confirm(ctx context.Context, question string) error {
	if _, tty := terminal(a.stdin); !tty {
		return usage("Il n'y a personne à qui demander : ajoutez --yes si vous êtes sûr.")
	}
	fmt.Fprintf(a.stderr, "%s Tapez oui : ", question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n') // no line is no « oui »
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case said := <-answer:
		if said == "oui" {
			return nil
		}
		return &client.Error{Class: client.ClassInterrupted, Reason: "NOT_CONFIRMED", Sentence: "Rien n'a été fait."}
	case <-ctx.Done(): // the reader stays blocked; the program is about to end
		return fmt.Errorf("coffre: %w", ctx.Err())
	}
}

func newMove(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "mv ID TIROIR", Short: "Mettre un papier dans un autre tiroir", Args: firstID(2)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.changed(v.Move(ctx, v.safe, args[0], args[1]), "Le papier est dans le tiroir "+args[1]+".")
	})
}

func newRename(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "rename ID TITRE", Short: "Donner un autre titre à un papier", Args: firstID(2)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.changed(v.Rename(ctx, v.safe, args[0], args[1]), "Le papier a un nouveau titre.")
	})
}

// firstID accepts n arguments, the first of which names a document.
func firstID(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := count(n, n)(cmd, args); err != nil {
			return err
		}
		return documentIDs(args[:1])
	}
}

func (a *app) changed(err error, sentence string) error {
	if err != nil {
		return err
	}
	a.say("%s", sentence)
	return a.emit(struct{}{})
}

func newDescribe(a *app) *cobra.Command {
	var d describing
	cmd := &cobra.Command{
		Use:   "describe ID [OPTIONS]",
		Short: "Changer ce qui est noté sur un papier",
		Long:  "Change ce que disent les options données ; le reste ne change pas. Une option vide efface.",
		Args:  ids(1, 1),
	}
	d.flags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		now, err := find(ctx, v, args[0])
		if err != nil {
			return err
		}
		d.onto(now, cmd.Flags().Changed)
		return a.changed(v.Describe(ctx, v.safe, args[0], now), "Le papier est décrit autrement.")
	})
}

// onto changes what flags were given for.
func (d *describing) onto(now *coffrev1.Description, given func(flag string) bool) {
	for flag, set := range map[string]func(){
		"title":    func() { now.SetTitle(d.title) },
		"kind":     func() { now.SetKind(d.kind) },
		"drawer":   func() { now.SetDrawer(d.drawer) },
		"date":     func() { now.SetDocumentDate(dayOf(d.date)) },
		"expires":  func() { now.SetExpireDate(dayOf(d.expires)) },
		"whose":    func() { now.SetWhose(d.whose) },
		"original": func() { now.SetOriginalPlace(d.original) },
	} {
		if given(flag) {
			set()
		}
	}
	if now.GetKind() != "" && !given("drawer") {
		now.SetDrawer("") // it follows from the kind
	}
}

func find(ctx context.Context, v visit, id string) (*coffrev1.Description, error) {
	for d, err := range v.List(ctx, v.safe, "") {
		if err != nil {
			return nil, err
		}
		if d.GetDocument() == id {
			return d.GetDescription(), nil
		}
	}
	return nil, &client.Error{
		Class:    client.ClassNotFound,
		Reason:   "NOT_FOUND",
		Sentence: "Ce papier n'est pas dans ce coffre : regardez la liste avec « coffre ls ».",
		Err:      errors.New("not in the list"),
	}
}
