package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// What is typed is looked at here, with the catalogue that comes with the program:
// a secret that is only looked at never leaves this computer. The service offers
// the same to clients that have no catalogue.

func bodiesHere() (*papers.Catalogue, error) {
	catalogue, err := papers.Load()
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return catalogue, nil
}

// look says what looks wrong about what was typed. It refuses nothing: what a
// real paper says is right.
func (a *app) look(m *coffrev1.Memo) error {
	catalogue, err := bodiesHere()
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, n := range m.GetNumbers() {
		values[n.GetName()] = n.GetValue()
	}
	for _, found := range catalogue.LookAt(papers.Body(m.GetBody()), m.GetLogin(), values) {
		a.aside("%s : %s Si votre papier dit cela, c'est bon.", found.Field.Label, texts.WarningText(found.Warning))
	}
	return nil
}

func newMemoCheck(a *app) *cobra.Command {
	var m memoFlags
	var file string
	var throttled bool
	cmd := &cobra.Command{
		Use: "check --body ORGANISME", Short: "Regarder ce qui est écrit et si un mot de passe est solide, ici, sans rien envoyer", Args: count(0, 0),
		Example: "  coffre memo check --body caf --login 2690549588157 --secret-file -",
	}
	m.add(cmd)
	cmd.Flags().StringVar(&file, "secret-file", "", "le `FICHIER` du mot de passe à regarder ; « - » pour l'entrée")
	cmd.Flags().BoolVar(&throttled, "throttled", false, "le site bloque après plusieurs erreurs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		memo, err := m.memo()
		if err != nil {
			return err
		}
		if err := a.look(memo); err != nil {
			return err
		}
		if file == "" {
			return nil
		}
		text, err := a.secret(cmd.Context(), file, memoSecret())
		if err != nil {
			return err
		}
		guard := papers.Alone
		if throttled {
			guard = papers.Throttled
		}
		user, _, _ := strings.Cut(m.login, "@")
		a.sayStrength(papers.Rate(papers.NewPassword(text), guard, m.login, user, m.name, m.body))
		return nil
	}
	return cmd
}

func (a *app) sayStrength(s papers.Strength) {
	if s.Enough {
		a.say("%s", texts.PasswordStrong)
	}
	for _, why := range s.Why {
		a.say("%s", texts.WeaknessText(why))
	}
}

func newMemoPropose(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "propose", Short: "Montrer les comptes à écrire : la boîte mail d'abord", Args: count(0, 0),
		Long: "Montre les organismes pour lesquels le coffre n'a pas encore de mémo, dans l'ordre où les écrire. La boîte mail vient en premier : elle ouvre les autres comptes. Aucun mot de passe n'est ouvert.",
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		catalogue, err := bodiesHere()
		if err != nil {
			return err
		}
		var have []papers.Body
		for d, err := range v.List(ctx, v.safe, "identifiants") {
			if err != nil {
				return err
			}
			have = append(have, papers.Body(d.GetDescription().GetMemo().GetBody()))
		}
		all := catalogue.Propose(have...)
		codes := make([]string, len(all))
		a.table(len(all), func(i int) []string {
			codes[i] = string(all[i].Code)
			return []string{codes[i], all[i].Label}
		})
		return a.emit(map[string]any{"bodies": codes})
	})
}

func newMemoHistory(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "history ID", Short: "Montrer qui a mis, vu ou changé un mémo, et quand, sans ouvrir le mot de passe", Args: ids(1, 1),
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		var lines []*coffrev1.JournalLine
		for l, err := range v.Journal(ctx, v.safe) {
			if err != nil {
				return err
			}
			if slices.ContainsFunc(l.GetDocuments(), func(d *coffrev1.JournalDocument) bool { return d.GetDocument() == args[0] }) {
				lines = append(lines, l)
			}
		}
		if len(lines) == 0 {
			a.say("Aucune ligne du journal ne parle de ce mémo.")
		}
		a.table(len(lines), func(i int) []string {
			return []string{day(lines[i].GetTime().AsTime()), client.Printable(lines[i].GetSentence())}
		})
		return a.emit(coffrev1.ReadJournalResponse_builder{Lines: lines}.Build())
	})
}

// otherSecrets reads the secrets of NAME=FILE flags.
func (a *app) otherSecrets(ctx context.Context, flags []string) (all []*coffrev1.LabelledSecret, err error) {
	for _, one := range flags {
		label, file, ok := strings.Cut(one, "=")
		if !ok || label == "" || file == "" {
			return nil, usage("Avec --other, écrivez NOM=FICHIER.")
		}
		text, err := a.secret(ctx, file, memoSecret())
		if err != nil {
			return nil, err
		}
		all = append(all, coffrev1.LabelledSecret_builder{Label: &label, Secret: &text}.Build())
	}
	return all, nil
}

// inNotebook reports whether a secret of a memo stood in an office notebook.
func inNotebook(m *coffrev1.Memo) bool {
	return m.GetFromNotebook() || slices.ContainsFunc(m.GetOthers(), (*coffrev1.OtherSecret).GetFromNotebook)
}
