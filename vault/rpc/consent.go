package rpc

import (
	"context"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

type consentService struct {
	coffrev1.UnsafeConsentServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
	pages *pages
}

var _ coffrev1.ConsentServiceServer = (*consentService)(nil)

func parseShowConsent(req *coffrev1.ShowConsentRequest, kinds *papers.Catalogue) (vault.Terms, error) {
	var f fields
	t := f.terms(req.GetTerms(), f.safe(req.GetSafe()), spanOptional, kinds)
	return t, f.err()
}

func (s *consentService) ShowConsent(ctx context.Context, req *coffrev1.ShowConsentRequest) (*coffrev1.ShowConsentResponse, error) {
	t, err := parseShowConsent(req, s.kinds)
	if err != nil {
		return nil, err
	}
	text, err := s.vault.ShowConsent(ctx, caller(ctx), t)
	if err != nil {
		return nil, err
	}
	return coffrev1.ShowConsentResponse_builder{Shown: shown(text)}.Build(), nil
}

func parseAskConsent(req *coffrev1.AskConsentRequest, kinds *papers.Catalogue) (vault.AskConsent, error) {
	var f fields
	act := vault.AskConsent{
		Request: f.request(req.GetRequestId()),
		Terms:   f.terms(req.GetTerms(), f.safe(req.GetSafe()), spanNeeded, kinds),
	}
	return act, f.err()
}

func (s *consentService) AskConsent(ctx context.Context, req *coffrev1.AskConsentRequest) (*coffrev1.AskConsentResponse, error) {
	act, err := parseAskConsent(req, s.kinds)
	if err != nil {
		return nil, err
	}
	c, err := s.vault.AskConsent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.AskConsentResponse_builder{Consent: consent(c)}.Build(), nil
}

func parseGiveConsent(req *coffrev1.GiveConsentRequest, kinds *papers.Catalogue) (vault.GiveConsent, error) {
	var f fields
	act := vault.GiveConsent{
		Request:  f.request(req.GetRequestId()),
		Safe:     f.safe(req.GetSafe()),
		Shown:    f.shownDigest(req.GetShownDigest()),
		Giving:   f.giving(req.GetGiving()),
		Proof:    f.proof(req.GetProof()),
		Approval: f.approval(req.GetApproval()),
	}
	switch answers, offers := req.GetConsent() != "", req.HasTerms(); {
	case answers == offers:
		f.refuse("consent", texts.RuleAskOrOffer)
	case answers:
		act.Consent = f.consent(req.GetConsent())
	default:
		act.Terms = f.terms(req.GetTerms(), act.Safe, spanNeeded, kinds)
	}
	return act, f.err()
}

func (s *consentService) GiveConsent(ctx context.Context, req *coffrev1.GiveConsentRequest) (*coffrev1.GiveConsentResponse, error) {
	act, err := parseGiveConsent(req, s.kinds)
	if err != nil {
		return nil, err
	}
	c, err := s.vault.GiveConsent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.GiveConsentResponse_builder{Consent: consent(c)}.Build(), nil
}

func parseEndConsent(request, safe, consent string) (vault.EndConsent, error) {
	var f fields
	act := vault.EndConsent{Request: f.request(request), Safe: f.safe(safe), Consent: f.consent(consent)}
	return act, f.err()
}

// A withdrawal names its consent in one of two ways.
func parseWithdrawConsent(req *coffrev1.WithdrawConsentRequest) (vault.EndConsent, error) {
	if req.GetCode() == "" {
		return parseEndConsent(req.GetRequestId(), req.GetSafe(), req.GetConsent())
	}
	var f fields
	act := vault.EndConsent{Request: f.request(req.GetRequestId()), Code: f.pageCode(req.GetCode())}
	if req.GetSafe() != "" || req.GetConsent() != "" {
		f.refuse("code", texts.RuleWithdraw)
	}
	return act, f.err()
}

func (s *consentService) RefuseConsent(ctx context.Context, req *coffrev1.RefuseConsentRequest) (*coffrev1.RefuseConsentResponse, error) {
	act, err := parseEndConsent(req.GetRequestId(), req.GetSafe(), req.GetConsent())
	if err != nil {
		return nil, err
	}
	if err := s.vault.RefuseConsent(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.RefuseConsentResponse{}, nil
}

func (s *consentService) WithdrawConsent(ctx context.Context, req *coffrev1.WithdrawConsentRequest) (*coffrev1.WithdrawConsentResponse, error) {
	act, err := parseWithdrawConsent(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.WithdrawConsent(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.WithdrawConsentResponse{}, nil
}

func parseWithdrawConsents(req *coffrev1.WithdrawConsentsRequest) (vault.WithdrawAll, error) {
	var f fields
	act := vault.WithdrawAll{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Word: wordWords.parse(&f, "word", req.GetWord())}
	if req.GetAgent() != "" {
		act.Agent = f.agent("agent", req.GetAgent())
	}
	return act, f.err()
}

func (s *consentService) WithdrawConsents(ctx context.Context, req *coffrev1.WithdrawConsentsRequest) (*coffrev1.WithdrawConsentsResponse, error) {
	act, err := parseWithdrawConsents(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.WithdrawAll(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.WithdrawConsentsResponse{}, nil
}

func parseWidenConsent(req *coffrev1.WidenConsentRequest) (vault.WidenConsent, error) {
	var f fields
	act := vault.WidenConsent{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Consent: f.consent(req.GetConsent())}
	if n := len(req.GetDocuments()); n == 0 || n > vault.MaxScope || twice(req.GetDocuments()) {
		f.refuse("documents", texts.RuleDocuments)
	} else {
		act.Documents = f.documents("documents", req.GetDocuments())
	}
	return act, f.err()
}

func (s *consentService) WidenConsent(ctx context.Context, req *coffrev1.WidenConsentRequest) (*coffrev1.WidenConsentResponse, error) {
	act, err := parseWidenConsent(req)
	if err != nil {
		return nil, err
	}
	c, err := s.vault.WidenConsent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.WidenConsentResponse_builder{Consent: consent(c)}.Build(), nil
}

func parseRenewConsent(req *coffrev1.RenewConsentRequest) (vault.RenewConsent, error) {
	var f fields
	act := vault.RenewConsent{
		Request:  f.request(req.GetRequestId()),
		Safe:     f.safe(req.GetSafe()),
		Consent:  f.consent(req.GetConsent()),
		Until:    f.instant("until_time", req.GetUntilTime()),
		Shown:    f.shownDigest(req.GetShownDigest()),
		Giving:   f.giving(req.GetGiving()),
		Proof:    f.proof(req.GetProof()),
		Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *consentService) RenewConsent(ctx context.Context, req *coffrev1.RenewConsentRequest) (*coffrev1.RenewConsentResponse, error) {
	act, err := parseRenewConsent(req)
	if err != nil {
		return nil, err
	}
	c, err := s.vault.RenewConsent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.RenewConsentResponse_builder{Consent: consent(c)}.Build(), nil
}

func (s *consentService) ListConsents(ctx context.Context, req *coffrev1.ListConsentsRequest) (*coffrev1.ListConsentsResponse, error) {
	var f fields
	safe := f.safe(req.GetSafe())
	w := f.walk(ctx, "consents", safe, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Consents(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	found, next, err := pageOf(s.pages, w, found, len(vault.ConsentID{}), func(c vault.Consent) []byte { return c.ID[:] })
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Consent, len(found))
	for i, c := range found {
		all[i] = consent(c)
	}
	return coffrev1.ListConsentsResponse_builder{Consents: all, NextPageToken: &next}.Build(), nil
}

func (s *consentService) ListHelped(ctx context.Context, req *coffrev1.ListHelpedRequest) (*coffrev1.ListHelpedResponse, error) {
	var f fields
	w := f.walk(ctx, "helped", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	last, err := after[vault.ConsentID](s.pages, w)
	if err != nil {
		return nil, err
	}
	found, err := s.vault.Helped(ctx, caller(ctx), vault.ListHelped{After: last, Limit: w.limit})
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		last = found[len(found)-1].Consent
	}
	next := s.pages.following(w, len(found), last[:])
	all := make([]*coffrev1.Helped, len(found))
	for i, h := range found {
		all[i] = helped(h)
	}
	return coffrev1.ListHelpedResponse_builder{Helped: all, NextPageToken: &next}.Build(), nil
}

func helped(h vault.Helped) *coffrev1.Helped {
	return coffrev1.Helped_builder{
		Safe:          named(h.Safe),
		Name:          &h.Name,
		Consent:       named(h.Consent),
		State:         new(consentStateWords.of(h.State)),
		Purpose:       new(string(h.Purpose)),
		FromTime:      stamp(h.From),
		UntilTime:     stamp(h.Until),
		EndReason:     new(endReasonWords.of(h.Ended)),
		EndsSoon:      &h.EndsSoon,
		HandoverWaits: &h.HandoverWaits,
	}.Build()
}

func consent(c vault.Consent) *coffrev1.Consent {
	var ended time.Time
	if c.State == vault.ConsentEnded {
		ended = c.EndedAt
	}
	return coffrev1.Consent_builder{
		Consent:       named(c.ID),
		Safe:          named(c.Terms.Safe),
		State:         new(consentStateWords.of(c.State)),
		Terms:         terms(c.Terms),
		Shown:         shown(c.Shown),
		Giving:        giving(c.Giving),
		AgentName:     &c.AgentName,
		StructureName: &c.Structure,
		GiveTime:      stamp(c.Given),
		EndReason:     new(endReasonWords.of(c.Ended)),
		EndTime:       stamp(ended),
		Documents:     new(count(c.Documents)),
		AskTime:       stamp(c.Asked),
		Record:        record(c.Record()),
		EndsSoon:      &c.EndsSoon,
		Acts:          new(count(c.Acts)),
		ActsSentence:  new(texts.Acts(c.Terms.Posture, c.Acts)),
	}.Build()
}

// record is what L-59 asks of a consent.
func record(r vault.ConsentRecord) *coffrev1.ConsentRecord {
	return coffrev1.ConsentRecord_builder{
		Record:         &r.Record,
		Schema:         &r.Schema,
		Principal:      &r.Principal,
		Purposes:       coded(r.Purposes),
		Basis:          &r.Basis,
		Categories:     coded(r.Categories),
		Kinds:          coded(r.Kinds),
		Papers:         new(count(r.Papers)),
		Processing:     r.Processing,
		Posture:        new(postureWords.of(r.Posture)),
		Controller:     &r.Controller,
		Recipients:     r.Recipients,
		Method:         &r.Method,
		Witnessed:      &r.Witnessed,
		Company:        new(companyWords.of(r.Company)),
		Protection:     new(protectionWords.of(r.Protection)),
		Storage:        &r.Storage,
		Retention:      &r.Retention,
		Withdrawal:     &r.Withdrawal,
		Rights:         r.Rights,
		TextDigest:     r.Text[:],
		TextVersion:    &r.TextVersion,
		Language:       &r.Language,
		Event:          &r.Event,
		EventTime:      stamp(r.EventTime),
		EventState:     new(consentStateWords.of(r.EventState)),
		Entity:         &r.Entity,
		ValidFromTime:  stamp(r.ValidFrom),
		ValidUntilTime: stamp(r.ValidUntil),
	}.Build()
}
