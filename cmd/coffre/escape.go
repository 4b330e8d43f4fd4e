package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// newSheetIdentity is one half of the way out without our service: what a code
// sheet is to the stock age tool. It asks nobody, and the other half (the
// master, or the escrow envelope A) is still needed.
func newSheetIdentity(a *app) *cobra.Command {
	var sheet, file string
	cmd := &cobra.Command{
		Use:   "sheet-identity --sheet FEUILLE",
		Short: "Calculer la clé age d'une feuille de code, sans le service",
		Long: `Écrit la clé age (AGE-SECRET-KEY-PQ-1…) qui correspond à une feuille de code.
Ce calcul se fait ici, sans connexion. Il sert à reprendre ses papiers avec
l'outil age si le service n'existe plus ; la page d'exploitation dit comment.
Cette clé vaut la feuille : gardez-la de la même façon.`,
		Example: "  coffre sheet-identity --sheet mdzglefac5fdyqb3xnxohwwje4 > feuille.age",
		Args:    count(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sheetIdentity(cmd.Context(), sheet, file)
		},
	}
	cmd.Flags().StringVar(&sheet, "sheet", "", "le numéro de la `FEUILLE`, imprimé dessus")
	cmd.Flags().StringVar(&file, "code-file", "", "le `FICHIER` qui contient le code, ou - pour l'entrée")
	return cmd
}

func (a *app) sheetIdentity(ctx context.Context, sheet, file string) error {
	way, err := vault.ParseWayID(sheet)
	if err != nil {
		return usage("Dites avec --sheet le numéro de la feuille : 26 lettres et chiffres, imprimés dessus.")
	}
	text, err := a.code(ctx, file)
	if err != nil {
		return err
	}
	code, err := seal.ParseCode(text)
	if err != nil {
		return usage("Ce n'est pas un code : recopiez les 20 caractères de la feuille.")
	}
	id, err := code.Identity(way.String())
	if err != nil {
		return &client.Error{Class: client.ClassFailed, Reason: "SHEET", Sentence: "La clé de cette feuille n'a pas pu être calculée : recommencez.", Err: err}
	}
	if _, err := fmt.Fprintf(a.stdout, "%s\n", id.Text().Reveal()); err != nil {
		return client.FileError("écrire", "la sortie", err)
	}
	return nil
}
