package rpc

import (
	"cmp"
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// handoverService hands safes over, and prints for the person what is to be changed.
type handoverService struct {
	coffrev1.UnsafeHandoverServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
}

var _ coffrev1.HandoverServiceServer = (*handoverService)(nil)

func parsePrepareHandover(req *coffrev1.PrepareHandoverRequest) (vault.PrepareHandover, error) {
	var f fields
	act := vault.PrepareHandover{Safe: f.safe(req.GetSafe()), Leader: f.agent("leader", req.GetLeader())}
	return act, f.err()
}

func (s *handoverService) PrepareHandover(ctx context.Context, req *coffrev1.PrepareHandoverRequest) (*coffrev1.PrepareHandoverResponse, error) {
	act, err := parsePrepareHandover(req)
	if err != nil {
		return nil, err
	}
	p, err := s.vault.PrepareHandover(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.PrepareHandoverResponse_builder{
		Sheet: named(p.Sheet.Sheet), Code: printed(p.Sheet.Code), ExpireTime: stamp(p.Until),
	}.Build(), nil
}

func parseHandover(req *coffrev1.HandoverRequest) (vault.Handover, error) {
	var f fields
	act := vault.Handover{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Sheet: parsed(&f, "sheet", req.GetSheet(), texts.RuleID, vault.ParseWayID),
		Code:  f.code("code", req.GetCode()), PIN: f.pin("pin", req.GetPin()),
	}
	return act, f.err()
}

func (s *handoverService) Handover(ctx context.Context, req *coffrev1.HandoverRequest) (*coffrev1.HandoverResponse, error) {
	act, err := parseHandover(req)
	if err != nil {
		return nil, err
	}
	var f fields
	format := pageFormatWords.parse(&f, "page_format", req.GetPageFormat())
	if err := f.err(); err != nil {
		return nil, err
	}
	done, err := s.vault.Handover(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.HandoverResponse_builder{
		Leader: named(done.Leader), LeaderName: &done.Name, HandoverTime: stamp(done.Since), SessionEnded: &done.Ended, PassportNumber: new(string(done.Passport)),
		KitEnded: &done.KitEnded,
	}
	page := prints.ToChange{Letterhead: letterhead("", done.Discretion), KitEnded: done.KitEnded}
	for _, e := range done.ToChange {
		answer.ToChange = append(answer.ToChange, exposed(e))
		page.Memos = append(page.Memos, s.toChange(e))
	}
	built := answer.Build()
	return built, put(built, page, format)
}

// toChange is a line of the page: which body, and who knows the secret.
func (s *handoverService) toChange(e vault.Exposed) prints.MemoToChange {
	line := prints.MemoToChange{Name: e.Memo.Name, Login: e.Memo.Login, Notebook: e.Notebook, Lost: e.Lost, By: e.By}
	if body, err := s.kinds.Body(papers.Body(e.Memo.Body)); err == nil {
		line.Name = cmp.Or(line.Name, body.Label)
	}
	return line
}

func parseWaitHandover(req *coffrev1.WaitHandoverRequest) (vault.WaitHandover, error) {
	var f fields
	act := vault.WaitHandover{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe())}
	if req.GetLeader() != "" {
		act.Leader = f.agent("leader", req.GetLeader())
	}
	return act, f.err()
}

func (s *handoverService) WaitHandover(ctx context.Context, req *coffrev1.WaitHandoverRequest) (*coffrev1.WaitHandoverResponse, error) {
	act, err := parseWaitHandover(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.WaitHandover(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.WaitHandoverResponse{}, nil
}

// handovers are those of a safe, as the person sees them.
func handovers(all []vault.HandoverView) []*coffrev1.HandoverView {
	views := make([]*coffrev1.HandoverView, len(all))
	for i, h := range all {
		views[i] = coffrev1.HandoverView_builder{
			Leader: named(h.Leader), LeaderName: &h.Name, Time: stamp(h.Since), Waits: &h.Waits, AgainTime: stamp(h.Again),
			KitEnded: &h.KitEnded,
		}.Build()
	}
	return views
}
