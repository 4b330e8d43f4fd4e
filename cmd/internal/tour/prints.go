package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
)

// takeHome prints what the person takes home from an agreement: the receipt, the
// mandate, and the slip that takes it back.
func (s *story) takeHome(ctx context.Context, consent string) error {
	g := &s.guest
	for name, form := range map[string]coffrev1.PrintForm{
		"recu": coffrev1.PrintForm_PRINT_FORM_RECEIPT, "mandat": coffrev1.PrintForm_PRINT_FORM_MANDATE, "retrait": coffrev1.PrintForm_PRINT_FORM_WITHDRAWAL,
	} {
		made, err := client.Repeat(ctx, g.home, g.home.Prints.PrintConsent, coffrev1.PrintConsentRequest_builder{
			Safe: &g.safe, Consent: &consent, Form: &form,
		}.Build())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := s.page(name+"-"+consent, made); err != nil {
			return err
		}
	}
	return nil
}

// whoLooked prints « Qui a vu mes papiers », in which nobody may be missing: once
// to be read here, and once as the page that the person takes home.
func (s *story) whoLooked(ctx context.Context) error {
	g := &s.guest
	ask := coffrev1.PrintJournalRequest_builder{Safe: &g.safe, Format: coffrev1.PageFormat_PAGE_FORMAT_HTML.Enum()}.Build()
	made, err := client.Repeat(ctx, g.home, g.home.Prints.PrintJournal, ask)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if !bytes.Contains(made.GetHtml(), []byte("Lu un papier.")) || made.GetLines() == 0 {
		return errors.New("the printed journal does not say who read")
	}
	ask.ClearFormat()
	if made, err = client.Repeat(ctx, g.home, g.home.Prints.PrintJournal, ask); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return s.page("journal-"+g.safe, made)
}

// page keeps what was printed: a PDF file, or HTML where that was asked for.
func (s *story) page(name string, made interface {
	GetHtml() []byte
	GetPdf() []byte
},
) error {
	if b := made.GetPdf(); len(b) > 0 {
		return writeNew(filepath.Join(s.cfg.Prints, name+".pdf"), b)
	}
	return writeNew(filepath.Join(s.cfg.Prints, name+".html"), made.GetHtml())
}

// codeSheet keeps a code sheet as a client prints it: its code leaves the service
// once.
func (s *story) codeSheet(name, code, sheet, address string) error {
	secret, err := vault.ParseCode(code)
	if err != nil {
		return fmt.Errorf("code sheet: %w", err)
	}
	id, err := vault.ParseWayID(sheet)
	if err != nil {
		return fmt.Errorf("code sheet: %w", err)
	}
	page := prints.CodeSheet{Letterhead: prints.Letterhead{Printed: time.Now()}, Sheet: id, Code: secret}
	if address != "" {
		if page.Address, err = vault.ParseAddressID(address); err != nil {
			return fmt.Errorf("code sheet: %w", err)
		}
	}
	made, err := prints.PDF(page)
	if err != nil {
		return fmt.Errorf("code sheet: %w", err)
	}
	return writeNew(filepath.Join(s.cfg.Prints, name+".pdf"), made)
}
