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

// room is a place for a page that may not be wanted.
func (a *app) room(file string) (*sheetPlace, error) {
	if file == "" {
		return &sheetPlace{to: io.Discard}, nil
	}
	return a.reserve(file)
}

func newPrintConsent(a *app, use, short string, form coffrev1.PrintForm) *cobra.Command {
	var to pageTo
	var record string
	cmd := &cobra.Command{Use: use + " ID --out FICHIER", Short: short, Args: consentID(1, 1), Example: "  coffre print " + use + " ID -o " + use + ".pdf"}
	to.flags(cmd)
	if form == coffrev1.PrintForm_PRINT_FORM_RECEIPT {
		cmd.Flags().StringVar(&record, "record", "", "le `FICHIER` neuf où écrire le même reçu en JSON, pour un programme")
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintConsent, coffrev1.PrintConsentRequest_builder{
				Safe: &v.safe, Consent: &args[0], Form: &form, Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			if record == "" {
				return to.of(made)
			}
			place, err := a.reserve(record)
			if err != nil {
				return prints.Made{}, err
			}
			if err := place.fill(string(made.GetRecord())); err != nil {
				return prints.Made{}, client.FileError("écrire", record, err)
			}
			return to.of(made)
		})
	})
}

func newPrintJournal(a *app) *cobra.Command {
	var to pageTo
	var from, end string
	cmd := &cobra.Command{
		Use: "journal --out FICHIER", Short: "« Qui a vu mes papiers », jour par jour",
		Example: "  coffre print journal -o journal.pdf --from 01/10/2026 --until 31/10/2026", Args: count(0, 0),
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&from, "from", "", "le premier `JOUR`, JJ/MM/AAAA (sinon le premier du journal)")
	cmd.Flags().StringVar(&end, "until", "", "le dernier `JOUR`, JJ/MM/AAAA (sinon aujourd'hui)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		req := coffrev1.PrintJournalRequest_builder{Safe: &v.safe, Format: to.wire()}.Build()
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
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintJournal, req)
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
}

func newPrintDeparture(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{Use: "departure AGENT --out FICHIER", Short: "Le bilan de départ d'un agent", Args: agentID, Example: "  coffre print departure AGENT -o depart.pdf"}
	to.flags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintDeparture, coffrev1.PrintDepartureRequest_builder{
				Agent: &args[0], Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
	return cmd
}

func newPrintLetter(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{
		Use: "letter DEMANDE --out FICHIER", Short: "La lettre à la personne, quand une demande attend 48 heures", Args: approvalID,
		Example: "  coffre print letter DEMANDE -o lettre.pdf",
	}
	to.flags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, args []string) error {
		return a.page(to, func() (prints.Made, error) {
			made, err := client.Repeat(ctx, v.Client, v.Prints.PrintLetter, coffrev1.PrintLetterRequest_builder{
				Approval: &args[0], Format: to.wire(),
			}.Build())
			if err != nil {
				return prints.Made{}, err
			}
			return to.of(made)
		})
	})
	return cmd
}

// newPrintInformation needs no session at the service: anybody may read it.
func newPrintInformation(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{Use: "information --out FICHIER", Short: "Ce qu'il faut savoir sur le coffre, à remettre avant d'en ouvrir un", Args: count(0, 0), Example: "  coffre print information -o notice.pdf"}
	to.flags(cmd)
	cmd.RunE = a.session(func(ctx context.Context, v visit, _ []string) error {
		return a.page(to, func() (prints.Made, error) {
			told, err := client.Repeat(ctx, v.Client, v.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
			if err != nil {
				return prints.Made{}, err
			}
			return to.local(prints.Information{
				Letterhead: prints.Letterhead{Printed: time.Now()}, Text: told.GetText(), Version: told.GetVersion(),
				Digest: hex.EncodeToString(told.GetSha256()),
			})
		})
	})
	return cmd
}

func newPrintAddress(a *app) *cobra.Command {
	var to pageTo
	var whom string
	cmd := &cobra.Command{
		Use: "address ADRESSE --out FICHIER", Short: "Une adresse de dépôt, à remettre à la personne qui dépose", Args: count(1, 1),
		Example: "  coffre print address ADRESSE -o adresse.pdf --for 'La CAF'",
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&whom, "for", "", "à `QUI` elle est destinée")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		id, err := vault.ParseAddressID(args[0])
		if err != nil {
			return usage("Ce n'est pas une adresse de dépôt : « coffre safe » montre celles du coffre.")
		}
		return a.page(to, func() (prints.Made, error) {
			head, portal, err := a.head(ctx, v)
			if err != nil {
				return prints.Made{}, err
			}
			return to.local(prints.AddressSlip{Letterhead: head, Portal: portal, Address: id, For: whom})
		})
	})
}

func newPrintActivation(a *app) *cobra.Command {
	var to pageTo
	cmd := &cobra.Command{Use: "activation --out FICHIER", Short: "Comment la personne relie son compte à son coffre", Args: count(0, 0), Example: "  coffre --visit print activation -o activation.pdf"}
	to.flags(cmd)
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		safe, err := vault.ParseSafeID(v.safe)
		if err != nil {
			return usage("Le coffre donné n'est pas valable.")
		}
		return a.page(to, func() (prints.Made, error) {
			head, portal, err := a.head(ctx, v)
			if err != nil {
				return prints.Made{}, err
			}
			return to.local(prints.ActivationSlip{Letterhead: head, Portal: portal, Safe: safe})
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
	if s.GetTraining() {
		head.Nature = vault.NatureTraining
	}
	return head
}

// sheetPage is a code sheet as it goes into a file: a page to print where the
// file is one, else plain text.
func sheetPage(file string, head prints.Letterhead, s *coffrev1.OpenSafeResponse) (string, error) {
	if !isPage(file) {
		return head.Nature.Marked(sheetText(s, head.Printed)), nil
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
	made, err := pageTo{file: file}.local(page)
	return string(made.Bytes), err
}

// isPage says whether a file, by its name, holds a page to print.
func isPage(file string) bool {
	return strings.HasSuffix(file, ".html") || strings.HasSuffix(file, ".pdf")
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
