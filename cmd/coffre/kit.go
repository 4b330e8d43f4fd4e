package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newKit(a *app) *cobra.Command {
	return group("kit", "Les feuilles de secours : trois feuilles, dont deux ouvrent après un délai",
		newKitMake(a), newKitOpen(a), newKitLetter(a), newKitFinish(a), newKitCancel(a), newKitStatus(a))
}

func newKitMake(a *app) *cobra.Command {
	var to kitPages
	var anyway bool
	cmd := &cobra.Command{
		Use:   "make --into DOSSIER",
		Short: "Imprimer trois feuilles de secours : pour vous, un proche et l'enveloppe du guichet",
		Long: `Imprime trois feuilles. Une seule n'ouvre rien. Deux ouvrent le coffre après un
délai : vous êtes prévenu, et vous pouvez dire non. Les feuilles d'avant ne valent
plus. Ce délai est une règle que le service suit : avec deux feuilles, sa clé
pourrait ouvrir sans vous attendre. Ne gardez jamais deux feuilles ensemble.`,
		Example: "  coffre kit make --into feuilles\n  coffre kit make --into feuilles --format html",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&to.into, "into", "", "le `DOSSIER` où écrire les trois feuilles")
	cmd.Flags().StringVar(&to.format, "format", "pdf", "la `FORME` des feuilles : pdf, ou html pour un navigateur ; sinon pdf")
	cmd.Flags().BoolVar(&anyway, "discreet-anyway", false, "même si le coffre est discret : personne ne vous préviendra d'une ouverture")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if to.into == "" {
			return usage("Dites avec --into dans quel dossier écrire les feuilles.")
		}
		if _, err := (pageTo{format: to.format}).wants(); err != nil {
			return err
		}
		req := coffrev1.MakeKitRequest_builder{RequestId: client.NewRequest(), Safe: &v.safe}.Build()
		if anyway {
			req.SetDiscreet(coffrev1.DiscreetKit_DISCREET_KIT_ANYWAY)
		}
		return a.makeKit(ctx, v, to, req)
	})
}

// kitPages are where the three sheets go, and how they are made.
type kitPages struct{ into, format string }

// kitFiles are the names of the three pages.
var kitFiles = [vault.KitSheets]string{"secours-personne", "secours-proche", "secours-enveloppe"}

// kitPlaces are a place for each sheet; abandon leaves nothing of them.
func (a *app) kitPlaces(to kitPages) (places []*sheetPlace, abandon func(), err error) {
	_, before := os.Stat(to.into)
	if err := os.MkdirAll(to.into, 0o700); err != nil {
		return nil, nil, client.FileError("écrire", to.into, err)
	}
	abandon = func() {
		for _, p := range places {
			p.abandon()
		}
		if before != nil {
			_ = os.Remove(to.into) // made by us a moment ago; something else in it keeps it
		}
	}
	for _, name := range kitFiles {
		place, err := a.reserve(filepath.Join(to.into, name+"."+to.format))
		if err != nil {
			abandon()
			return nil, nil, err
		}
		places = append(places, place)
	}
	return places, abandon, nil
}

// makeKit has a place for each sheet before its code exists.
func (a *app) makeKit(ctx context.Context, v visit, to kitPages, req *coffrev1.MakeKitRequest) error {
	head := a.letterhead(ctx, v)
	places, abandon, err := a.kitPlaces(to)
	if err != nil {
		return err
	}
	made, err := client.Repeat(ctx, v.Client, v.Recoveries.MakeKit, req)
	err = instead(err, "SAFE_DISCREET", "Ce coffre est discret : personne ne vous préviendrait d'une ouverture. Rien n'a changé. Si vous voulez des feuilles de secours quand même, ajoutez --discreet-anyway.")
	err = instead(err, "SHEET_GONE", "Les feuilles de secours sont faites, mais la réponse s'est perdue et leurs codes ne peuvent plus être redits : refaites-les toutes avec « coffre kit make ».")
	if err == nil && len(made.GetSheets()) != len(places) {
		err = errors.New("not three sheets")
	}
	if err != nil {
		abandon()
		return err
	}
	for i, sheet := range made.GetSheets() {
		page, errPage := pageTo{format: to.format}.local(prints.RecoverySheet{
			Letterhead: head, Holder: vault.KitHolder(sheet.GetHolder()), Kit: made.GetKit(), Number: sheet.GetSheet(),
			Code: vault.NewSecret([]byte(sheet.GetCode())), Delay: made.GetDelay().AsDuration(),
		})
		if errPage == nil {
			errPage = places[i].fill(string(page.Bytes))
		}
		err = errors.Join(err, errPage)
		sheet.SetCode("") // printed, and shown nowhere else
	}
	if err != nil {
		abandon() // two that are left would open
		return &client.Error{
			Class: client.ClassFailed, Reason: "SHEET", Err: err,
			Sentence: fmt.Sprintf("Une feuille de secours n'a pas pu être écrite dans %s : refaites-les toutes avec « coffre kit make ».", client.Printable(to.into)),
		}
	}
	a.say("Les trois feuilles sont dans %s : imprimez-les, donnez-en une à un proche et une au guichet, puis effacez les fichiers.", client.Printable(to.into))
	return a.emit(made)
}

// A kitPair is how two sheets are typed.
type kitPair struct{ first, second string }

func (p *kitPair) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.first, "first-file", "", "le `FICHIER` qui contient le code d'une feuille, ou - pour l'entrée")
	cmd.Flags().StringVar(&p.second, "second-file", "", "le `FICHIER` qui contient le code d'une autre feuille")
}

func (p *kitPair) read(ctx context.Context, a *app) (*coffrev1.KitPair, error) {
	if p.first == "-" && p.second == "-" {
		return nil, usage("Les deux codes ne peuvent pas venir tous deux de l'entrée.")
	}
	typed := func(file, which, flag string) (string, error) {
		return a.secret(ctx, file, secret{"Code de " + which + " feuille de secours (il ne s'affiche pas) : ", "les 20 caractères de la feuille de secours", flag})
	}
	one, err := typed(p.first, "la première", "first-file")
	if err != nil {
		return nil, err
	}
	other, err := typed(p.second, "la deuxième", "second-file")
	return coffrev1.KitPair_builder{First: &one, Second: &other}.Build(), err
}

func newKitOpen(a *app) *cobra.Command {
	var p kitPair
	var s step
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Montrer deux feuilles de secours : le délai commence",
		Long: `Commence le délai. Rien ne s'ouvre. La personne est prévenue dans son coffre et peut
dire non. À qui ne le lit pas, envoyez la lettre : « coffre kit letter ». Refaite, la
commande redit la date. Les codes se tapent au clavier, ou viennent de fichiers.`,
		Example: "  coffre kit open\n  coffre kit open --safe … --with pin",
		Args:    count(0, 0),
	}
	p.flags(cmd)
	s.proofFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		pair, err := p.read(ctx, a)
		if err != nil {
			return err
		}
		proof, err := s.proof(ctx, a)
		if err != nil {
			return err
		}
		answer, err := client.Once(ctx, v.Client, v.Recoveries.OpenKit, coffrev1.OpenKitRequest_builder{Safe: &v.safe, Pair: pair, Pin: new(proof.GetPin())}.Build())
		if err != nil {
			return instead(pairRefused(err), "APPROVER_REFUSED", "Ces feuilles ont été imprimées sur votre écran : elles seules ne prouvent rien ici. Rien n'a changé. Ajoutez le PIN de la personne avec --with pin, ou demandez à un autre collègue.")
		}
		a.say("Les feuilles ouvrent à partir de %s, jusqu'à %s.", until(answer.GetDueTime()), until(answer.GetExpireTime()))
		return a.emit(answer)
	})
}

// pairRefused says what a refusal means with recovery sheets in hand.
func pairRefused(err error) error {
	return instead(err, "CODE_REFUSED", "Ces deux codes n'ouvrent pas ce coffre. Rien n'est perdu. Il faut deux feuilles de secours différentes, du dernier jeu imprimé : relisez-les, puis recommencez.")
}

// kitWaits says until when.
func kitWaits(ctx context.Context, v visit, err error) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Reason != "KIT_WAITS" {
		return err
	}
	s, why := client.Repeat(ctx, v.Client, v.Locks.GetSafe, coffrev1.GetSafeRequest_builder{Safe: &v.safe}.Build())
	if why != nil || !s.GetKit().HasDueTime() {
		return err // the first one says enough
	}
	return instead(err, e.Reason, fmt.Sprintf("Les feuilles de secours ouvrent à partir de %s. Le coffre reste fermé jusque-là : recommencez après.", until(s.GetKit().GetDueTime())))
}

func newKitFinish(a *app) *cobra.Command {
	var p kitPair
	s := step{guess: true}
	var file string
	cmd := &cobra.Command{
		Use:   "finish --sheet FICHIER",
		Short: "Ouvrir avec deux feuilles de secours, le délai passé : une feuille de code neuve",
		Long: `Ouvre le coffre. Les feuilles de secours ne valent plus : faites-en d'autres. Sur
l'écran d'un agent il faut aussi le PIN de la personne, ou un second agent ; une
session de guichet s'ouvre alors.`,
		Example: "  coffre kit finish --safe … --sheet feuille.txt --with pin",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&file, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	p.flags(cmd)
	s.proofFlags(cmd)
	s.approvalFlags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		pair, err := p.read(ctx, a)
		if err != nil {
			return err
		}
		return a.newSheetFor(ctx, v, &s, file, func(id *string, proof *coffrev1.Proof) (newSheetAnswer, error) {
			answer, err := try(ctx, a, v, &s, v.Recoveries.FinishKit, coffrev1.FinishKitRequest_builder{
				RequestId: id, Safe: &v.safe, Pair: pair, Pin: new(proof.GetPin()), Approval: &s.approval,
			}.Build())
			if err != nil {
				return answer, pairRefused(kitWaits(ctx, v, err))
			}
			if answer.GetSessionToken() == "" {
				return answer, nil
			}
			if err := a.keepVisit(ctx, v, answer.GetSessionToken(), answer.GetExpireTime().AsTime()); err != nil {
				a.say("La session de guichet n'est pas gardée : ouvrez-la avec la feuille neuve.")
			}
			return answer, nil
		})
	})
}

func newKitCancel(a *app) *cobra.Command {
	var word string
	cmd := &cobra.Command{
		Use:     "cancel [--word PAROLE]",
		Short:   "Arrêter une ouverture par les feuilles de secours, tout de suite",
		Long:    "Arrête l'ouverture : la personne le fait d'où elle veut, un agent le fait sur sa parole. Les feuilles restent ; le délai recommence la prochaine fois.",
		Example: "  coffre kit cancel\n  coffre kit cancel --safe … --word telephone",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&word, "word", "", "comment la personne l'a dit à l'agent : `PAROLE` present, telephone, letter ou slip")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		said, err := saidBy(word)
		if err != nil {
			return err
		}
		return a.told("L'ouverture est arrêtée.")(client.Repeat(ctx, v.Client, v.Recoveries.CancelKit, coffrev1.CancelKitRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Word: &said,
		}.Build()))
	})
}

func newKitStatus(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Dire s'il y a des feuilles de secours, et si elles attendent d'ouvrir", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		s, err := client.Repeat(ctx, v.Client, v.Locks.GetSafe, coffrev1.GetSafeRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		kit := s.GetKit()
		switch {
		case kit.HasOpeningTime():
			a.say("Deux feuilles ont été montrées le %s. Elles ouvrent à partir de %s. Pour dire non : « coffre kit cancel ».", until(kit.GetOpeningTime()), until(kit.GetDueTime()))
		case kit.HasSinceTime():
			a.say("Il y a trois feuilles de secours, imprimées le %s.", until(kit.GetSinceTime()))
		case kit.HasUsedTime():
			a.say("Les feuilles de secours ont servi le %s : faites-en d'autres avec « coffre kit make ».", until(kit.GetUsedTime()))
		default:
			a.say("Il n'y a pas de feuilles de secours : « coffre kit make » en imprime.")
		}
		return a.emit(s)
	})
}
