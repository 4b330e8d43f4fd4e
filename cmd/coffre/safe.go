package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newOpen(a *app) *cobra.Command {
	var s client.NewSafe
	var entry entryFlags
	var sheet, pinFile string
	var choose, discreet bool
	cmd := &cobra.Command{
		Use:   "open --sheet FICHIER --information VERSION",
		Short: "Ouvrir un coffre pour une personne, au guichet",
		Long: `Ouvre un coffre verrouillé et écrit sa feuille de code dans un fichier neuf que
vous seul pouvez lire. Le code n'est gardé nulle part ailleurs : imprimez la
feuille, remettez-la à la personne, puis effacez le fichier. Un fichier .html est
une page avec une carte de poche, un autre est du texte simple.`,
		Example: "  coffre open --sheet feuille.txt --information fr-1\n  coffre open --sheet feuille.txt --information fr-1 --name 'FICTIVE Anne' --birth 03/09/1981 --choose-pin",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&sheet, "sheet", "", "le `FICHIER` neuf où écrire la feuille de code, ou - pour la sortie")
	cmd.Flags().StringVar(&s.Information, "information", "", "la `VERSION` de la notice remise avant à la personne")
	cmd.Flags().StringVar(&s.OwnerIssuer, "owner-issuer", "", "l'`ADRESSE` du service de connexion de la personne, si elle en a un")
	cmd.Flags().StringVar(&s.OwnerSubject, "owner-subject", "", "l'`IDENTIFIANT` de la personne à ce service")
	entry.flags(cmd)
	cmd.Flags().BoolVar(&choose, "choose-pin", false, "la personne tape un PIN de six chiffres, qui ne s'affiche pas")
	cmd.Flags().StringVar(&pinFile, "pin-file", "", "le `FICHIER` qui contient ce PIN, ou - pour l'entrée")
	cmd.Flags().StringArrayVar(&s.Entrust, "entrust", nil, "un `TIROIR` que la personne confie (plusieurs fois si besoin) ; sans cela, la question est posée au clavier")
	cmd.Flags().StringVar(&s.Agreement, "agreement", "", "la `VERSION` du texte qu'elle a accepté pour cela")
	cmd.Flags().BoolVar(&s.UntilHandover, "until-handover", false, "ce qu'elle confie ne vaut que jusqu'à la remise du coffre, à la fin de l'atelier")
	cmd.Flags().BoolVar(&discreet, "discreet", false, "ne jamais montrer ce coffre dans une liste, un imprimé ou un avis")
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		switch {
		case discreet && entry.name != "":
			return usage("Un coffre discret n'est dans aucun registre : donnez --discreet ou --name, pas les deux.")
		case (entry.name == "") != (entry.birth == ""):
			return usage("--name et --birth vont ensemble.")
		case sheet == "":
			return usage("Dites avec --sheet dans quel fichier écrire la feuille de code.")
		case s.Information == "":
			return usage("Remettez d'abord la notice à la personne (« coffre info »), puis donnez sa version avec --information.")
		case len(s.Entrust) > 0 && (s.Agreement == "" || !choose && pinFile == ""):
			return usage("Un tiroir confié s'ouvre avec un PIN : donnez --choose-pin, et avec --agreement la version du texte accepté.")
		case (s.OwnerIssuer == "") != (s.OwnerSubject == ""):
			return usage("--owner-issuer et --owner-subject vont ensemble.")
		}
		if err := given(ctx, v, s.Information); err != nil {
			return err
		}
		s.Entry = entry.entry()
		if discreet {
			s.Discretion = coffrev1.Discretion_DISCRETION_DISCREET
		}
		if choose || pinFile != "" {
			var err error
			if s.PIN, err = a.newPIN(ctx, pinFile, "pin-file"); err != nil {
				return err
			}
		}
		if _, keyboard := terminal(a.stdin); keyboard && s.PIN != "" && len(s.Entrust) == 0 {
			var err error
			if s.Entrust, s.Agreement, err = a.askDrawers(s.UntilHandover); err != nil {
				return err
			}
		}
		return a.open(ctx, v, s, sheet)
	})
	return cmd
}

// given refuses to note that a person was given a notice which the service does not
// have: what they were told would be in no text (L-11).
func given(ctx context.Context, v visit, version string) error {
	told, err := client.Repeat(ctx, v.Client, v.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		return err
	}
	if now := told.GetVersion(); now != version {
		return usage("La notice du service est la version %s : remettez celle-là à la personne (« coffre info »), puis donnez --information %s.", client.Printable(now), client.Printable(now))
	}
	return nil
}

func (a *app) open(ctx context.Context, v visit, s client.NewSafe, sheet string) error {
	head := prints.Letterhead{Printed: time.Now(), Discretion: vault.DiscretionNormal}
	if s.Discretion == coffrev1.Discretion_DISCRETION_DISCREET {
		head.Discretion = vault.DiscretionDiscreet
	}
	place, err := a.reserve(sheet)
	if err != nil {
		return err
	}
	opened, err := v.OpenSafe(ctx, s)
	err = instead(err, "SHEET_GONE", "Un coffre est ouvert, mais la réponse s'est perdue et le code de sa feuille ne peut plus être redit : ouvrez un autre coffre, personne ne pourra déverrouiller celui-là.")
	if err != nil {
		place.abandon()
		return err
	}
	page, err := sheetPage(sheet, head, opened)
	if err == nil {
		err = place.fill(page)
	}
	if err != nil {
		return &client.Error{
			Class:    client.ClassFailed,
			Reason:   "SHEET",
			Sentence: fmt.Sprintf("Le coffre %s est ouvert mais sa feuille de code n'a pas pu être écrite dans %s : ouvrez un autre coffre, personne ne pourra déverrouiller celui-ci.", opened.GetSafe(), sheet),
			Err:      err,
		}
	}
	opened.SetCode("") // it is on the sheet, and nowhere else
	if sheet == "-" {
		return nil // the sheet is the output
	}
	a.say("Le coffre %s est ouvert et verrouillé.", opened.GetSafe())
	a.say("La feuille de code %s est dans %s : imprimez-la, remettez-la, puis effacez ce fichier.", opened.GetSheet(), sheet)
	return a.emit(struct {
		Safe      string `json:"safe"`
		Sheet     string `json:"sheet"`
		SheetFile string `json:"sheetFile"`
		Address   string `json:"address"`
	}{opened.GetSafe(), opened.GetSheet(), sheet, opened.GetAddress()})
}

// sheetRoom is more than a sheet needs, in bytes.
const sheetRoom = 128 << 10

// A sheetPlace is room for a code sheet, taken before the code exists: the code
// leaves the service once, and a full disk must be found out before that.
type sheetPlace struct {
	file *os.File
	to   io.Writer // instead of a file
}

func (a *app) reserve(path string) (*sheetPlace, error) {
	if path == "-" {
		return &sheetPlace{to: a.stdout}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, client.FileError("écrire", path, err)
	}
	p := &sheetPlace{file: f}
	_, err = f.Write(bytes.Repeat([]byte{' '}, sheetRoom))
	if err = errors.Join(err, f.Sync()); err != nil {
		p.abandon()
		return nil, client.FileError("écrire", path, err)
	}
	return p, nil
}

func (p *sheetPlace) fill(text string) error {
	if p.file == nil {
		_, err := io.WriteString(p.to, text)
		return err // told in a sentence by the caller
	}
	_, err := p.file.WriteAt([]byte(text), 0)
	return errors.Join(err, p.file.Truncate(int64(len(text))), p.file.Sync(), p.file.Close())
}

func (p *sheetPlace) abandon() {
	if p.file != nil {
		_ = p.file.Close()           // nothing in it is wanted
		_ = os.Remove(p.file.Name()) // made by us a moment ago
	}
}

// sheetText is the plain form of the code sheet.
func sheetText(s *coffrev1.OpenSafeResponse, now time.Time) string {
	address := ""
	if s.GetAddress() != "" {
		address = "Adresse pour y déposer : " + s.GetAddress() + "\n"
	}
	return fmt.Sprintf(`FEUILLE DE CODE DE VOTRE COFFRE NUMÉRIQUE

Votre code :   %s

Ce code ouvre votre coffre. Gardez cette feuille comme une clé, chez vous ou
avec quelqu'un de confiance. Ne la donnez à personne et ne la prenez pas en
photo. Si vous la perdez, venez nous voir : un papier peut toujours être déposé
sans elle.

Coffre :   %s
Feuille :  %s
%sImprimée le %s
`, s.GetCode(), s.GetSafe(), s.GetSheet(), address, now.Local().Format("02/01/2006"))
}

func newUnlock(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Déverrouiller votre coffre avec votre feuille de code",
		Long: `Déverrouille votre coffre pour cette session. Le code est demandé sans être
affiché ; il ne se donne jamais dans la commande elle-même, où d'autres
programmes pourraient le lire.`,
		Example: "  coffre unlock\n  coffre unlock --code-file code.txt",
		Args:    count(0, 0),
	}
	cmd.Flags().StringVar(&file, "code-file", "", "le `FICHIER` qui contient le code, ou - pour l'entrée")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		code, err := a.code(ctx, file)
		if err != nil {
			return err
		}
		if err := v.Unlock(ctx, v.safe, code); err != nil {
			return err
		}
		a.say("Le coffre est déverrouillé pour cette session ; « coffre lock » le verrouille.")
		return a.emit(struct{}{})
	})
}

func newLock(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "lock", Short: "Verrouiller votre coffre", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		if err := v.Lock(ctx, v.safe); err != nil {
			return err
		}
		a.say("Le coffre est verrouillé.")
		return a.emit(struct{}{})
	})
}

func newEntrust(a *app) *cobra.Command {
	var agreement string
	var until bool
	cmd := &cobra.Command{
		Use:     "entrust TIROIR --agreement VERSION",
		Example: "  coffre entrust logement --agreement fr-1",
		Short:   "Confier un tiroir : le service pourra vous aider sans la feuille de code",
		Args:    count(1, 1),
	}
	cmd.Flags().StringVar(&agreement, "agreement", "", "la `VERSION` du texte que vous avez accepté")
	cmd.Flags().BoolVar(&until, "until-handover", false, "jusqu'à la remise du coffre, à la fin de l'atelier, et pas plus")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if agreement == "" {
			return usage("Dites avec --agreement quelle version du texte vous avez acceptée.")
		}
		entrust := v.Entrust
		if until {
			entrust = v.EntrustUntilHandover
		}
		n, err := entrust(ctx, v.safe, args[0], agreement)
		if err != nil {
			return err
		}
		a.say("Le tiroir %s est confié : %s.", args[0], plural(n, "papier", "papiers"))
		covered := int32(n)
		return a.emit(coffrev1.EntrustDrawerResponse_builder{Documents: &covered}.Build())
	})
}

func newTakeBack(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "takeback TIROIR", Short: "Reprendre un tiroir confié", Args: count(1, 1)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if err := v.TakeBack(ctx, v.safe, args[0]); err != nil {
			return err
		}
		a.say("Le tiroir %s n'est plus confié.", args[0])
		return a.emit(struct{}{})
	})
}
