package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

func parseProvePresence(req *coffrev1.ProvePresenceRequest) (vault.ProvePresence, error) {
	var f fields
	act := vault.ProvePresence{Safe: f.safe(req.GetSafe()), Proof: f.typed(req.GetProof())}
	return act, f.err()
}

func (s *presenceService) ProvePresence(ctx context.Context, req *coffrev1.ProvePresenceRequest) (*coffrev1.ProvePresenceResponse, error) {
	act, err := parseProvePresence(req)
	if err != nil {
		return nil, err
	}
	until, err := s.vault.ProvePresence(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.ProvePresenceResponse_builder{ExpireTime: stamp(until)}.Build(), nil
}

func (s *presenceService) AskPresence(ctx context.Context, req *coffrev1.AskPresenceRequest) (*coffrev1.AskPresenceResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	number, err := s.vault.AskPresence(ctx, caller(ctx), vault.AskPresence{Safe: safe})
	if err != nil {
		return nil, err
	}
	return coffrev1.AskPresenceResponse_builder{Number: &number}.Build(), nil
}

func parseGrantPresence(req *coffrev1.GrantPresenceRequest) (vault.GrantPresence, error) {
	var f fields
	act := vault.GrantPresence{Safe: f.safe(req.GetSafe()), Number: req.GetNumber()}
	if n := act.Number; len(n) != 2 || n[0] < '0' || n[0] > '9' || n[1] < '0' || n[1] > '9' {
		f.refuse("number", texts.RuleNumber)
	}
	return act, f.err()
}

func (s *presenceService) GrantPresence(ctx context.Context, req *coffrev1.GrantPresenceRequest) (*coffrev1.GrantPresenceResponse, error) {
	act, err := parseGrantPresence(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.GrantPresence(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.GrantPresenceResponse{}, nil
}
