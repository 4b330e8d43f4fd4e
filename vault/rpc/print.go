package rpc

import (
	"context"
	"net/url"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// printService renders what the keeper answers: a page has its words and its
// looks from here, whichever program asked for it. It is in this file and in
// notice.go.
type printService struct {
	coffrev1.UnsafePrintServiceServer
	vault  *vault.Vault
	kinds  *papers.Catalogue
	portal *url.URL // the service's public address
}

var _ coffrev1.PrintServiceServer = (*printService)(nil)

func parsePrintConsent(req *coffrev1.PrintConsentRequest) (vault.PrintConsent, error) {
	var f fields
	act := vault.PrintConsent{
		Safe: f.safe(req.GetSafe()), Consent: f.consent(req.GetConsent()), Form: printFormWords.parse(&f, "form", req.GetForm()),
	}
	return act, f.err()
}

func (s *printService) PrintConsent(ctx context.Context, req *coffrev1.PrintConsentRequest) (*coffrev1.PrintConsentResponse, error) {
	act, err := parsePrintConsent(req)
	if err != nil {
		return nil, err
	}
	format, err := parsePageFormat(req.GetFormat())
	if err != nil {
		return nil, err
	}
	p, err := s.vault.PrintConsent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := &coffrev1.PrintConsentResponse{}
	page := s.consentPage(act.Form, p)
	if r, is := page.(prints.Receipt); is {
		record, err := r.JSON()
		if err != nil {
			return nil, err
		}
		answer.SetRecord(record)
	}
	if err := put(answer, page, format); err != nil {
		return nil, err
	}
	return answer, nil
}

// consentPage is what is printed about a consent.
func (s *printService) consentPage(form vault.PrintForm, p vault.ConsentPrint) prints.Page {
	head := letterhead(p.Consent.Structure, p.Discretion)
	switch form {
	case vault.PrintMandate:
		return prints.Mandate{
			Letterhead: head, Consent: p.Consent, Code: p.Code, Person: p.Person, Portal: s.portal, Source: s.source(p.Consent.Terms.Purpose),
		}
	case vault.PrintWithdrawal:
		return prints.Withdrawal{Letterhead: head, Code: p.Code, Structure: p.Consent.Structure}
	case vault.PrintReceipt:
		fallthrough
	default:
		return s.receipt(head, p)
	}
}

func parsePageFormat(w coffrev1.PageFormat) (prints.Format, error) {
	var f fields
	format := pageFormatWords.parse(&f, "format", w)
	return format, f.err()
}

// put makes a page and puts it where its format has its place in an answer.
func put(answer interface {
	SetHtml([]byte)
	SetPdf([]byte)
}, page prints.Page, format prints.Format,
) error {
	made, err := prints.Make(page, format)
	if err != nil {
		return err
	}
	if made.Format == prints.FormatHTML {
		answer.SetHtml(made.Bytes)
		return nil
	}
	answer.SetPdf(made.Bytes)
	return nil
}

func letterhead(structure string, d vault.Discretion) prints.Letterhead {
	return prints.Letterhead{Structure: structure, Printed: time.Now(), Discretion: d}
}

func (s *printService) receipt(head prints.Letterhead, p vault.ConsentPrint) prints.Receipt {
	r := prints.Receipt{
		Letterhead: head, Consent: p.Consent, Code: p.Code, SIRET: p.SIRET, Purpose: s.purpose(p.Consent.Terms.Purpose), Portal: s.portal,
	}
	for _, kind := range p.Consent.Terms.Scope.Kinds {
		label := string(kind) // one that the catalogue has no more keeps its code
		if info, err := s.kinds.KindInfo(kind); err == nil {
			label = info.Label
		}
		r.Kinds = append(r.Kinds, label)
	}
	for _, drawer := range p.Consent.Terms.Scope.Drawers {
		label := string(drawer)
		if info, err := s.kinds.DrawerInfo(drawer); err == nil {
			label = info.Label
		}
		r.Drawers = append(r.Drawers, label)
	}
	return r
}

// purpose is the label of a démarche; its code where the catalogue has it no
// more.
func (s *printService) purpose(code papers.Purpose) string {
	if info, err := s.kinds.Purpose(code); err == nil {
		return info.Label
	}
	return string(code)
}

// source is where the papers of a démarche come from, where the list is from
// memory and has to be checked; empty otherwise.
func (s *printService) source(code papers.Purpose) string {
	info, err := s.kinds.Purpose(code)
	if err != nil || info.Evidence != papers.Memory {
		return ""
	}
	return info.Source.Name
}

func parsePrintJournal(req *coffrev1.PrintJournalRequest) (vault.PrintJournal, error) {
	var f fields
	act := vault.PrintJournal{Safe: f.safe(req.GetSafe())}
	if req.HasFromTime() {
		act.From = f.instant("from_time", req.GetFromTime())
	}
	if req.HasUntilTime() {
		act.Until = f.instant("until_time", req.GetUntilTime())
		if !act.Until.IsZero() && !act.Until.After(act.From) {
			f.refuse("until_time", texts.RuleAfter)
		}
	}
	return act, f.err()
}

func (s *printService) PrintJournal(ctx context.Context, req *coffrev1.PrintJournalRequest) (*coffrev1.PrintJournalResponse, error) {
	act, err := parsePrintJournal(req)
	if err != nil {
		return nil, err
	}
	format, err := parsePageFormat(req.GetFormat())
	if err != nil {
		return nil, err
	}
	p, err := s.vault.PrintJournal(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	j := prints.Journal{
		Letterhead: letterhead(p.Structure, p.Discretion), From: act.From, Until: act.Until, Lines: p.Lines, Older: p.Older,
		Purposes: map[papers.Purpose]string{},
	}
	j.Nature = p.Nature
	if j.From.IsZero() && len(p.Lines) > 0 {
		j.From = p.Lines[0].Time
	}
	if j.Until.IsZero() {
		j.Until = j.Printed
	}
	for _, l := range p.Lines {
		if l.Purpose != "" {
			j.Purposes[l.Purpose] = s.purpose(l.Purpose)
		}
	}
	answer := coffrev1.PrintJournalResponse_builder{Lines: new(count(len(p.Lines)))}.Build()
	if err := put(answer, j, format); err != nil {
		return nil, err
	}
	return answer, nil
}

func (s *printService) PrintDeparture(ctx context.Context, req *coffrev1.PrintDepartureRequest) (*coffrev1.PrintDepartureResponse, error) {
	var f fields
	agent, format := f.agent("agent", req.GetAgent()), pageFormatWords.parse(&f, "format", req.GetFormat())
	if err := f.err(); err != nil {
		return nil, err
	}
	report, err := s.wholeReport(ctx, agent)
	if err != nil {
		return nil, err
	}
	answer := &coffrev1.PrintDepartureResponse{}
	if err := put(answer, prints.Departure{Letterhead: letterhead(report.Structure, vault.DiscretionNormal), Report: report}, format); err != nil {
		return nil, err
	}
	return answer, nil
}

// wholeReport puts the pages of a report together: on paper it has no next page
// to ask for.
func (s *printService) wholeReport(ctx context.Context, agent vault.AgentID) (vault.DepartureReport, error) {
	act := vault.ReadDeparture{Agent: agent, Limit: vault.MaxPage}
	whole, err := s.vault.DepartureReport(ctx, caller(ctx), act)
	for err == nil && !whole.Next.IsZero() {
		var page vault.DepartureReport
		act.After = whole.Next
		if page, err = s.vault.DepartureReport(ctx, caller(ctx), act); err == nil {
			whole.Safes, whole.Next = append(whole.Safes, page.Safes...), page.Next
		}
	}
	return whole, err
}
