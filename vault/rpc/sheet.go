package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// printed is a code on its way to the printer: here it leaves the service.
func printed(c vault.Code) *string { return new(string(c.Printed().Reveal())) }

func parseRenewSheet(req *coffrev1.RenewSheetRequest) (vault.RenewSheet, error) {
	var f fields
	act := vault.RenewSheet{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Proof: f.proof(req.GetProof()), Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *lockService) RenewSheet(ctx context.Context, req *coffrev1.RenewSheetRequest) (*coffrev1.RenewSheetResponse, error) {
	act, err := parseRenewSheet(req)
	if err != nil {
		return nil, err
	}
	sheet, err := s.vault.RenewSheet(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.RenewSheetResponse_builder{Sheet: named(sheet.Sheet), Code: printed(sheet.Code)}.Build(), nil
}

func parseAskRecovery(req *coffrev1.AskRecoveryRequest) (vault.AskRecovery, error) {
	var f fields
	act := vault.AskRecovery{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Approval: f.approval(req.GetApproval()),
		Kit: kitLossWords.parse(&f, "kit", req.GetKit()),
	}
	return act, f.err()
}

func (s *lockService) AskRecovery(ctx context.Context, req *coffrev1.AskRecoveryRequest) (*coffrev1.AskRecoveryResponse, error) {
	act, err := parseAskRecovery(req)
	if err != nil {
		return nil, err
	}
	sheet, err := s.vault.AskRecovery(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.AskRecoveryResponse_builder{Sheet: named(sheet.Sheet), Code: printed(sheet.Code)}.Build(), nil
}

func parseActivateLogin(req *coffrev1.ActivateLoginRequest) (vault.ActivateLogin, error) {
	var f fields
	act := vault.ActivateLogin{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Code: f.code("code", req.GetCode()), Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *lockService) ActivateLogin(ctx context.Context, req *coffrev1.ActivateLoginRequest) (*coffrev1.ActivateLoginResponse, error) {
	act, err := parseActivateLogin(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ActivateLogin(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ActivateLoginResponse{}, nil
}

func parseRelinkLogin(req *coffrev1.RelinkLoginRequest) (vault.RelinkLogin, error) {
	var f fields
	act := vault.RelinkLogin{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Approval: f.approval(req.GetApproval())}
	if req.HasLogin() {
		act.Login = f.login(req.GetLogin())
	}
	return act, f.err()
}

func (s *lockService) RelinkLogin(ctx context.Context, req *coffrev1.RelinkLoginRequest) (*coffrev1.RelinkLoginResponse, error) {
	act, err := parseRelinkLogin(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.RelinkLogin(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.RelinkLoginResponse{}, nil
}

func parseResetPassword(req *coffrev1.ResetPasswordRequest) (vault.ResetPassword, error) {
	var f fields
	act := vault.ResetPassword{
		Safe: f.safe(req.GetSafe()),
		Proof: vault.Proof{
			Code: f.code("proof.code", req.GetProof().GetCode()),
			PIN:  f.pin("proof.pin", req.GetProof().GetPin()),
		},
		Password: vault.NewSecret([]byte(req.GetPassword())),
	}
	if n := len(req.GetPassword()); n == 0 || n > vault.MaxPassword {
		f.refuse("password", texts.RulePassword)
	}
	return act, f.err()
}

// ResetPassword is for somebody who cannot log in: it needs no session.
func (s *lockService) ResetPassword(ctx context.Context, req *coffrev1.ResetPasswordRequest) (*coffrev1.ResetPasswordResponse, error) {
	act, err := parseResetPassword(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ResetPassword(ctx, network(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ResetPasswordResponse{}, nil
}
