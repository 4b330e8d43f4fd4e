package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newSafe(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "safe", Short: "Dire où en est un coffre : PIN, compte, gel, tiroirs confiés, adresses", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		s, err := client.Repeat(ctx, v.Client, v.Locks.GetSafe, coffrev1.GetSafeRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		rows := [][]string{
			{"Coffre", s.GetSafe()},
			{"Gelé", yesNo(s.GetFrozen())},
			{"PIN", yesNo(s.GetHasPin())},
			{"Compte relié", yesNo(s.GetHasLogin())},
			{"Discret", yesNo(s.GetDiscreet())},
			{"Feuille à refaire", yesNo(s.GetRenewSheet())},
			{"Notice remise", client.Printable(s.GetInformationVersion())},
			{"Tiroirs confiés", strings.Join(s.GetEntrustedDrawers(), ", ")},
		}
		if s.GetRecoveryWaits() {
			rows = append(rows, []string{"Récupération", "en attente"})
		}
		if s.HasRelinkTime() {
			rows = append(rows, []string{"Autre compte relié le", until(s.GetRelinkTime())})
		}
		for _, one := range s.GetShutOut() {
			rows = append(rows, []string{"Écarté", one.GetAgent() + one.GetStructure() + " " + client.Printable(one.GetName())})
		}
		for _, one := range s.GetHandovers() {
			what := "Remis le"
			if one.GetWaits() {
				what = "Remise attendue depuis le"
			}
			rows = append(rows, []string{what, until(one.GetTime()) + " " + client.Printable(one.GetLeaderName())})
		}
		for _, one := range s.GetAddresses() {
			rows = append(rows, []string{"Adresse", one.GetAddress() + " " + client.Printable(one.GetLabel())})
		}
		a.table(len(rows), func(i int) []string { return rows[i] })
		return a.emit(s)
	})
}

func yesNo(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}

func newSheet(a *app) *cobra.Command {
	return group("sheet", "La feuille de code", newSheetRenew(a), newSheetLost(a))
}

func newSheetRenew(a *app) *cobra.Command {
	var s step
	var file string
	cmd := &cobra.Command{
		Use:     "renew --sheet FICHIER",
		Short:   "Imprimer une feuille neuve : les autres n'ouvrent plus rien",
		Example: "  coffre --visit sheet renew --sheet feuille.txt",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&file, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.newSheetFor(ctx, v, &s, file, func(id *string, proof *coffrev1.Proof) (newSheetAnswer, error) {
			return try(ctx, a, v, &s, v.Locks.RenewSheet, coffrev1.RenewSheetRequest_builder{
				RequestId: id, Safe: &v.safe, Proof: proof, Approval: &s.approval,
			}.Build())
		})
	})
}

// A newSheetAnswer holds a code, which exists nowhere else.
type newSheetAnswer interface {
	GetSheet() string
	GetCode() string
	SetCode(string)
}

// newSheetFor has a place for the sheet before its code exists.
func (a *app) newSheetFor(ctx context.Context, v visit, s *step, file string, call func(*string, *coffrev1.Proof) (newSheetAnswer, error)) error {
	if file == "" {
		return usage("Dites avec --sheet dans quel fichier écrire la feuille de code.")
	}
	id, err := s.id()
	if err != nil {
		return err
	}
	proof, err := s.proof(ctx, a)
	if err != nil {
		return err
	}
	head := prints.Letterhead{Printed: time.Now(), Discretion: vault.DiscretionDiscreet}
	if isPage(file) {
		head = a.letterhead(ctx, v)
	}
	place, err := a.reserve(file)
	if err != nil {
		return err
	}
	answer, err := call(id, proof)
	if err != nil {
		place.abandon()
		return a.lostSheet(err, s)
	}
	text, err := sheetPage(file, head, coffrev1.OpenSafeResponse_builder{Safe: &v.safe, Sheet: new(answer.GetSheet()), Code: new(answer.GetCode())}.Build())
	if err == nil {
		err = place.fill(text)
	}
	if err != nil {
		so := "L'ancienne ne vaut plus : imprimez-en une autre, la session de la personne encore ouverte."
		if s.before != "" {
			so = s.before
			place.abandon() // the command is done again, into the same file
		}
		return &client.Error{
			Class: client.ClassFailed, Reason: "SHEET", Err: err,
			Sentence: fmt.Sprintf("La feuille neuve n'a pas pu être écrite dans %s. %s", client.Printable(file), so),
		}
	}
	if file == "-" {
		return nil // the sheet is the output
	}
	a.say("La feuille neuve %s est dans %s : imprimez-la, remettez-la, puis effacez ce fichier.", answer.GetSheet(), file)
	return a.emit(map[string]string{"safe": v.safe, "sheet": answer.GetSheet(), "sheetFile": file})
}

func newActivate(a *app) *cobra.Command {
	var s step
	cmd := &cobra.Command{
		Use:     "activate --safe COFFRE",
		Example: "  coffre activate --safe …",
		Short:   "Relier votre compte à votre coffre, avec la feuille de code et un second regard",
		Long: `Relie le compte avec lequel vous êtes connecté au coffre de votre feuille. Un
agent qui n'a pas imprimé la feuille doit l'accepter.`,
		Args: count(0, 0),
	}
	cmd.Flags().StringVar(&s.codeFile, "code-file", "", "le `FICHIER` qui contient le code, ou - pour l'entrée")
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if a.asPerson { // a counter session has no account, and its host's must not be written over
			return usage("On relie un compte depuis ce compte : connectez-vous, puis recommencez sans --visit.")
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		code, err := a.code(ctx, s.codeFile)
		if err != nil {
			return err
		}
		s.guess = true
		answer, err := try(ctx, a, v, &s, v.Locks.ActivateLogin, coffrev1.ActivateLoginRequest_builder{
			RequestId: id, Safe: &v.safe, Code: &code, Approval: &s.approval,
		}.Build())
		if err != nil {
			return err
		}
		saved := v.saved
		saved.Safes = append(saved.Safes, v.safe)
		if err := a.store.Save(saved); err != nil {
			return err
		}
		return a.told("Votre compte ouvre maintenant le coffre %s.", v.safe)(answer, nil)
	})
}

func newFreeze(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "freeze",
		Short: "Geler un coffre, tout de suite : plus rien ne s'ouvre, les dépôts continuent",
		Long:  "Arrête tout de suite chaque compte, feuille, téléphone et PIN, et met fin à chaque accord, pour de bon. La personne le fait, ou un agent sur sa parole.",
		Args:  count(0, 0),
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.told("Le coffre est gelé.")(client.Repeat(ctx, v.Client, v.Locks.Freeze, coffrev1.FreezeRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe,
		}.Build()))
	})
}

func newUnfreeze(a *app) *cobra.Command {
	var s step
	var file string
	cmd := &cobra.Command{
		Use:     "unfreeze --sheet FICHIER --with code+pin",
		Example: "  coffre unfreeze --safe … --sheet neuve.txt --with code+pin",
		Short:   "Dégeler un coffre : la personne, deux agents et une feuille neuve",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&file, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.newSheetFor(ctx, v, &s, file, func(id *string, proof *coffrev1.Proof) (newSheetAnswer, error) {
			return try(ctx, a, v, &s, v.Locks.Unfreeze, coffrev1.UnfreezeRequest_builder{
				RequestId: id, Safe: &v.safe, Proof: proof, Approval: &s.approval,
			}.Build())
		})
	})
}

// whom reads an agent or a structure; both have ids of one form.
func whom(agent, structure string) error {
	if (agent == "") == (structure == "") {
		return usage("Dites qui, avec --agent ou --structure.")
	}
	_, errAgent := vault.ParseAgentID(agent + structure)
	_, errStructure := vault.ParseStructureID(agent + structure)
	if errors.Join(errAgent, errStructure) != nil {
		return usage("Un agent ou une structure se dit par son identifiant : 26 lettres minuscules et chiffres.")
	}
	return nil
}

func whomFlags(cmd *cobra.Command, agent, structure *string) {
	cmd.Flags().StringVar(agent, "agent", "", "cet `AGENT`")
	cmd.Flags().StringVar(structure, "structure", "", "toute cette `STRUCTURE`")
}

func newShutOut(a *app) *cobra.Command {
	var agent, structure string
	cmd := &cobra.Command{
		Use:     "shut-out --agent AGENT | --structure STRUCTURE",
		Example: "  coffre shut-out --agent AGENT\n  coffre shut-out --structure STRUCTURE",
		Short:   "Écarter un agent ou une structure, sans bruit : votre coffre n'existe plus pour eux",
		Args:    count(0, 0),
	}
	whomFlags(cmd, &agent, &structure)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if err := whom(agent, structure); err != nil {
			return err
		}
		req := coffrev1.ShutOutRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe}.Build()
		if req.SetAgent(agent); agent == "" {
			req.SetStructure(structure)
		}
		return a.told("C'est fait. Personne n'est prévenu.")(client.Repeat(ctx, v.Client, v.Locks.ShutOut, req))
	})
}

func newLetIn(a *app) *cobra.Command {
	var agent, structure string
	cmd := &cobra.Command{
		Use:     "let-in --agent AGENT | --structure STRUCTURE",
		Example: "  coffre let-in --agent AGENT",
		Short:   "Ne plus écarter un agent ou une structure ; aucun accord ne revient",
		Args:    count(0, 0),
	}
	whomFlags(cmd, &agent, &structure)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if err := whom(agent, structure); err != nil {
			return err
		}
		req := coffrev1.LetInRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe}.Build()
		if req.SetAgent(agent); agent == "" {
			req.SetStructure(structure)
		}
		return a.told("C'est fait.")(client.Repeat(ctx, v.Client, v.Locks.LetIn, req))
	})
}

func newWays(a *app) *cobra.Command {
	return group("ways", "Ce qui ouvre le coffre : feuilles, téléphones", newWaysList(a), newWaysRemove(a))
}

func newWaysList(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "Montrer ce qui ouvre le coffre", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Locks.ListWays, coffrev1.ListWaysRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		all := answer.GetWays()
		a.table(len(all), func(i int) []string {
			return []string{all[i].GetWay(), wayWords(all[i].GetKind()), until(all[i].GetSinceTime()), client.Printable(all[i].GetLabel())}
		})
		return a.emit(answer)
	})
}

func wayWords(k coffrev1.WayIn_Kind) string {
	switch k {
	case coffrev1.WayIn_KIND_SHEET:
		return "feuille de code"
	case coffrev1.WayIn_KIND_ESCROW:
		return "dépositaire"
	case coffrev1.WayIn_KIND_PHONE:
		return "téléphone"
	case coffrev1.WayIn_KIND_RECOVERY:
		return "feuille de secours"
	default:
		return "autre"
	}
}

func newWaysRemove(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rm ID",
		Short: "Retirer ce qui ouvre le coffre : cela n'ouvre plus rien, tout de suite",
		Args:  count(1, 1),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "ne pas demander")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if _, err := vault.ParseWayID(args[0]); err != nil {
			return usage("Ce n'est pas un identifiant : « coffre ways ls » les montre.")
		}
		if !yes {
			if err := a.confirm(ctx, "Retirer "+args[0]+" pour toujours ?"); err != nil {
				return err
			}
		}
		return a.told("C'est retiré.")(client.Repeat(ctx, v.Client, v.Locks.RemoveWay, coffrev1.RemoveWayRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Way: &args[0],
		}.Build()))
	})
}
