package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func parseInviteAccount(req *coffrev1.InviteAccountRequest) (vault.InviteAccount, error) {
	var f fields
	act := vault.InviteAccount{Request: f.request(req.GetRequestId()), Kind: accountWords.parse(&f, "kind", req.GetKind()), Name: f.name("name", req.GetName())}
	return act, f.err()
}

func (s *structureService) InviteAccount(ctx context.Context, req *coffrev1.InviteAccountRequest) (*coffrev1.InviteAccountResponse, error) {
	act, err := parseInviteAccount(req)
	if err != nil {
		return nil, err
	}
	made, err := s.vault.InviteAccount(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.InviteAccountResponse_builder{Invitation: accountInvitation(made)}.Build(), nil
}

func parseReissueAccount(req *coffrev1.ReissueAccountRequest) (vault.ReissueAccount, error) {
	var f fields
	act := vault.ReissueAccount{Agent: f.agent("agent", req.GetAgent()), Approval: f.approval(req.GetApproval())}
	return act, f.err()
}

func (s *structureService) ReissueAccount(ctx context.Context, req *coffrev1.ReissueAccountRequest) (*coffrev1.ReissueAccountResponse, error) {
	act, err := parseReissueAccount(req)
	if err != nil {
		return nil, err
	}
	made, err := s.vault.ReissueAccount(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.ReissueAccountResponse_builder{Invitation: accountInvitation(made)}.Build(), nil
}

func accountInvitation(made vault.InvitedAccount) *coffrev1.AccountInvitation {
	return coffrev1.AccountInvitation_builder{
		Login: coffrev1.Login_builder{Issuer: new(made.Login.Issuer()), Subject: new(made.Login.Subject())}.Build(),
		Code:  new(string(made.Code.Reveal())), UntilTime: stamp(made.Until), Page: &made.Page,
	}.Build()
}
