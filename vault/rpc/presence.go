package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// presenceService is in this file and in sidebyside.go.
type presenceService struct {
	coffrev1.UnsafePresenceServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
}

var _ coffrev1.PresenceServiceServer = (*presenceService)(nil)

func parseSetPin(req *coffrev1.SetPinRequest) (vault.SetPIN, error) {
	var f fields
	act := vault.SetPIN{
		Request:  f.request(req.GetRequestId()),
		Safe:     f.safe(req.GetSafe()),
		PIN:      f.newPIN("pin", req.GetPin()),
		Proof:    f.proof(req.GetProof()),
		Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *presenceService) SetPin(ctx context.Context, req *coffrev1.SetPinRequest) (*coffrev1.SetPinResponse, error) {
	act, err := parseSetPin(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.SetPIN(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.SetPinResponse{}, nil
}

func parseOpenCounter(req *coffrev1.OpenCounterRequest) (vault.OpenCounter, error) {
	var f fields
	act := vault.OpenCounter{Safe: f.safe(req.GetSafe()), Proof: f.typed(req.GetProof()), Approval: f.approval(req.GetApproval())}
	return act, f.err()
}

func (s *presenceService) OpenCounter(ctx context.Context, req *coffrev1.OpenCounterRequest) (*coffrev1.OpenCounterResponse, error) {
	act, err := parseOpenCounter(req)
	if err != nil {
		return nil, err
	}
	v, err := s.vault.OpenCounter(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenCounterResponse_builder{
		SessionToken: new(v.Token.Reveal()),
		ExpireTime:   stamp(v.Until),
		Reach:        new(reachWords.of(v.Opened)),
		RenewSheet:   &v.Renew,
	}.Build(), nil
}

func parseExtendCounter(req *coffrev1.ExtendCounterRequest) (vault.Proof, error) {
	var f fields
	proof := f.typed(req.GetProof())
	return proof, f.err()
}

func (s *presenceService) ExtendCounter(ctx context.Context, req *coffrev1.ExtendCounterRequest) (*coffrev1.ExtendCounterResponse, error) {
	proof, err := parseExtendCounter(req)
	if err != nil {
		return nil, err
	}
	v, err := s.vault.ExtendCounter(ctx, caller(ctx), proof)
	if err != nil {
		return nil, err
	}
	return coffrev1.ExtendCounterResponse_builder{ExpireTime: stamp(v.Until), Reach: new(reachWords.of(v.Opened)), RenewSheet: &v.Renew}.Build(), nil
}
