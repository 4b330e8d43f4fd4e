package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newHandover(a *app) *cobra.Command {
	return group("handover", "Remettre son coffre à une personne, à la fin de l'atelier",
		newHandoverPrepare(a), newHandoverFinish(a), newHandoverWait(a))
}

func newHandoverPrepare(a *app) *cobra.Command {
	var leader, file string
	cmd := &cobra.Command{
		Use:   "prepare --leader AGENT --sheet FICHIER",
		Short: "Imprimer la nouvelle feuille de code : l'ancienne ouvre encore",
		Long: `Écrit la feuille de code qui sera celle de la personne, dans un fichier neuf. Rien n'a
changé : imprimez-la, puis « coffre handover finish » la fait compter. Cela se fait dans
la session de la personne, son coffre déverrouillé avec l'ancienne feuille.`,
		Example: "  coffre --visit handover prepare --leader AGENT --sheet remise.pdf",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&leader, "leader", "", "l'`AGENT` qui a mené l'atelier, et dont les droits finiront")
	cmd.Flags().StringVar(&file, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if _, err := vault.ParseAgentID(leader); err != nil {
			return usage("Dites avec --leader quel agent a mené l'atelier : « coffre agents ls » les montre.")
		}
		return a.newSheetFor(ctx, v, &step{before: "Rien n'a changé, l'ancienne feuille ouvre encore : recommencez."}, file, func(*string, *coffrev1.Proof) (newSheetAnswer, error) {
			return client.Once(ctx, v.Client, v.Handovers.PrepareHandover, coffrev1.PrepareHandoverRequest_builder{Safe: &v.safe, Leader: &leader}.Build())
		})
	})
}

func newHandoverFinish(a *app) *cobra.Command {
	var to pageTo
	var codeFile, pinFile string
	cmd := &cobra.Command{
		Use:   "finish FEUILLE --out FICHIER",
		Short: "La personne lit le code de la nouvelle feuille et choisit un PIN : le coffre est à elle seule",
		Long: `En une fois, les accords et les sessions de l'animateur sur ce coffre finissent, les
anciennes feuilles n'ouvrent plus rien, et la clé du coffre change. FEUILLE est le numéro
imprimé sur la nouvelle feuille. La page écrite dit quels mots de passe changer : aucun
n'y est écrit.`,
		Example: "  coffre --visit handover finish FEUILLE -o a-changer.pdf",
		Args:    count(1, 1),
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&codeFile, "code-file", "", "le `FICHIER` qui contient le code de la nouvelle feuille, ou - pour l'entrée")
	cmd.Flags().StringVar(&pinFile, "new-pin-file", "", "le `FICHIER` qui contient le PIN choisi")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if _, err := vault.ParseWayID(args[0]); err != nil {
			return usage("Ce n'est pas le numéro d'une feuille : il est imprimé sur la feuille neuve, 26 lettres minuscules et chiffres.")
		}
		code, err := a.code(ctx, codeFile)
		if err != nil {
			return err
		}
		pin, err := a.newPIN(ctx, pinFile, "new-pin-file")
		if err != nil {
			return err
		}
		facts := map[string]any{}
		return a.pageOf(to, facts, func() (prints.Made, error) {
			done, err := client.Repeat(ctx, v.Client, v.Handovers.Handover, coffrev1.HandoverRequest_builder{
				RequestId: client.NewRequest(), Safe: &v.safe, Sheet: &args[0], Code: &code, Pin: &pin, PageFormat: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, instead(err, "CODE_REFUSED", "Ce n'est pas le code de la feuille neuve. Rien n'a changé, l'ancienne feuille ouvre encore. Lisez le code sur la feuille neuve, puis recommencez.")
			}
			tell := a.say
			if to.file == "-" { // the page is the output
				tell = a.aside
			}
			tell("Le coffre est remis. Passeport numérique %s. À changer : %s.", client.Printable(done.GetPassportNumber()), plural(len(done.GetToChange()), "mot de passe", "mots de passe"))
			if done.GetKitEnded() {
				tell("Les feuilles de secours ne servent plus : « coffre kit make » en imprime d'autres.")
			}
			facts["kitEnded"] = done.GetKitEnded()
			facts["passportNumber"], facts["toChange"], facts["sessionEnded"] = done.GetPassportNumber(), len(done.GetToChange()), done.GetSessionEnded()
			if done.GetSessionEnded() {
				tell("La session de guichet est finie : c'était celle de l'agent qui a mené l'atelier.")
			}
			return to.of(done)
		})
	})
}

func newHandoverWait(a *app) *cobra.Command {
	var leader string
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "Noter que la remise attend : le coffre est verrouillé et la feuille n'est pas là",
		Long: `Note que la remise attend la feuille de la personne. Rien d'autre ne change : les accords
vont à leur fin, l'atelier continue pour les autres.`,
		Example: "  coffre handover wait --safe …\n  coffre --visit handover wait --leader AGENT",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&leader, "leader", "", "l'`AGENT` qui a mené l'atelier ; sinon vous")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		return a.told("C'est noté : la remise de ce coffre attend la feuille.")(client.Repeat(ctx, v.Client, v.Handovers.WaitHandover, coffrev1.WaitHandoverRequest_builder{
			RequestId: client.NewRequest(), Safe: &v.safe, Leader: &leader,
		}.Build()))
	})
}
