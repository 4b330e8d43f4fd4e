package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func newPartners(a *app) *cobra.Command {
	return group("partners", "Les programmes des partenaires, qui déposent à une adresse",
		newPartnersList(a), newPartnerRegister(a), newPartnerEnd(a), newPartnerLogin(a))
}

func newPartnersList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "Montrer les programmes, leur organisme et leur date de fin",
		Args:  count(0, 0),
		RunE: a.session(func(ctx context.Context, v visit, _ []string) error {
			answer, err := client.Repeat(ctx, v.Client, v.Partners.ListPartners, &coffrev1.ListPartnersRequest{})
			if err != nil {
				return err
			}
			all := answer.GetPartners()
			if len(all) == 0 {
				a.say("Il n'y a aucun programme partenaire.")
			}
			a.table(len(all), func(i int) []string {
				p := all[i]
				return []string{p.GetPartner(), client.Printable(p.GetName()), client.Printable(p.GetSiret()), client.Printable(p.GetStructureName()), until(p.GetUntilTime()), agentWords(p.GetState())}
			})
			return a.emit(answer)
		}),
	}
}

func newPartnerRegister(a *app) *cobra.Command {
	var s step
	var name, siret, key, end, partner string
	cmd := &cobra.Command{
		Use:   "register --name NOM --siret SIRET --key FICHIER --until JOUR",
		Short: "Laisser un programme déposer, ou changer sa clé, avec un second agent",
		Long: `Inscrit le programme d'un organisme partenaire : il pourra déposer à une adresse
faite pour lui (« coffre address issue --partner »), et rien d'autre. Comparez
l'empreinte de la clé avec l'organisme, par un autre chemin, avant que le second
agent accepte.

Avec --partner, un programme déjà inscrit reçoit un nom, une clé et une fin
neufs ; ses sessions finissent.`,
		Example: "  coffre partners register --name 'Organisme Fictif' --siret 73282932000074 --key public.pem --until 31/12/2027",
		Args:    count(0, 0),
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "le `NOM` que les gens liront dans leur journal")
	f.StringVar(&siret, "siret", "", "les 14 chiffres (`SIRET`) de l'organisme")
	f.StringVar(&key, "key", "", "le `FICHIER` PEM de sa clé publique, Ed25519 ou P-256")
	f.StringVar(&end, "until", "", "le dernier `JOUR`, JJ/MM/AAAA, deux ans au plus")
	f.StringVar(&partner, "partner", "", "le programme `ID` déjà inscrit, à changer")
	s.approvalFlags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		if name == "" || siret == "" || key == "" || end == "" {
			return usage("Donnez --name, --siret, --key et --until.")
		}
		public, err := readPublicKey(key)
		if err != nil {
			return err
		}
		last, err := parseEnd(end)
		if err != nil {
			return err
		}
		id, err := s.id()
		if err != nil {
			return err
		}
		a.say("Empreinte de la clé (SHA-256) : %s", public.Fingerprint())
		made, err := try(ctx, a, v, &s, v.Partners.RegisterPartner, coffrev1.RegisterPartnerRequest_builder{
			RequestId: id, Partner: &partner, Name: &name, Siret: &siret, PublicKey: public.Bytes(), UntilTime: last, Approval: &s.approval,
		}.Build())
		if err != nil {
			return err
		}
		return a.told("Le programme %s peut se connecter.", made.GetPartner())(made, nil)
	})
	return cmd
}

func newPartnerEnd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "end ID",
		Short: "Mettre fin à un programme, tout de suite",
		Args:  partnerArgument,
		RunE: a.session(func(ctx context.Context, v visit, args []string) error {
			return a.told("Ce programme ne peut plus rien déposer.")(client.Repeat(ctx, v.Client, v.Structures.EndAgent,
				coffrev1.EndAgentRequest_builder{RequestId: client.NewRequest(), Agent: &args[0]}.Build()))
		}),
	}
}

// partnerArgument accepts one partner program.
func partnerArgument(cmd *cobra.Command, args []string) error {
	if err := count(1, 1)(cmd, args); err != nil {
		return err
	}
	if _, err := vault.ParsePartnerID(args[0]); err != nil {
		return usage("Ce n'est pas l'identifiant d'un programme : « coffre partners ls » les montre.")
	}
	return nil
}

func newPartnerLogin(a *app) *cobra.Command {
	var address, ca, id, key string
	cmd := &cobra.Command{
		Use:   "login --server ADRESSE --client ID --key-file FICHIER",
		Short: "Ouvrir la session d'un programme, avec sa clé",
		Long: `Ouvre une session sans personne : le programme signe, avec la clé privée dont la
moitié publique est inscrite, une attestation qui vaut une minute et une fois.
La session sert ensuite à « coffre put --address ».`,
		Example: "  coffre partners login --server coffre.exemple.fr:443 --client ID --key-file key.pem\n  coffre put --address ADRESSE attestation.pdf",
		Args:    count(0, 0),
	}
	f := cmd.Flags()
	f.StringVar(&address, "server", "", "l'`ADRESSE` du service, nom:port")
	f.StringVar(&ca, "ca", "", "le `FICHIER` PEM des seules autorités à croire pour ce service")
	f.StringVar(&id, "client", "", "l'`ID` du programme, donné à son inscription")
	f.StringVar(&key, "key-file", "", "le `FICHIER` PEM (PKCS #8) de sa clé privée")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if address == "" || id == "" || key == "" {
			return usage("Donnez --server, --client et --key-file.")
		}
		private, err := readPrivateKey(key)
		if err != nil {
			return err
		}
		if ca != "" {
			if ca, err = filepath.Abs(ca); err != nil { // later commands run in other folders
				return client.FileError("lire", ca, err)
			}
		}
		return a.loginProgram(cmd.Context(), address, ca, client.Program{ID: id, Key: private})
	}
	return cmd
}

func (a *app) loginProgram(ctx context.Context, address, ca string, p client.Program) error {
	c, err := client.New(client.Config{Address: address, CAFile: ca})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // everything was answered: nothing is lost with the connection
	s, err := c.LoginProgram(ctx, p)
	if err != nil {
		return err
	}
	saved := client.Saved{Address: address, CAFile: ca, Expires: s.Opened.GetExpireTime().AsTime(), Credentials: s.Credentials}
	if err := a.store.Save(saved); err != nil {
		_ = c.As(s.Credentials).Logout(ctx) // the failure to keep it is what is told
		return err
	}
	a.say("Le programme est connecté jusqu'à %s. La session est gardée dans %s.", clock(saved.Expires), a.store.SessionFile())
	return a.emit(s.Opened) // the token is not in it
}

func readPublicKey(path string) (auth.PartnerKey, error) {
	der, err := readPEM(path, "PUBLIC KEY")
	if err != nil {
		return auth.PartnerKey{}, err
	}
	key, err := auth.ParsePartnerKey(der)
	if err != nil {
		return auth.PartnerKey{}, keyFile(path, err)
	}
	return key, nil
}

func readPrivateKey(path string) (crypto.Signer, error) {
	der, err := readPEM(path, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, keyFile(path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, keyFile(path, auth.ErrPartnerKey)
	}
	if _, err := auth.NewPartnerKey(signer.Public()); err != nil {
		return nil, keyFile(path, err)
	}
	return signer, nil
}

func readPEM(path, kind string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, client.FileError("lire", path, err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != kind {
		return nil, keyFile(path, errors.New("not PEM of "+kind))
	}
	return block.Bytes, nil
}

func keyFile(path string, cause error) *client.Error {
	e := usage("%s n'est pas une clé qui convient : il faut un fichier PEM, Ed25519 ou P-256.", client.Printable(path))
	e.Err = cause
	return e
}
