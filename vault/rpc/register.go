package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

type registerService struct {
	coffrev1.UnsafeRegisterServiceServer
	vault *vault.Vault
}

var _ coffrev1.RegisterServiceServer = (*registerService)(nil)

func (f *fields) address(s string) vault.AddressID {
	return parsed(f, "address", s, texts.RuleID, vault.ParseAddressID)
}

// A search is by name and birth date together, or by address: one of both alone
// would list people.
func parseFindSafe(req *coffrev1.FindSafeRequest) (act vault.FindSafe, err error) {
	var f fields
	switch byPerson := req.GetName() != "" || req.GetBirthDate() != ""; {
	case byPerson == (req.GetAddress() != ""):
		f.refuse("address", texts.RuleSearch)
	case byPerson:
		act.Name, act.Birth = f.name("name", req.GetName()), f.birth("birth_date", req.GetBirthDate())
	default:
		act.Address = f.address(req.GetAddress())
	}
	return act, f.err()
}

func (s *registerService) FindSafe(ctx context.Context, req *coffrev1.FindSafeRequest) (*coffrev1.FindSafeResponse, error) {
	act, err := parseFindSafe(req)
	if err != nil {
		return nil, err
	}
	found, err := s.vault.FindSafe(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.FoundSafe, len(found))
	for i, x := range found {
		all[i] = coffrev1.FoundSafe_builder{Safe: named(x.Safe), Entry: entry(x.Entry)}.Build()
	}
	return coffrev1.FindSafeResponse_builder{Safes: all}.Build(), nil
}

func entry(e vault.RegisterEntry) *coffrev1.RegisterEntry {
	if e == (vault.RegisterEntry{}) {
		return nil
	}
	return coffrev1.RegisterEntry_builder{Name: &e.Name, BirthDate: &e.Birth, Language: &e.Language}.Build()
}

func parseSetRegister(req *coffrev1.SetRegisterRequest) (vault.SetRegister, error) {
	var f fields
	act := vault.SetRegister{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Entry: f.entry(req.GetEntry())}
	return act, f.err()
}

func (s *registerService) SetRegister(ctx context.Context, req *coffrev1.SetRegisterRequest) (*coffrev1.SetRegisterResponse, error) {
	act, err := parseSetRegister(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.SetRegister(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.SetRegisterResponse{}, nil
}

func parseIssueAddress(req *coffrev1.IssueAddressRequest) (vault.IssueAddress, error) {
	var f fields
	act := vault.IssueAddress{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Label: req.GetLabel()}
	if req.GetPartner() != "" {
		act.Partner = f.partner(req.GetPartner())
	}
	if act.Label != "" || req.GetPartner() == "" {
		act.Label = f.name("label", act.Label)
	}
	return act, f.err()
}

func (s *registerService) IssueAddress(ctx context.Context, req *coffrev1.IssueAddressRequest) (*coffrev1.IssueAddressResponse, error) {
	act, err := parseIssueAddress(req)
	if err != nil {
		return nil, err
	}
	id, err := s.vault.IssueAddress(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.IssueAddressResponse_builder{Address: named(id)}.Build(), nil
}

func parseRevokeAddress(req *coffrev1.RevokeAddressRequest) (vault.RevokeAddress, error) {
	var f fields
	act := vault.RevokeAddress{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Address: f.address(req.GetAddress())}
	return act, f.err()
}

func (s *registerService) RevokeAddress(ctx context.Context, req *coffrev1.RevokeAddressRequest) (*coffrev1.RevokeAddressResponse, error) {
	act, err := parseRevokeAddress(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.RevokeAddress(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.RevokeAddressResponse{}, nil
}

func (s *registerService) GetCircle(ctx context.Context, req *coffrev1.GetCircleRequest) (*coffrev1.GetCircleResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	circle, err := s.vault.Circle(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.CircleMember, len(circle.Members))
	for i, m := range circle.Members {
		all[i] = member(m)
	}
	return coffrev1.GetCircleResponse_builder{Members: all, Shared: &circle.Shared}.Build(), nil
}

func member(m vault.CircleMember) *coffrev1.CircleMember {
	return coffrev1.CircleMember_builder{
		Agent:     named(m.Agent),
		Name:      &m.Name,
		Structure: &m.Structure,
		Function:  function(m.Function),
		Referent:  &m.Referent,
		Purposes:  m.Purposes,
		UntilTime: stamp(m.Until),
	}.Build()
}

func parseSetReferent(req *coffrev1.SetReferentRequest) (vault.SetReferent, error) {
	var f fields
	act := vault.SetReferent{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Shared: req.GetShared()}
	if s := req.GetAgent(); s != "" {
		act.Referent = f.agent("agent", s)
	}
	return act, f.err()
}

func (s *registerService) SetReferent(ctx context.Context, req *coffrev1.SetReferentRequest) (*coffrev1.SetReferentResponse, error) {
	act, err := parseSetReferent(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.SetReferent(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.SetReferentResponse{}, nil
}
