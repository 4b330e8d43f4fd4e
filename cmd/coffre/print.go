package main

import (
	"context"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

func newPrint(a *app) *cobra.Command {
	return group("print", "Faire une page à imprimer : reçu, mandat, journal…",
		newPrintConsent(a, "receipt", "Le reçu d'un accord, sans aucun nom", coffrev1.PrintForm_PRINT_FORM_RECEIPT),
		newPrintConsent(a, "mandate", "Le mandat : le texte exact, les places pour signer, le papier pour retirer", coffrev1.PrintForm_PRINT_FORM_MANDATE),
		newPrintConsent(a, "slip", "Le papier par lequel la personne retire son accord", coffrev1.PrintForm_PRINT_FORM_WITHDRAWAL),
		newPrintJournal(a), newPrintDeparture(a), newPrintLetter(a), newPrintInformation(a), newPrintAddress(a), newPrintActivation(a))
}

// outFlag names the file of a page; it is never written over.
func outFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "out", "o", "", "le `FICHIER` neuf où écrire la page, ou - pour la sortie")
}

// page writes one page that make answers; the file is there, and has room, before
// anything is asked.
func (a *app) page(file string, answer func() ([]byte, error)) error {
	if file == "" {
		return usage("Dites avec --out dans quel fichier écrire la page.")
	}
	place, err := a.reserve(file)
	if err != nil {
		return err
	}
	html, err := answer()
	if err != nil {
		place.abandon()
		return err
	}
	if err := place.fill(string(html)); err != nil {
		return client.FileError("écrire", file, err)
	}
	if file == "-" {
		return nil // the page is the output
	}
	a.say("La page est dans %s : ouvrez-la dans un navigateur, puis imprimez.", client.Printable(file))
	return a.emit(map[string]string{"file": file})
}

// room is a place for a page that may not be wanted.
func (a *app) room(file string) (*sheetPlace, error) {
	if file == "" {
		return &sheetPlace{to: io.Discard}, nil
	}
	return a.reserve(file)
}

func newPrintConsent(a *app, use, short string, form coffrev1.PrintForm) *cobra.Command {
	var file, record string
	cmd := &cobra.Command{Use: use + " ID --out FICHIER", Short: short, Args: consentID(1, 1), Example: "  coffre print " + use + " ID -o " + use + ".html"}
	outFlag(cmd, &file)
	if form == coffrev1.PrintForm_PRINT_FORM_RECEIPT {
		cmd.Flags().StringVar(&record, "record", "", "le `FICHIER` neuf où écrire le même reçu en JSON, pour un programme")
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.page(file, func() ([]byte, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintConsent, coffrev1.PrintConsentRequest_builder{
				Safe: &v.safe, Consent: &args[0], Form: &form,
			}.Build())
			if err != nil || record == "" {
				return made.GetHtml(), err
			}
			place, err := a.reserve(record)
			if err != nil {
				return nil, err
			}
			if err := place.fill(string(made.GetRecord())); err != nil {
				return nil, client.FileError("écrire", record, err)
			}
			return made.GetHtml(), nil
		})
	})
}

func newPrintJournal(a *app) *cobra.Command {
	var file, from, end string
	cmd := &cobra.Command{
		Use: "journal --out FICHIER", Short: "« Qui a vu mes papiers », jour par jour",
		Example: "  coffre print journal -o journal.html --from 01/10/2026 --until 31/10/2026", Args: count(0, 0),
	}
	outFlag(cmd, &file)
	cmd.Flags().StringVar(&from, "from", "", "le premier `JOUR`, JJ/MM/AAAA (sinon le premier du journal)")
	cmd.Flags().StringVar(&end, "until", "", "le dernier `JOUR`, JJ/MM/AAAA (sinon aujourd'hui)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		req := coffrev1.PrintJournalRequest_builder{Safe: &v.safe}.Build()
		if from != "" {
			t, err := parseBegin("from", from)
			if err != nil {
				return err
			}
			req.SetFromTime(t)
		}
		if end != "" {
			t, err := parseEnd(end)
			if err != nil {
				return err
			}
			req.SetUntilTime(t)
		}
		return a.page(file, func() ([]byte, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintJournal, req)
			return made.GetHtml(), err
		})
	})
}

func newPrintDeparture(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "departure AGENT --out FICHIER", Short: "Le bilan de départ d'un agent", Args: count(1, 1)}
	outFlag(cmd, &file)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		return a.page(file, func() ([]byte, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintDeparture, coffrev1.PrintDepartureRequest_builder{Agent: &args[0]}.Build())
			return made.GetHtml(), err
		})
	})
	return cmd
}

func newPrintLetter(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "letter DEMANDE --out FICHIER", Short: "La lettre à la personne, quand une demande attend 48 heures", Args: approvalID,
	}
	outFlag(cmd, &file)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		return a.page(file, func() ([]byte, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintLetter, coffrev1.PrintLetterRequest_builder{Approval: &args[0]}.Build())
			return made.GetHtml(), err
		})
	})
	return cmd
}

// newPrintInformation needs no session at the service: anybody may read it.
func newPrintInformation(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "information --out FICHIER", Short: "Ce qu'il faut savoir sur le coffre, à remettre avant d'en ouvrir un", Args: count(0, 0)}
	outFlag(cmd, &file)
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		return a.page(file, func() ([]byte, error) {
			told, err := client.Repeat(ctx, v.Client, v.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
			if err != nil {
				return nil, err
			}
			return prints.HTML(prints.Information{
				Letterhead: prints.Letterhead{Printed: time.Now()}, Text: told.GetText(), Version: told.GetVersion(),
				Digest: hex.EncodeToString(told.GetSha256()),
			})
		})
	})
	return cmd
}

func newPrintAddress(a *app) *cobra.Command {
	var file, whom string
	cmd := &cobra.Command{
		Use: "address ADRESSE --out FICHIER", Short: "Une adresse de dépôt, à remettre à la personne qui dépose", Args: count(1, 1),
	}
	outFlag(cmd, &file)
	cmd.Flags().StringVar(&whom, "for", "", "à `QUI` elle est destinée")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		id, err := vault.ParseAddressID(args[0])
		if err != nil {
			return usage("Ce n'est pas une adresse de dépôt : « coffre safe » montre celles du coffre.")
		}
		return a.page(file, func() ([]byte, error) {
			head, portal, err := a.head(ctx, v)
			if err != nil {
				return nil, err
			}
			return prints.HTML(prints.AddressSlip{Letterhead: head, Portal: portal, Address: id, For: whom})
		})
	})
}

func newPrintActivation(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "activation --out FICHIER", Short: "Comment la personne relie son compte à son coffre", Args: count(0, 0)}
	outFlag(cmd, &file)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		safe, err := vault.ParseSafeID(v.safe)
		if err != nil {
			return usage("Le coffre donné n'est pas valable.")
		}
		return a.page(file, func() ([]byte, error) {
			head, portal, err := a.head(ctx, v)
			if err != nil {
				return nil, err
			}
			return prints.HTML(prints.ActivationSlip{Letterhead: head, Portal: portal, Safe: safe})
		})
	})
}

// head is what stands on a page made here: whether the safe is discreet, and
// where the service is reached.
func (a *app) head(ctx context.Context, v visit) (prints.Letterhead, *url.URL, error) {
	told, err := client.Repeat(ctx, v.Client, v.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		return prints.Letterhead{}, nil, err
	}
	portal, err := url.Parse(told.GetPublicUrl())
	if err != nil {
		return prints.Letterhead{}, nil, &client.Error{
			Class: client.ClassFailed, Reason: "PUBLIC_URL", Sentence: "Le service ne dit pas son adresse publique : la page ne peut pas être faite.", Err: err,
		}
	}
	return a.letterhead(ctx, v), portal, nil
}

// letterhead says whether the safe is discreet: its pages then say nothing. Where
// the caller is not told, they say nothing either.
func (a *app) letterhead(ctx context.Context, v visit) prints.Letterhead {
	head := prints.Letterhead{Printed: time.Now(), Discretion: vault.DiscretionDiscreet}
	s, err := client.Repeat(ctx, v.Client, v.Locks.GetSafe, coffrev1.GetSafeRequest_builder{Safe: &v.safe}.Build())
	if err == nil && !s.GetDiscreet() {
		head.Discretion = vault.DiscretionNormal
	}
	return head
}

// sheetPage is a code sheet as it goes into a file: a page to print where the
// file is one, else plain text.
func sheetPage(file string, head prints.Letterhead, s *coffrev1.OpenSafeResponse) (string, error) {
	if !strings.HasSuffix(file, ".html") {
		return sheetText(s, head.Printed), nil
	}
	code, err := vault.ParseCode(s.GetCode())
	if err != nil {
		return "", err
	}
	sheet, err := vault.ParseWayID(s.GetSheet())
	if err != nil {
		return "", err
	}
	page := prints.CodeSheet{Letterhead: head, Sheet: sheet, Code: code}
	if s.GetAddress() != "" {
		if page.Address, err = vault.ParseAddressID(s.GetAddress()); err != nil {
			return "", err
		}
	}
	html, err := prints.HTML(page)
	return string(html), err
}

func newNotices(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "notices", Short: "Lire les nouvelles de votre coffre : ce qui finit, ce qui arrive, ce qui attend", Args: count(0, 0),
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		answer, err := client.Repeat(ctx, v.Client, v.Prints.ListNotices, coffrev1.ListNoticesRequest_builder{Safe: &v.safe}.Build())
		if err != nil {
			return err
		}
		all := answer.GetNotices()
		if len(all) == 0 {
			a.say("Rien de nouveau.")
		}
		for _, n := range all {
			mark := " "
			if n.GetUnread() {
				mark = "*"
			}
			when := strings.Repeat(" ", len("02/01/2006"))
			if n.HasTime() {
				when = day(n.GetTime().AsTime())[:len(when)]
			}
			a.say("%s %s  %s", mark, when, client.Printable(n.GetSentence()))
			for _, d := range n.GetDocuments() {
				if d.GetTitle() != "" {
					a.say("              – %s", client.Printable(d.GetTitle()))
				}
			}
		}
		return a.emit(answer)
	})
}
