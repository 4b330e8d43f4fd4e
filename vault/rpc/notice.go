package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

func (s *printService) ListNotices(ctx context.Context, req *coffrev1.ListNoticesRequest) (*coffrev1.ListNoticesResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	found, err := s.vault.Notices(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Notice, len(found))
	for i, n := range found {
		all[i] = notice(n, s.purpose(n.Purpose))
	}
	return coffrev1.ListNoticesResponse_builder{Notices: all}.Build(), nil
}

func notice(n vault.Notice, label string) *coffrev1.Notice {
	docs := make([]*coffrev1.NoticeDocument, len(n.Documents))
	for i, d := range n.Documents {
		docs[i] = coffrev1.NoticeDocument_builder{Document: named(d.ID), Title: &d.Title}.Build()
	}
	return coffrev1.Notice_builder{
		Kind:      new(noticeWords.of(n.Kind)),
		Sentence:  new(texts.Told(n, label, nil)),
		Time:      stamp(n.At),
		UntilTime: stamp(n.Until),
		Consent:   named(n.Consent),
		Purpose:   new(string(n.Purpose)),
		Documents: docs,
		Unread:    &n.New,
		EndReason: new(endReasonWords.of(n.Why)),
	}.Build()
}

// CheckPage is for whoever holds a printed page. What is no code at all is
// refused before anything is looked for: that it is none needs no secret.
func (s *printService) CheckPage(ctx context.Context, req *coffrev1.CheckPageRequest) (*coffrev1.CheckPageResponse, error) {
	code, err := parseCheckPage(req)
	if err != nil {
		return nil, err
	}
	p, err := s.vault.CheckPage(ctx, network(ctx), code)
	if err != nil {
		return nil, err
	}
	return checked(p), nil
}

func parseCheckPage(req *coffrev1.CheckPageRequest) (vault.PageCode, error) {
	var f fields
	code := f.pageCode(req.GetCode())
	return code, f.err()
}

func checked(p vault.CheckedPage) *coffrev1.CheckPageResponse {
	return coffrev1.CheckPageResponse_builder{
		GiveTime: stamp(p.Given), FromTime: stamp(p.From), UntilTime: stamp(p.Until), Live: &p.Live, EndTime: stamp(p.Ended), Mark: &p.Mark,
	}.Build()
}

func (f *fields) pageCode(s string) vault.PageCode {
	return parsed(f, "code", s, texts.RuleID, vault.ParsePageCode)
}
