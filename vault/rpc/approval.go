package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

func (s *structureService) ListApprovals(ctx context.Context, req *coffrev1.ListApprovalsRequest) (*coffrev1.ListApprovalsResponse, error) {
	var f fields
	w := f.walk(ctx, "approvals", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Approvals(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	found, next, err := pageOf(s.pages, w, found, len(vault.ApprovalID{}), func(a vault.Approval) []byte { return a.ID[:] })
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Approval, len(found))
	for i, a := range found {
		all[i] = approval(a)
	}
	return coffrev1.ListApprovalsResponse_builder{Approvals: all, NextPageToken: &next}.Build(), nil
}

func approval(a vault.Approval) *coffrev1.Approval {
	b := coffrev1.Approval_builder{
		Approval:      named(a.ID),
		Act:           new(a.Act.String()),
		Safe:          named(a.Safe),
		AskingAgent:   named(a.Asked),
		AskingName:    &a.AskedName,
		CreateTime:    stamp(a.At),
		NotBeforeTime: stamp(a.NotBefore),
		Approved:      &a.Approved,
		Sentence:      new(texts.Act(a.Act)),
	}
	if a.Notebook != nil {
		b.Notebook = notebook(*a.Notebook)
	}
	return b.Build()
}

func parseApproval(s string) (vault.ApprovalID, error) {
	var f fields
	id := parsed(&f, "approval", s, texts.RuleID, vault.ParseApprovalID)
	return id, f.err()
}

func (s *structureService) Approve(ctx context.Context, req *coffrev1.ApproveRequest) (*coffrev1.ApproveResponse, error) {
	id, err := parseApproval(req.GetApproval())
	if err != nil {
		return nil, err
	}
	if err := s.vault.Approve(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return &coffrev1.ApproveResponse{}, nil
}

func (s *structureService) Decline(ctx context.Context, req *coffrev1.DeclineRequest) (*coffrev1.DeclineResponse, error) {
	id, err := parseApproval(req.GetApproval())
	if err != nil {
		return nil, err
	}
	if err := s.vault.Decline(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return &coffrev1.DeclineResponse{}, nil
}
