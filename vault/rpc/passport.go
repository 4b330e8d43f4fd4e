package rpc

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// passportService renders digital passports: a page has its words and its looks
// from here.
type passportService struct {
	coffrev1.UnsafePassportServiceServer
	vault  *vault.Vault
	kinds  *papers.Catalogue
	portal *url.URL // the service's public address
}

var _ coffrev1.PassportServiceServer = (*passportService)(nil)

func parsePrintPassport(req *coffrev1.PrintPassportRequest) (vault.PrintPassport, error) {
	var f fields
	act := vault.PrintPassport{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Form: passportFormWords.parse(&f, "form", req.GetForm()),
	}
	if req.GetName() != "" {
		act.Name = f.name("name", req.GetName())
	}
	all := req.GetMemos()
	if len(all) == 0 || len(all) > vault.MaxCopiedMemos {
		f.refuse("memos", texts.RuleCopiedMemos)
		return act, f.err()
	}
	var ids []string
	for i, m := range all {
		ids = append(ids, m.GetDocument())
		id, err := vault.ParseDocumentID(m.GetDocument())
		if err != nil {
			f.refuse(fmt.Sprintf("memos[%d].document", i), texts.RuleID)
		}
		discloses := disclosureWords.parse(&f, fmt.Sprintf("memos[%d].discloses", i), m.GetDiscloses())
		act.Memos = append(act.Memos, vault.MemoChoice{Document: id, Discloses: discloses})
	}
	if twice(ids) {
		f.refuse("memos", texts.RuleCopiedMemos)
	}
	return act, f.err()
}

func (s *passportService) PrintPassport(ctx context.Context, req *coffrev1.PrintPassportRequest) (*coffrev1.PrintPassportResponse, error) {
	act, err := parsePrintPassport(req)
	if err != nil {
		return nil, err
	}
	format, err := parsePageFormat(req.GetFormat())
	if err != nil {
		return nil, err
	}
	p, err := s.vault.PrintPassport(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.PrintPassportResponse_builder{
		Copy: new(count(p.Number.Copy)), Number: new(p.Number.String()), Address: named(p.Address),
	}.Build()
	if err := put(answer, s.page(p), format); err != nil {
		return nil, err
	}
	return answer, nil
}

func (s *passportService) ListCopies(ctx context.Context, req *coffrev1.ListCopiesRequest) (*coffrev1.ListCopiesResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	all, err := s.vault.Copies(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.ListCopiesResponse_builder{}
	for _, c := range all {
		answer.Copies = append(answer.Copies, passportCopy(c))
	}
	return answer.Build(), nil
}

func passportCopy(c vault.Copy) *coffrev1.PassportCopy {
	b := coffrev1.PassportCopy_builder{
		Copy: new(count(c.Number.Copy)), Number: new(c.Number.String()), Form: new(passportFormWords.of(c.Form)),
		PrintTime: timestamppb.New(c.Since), Agent: named(c.By), AgentName: &c.ByName, Memos: copiedMemos(c.Memos),
	}
	if !c.Lost.IsZero() {
		b.LoseTime = timestamppb.New(c.Lost)
	}
	return b.Build()
}

func copiedMemos(all []vault.CopiedMemo) (out []*coffrev1.CopiedMemo) {
	for _, m := range all {
		b := coffrev1.CopiedMemo_builder{Document: named(m.Document), Discloses: new(disclosureWords.of(m.Discloses)), Changed: &m.Changed, Codes: &m.Codes}
		if m.Memo.Body != "" || m.Memo.Name != "" {
			b.Memo = memo(&m.Memo)
		}
		out = append(out, b.Build())
	}
	return out
}

func parseLoseCopy(req *coffrev1.LoseCopyRequest) (vault.LoseCopy, error) {
	var f fields
	act := vault.LoseCopy{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Copy: int(req.GetCopy()), Word: wordWords.parse(&f, "word", req.GetWord()),
	}
	if act.Copy < 1 {
		f.refuse("copy", texts.RuleCopy)
	}
	return act, f.err()
}

func (s *passportService) LoseCopy(ctx context.Context, req *coffrev1.LoseCopyRequest) (*coffrev1.LoseCopyResponse, error) {
	act, err := parseLoseCopy(req)
	if err != nil {
		return nil, err
	}
	format, err := parsePageFormat(req.GetFormat())
	if err != nil {
		return nil, err
	}
	lost, err := s.vault.LoseCopy(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.LoseCopyResponse_builder{Number: new(lost.Number.String()), Memos: copiedMemos(lost.Memos)}.Build()
	if !slices.ContainsFunc(lost.Memos, func(m vault.CopiedMemo) bool { return m.Memo.Body != "" || m.Memo.Name != "" }) {
		return answer, nil // nobody to print it for, or nothing that has a name
	}
	if err := put(answer, s.lost(lost), format); err != nil {
		return nil, err
	}
	return answer, nil
}
