package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
)

func newMemo(a *app) *cobra.Command {
	return group("memo", "Les mémos : vos identifiants, et vos mots de passe à part",
		newMemoPropose(a), newMemoAdd(a), newMemoList(a), newMemoShow(a), newMemoCopy(a), newMemoChange(a), newMemoTested(a), newMemoUnseen(a), newMemoHistory(a), newToChange(a),
		newMemoCheck(a), newMemoMake(a), newBodies(a))
}

// A memoFlags is what is known of an account beside its secret.
type memoFlags struct {
	body, name, login, hint, recovery, provider string
	numbers                                     []string
}

func (m *memoFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&m.body, "body", "", "l'`ORGANISME` : « coffre memo bodies » les montre")
	f.StringVar(&m.name, "name", "", "son `NOM`, s'il n'est pas dans la liste")
	f.StringVar(&m.login, "login", "", "l'`IDENTIFIANT`")
	f.StringVar(&m.hint, "hint", "", "un `INDICE`, pour vous")
	f.StringVar(&m.recovery, "recovery", "", "le `TÉLÉPHONE` ou l'adresse de secours")
	f.StringVar(&m.provider, "provider", "", "le `COMPTE` FranceConnect qui sert, par exemple impots")
	f.StringArrayVar(&m.numbers, "number", nil, "un autre numéro, `NOM=NUMÉRO` (plusieurs fois si besoin)")
}

func (m *memoFlags) memo() (*coffrev1.Memo, error) {
	if m.body == "" && m.name == "" {
		return nil, usage("Donnez --body ou --name.")
	}
	b := coffrev1.Memo_builder{Body: &m.body, Name: &m.name, Login: &m.login, Hint: &m.hint, Recovery: &m.recovery, Provider: &m.provider}
	for _, n := range m.numbers {
		name, value, ok := strings.Cut(n, "=")
		if !ok {
			return nil, usage("Avec --number, écrivez NOM=NUMÉRO.")
		}
		b.Numbers = append(b.Numbers, coffrev1.MemoNumber_builder{Name: &name, Value: &value}.Build())
	}
	return b.Build(), nil
}

func memoSecret() secret {
	return secret{"Mot de passe (il ne s'affiche pas) : ", "le mot de passe", "secret-file"}
}

func newMemoAdd(a *app) *cobra.Command {
	var m memoFlags
	var file, whose string
	var others []string
	var none, notebook bool
	cmd := &cobra.Command{
		Use: "add --body ORGANISME --login IDENTIFIANT", Short: "Mettre un mémo dans le coffre, même fermé", Args: count(0, 0),
		Long:    "Met un mémo dans le coffre. Le mot de passe se tape au clavier, ou vient d'un fichier : jamais de la ligne de commande. Commencez par la boîte mail : elle ouvre les autres comptes.",
		Example: "  coffre memo add --body messagerie --login zelie.fictive@exemple.fr\n  coffre memo add --body caf --login … --number dossier=1234567 --no-secret",
	}
	m.add(cmd)
	cmd.Flags().StringVar(&file, "secret-file", "", "le `FICHIER` du mot de passe ; « - » pour l'entrée")
	cmd.Flags().StringArrayVar(&others, "other", nil, "un autre secret du compte, `NOM=FICHIER` (« code-telephone=code.txt », 3 au plus)")
	cmd.Flags().StringVar(&whose, "whose", "", "à `QUI` est le compte, si ce n'est pas à la personne")
	cmd.Flags().BoolVar(&none, "no-secret", false, "sans mot de passe")
	cmd.Flags().BoolVar(&notebook, "from-notebook", false, "il vient d'un cahier du bureau : il est à changer")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		memo, err := m.memo()
		if err != nil {
			return err
		}
		memo.SetFromNotebook(notebook)
		one := coffrev1.NewMemo_builder{Memo: memo, Whose: &whose}.Build()
		if !none {
			text, err := a.secret(ctx, file, memoSecret())
			if err != nil {
				return err
			}
			one.SetSecret(text)
		}
		more, err := a.otherSecrets(ctx, others)
		if err != nil {
			return err
		}
		one.SetOthers(more)
		put, err := client.Repeat(ctx, v.Client, v.Memos.PutMemos, coffrev1.PutMemosRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Memos: []*coffrev1.NewMemo{one},
		}.Build())
		if err != nil {
			return err
		}
		if err := a.look(memo); err != nil {
			return err
		}
		return a.told("Le mémo %s est dans le coffre.", put.GetDocuments()[0])(put, nil)
	})
}

func newMemoList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "Montrer vos mémos, sans les mots de passe", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		var all []*coffrev1.Document
		for d, err := range v.List(ctx, v.safe, "identifiants") {
			if err != nil {
				return err
			}
			if d.GetDescription().HasMemo() {
				all = append(all, d)
			}
		}
		if len(all) == 0 {
			a.say("Aucun mémo.")
		}
		a.table(len(all), func(i int) []string {
			d := all[i].GetDescription()
			return []string{all[i].GetDocument(), title(d), client.Printable(d.GetMemo().GetLogin()), d.GetMemo().GetSecretDate()}
		})
		return a.emit(coffrev1.ListResponse_builder{Documents: all}.Build())
	})
}

func newMemoShow(a *app) *cobra.Command {
	var reason, label string
	var former bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Montrer le mot de passe d'un mémo, une fois", Args: ids(1, 1),
		Long: "Montre le mot de passe d'un mémo, une seule fois par demande. Un agent dit pourquoi (--reason) : la personne le lit dans son journal, et le mot de passe vient dans sa liste « à changer ». Au guichet, l'agent à côté l'a eu sur son écran : c'est pareil.",
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`POURQUOI`, pour un agent")
	cmd.Flags().StringVar(&label, "label", "", "le `NOM` d'un autre secret du compte, par exemple code-telephone")
	cmd.Flags().BoolVar(&former, "former", false, "montrer aussi celui d'avant")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		shown, err := v.seen(ctx, coffrev1.OpenMemoRequest_builder{Safe: &v.safe, Document: &args[0], Reason: &reason, Label: &label, Former: &former}.Build())
		if err != nil {
			return err
		}
		name := "Mot de passe"
		if label != "" {
			name = label
		}
		rows := [][]string{{"Identifiant", shown.GetMemo().GetLogin()}, {name, shown.GetSecret()}}
		if former {
			rows = append(rows, []string{"Avant", shown.GetFormerSecret()})
		}
		for _, n := range shown.GetMemo().GetNumbers() {
			rows = append(rows, []string{n.GetName(), n.GetValue()})
		}
		a.table(len(rows), func(i int) []string { return []string{client.Printable(rows[i][0]), client.Printable(rows[i][1])} })
		return a.emit(shown)
	})
}

// seen opens one secret and answers it: once.
func (v visit) seen(ctx context.Context, req *coffrev1.OpenMemoRequest) (*coffrev1.ViewMemoResponse, error) {
	opened, err := client.Once(ctx, v.Client, v.Memos.OpenMemo, req)
	if err != nil {
		return nil, err
	}
	return client.Once(ctx, v.Client, v.Memos.ViewMemo, coffrev1.ViewMemoRequest_builder{View: new(opened.GetView())}.Build())
}

func newMemoChange(a *app) *cobra.Command {
	var m memoFlags
	var file, label string
	var secret, gone bool
	cmd := &cobra.Command{
		Use: "change ID", Short: "Changer un mémo : ce qu'il dit, ou le mot de passe (--secret)", Args: ids(1, 1),
		Example: "  coffre memo change ID --secret\n  coffre memo change ID --body caf --login …",
	}
	m.add(cmd)
	cmd.Flags().BoolVar(&secret, "secret", false, "changer le mot de passe")
	cmd.Flags().StringVar(&file, "secret-file", "", "le `FICHIER` du nouveau mot de passe ; « - » pour l'entrée")
	cmd.Flags().StringVar(&label, "label", "", "le `NOM` d'un autre secret du compte, neuf ou non")
	cmd.Flags().BoolVar(&gone, "remove-secret", false, "enlever le secret")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		req := coffrev1.ChangeMemoRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe, Document: &args[0]}.Build()
		if m.body != "" || m.name != "" {
			memo, err := m.memo()
			if err != nil {
				return err
			}
			req.SetMemo(memo)
		}
		if label != "" {
			req.SetLabel(label)
		}
		if gone {
			req.SetSecret("")
		} else if secret || file != "" || label != "" {
			text, err := a.secret(ctx, file, memoSecret())
			if err != nil {
				return err
			}
			req.SetSecret(text)
		}
		if !req.HasMemo() && !req.HasSecret() {
			return usage("Donnez --secret, ou ce que le mémo doit dire (--body ou --name, et le reste).")
		}
		return a.told("Le mémo est changé.")(client.Repeat(ctx, v.Client, v.Memos.ChangeMemo, req))
	})
}

func newMemoTested(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "tested ID", Short: "Noter que la connexion a marché aujourd'hui", Args: ids(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("C'est noté : la connexion a marché aujourd'hui.")(client.Repeat(ctx, v.Client, v.Memos.ChangeMemo, coffrev1.ChangeMemoRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Document: &args[0], Tested: new(true),
		}.Build()))
	})
}

func newMemoUnseen(a *app) *cobra.Command {
	var label string
	cmd := &cobra.Command{
		Use: "unseen ID", Short: "Dire que personne n'a regardé au guichet : le mot de passe n'est plus à changer", Args: ids(1, 1),
		Long: "Enlève de la liste à changer un mot de passe que vous avez tapé ou regardé vous-même au guichet, si personne n'a regardé. Il y reste quand un agent l'a vu autrement, ou l'a écrit ; ce qui vous a été montré au guichet, dites-le depuis votre propre connexion, ou chez un autre agent.",
	}
	cmd.Flags().StringVar(&label, "label", "", "le `NOM` d'un autre secret du compte")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.told("C'est noté : personne n'a regardé au guichet.")(client.Repeat(ctx, v.Client, v.Memos.ChangeMemo, coffrev1.ChangeMemoRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Document: &args[0], Label: &label, Unseen: new(true),
		}.Build()))
	})
}

func newToChange(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "to-change", Short: "Montrer les mots de passe que d'autres ont vus, ou ont pu voir au guichet : ils sont à changer", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Memos.ListToChange, coffrev1.ListToChangeRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		all := answer.GetMemos()
		if len(all) == 0 {
			a.say("Rien à changer : à notre connaissance, personne d'autre n'a vu vos mots de passe.")
		}
		a.table(len(all), func(i int) []string {
			var by []string
			for _, e := range all[i].GetBy() {
				by = append(by, whoKnows(e))
			}
			if inNotebook(all[i].GetMemo()) {
				by = append(by, "un cahier du bureau")
			}
			if all[i].GetOnLostCopy() {
				by = append(by, "une copie perdue")
			}
			return []string{all[i].GetDocument(), account(all[i].GetMemo()), strings.Join(by, ", ")}
		})
		return a.emit(answer)
	})
}

// whoKnows says who knows a secret, which one, and how they came to.
func whoKnows(e *coffrev1.Exposure) string {
	how := "l'a vu"
	switch {
	case e.GetAtCounter() && e.GetPutIn():
		how = "tapé au guichet"
	case e.GetAtCounter():
		how = "montré au guichet"
	case e.GetPutIn():
		how = "l'a écrit"
	}
	if e.GetLabel() != "" {
		how = client.Printable(e.GetLabel()) + ", " + how
	}
	return strings.TrimSpace(client.Printable(e.GetAgentName()) + " (" + how + ")")
}

// account is what people call the account of a memo.
func account(m *coffrev1.Memo) string {
	if m.GetName() != "" {
		return client.Printable(m.GetName())
	}
	if catalogue, err := papers.Load(); err == nil { // else its code says it too
		for _, b := range catalogue.Bodies() {
			if string(b.Code) == m.GetBody() {
				return b.Label
			}
		}
	}
	return client.Printable(m.GetBody())
}

func newMemoMake(a *app) *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use: "generate", Short: "Proposer un mot de passe solide, facile à recopier", Args: count(0, 0),
		Long: "Propose un mot de passe qui suit la recommandation CNIL 2022-100 : 80 bits de hasard, sans les caractères qui se ressemblent. Il n'est gardé nulle part.",
	}
	cmd.Flags().BoolVar(&plain, "no-signs", false, "sans signes, pour les sites qui les refusent")
	cmd.RunE = func(*cobra.Command, []string) error {
		recipe := papers.FourKinds
		if plain {
			recipe = papers.ThreeKinds
		}
		p, err := papers.Generate(recipe, papers.Alone)
		if err != nil {
			return fmt.Errorf("password: %w", err)
		}
		a.say("%s", p.Reveal())
		return a.emit(map[string]string{"secret": p.Reveal()})
	}
	return cmd
}

func newBodies(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "bodies", Short: "Montrer les organismes, et ce qui s'écrit pour chacun", Args: count(0, 0)}
	cmd.RunE = func(*cobra.Command, []string) error {
		catalogue, err := papers.Load()
		if err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		all := catalogue.Bodies()
		a.table(len(all), func(i int) []string {
			var fields []string
			for _, f := range all[i].Fields {
				if !f.Secret && !f.Never {
					fields = append(fields, f.Code)
				}
			}
			return []string{string(all[i].Code), all[i].Label, strings.Join(fields, ", ")}
		})
		return nil
	}
	return cmd
}
