package rpc

import (
	"context"

	"github.com/coffre-fort/coffre/auth"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/texts"
)

// maxPartnerKey bounds a partner program's public key, in bytes.
const maxPartnerKey = 256

type partnerService struct {
	coffrev1.UnsafePartnerServiceServer
	vault *vault.Vault
}

var _ coffrev1.PartnerServiceServer = (*partnerService)(nil)

func parseRegisterPartner(req *coffrev1.RegisterPartnerRequest) (vault.RegisterPartner, error) {
	var f fields
	act := vault.RegisterPartner{
		Request:  f.request(req.GetRequestId()),
		Name:     f.name("name", req.GetName()),
		Until:    f.instant("until_time", req.GetUntilTime()),
		Approval: f.approval(req.GetApproval()),
	}
	if req.GetPartner() != "" {
		act.Partner = f.partner(req.GetPartner())
	}
	siret, err := directory.ParseSIRET(req.GetSiret())
	if err != nil {
		f.refuse("siret", texts.RuleSIRET)
	}
	act.SIRET = siret.String()
	act.Key, err = auth.ParsePartnerKey(req.GetPublicKey())
	if err != nil || len(req.GetPublicKey()) > maxPartnerKey {
		f.refuse("public_key", texts.RulePartnerKey)
	}
	return act, f.err()
}

func (s *partnerService) RegisterPartner(ctx context.Context, req *coffrev1.RegisterPartnerRequest) (*coffrev1.RegisterPartnerResponse, error) {
	act, err := parseRegisterPartner(req)
	if err != nil {
		return nil, err
	}
	id, err := s.vault.RegisterPartner(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.RegisterPartnerResponse_builder{Partner: named(id)}.Build(), nil
}

func (s *partnerService) ListPartners(ctx context.Context, _ *coffrev1.ListPartnersRequest) (*coffrev1.ListPartnersResponse, error) {
	found, err := s.vault.Partners(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Partner, len(found))
	for i, p := range found {
		all[i] = coffrev1.Partner_builder{
			Partner:       named(p.ID),
			Name:          &p.Name,
			Siret:         &p.SIRET,
			Structure:     named(p.Structure),
			StructureName: &p.StructureName,
			UntilTime:     stamp(p.Until),
			State:         new(agentStateWords.of(p.State)),
			PublicKey:     p.Key.Bytes(),
			LastUseTime:   stamp(p.LastUse),
		}.Build()
	}
	return coffrev1.ListPartnersResponse_builder{Partners: all}.Build(), nil
}
