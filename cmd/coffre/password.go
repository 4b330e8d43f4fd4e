package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// passwordFlags are for somebody who cannot log in: where, which safe, and what
// proves that it is theirs.
type passwordFlags struct {
	server, ca, safe                string
	codeFile, pinFile, passwordFile string
}

func newPassword(a *app) *cobra.Command {
	var f passwordFlags
	cmd := &cobra.Command{
		Use:   "password --server ADRESSE --safe COFFRE",
		Short: "Choisir un nouveau mot de passe, avec la feuille de code et le PIN, sans agent",
		Long: `Pour qui a un compte du service et a oublié son mot de passe : la feuille de code et
le PIN suffisent, sans agent ni connexion. L'ancien mot de passe ne sert plus, et les
sessions ouvertes finissent. L'identifiant ne change pas.`,
		Example: "  coffre password --server coffre.exemple.fr:443 --safe abcdefghijklmnopqrstuvwxyz",
		Args:    count(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.password(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.server, "server", "", "l'`ADRESSE` du service, nom:port ; sinon celle de la dernière session")
	cmd.Flags().StringVar(&f.ca, "ca", "", "le `FICHIER` PEM des seules autorités à croire pour ce service")
	cmd.Flags().StringVar(&f.safe, "safe", "", "le `COFFRE`, comme sur la feuille")
	cmd.Flags().StringVar(&f.codeFile, "code-file", "", "le `FICHIER` qui contient le code de la feuille, ou - pour l'entrée")
	cmd.Flags().StringVar(&f.pinFile, "pin-file", "", "le `FICHIER` qui contient le PIN")
	cmd.Flags().StringVar(&f.passwordFile, "password-file", "", "le `FICHIER` qui contient le nouveau mot de passe")
	return cmd
}

func (a *app) password(ctx context.Context, f passwordFlags) (err error) {
	last, _ := a.store.Load() // one that has run out knows the address too
	if f.server == "" {
		f.server = last.Address
		if f.ca == "" {
			f.ca = last.CAFile
		}
	}
	if f.server == "" || f.safe == "" {
		return usage("Donnez --server et --safe.")
	}
	if f.ca != "" {
		if f.ca, err = filepath.Abs(f.ca); err != nil {
			return client.FileError("lire", f.ca, err)
		}
	}
	var typed [3]string
	for i, one := range []struct {
		file string
		word secret
	}{
		{f.codeFile, sheetCode()}, {f.pinFile, pinOf("pin-file")},
		{f.passwordFile, secret{"Nouveau mot de passe (il ne s'affiche pas) : ", "le nouveau mot de passe", "password-file"}},
	} {
		if typed[i], err = a.secret(ctx, one.file, one.word); err != nil {
			return err
		}
	}
	c, err := client.New(client.Config{Address: f.server, CAFile: f.ca})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // everything was answered: nothing is lost with the connection
	// Once: every try counts.
	return a.told("Le mot de passe est changé : reconnectez-vous avec « coffre login ».")(client.Once(ctx, c, c.Locks.ResetPassword,
		coffrev1.ResetPasswordRequest_builder{
			Safe: &f.safe, Proof: coffrev1.Proof_builder{Code: &typed[0], Pin: &typed[1]}.Build(), Password: &typed[2],
		}.Build()))
}
