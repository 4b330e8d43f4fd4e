package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newNotebook(a *app) *cobra.Command {
	return group("notebook", "Le cahier du bureau : mettre ses lignes dans les coffres, puis le détruire à deux",
		newNotebookMove(a), newNotebookDestroyed(a), newNotebookList(a), newNotebookStatement(a))
}

// notebookID reads the number on a notebook's cover.
func notebookID(s string) (vault.NotebookID, error) {
	id, err := vault.ParseNotebookID(s)
	if err != nil {
		return id, usage("Ce n'est pas le numéro d'un cahier : « coffre notebook move » l'a donné la première fois.")
	}
	return id, nil
}

func newNotebookMove(a *app) *cobra.Command {
	var number string
	cmd := &cobra.Command{
		Use: "move FICHIER|-", Short: "Mettre chaque ligne d'un cahier dans le bon coffre, sans pouvoir la relire", Args: count(1, 1),
		Long: `Met chaque ligne d'un cahier du bureau dans le coffre de la personne. Les coffres
peuvent rester verrouillés ; vous ne pourrez pas relire ce que vous y mettez. Les
mots de passe viennent dans la liste « à changer » de chaque personne.

Le fichier est un tableau (tabulations, points-virgules ou virgules) dont la
première ligne nomme les colonnes : nom et naissance (ou adresse, l'adresse de
dépôt), organisme (ou compte, un nom libre), identifiant, secret, indice, et
« autre:code-telephone » pour un autre secret.

Une personne introuvable, ou trouvée deux fois, reste dans le cahier : le numéro de
sa ligne est dit. Vous pouvez refaire la même commande pendant 30 jours avec
--notebook : rien n'est mis deux fois. Ne changez pas le fichier avant la fin, et
laissez la même personne finir : les lignes qu'une autre refait sont mises à nouveau.
Le fichier n'est ni copié ni gardé ici ; le détruire est à vous, ensuite, comme le
cahier.`,
		Example: "  coffre notebook move cahier.csv\n  coffre notebook move - --notebook …",
	}
	cmd.Flags().StringVar(&number, "notebook", "", "le `NUMÉRO` du cahier, s'il en a déjà un")
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		id := vault.NewNotebookID()
		if number != "" {
			var err error
			if id, err = notebookID(number); err != nil {
				return err
			}
		}
		lines, err := a.readNotebook(args[0])
		if err != nil {
			return err
		}
		a.say("Cahier numéro %s : écrivez ce numéro sur sa couverture.", id)
		return a.move(ctx, v, id, lines)
	})
	return cmd
}

// readNotebook reads the whole file before anything is put in.
func (a *app) readNotebook(file string) ([]notebookLine, error) {
	from := a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, client.FileError("lire", file, err)
		}
		defer func() { _ = f.Close() }() // only read: closing cannot lose anything
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxNotebookFile+1))
	defer clear(raw)
	if err != nil {
		return nil, client.FileError("lire", file, err)
	}
	lines, err := parseNotebook(raw)
	if e, ok := errors.AsType[notebookError](err); ok {
		return nil, usage("Ce tableau ne se lit pas, rien n'a été mis dans un coffre : %s (« coffre notebook move --help » dit comment l'écrire).", e.sentence())
	}
	return lines, err
}

// What became of a line.
const (
	lineMoved     = "moved"
	lineNobody    = "not-found"
	lineAmbiguous = "ambiguous"
	lineRefused   = "refused"
)

type movedLine struct {
	Line   int    `json:"line"`
	Result string `json:"result"`
}

// move puts lines in one by one. What cannot be put in stays in the notebook; what
// stops the service stops the command, which can be done again.
func (a *app) move(ctx context.Context, v visit, id vault.NotebookID, lines []notebookLine) error {
	found := map[string][]*coffrev1.FoundSafe{}
	results, moved := make([]movedLine, len(lines)), 0
	for i, l := range lines {
		result, err := a.moveLine(ctx, v, id, l, found)
		if err != nil {
			a.say("Arrêté à la ligne %d : refaites la commande avec --notebook %s.", l.line, id)
			return err
		}
		if result == lineMoved {
			moved++
		}
		results[i] = movedLine{l.line, result}
	}
	words := map[string]string{
		lineMoved: "dans le coffre", lineNobody: "personne introuvable : elle reste dans le cahier",
		lineAmbiguous: "plusieurs coffres possibles : elle reste dans le cahier", lineRefused: "refusée : elle reste dans le cahier",
	}
	a.table(len(results), func(i int) []string {
		return []string{fmt.Sprintf("ligne %d", results[i].Line), words[results[i].Result]}
	})
	a.say("Dans les coffres : %s sur %d.", plural(moved, "ligne", "lignes"), len(lines))
	return a.emit(map[string]any{"notebook": id.String(), "moved": moved, "lines": results})
}

// moveLine puts one line into the one safe it can be for.
func (a *app) moveLine(ctx context.Context, v visit, id vault.NotebookID, l notebookLine, found map[string][]*coffrev1.FoundSafe) (string, error) {
	safes, err := whose(ctx, v, l, found)
	switch {
	case refusedLine(err):
		return lineRefused, nil
	case err != nil:
		return "", err
	case len(safes) == 0:
		return lineNobody, nil
	case len(safes) > 1:
		return lineAmbiguous, nil
	}
	_, err = client.Repeat(ctx, v.Client, v.Memos.PutMemos, coffrev1.PutMemosRequest_builder{
		RequestId: new(l.request(id).String()), Safe: new(safes[0].GetSafe()), Notebook: new(id.String()), Memos: []*coffrev1.NewMemo{l.memo()},
	}.Build())
	if refusedLine(err) {
		return lineRefused, nil
	}
	return lineMoved, err
}

// whose finds a line's safe, each person once: a search stands in their journal.
func whose(ctx context.Context, v visit, l notebookLine, found map[string][]*coffrev1.FoundSafe) ([]*coffrev1.FoundSafe, error) {
	name, birth, address := l.values[columnName], birthDate(l.values[columnBirth]), l.values[columnAddress]
	if address != "" {
		name, birth = "", ""
	}
	key := name + "\x00" + birth + "\x00" + address
	if safes, ok := found[key]; ok {
		return safes, nil
	}
	answer, err := client.Repeat(ctx, v.Client, v.Register.FindSafe, coffrev1.FindSafeRequest_builder{
		Name: &name, BirthDate: &birth, Address: &address,
	}.Build())
	if err != nil {
		return nil, err
	}
	found[key] = answer.GetSafes()
	return found[key], nil
}

// refusedLine reports whether the fault is the line's, and no other line's.
func refusedLine(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && (e.Reason == "INVALID_REQUEST" || e.Reason == "NOT_FOUND" || e.Reason == "REQUEST_ID_REUSED")
}

// memo is what a line says, to be put in.
func (l notebookLine) memo() *coffrev1.NewMemo {
	memo := coffrev1.Memo_builder{
		Body: new(l.values[columnBody]), Name: new(l.values[columnAccount]), Login: new(l.values[columnLogin]),
		Hint: new(l.values[columnHint]), FromNotebook: new(true),
	}.Build()
	one := coffrev1.NewMemo_builder{Memo: memo, Secret: new(l.values[columnSecret])}
	for column, value := range l.values {
		if label, ok := strings.CutPrefix(column, columnOther); ok && value != "" {
			one.Others = append(one.Others, coffrev1.LabelledSecret_builder{Label: &label, Secret: &value}.Build())
		}
	}
	return one.Build()
}

func newNotebookDestroyed(a *app) *cobra.Command {
	var s step
	var date, place string
	var moved, left int32
	cmd := &cobra.Command{
		Use: "destroyed NUMÉRO --moved NOMBRE --place OÙ", Short: "Signer, à deux agents, que le cahier est détruit", Args: count(1, 1),
		Long:    "Signe la destruction d'un cahier. Un second agent, qui l'a vu détruit, accepte par « coffre approvals approve » ; aucun délai ne le remplace. Seuls des nombres sont écrits, et aucun nom de personne aidée.",
		Example: "  coffre notebook destroyed … --moved 14 --left 1 --place 'broyeur du CCAS'",
	}
	cmd.Flags().Int32Var(&moved, "moved", 0, "le `NOMBRE` de lignes mises dans des coffres")
	cmd.Flags().Int32Var(&left, "left", 0, "le `NOMBRE` de lignes rendues à la personne, ou barrées")
	cmd.Flags().StringVar(&date, "date", "", "le `JOUR`, JJ/MM/AAAA (sinon aujourd'hui)")
	cmd.Flags().StringVar(&place, "place", "", "`OÙ` et comment, sans nom de personne")
	s.approvalFlags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if _, err := notebookID(args[0]); err != nil {
			return err
		}
		var more []string // so that the command that is done again says the same day
		if date == "" {
			date = time.Now().Format(time.DateOnly)
			more = []string{"--date", date}
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		answer, err := try(ctx, a, v, &s, v.Memos.DestroyNotebook, coffrev1.DestroyNotebookRequest_builder{
			RequestId: id, Notebook: &args[0], Moved: &moved, Left: &left, Date: new(dayOf(date)), Place: &place, Approval: &s.approval,
		}.Build(), more...)
		return a.told("La destruction du cahier est signée par deux agents.")(answer, err)
	})
	return cmd
}

func newNotebookList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "Montrer les cahiers détruits de votre structure", Args: count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Whole(ctx, v.Client, v.Memos.ListNotebooks, &coffrev1.ListNotebooksRequest{})
			if err != nil {
				return err
			}
			all := answer.GetNotebooks()
			if len(all) == 0 {
				a.say("Aucun cahier.")
			}
			a.table(len(all), func(i int) []string {
				n := all[i]
				return []string{n.GetNotebook(), written(n.GetDate()), sayNotebook(n), client.Printable(n.GetAgentName()), client.Printable(n.GetWitnessName())}
			})
			return a.emit(answer)
		}),
	}
}

// sayNotebook is what a second agent reads before saying that they saw it.
func sayNotebook(n *coffrev1.Notebook) string {
	return fmt.Sprintf("%s, %s : %s", plural(int(n.GetMoved()), "ligne mise", "lignes mises"), plural(int(n.GetLeft()), "autre", "autres"), client.Printable(n.GetPlace()))
}

func newNotebookStatement(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{
		Use: "statement NUMÉRO --out FICHIER", Short: "Le constat de destruction, à signer à deux", Args: count(1, 1),
		Example: "  coffre notebook statement … -o constat.pdf",
	}
	to.flags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		if _, err := notebookID(args[0]); err != nil {
			return err
		}
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Memos.PrintNotebook, coffrev1.PrintNotebookRequest_builder{
				Notebook: &args[0], Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
	return cmd
}
