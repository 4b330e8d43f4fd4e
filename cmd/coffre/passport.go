package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newPassport(a *app) *cobra.Command {
	return group("passport", "Le passeport numérique : vos mémos sur papier, et ses copies",
		newPassportPrint(a), newPassportCopies(a), newPassportLost(a))
}

// chosen is what goes on paper: memos, by id.
type chosen struct{ only, hints, secrets []string }

func newPassportPrint(a *app) *cobra.Command {
	var form, name string
	var c chosen
	var to pageTo
	cmd := &cobra.Command{
		Use: "print --out FICHIER", Short: "Imprimer une copie de votre passeport numérique", Args: count(0, 0),
		Long:    "Imprime une copie : les identifiants de chaque mémo, et rien d'autre si vous ne le dites pas. Chaque copie a son numéro et son adresse de dépôt ; ils n'ouvrent rien. Un mot de passe imprimé est une ligne du journal. Au guichet, l'agent à côté l'a eu sur son écran : le mémo vient dans votre liste « à changer ».",
		Example: "  coffre passport print -o passeport.pdf\n  coffre passport print --form cards --only ID1,ID2 -o carte.pdf\n  coffre passport print --secret ID1 --hint ID2 -o passeport.pdf",
	}
	to.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&form, "form", "booklet", "la `FORME` : booklet (un livret A5), folded (une feuille pliée en quatre) ou cards (des cartes de poche) ; sinon booklet")
	f.StringVar(&name, "name", "", "le `NOM` écrit dessus (sinon celui du registre)")
	f.StringSliceVar(&c.only, "only", nil, "seulement les mémos `ID,…` (sinon tous)")
	f.StringSliceVar(&c.hints, "hint", nil, "imprimer aussi l'indice des mémos `ID,…`")
	f.StringSliceVar(&c.secrets, "secret", nil, "imprimer aussi le mot de passe et les autres codes des mémos `ID,…`")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		looks, ok := passportForms[form]
		if !ok {
			return usage("Avec --form, écrivez booklet, folded ou cards.")
		}
		if err := to.sets(name); err != nil {
			return err
		}
		facts := map[string]any{}
		return a.pageOf(to, facts, func() (prints.Made, error) {
			memos, err := a.choose(ctx, v, c)
			if err != nil {
				return prints.Made{}, err
			}
			made, err := client.Repeat(ctx, v.Client, v.Passports.PrintPassport, coffrev1.PrintPassportRequest_builder{
				RequestId: client.NewRequest(), Safe: &v.safe, Form: &looks, Name: &name, Memos: memos, Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			a.aside("C'est la copie %s. Si elle se perd : « coffre passport lost %d ».", client.Printable(made.GetNumber()), made.GetCopy())
			facts["number"], facts["copy"] = made.GetNumber(), made.GetCopy()
			return to.of(made)
		})
	})
}

var passportForms = map[string]coffrev1.PassportForm{
	"booklet": coffrev1.PassportForm_PASSPORT_FORM_BOOKLET, "folded": coffrev1.PassportForm_PASSPORT_FORM_FOLDED, "cards": coffrev1.PassportForm_PASSPORT_FORM_CARDS,
}

// choose lists the memos to print: the mailbox first, which opens the others, and
// then by name.
func (a *app) choose(ctx context.Context, v visit, c chosen) ([]*coffrev1.MemoChoice, error) {
	var all []*coffrev1.Document
	for d, err := range v.List(ctx, v.safe, "identifiants") {
		if err != nil {
			return nil, err
		}
		if d.GetDescription().HasMemo() && (len(c.only) == 0 || slices.Contains(c.only, d.GetDocument())) {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return nil, usage("Il n'y a aucun mémo à imprimer : « coffre memo ls » les montre.")
	}
	rank := func(d *coffrev1.Document) string {
		if d.GetDescription().GetMemo().GetBody() == "messagerie" {
			return ""
		}
		return strings.ToLower(title(d.GetDescription()))
	}
	slices.SortStableFunc(all, func(x, y *coffrev1.Document) int { return strings.Compare(rank(x), rank(y)) })
	var memos []*coffrev1.MemoChoice
	left := slices.Concat(c.only, c.hints, c.secrets)
	for _, d := range all {
		id, what := d.GetDocument(), coffrev1.Disclosure_DISCLOSURE_LOGIN
		switch {
		case slices.Contains(c.secrets, id):
			what = coffrev1.Disclosure_DISCLOSURE_SECRET
		case slices.Contains(c.hints, id):
			what = coffrev1.Disclosure_DISCLOSURE_HINT
		}
		left = slices.DeleteFunc(left, func(s string) bool { return s == id })
		memos = append(memos, coffrev1.MemoChoice_builder{Document: &id, Discloses: &what}.Build())
	}
	if len(left) > 0 {
		return nil, usage("« %s » n'est pas un des mémos imprimés : « coffre memo ls » les montre.", client.Printable(left[0]))
	}
	return memos, nil
}

func newPassportCopies(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "copies", Short: "Montrer les copies de votre passeport numérique", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Passports.ListCopies, coffrev1.ListCopiesRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		all := answer.GetCopies()
		if len(all) == 0 {
			a.say("Aucune copie n'est imprimée.")
		}
		a.table(len(all), func(i int) []string {
			c := all[i]
			state, memos := "", "" // which an agent is not told
			if n := len(c.GetMemos()); n > 0 {
				memos = plural(n, "mémo", "mémos")
			}
			if c.HasLoseTime() {
				state = "perdue le " + day(c.GetLoseTime().AsTime())
			}
			return []string{
				strconv.Itoa(int(c.GetCopy())), client.Printable(c.GetNumber()), formWord(c.GetForm()), day(c.GetPrintTime().AsTime()),
				client.Printable(c.GetAgentName()), memos, state,
			}
		})
		return a.emit(answer)
	})
}

func formWord(f coffrev1.PassportForm) string {
	switch f {
	case coffrev1.PassportForm_PASSPORT_FORM_FOLDED:
		return "feuille pliée"
	case coffrev1.PassportForm_PASSPORT_FORM_BOOKLET:
		return "livret"
	case coffrev1.PassportForm_PASSPORT_FORM_CARDS:
		return "cartes"
	case coffrev1.PassportForm_PASSPORT_FORM_UNSPECIFIED:
		return ""
	default:
		return ""
	}
}

func newPassportLost(a *app) *cobra.Command {
	var word string
	var to pageTo
	cmd := &cobra.Command{
		Use: "lost COPIE", Short: "Dire qu'une copie est perdue : ce qu'il faut changer", Args: count(1, 1),
		Long:    "Ferme l'adresse de cette copie et montre ce qui était écrit dessus, donc ce qu'il faut changer. Un agent le dit à la place de la personne (--word), et ne voit rien de ce qui y était.",
		Example: "  coffre passport lost 2 -o a-changer.pdf\n  coffre passport lost 2 --safe … --word telephone",
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&word, "word", "", "dans la session d'un agent, comment la personne l'a dit : `present`, telephone, letter ou slip")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		n, err := strconv.ParseInt(args[0], 10, 32)
		if err != nil || n < 1 {
			return usage("Donnez le numéro de la copie : « coffre passport copies » les montre.")
		}
		said, err := saidBy(word)
		if err != nil {
			return err
		}
		place, err := a.room(to.file)
		if err != nil {
			return err
		}
		lost, err := client.Repeat(ctx, v.Client, v.Passports.LoseCopy, coffrev1.LoseCopyRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Copy: new(int32(n)), Word: &said, Format: to.wire(),
		}.Build())
		if err != nil {
			place.abandon()
			return err
		}
		return a.lostCopy(to, place, lost)
	})
}

// lostWord is what to do about a memo that stands on a lost copy.
func lostWord(m *coffrev1.CopiedMemo) string {
	switch d := m.GetDiscloses(); {
	case m.GetChanged() && d != coffrev1.Disclosure_DISCLOSURE_LOGIN:
		return "déjà changé depuis : rien à faire"
	case d == coffrev1.Disclosure_DISCLOSURE_SECRET && m.GetCodes():
		return "mot de passe et autres codes écrits : changez-les"
	case d == coffrev1.Disclosure_DISCLOSURE_SECRET:
		return "mot de passe écrit : changez-le"
	case d == coffrev1.Disclosure_DISCLOSURE_HINT:
		return "indice écrit : changez le mot de passe"
	default:
		return "identifiant seul : rien à changer, méfiez-vous des appels et des messages"
	}
}

// lostCopy shows what stood on a copy, and writes the page where one was asked for
// and there is one.
func (a *app) lostCopy(to pageTo, place *sheetPlace, lost *coffrev1.LoseCopyResponse) error {
	made, err := to.of(lost)
	if err != nil {
		place.abandon()
		return err
	}
	if to.file == "-" && len(made.Bytes) > 0 { // the page is the output, and says all of it
		_, err := a.lay(to, place, made)
		return err
	}
	a.say("La copie %s est perdue : son adresse ne mène plus nulle part.", client.Printable(lost.GetNumber()))
	all := lost.GetMemos()
	a.table(len(all), func(i int) []string {
		m := all[i]
		return []string{m.GetDocument(), account(m.GetMemo()), lostWord(m)}
	})
	if len(all) == 0 { // an agent was answered: what stood on it is the person's to see
		a.say("Pour voir ce qui était écrit dessus, la personne refait la commande dans sa session.")
	}
	if to.file == "" || len(made.Bytes) == 0 {
		place.abandon()
		if to.file != "" && len(all) > 0 {
			a.aside("Le coffre est verrouillé : la page n'est pas écrite. Déverrouillez-le, puis refaites la commande.")
		}
		return a.emit(lost)
	}
	if to.file, err = a.lay(to, place, made); err != nil {
		return err
	}
	a.say("La page est dans %s.", client.Printable(to.file))
	lost.SetPdf(nil) // it is in the file
	lost.SetHtml(nil)
	return a.emit(lost)
}
