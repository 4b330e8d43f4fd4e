package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// What stands on the paper of the tour, and what may not.
const (
	passportName    = "Éloïse-Zoé Fictive Ça-Huit"
	passportHint    = "la fleur du jardin fictif 2290"
	unchosenLogin   = "3017750264817"
	unchosenPrinted = "30 17 750 264 817" // a long number is parted on paper
	unchosenSecret  = "Noisetier-Fictif-9043"
	maxPassport     = 300 << 10
)

// passport: the person prints a booklet and cards for the pocket: one memo with
// its secret, one with its hint, the rest with identifiers alone.
func (s *story) passport(ctx context.Context) (string, error) {
	for _, text := range []string{passportName, passportHint, unchosenLogin, unchosenSecret} {
		s.mark("text of a memo", text)
	}
	g := &s.guest
	choices, err := s.choose(ctx)
	if err != nil {
		return "", err
	}
	for name, form := range map[string]coffrev1.PassportForm{
		"livret": coffrev1.PassportForm_PASSPORT_FORM_BOOKLET, "pliee": coffrev1.PassportForm_PASSPORT_FORM_FOLDED, "carte": coffrev1.PassportForm_PASSPORT_FORM_CARDS,
	} {
		copied, err := s.printPassport(ctx, name, form, choices)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		g.copies[name] = copied
	}
	list, err := client.Repeat(ctx, g.home, g.home.Passports.ListCopies, coffrev1.ListCopiesRequest_builder{Safe: &g.safe}.Build())
	if err != nil {
		return "", fmt.Errorf("copies: %w", err)
	}
	if n := len(list.GetCopies()); n != len(g.copies) {
		return "", differ("copies", n, len(g.copies))
	}
	return fmt.Sprintf("three copies are printed, of three memos: one secret, one hint, and identifiers; what was not chosen is on none; the booklet is %s and its address %s",
		g.copies["livret"].GetNumber(), g.copies["livret"].GetAddress()), nil
}

// choose makes the memos ready: a third one, of which only the login is printed.
func (s *story) choose(ctx context.Context) ([]*coffrev1.MemoChoice, error) {
	g := &s.guest
	g.copies = map[string]*coffrev1.PrintPassportResponse{}
	if err := s.unlockHome(ctx); err != nil {
		return nil, err
	}
	tax, err := s.putMemo(ctx, g.home, "impots", unchosenLogin, unchosenSecret, false)
	if err != nil {
		return nil, err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Memos.ChangeMemo, coffrev1.ChangeMemoRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Document: &g.notebook,
		Memo: coffrev1.Memo_builder{Body: new("caf"), Login: new(notebookLogin), Hint: new(passportHint)}.Build(),
	}.Build())
	if err != nil {
		return nil, fmt.Errorf("hint: %w", err)
	}
	choice := func(id string, d coffrev1.Disclosure) *coffrev1.MemoChoice {
		return coffrev1.MemoChoice_builder{Document: &id, Discloses: &d}.Build()
	}
	return []*coffrev1.MemoChoice{
		choice(g.mailbox, coffrev1.Disclosure_DISCLOSURE_SECRET), choice(g.notebook, coffrev1.Disclosure_DISCLOSURE_HINT), choice(tax, coffrev1.Disclosure_DISCLOSURE_LOGIN),
	}, nil
}

// unlockHome opens the guest's safe in their own session, where it is locked.
func (s *story) unlockHome(ctx context.Context) error {
	g := &s.guest
	if _, err := s.reveal(ctx, g.home, g.mailbox); err == nil {
		return nil
	}
	if err := g.home.Unlock(ctx, g.safe, g.code); err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	return nil
}

// printPassport prints one copy, keeps it, and looks at the same copy as a page
// for a browser: a retry is the same copy.
func (s *story) printPassport(ctx context.Context, name string, form coffrev1.PassportForm, memos []*coffrev1.MemoChoice) (*coffrev1.PrintPassportResponse, error) {
	g := &s.guest
	ask := coffrev1.PrintPassportRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Form: &form, Name: new(passportName), Memos: memos,
	}.Build()
	made, err := client.Repeat(ctx, g.home, g.home.Passports.PrintPassport, ask)
	if err != nil {
		return nil, err
	}
	if n := len(made.GetPdf()); n == 0 || n > maxPassport || !bytes.HasPrefix(made.GetPdf(), []byte("%PDF-")) {
		return nil, differ("bytes of PDF", n, "some, and less than 300 KiB")
	}
	if err := s.page("passeport-"+name+"-"+g.safe, made); err != nil {
		return nil, err
	}
	ask.SetFormat(coffrev1.PageFormat_PAGE_FORMAT_HTML)
	page, err := client.Repeat(ctx, g.home, g.home.Passports.PrintPassport, ask)
	if err != nil {
		return nil, fmt.Errorf("the same copy again: %w", err)
	}
	if page.GetNumber() != made.GetNumber() || page.GetAddress() != made.GetAddress() {
		return nil, errors.New("a retry is another copy")
	}
	for text, there := range map[string]bool{
		passportName: true, mailboxSecret: true, passportHint: true, notebookLogin: true, unchosenPrinted: true,
		changedSecret: false, notebookSecret: false, unchosenSecret: false,
	} {
		if bytes.Contains(page.GetHtml(), []byte(text)) != there {
			return nil, fmt.Errorf("the copy and what was chosen differ: a text that is there: %t", !there)
		}
	}
	return made, nil
}

// copyLost: the cards are lost. Their address ends, that of the booklet does not,
// and the person reads what stood on the cards.
func (s *story) copyLost(ctx context.Context) (string, error) {
	g := &s.guest
	cards := g.copies["carte"]
	var lost *coffrev1.LoseCopyResponse
	for range 2 { // a copy lost twice is one answer
		var err error
		lost, err = client.Repeat(ctx, g.home, g.home.Passports.LoseCopy, coffrev1.LoseCopyRequest_builder{
			RequestId: client.NewRequest(), Safe: &g.safe, Copy: new(cards.GetCopy()),
		}.Build())
		if err != nil {
			return "", err
		}
		if n := len(lost.GetMemos()); n != 3 || lost.GetMemos()[0].GetDocument() != g.mailbox {
			return "", differ("memos on the lost copy", n, 3)
		}
	}
	if err := s.page("copie-perdue-"+g.safe, lost); err != nil {
		return "", err
	}
	for name, leads := range map[string]bool{"carte": false, "pliee": true, "livret": true} {
		found, err := client.Repeat(ctx, s.counter, s.counter.Register.FindSafe, coffrev1.FindSafeRequest_builder{Address: new(g.copies[name].GetAddress())}.Build())
		if err != nil {
			return "", fmt.Errorf("find: %w", err)
		}
		if (len(found.GetSafes()) == 1) != leads {
			return "", fmt.Errorf("the address of a copy (%s) leads to the safe: %t", name, !leads)
		}
	}
	list, err := client.Repeat(ctx, g.home, g.home.Memos.ListToChange, coffrev1.ListToChangeRequest_builder{Safe: &g.safe}.Build())
	if err != nil {
		return "", fmt.Errorf("to change: %w", err)
	}
	for _, m := range list.GetMemos() {
		if m.GetOnLostCopy() && m.GetDocument() == g.mailbox {
			return "the cards are lost: their address leads nowhere, that of the booklet still does; the page to take home lists the three memos they had, and the one secret is on the list of what to change", nil
		}
	}
	return "", errors.New("the secret on the lost copy is not on the list of what to change")
}
