package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

func parseAddPhone(req *coffrev1.AddPhoneRequest) (vault.AddPhone, error) {
	var f fields
	act := vault.AddPhone{
		Request:   f.request(req.GetRequestId()),
		Safe:      f.safe(req.GetSafe()),
		Recipient: parsed(&f, "recipient", req.GetRecipient(), texts.RulePhone, vault.ParseRecipient),
		Label:     f.name("label", req.GetLabel()),
	}
	return act, f.err()
}

func (s *lockService) AddPhone(ctx context.Context, req *coffrev1.AddPhoneRequest) (*coffrev1.AddPhoneResponse, error) {
	act, err := parseAddPhone(req)
	if err != nil {
		return nil, err
	}
	way, err := s.vault.AddPhone(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.AddPhoneResponse_builder{Way: named(way)}.Build(), nil
}

func parseRemoveWay(req *coffrev1.RemoveWayRequest) (vault.RemoveWay, error) {
	var f fields
	act := vault.RemoveWay{
		Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()),
		Way: parsed(&f, "way", req.GetWay(), texts.RuleID, vault.ParseWayID),
	}
	return act, f.err()
}

func (s *lockService) RemoveWay(ctx context.Context, req *coffrev1.RemoveWayRequest) (*coffrev1.RemoveWayResponse, error) {
	act, err := parseRemoveWay(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.RemoveWay(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.RemoveWayResponse{}, nil
}

func (s *lockService) ListWays(ctx context.Context, req *coffrev1.ListWaysRequest) (*coffrev1.ListWaysResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	found, err := s.vault.Ways(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.WayIn, len(found))
	for i, w := range found {
		all[i] = wayIn(w)
	}
	return coffrev1.ListWaysResponse_builder{Ways: all}.Build(), nil
}

func wayIn(w vault.WayIn) *coffrev1.WayIn {
	return coffrev1.WayIn_builder{Way: named(w.ID), Kind: new(wayWords.of(w.Kind)), Label: &w.Label, SinceTime: stamp(w.Since)}.Build()
}
