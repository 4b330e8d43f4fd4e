package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// lockService is in this file, sheet.go and ways.go.
type lockService struct {
	coffrev1.UnsafeLockServiceServer
	vault *vault.Vault
}

var _ coffrev1.LockServiceServer = (*lockService)(nil)

// onlySafe is a request that only names a safe.
func onlySafe(s string) (vault.SafeID, error) {
	var f fields
	safe := f.safe(s)
	return safe, f.err()
}

func (s *lockService) GetSafe(ctx context.Context, req *coffrev1.GetSafeRequest) (*coffrev1.GetSafeResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	v, err := s.vault.View(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	return view(v), nil
}

func view(v vault.SafeView) *coffrev1.GetSafeResponse {
	shut := make([]*coffrev1.ShutOutEntry, len(v.ShutOut))
	for i, e := range v.ShutOut {
		shut[i] = coffrev1.ShutOutEntry_builder{Agent: named(e.Agent), Structure: named(e.Structure), Name: &e.Name, SinceTime: stamp(e.Since)}.Build()
	}
	addresses := make([]*coffrev1.AddressView, len(v.Addresses))
	for i, a := range v.Addresses {
		addresses[i] = coffrev1.AddressView_builder{Address: named(a.Address), Label: &a.Label, SinceTime: stamp(a.Since), Partner: named(a.Partner), PartnerName: &a.PartnerName}.Build()
	}
	return coffrev1.GetSafeResponse_builder{
		Safe:               named(v.Safe),
		Frozen:             &v.Frozen,
		HasPin:             &v.HasPIN,
		HasLogin:           &v.HasLogin,
		Discreet:           &v.Discreet,
		RenewSheet:         &v.RenewSheet,
		InformationVersion: &v.Information,
		EntrustedDrawers:   v.Entrusted,
		ShutOut:            shut,
		Addresses:          addresses,
		RecoveryWaits:      &v.Recovery,
		RelinkTime:         stamp(v.Relink),
		Training:           new(v.Nature == vault.NatureTraining),
		Handovers:          handovers(v.Handovers),
		Kit:                kitView(v.Kit),
	}.Build()
}

func parseFreeze(req *coffrev1.FreezeRequest) (vault.Freeze, error) {
	var f fields
	act := vault.Freeze{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe())}
	return act, f.err()
}

func (s *lockService) Freeze(ctx context.Context, req *coffrev1.FreezeRequest) (*coffrev1.FreezeResponse, error) {
	act, err := parseFreeze(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Freeze(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.FreezeResponse{}, nil
}

func parseUnfreeze(req *coffrev1.UnfreezeRequest) (vault.Unfreeze, error) {
	var f fields
	act := vault.Unfreeze{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Proof: f.proof(req.GetProof()), Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *lockService) Unfreeze(ctx context.Context, req *coffrev1.UnfreezeRequest) (*coffrev1.UnfreezeResponse, error) {
	act, err := parseUnfreeze(req)
	if err != nil {
		return nil, err
	}
	sheet, err := s.vault.Unfreeze(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.UnfreezeResponse_builder{Sheet: named(sheet.Sheet), Code: printed(sheet.Code)}.Build(), nil
}

func (s *lockService) ShutOut(ctx context.Context, req *coffrev1.ShutOutRequest) (*coffrev1.ShutOutResponse, error) {
	act, err := parseShutOut(req.GetRequestId(), req.GetSafe(), req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ShutOut(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ShutOutResponse{}, nil
}

func (s *lockService) LetIn(ctx context.Context, req *coffrev1.LetInRequest) (*coffrev1.LetInResponse, error) {
	act, err := parseShutOut(req.GetRequestId(), req.GetSafe(), req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.LetIn(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.LetInResponse{}, nil
}

// parseShutOut reads who is shut out or let in: an agent or a structure.
func parseShutOut(request, safe string, who interface {
	HasAgent() bool
	GetAgent() string
	HasStructure() bool
	GetStructure() string
}) (vault.ShutOut, error) {
	var f fields
	act := vault.ShutOut{Request: f.request(request), Safe: f.safe(safe)}
	switch {
	case who.HasAgent():
		act.Agent = f.agent("agent", who.GetAgent())
	case who.HasStructure():
		act.Structure = parsed(&f, "structure", who.GetStructure(), texts.RuleID, vault.ParseStructureID)
	default:
		f.refuse("who", texts.RuleWho)
	}
	return act, f.err()
}

func parseSetDiscreet(req *coffrev1.SetDiscreetRequest) (vault.SetDiscreet, error) {
	var f fields
	act := vault.SetDiscreet{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Discreet: discretionWords.parse(&f, "discretion", req.GetDiscretion()), Kit: discreetKitWords.parse(&f, "kit", req.GetKit()),
	}
	return act, f.err()
}

func (s *lockService) SetDiscreet(ctx context.Context, req *coffrev1.SetDiscreetRequest) (*coffrev1.SetDiscreetResponse, error) {
	act, err := parseSetDiscreet(req)
	if err != nil {
		return nil, err
	}
	set, err := s.vault.SetDiscreet(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.SetDiscreetResponse_builder{KitEnded: &set.KitEnded}.Build(), nil
}
