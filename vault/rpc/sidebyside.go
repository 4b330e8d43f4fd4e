package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

func parseStartSideBySide(req *coffrev1.StartSideBySideRequest, kinds *papers.Catalogue) (vault.StartSideBySide, error) {
	var f fields
	act := vault.StartSideBySide{
		Terms:  f.terms(req.GetTerms(), f.safe(req.GetSafe()), spanNone, kinds),
		Shown:  f.shownDigest(req.GetShownDigest()),
		Giving: f.giving(req.GetGiving()),
		Proof:  f.proof(req.GetProof()),
	}
	return act, f.err()
}

func (s *presenceService) StartSideBySide(ctx context.Context, req *coffrev1.StartSideBySideRequest) (*coffrev1.StartSideBySideResponse, error) {
	act, err := parseStartSideBySide(req, s.kinds)
	if err != nil {
		return nil, err
	}
	began, err := s.vault.StartSideBySide(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return sideBySide(began), nil
}

func sideBySide(s vault.SideBySide) *coffrev1.StartSideBySideResponse {
	return coffrev1.StartSideBySideResponse_builder{
		Consent: named(s.Consent), ExpireTime: stamp(s.Until), Documents: new(count(s.Documents)),
	}.Build()
}

// Without an until nothing survives, and nothing was agreed to.
func parseEndSideBySide(req *coffrev1.EndSideBySideRequest) (vault.EndSideBySide, error) {
	var f fields
	act := vault.EndSideBySide{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe())}
	switch {
	case req.HasUntilTime():
		act.Until = f.instant("until_time", req.GetUntilTime())
		act.Shown = f.shownDigest(req.GetShownDigest())
		act.Giving = f.giving(req.GetGiving())
		act.Proof = f.proof(req.GetProof())
	case len(req.GetShownDigest()) > 0 || req.HasGiving() || req.HasProof():
		f.refuse("until_time", texts.RuleComeBack)
	}
	return act, f.err()
}

func (s *presenceService) EndSideBySide(ctx context.Context, req *coffrev1.EndSideBySideRequest) (*coffrev1.EndSideBySideResponse, error) {
	act, err := parseEndSideBySide(req)
	if err != nil {
		return nil, err
	}
	format, err := parsePageFormat(req.GetFormat())
	if err != nil {
		return nil, err
	}
	sum, err := s.vault.EndSideBySide(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	label := string(sum.Purpose)
	if info, err := s.kinds.Purpose(sum.Purpose); err == nil {
		label = info.Label
	}
	answer := summary(sum)
	page := prints.Summary{Letterhead: letterhead(sum.Structure, sum.Discretion), Done: sum, Purpose: label}
	if err := put(answer, page, format); err != nil {
		return nil, err
	}
	return answer, nil
}

func summary(s vault.Summary) *coffrev1.EndSideBySideResponse {
	return coffrev1.EndSideBySideResponse_builder{
		BeginTime: stamp(s.Began),
		EndTime:   stamp(s.Ended),
		Opened:    new(count(s.Opened)),
		Deposited: new(count(s.Deposited)),
		Consent:   named(s.Consent),
	}.Build()
}
