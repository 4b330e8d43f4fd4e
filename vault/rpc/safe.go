package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

type safeService struct {
	coffrev1.UnsafeSafeServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
}

var _ coffrev1.SafeServiceServer = (*safeService)(nil)

func parseOpenSafe(req *coffrev1.OpenSafeRequest, kinds *papers.Catalogue) (vault.OpenSafe, error) {
	var f fields
	act := vault.OpenSafe{
		Request:     f.request(req.GetRequestId()),
		Owner:       f.owner(req.GetOwnerIssuer(), req.GetOwnerSubject()),
		Information: f.information("information_version", req.GetInformationVersion()), // L-11
		Entry:       f.entry(req.GetEntry()),
	}
	if s := req.GetPin(); s != "" {
		act.PIN = f.newPIN("pin", s)
	}
	if w := req.GetDiscretion(); w != coffrev1.Discretion_DISCRETION_UNSPECIFIED {
		act.Discretion = discretionWords.parse(&f, "discretion", w)
	}
	for _, drawer := range req.GetEntrustedDrawers() {
		act.Entrust = append(act.Entrust, f.drawer("entrusted_drawers", drawer, kinds))
	}
	if len(act.Entrust) > 0 {
		act.Agreement, act.Until = f.version("agreement_version", req.GetAgreementVersion()), entrustTerm(req.GetUntilHandover())
	}
	if act.Discretion == vault.DiscretionDiscreet && req.HasEntry() {
		f.refuse("entry", texts.RuleDiscreet)
	}
	return act, f.err()
}

func (s *safeService) OpenSafe(ctx context.Context, req *coffrev1.OpenSafeRequest) (*coffrev1.OpenSafeResponse, error) {
	act, err := parseOpenSafe(req, s.kinds)
	if err != nil {
		return nil, err
	}
	opened, err := s.vault.OpenSafe(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenSafeResponse_builder{
		Safe:    named(opened.Safe),
		Sheet:   named(opened.Sheet),
		Code:    printed(opened.Code),
		Address: named(opened.Address),
	}.Build(), nil
}

func entrustTerm(untilHandover bool) vault.EntrustTerm {
	if untilHandover {
		return vault.EntrustHandover
	}
	return vault.EntrustTaken
}

func parseEntrust(req *coffrev1.EntrustDrawerRequest, kinds *papers.Catalogue) (vault.Entrust, error) {
	var f fields
	act := vault.Entrust{
		Request:   f.request(req.GetRequestId()),
		Safe:      f.safe(req.GetSafe()),
		Drawer:    f.drawer("drawer", req.GetDrawer(), kinds),
		Agreement: f.version("agreement_version", req.GetAgreementVersion()),
		Until:     entrustTerm(req.GetUntilHandover()),
	}
	return act, f.err()
}

func (s *safeService) EntrustDrawer(ctx context.Context, req *coffrev1.EntrustDrawerRequest) (*coffrev1.EntrustDrawerResponse, error) {
	act, err := parseEntrust(req, s.kinds)
	if err != nil {
		return nil, err
	}
	n, err := s.vault.Entrust(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.EntrustDrawerResponse_builder{Documents: new(count(n))}.Build(), nil
}

func parseTakeBack(req *coffrev1.TakeBackDrawerRequest) (vault.TakeBack, error) {
	var f fields
	act := vault.TakeBack{
		Request: f.request(req.GetRequestId()),
		Safe:    f.safe(req.GetSafe()),
		Drawer:  f.anyDrawer(req.GetDrawer()),
	}
	return act, f.err()
}

func (s *safeService) TakeBackDrawer(ctx context.Context, req *coffrev1.TakeBackDrawerRequest) (*coffrev1.TakeBackDrawerResponse, error) {
	act, err := parseTakeBack(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.TakeBack(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.TakeBackDrawerResponse{}, nil
}
