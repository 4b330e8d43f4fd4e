package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

type relayService struct {
	coffrev1.UnsafeRelayServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
	pages *pages
}

var _ coffrev1.RelayServiceServer = (*relayService)(nil)

func (f *fields) relay(s string) vault.RelayID {
	return parsed(f, "relay", s, texts.RuleID, vault.ParseRelayID)
}

func parseSendRelay(req *coffrev1.SendRelayRequest, kinds *papers.Catalogue) (vault.SendRelay, error) {
	var f fields
	act := vault.SendRelay{
		Request: f.request(req.GetRequestId()),
		Safe:    f.safe(req.GetSafe()),
		Purpose: f.purpose("purpose", req.GetPurpose(), kinds),
		Posture: postureWords.parse(&f, "posture", req.GetPosture()),
		Text:    f.relayText(req.GetText()),
		Due:     f.instant("due_time", req.GetDueTime()),
	}
	switch agent, function := req.GetAgent(), req.GetFunction(); {
	case (agent == "") == (function == ""):
		f.refuse("agent", texts.RuleRelayTo)
	case agent != "":
		act.Agent = f.agent("agent", agent)
	default:
		act.Function = f.function("function", function)
	}
	if req.HasAlarmTime() {
		act.Alarm = f.instant("alarm_time", req.GetAlarmTime())
	}
	if act.Alarm.After(act.Due) {
		f.refuse("alarm_time", texts.RuleRelayAlarm)
	}
	return act, f.err()
}

// relayText reads what is to be done: lines of text, and nothing that a terminal
// would obey.
func (f *fields) relayText(s string) string {
	if !vault.IsRelayText(s) {
		f.refuse("text", texts.RuleRelayText)
	}
	return s
}

func (s *relayService) SendRelay(ctx context.Context, req *coffrev1.SendRelayRequest) (*coffrev1.SendRelayResponse, error) {
	act, err := parseSendRelay(req, s.kinds)
	if err != nil {
		return nil, err
	}
	id, err := s.vault.SendRelay(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.SendRelayResponse_builder{Relay: named(id)}.Build(), nil
}

func parseOnRelay(request, safe, relay string) (vault.OnRelay, error) {
	var f fields
	act := vault.OnRelay{Request: f.request(request), Safe: f.safe(safe), Relay: f.relay(relay)}
	return act, f.err()
}

func (s *relayService) TakeRelay(ctx context.Context, req *coffrev1.TakeRelayRequest) (*coffrev1.TakeRelayResponse, error) {
	act, err := parseOnRelay(req.GetRequestId(), req.GetSafe(), req.GetRelay())
	if err != nil {
		return nil, err
	}
	if err := s.vault.TakeRelay(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.TakeRelayResponse{}, nil
}

func (s *relayService) FinishRelay(ctx context.Context, req *coffrev1.FinishRelayRequest) (*coffrev1.FinishRelayResponse, error) {
	act, err := parseOnRelay(req.GetRequestId(), req.GetSafe(), req.GetRelay())
	if err != nil {
		return nil, err
	}
	if err := s.vault.FinishRelay(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.FinishRelayResponse{}, nil
}

func (s *relayService) ReturnRelay(ctx context.Context, req *coffrev1.ReturnRelayRequest) (*coffrev1.ReturnRelayResponse, error) {
	act, err := parseOnRelay(req.GetRequestId(), req.GetSafe(), req.GetRelay())
	if err != nil {
		return nil, err
	}
	if err := s.vault.ReturnRelay(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ReturnRelayResponse{}, nil
}

func parseForbidRelays(req *coffrev1.ForbidRelaysRequest) (vault.OnRelay, error) {
	var f fields
	act := vault.OnRelay{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe())}
	if req.GetRelay() != "" {
		act.Relay = f.relay(req.GetRelay())
	}
	return act, f.err()
}

func (s *relayService) ForbidRelays(ctx context.Context, req *coffrev1.ForbidRelaysRequest) (*coffrev1.ForbidRelaysResponse, error) {
	act, err := parseForbidRelays(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ForbidRelays(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ForbidRelaysResponse{}, nil
}

func (s *relayService) AllowRelays(ctx context.Context, req *coffrev1.AllowRelaysRequest) (*coffrev1.AllowRelaysResponse, error) {
	var f fields
	act := vault.AllowRelays{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe())}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.AllowRelays(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.AllowRelaysResponse{}, nil
}

func (s *relayService) ListRelays(ctx context.Context, req *coffrev1.ListRelaysRequest) (*coffrev1.ListRelaysResponse, error) {
	var f fields
	act := vault.ListRelays{}
	if req.GetSafe() != "" {
		act.Safe = f.safe(req.GetSafe())
	}
	w := f.walk(ctx, "relays", act.Safe, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if act.After, err = after[vault.RelayID](s.pages, w); err != nil {
		return nil, err
	}
	act.Limit = w.limit
	found, err := s.vault.Relays(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Relay, len(found.Relays))
	for i, one := range found.Relays {
		all[i], act.After = relayView(one), one.ID
	}
	next := s.pages.following(w, len(all), act.After[:])
	return coffrev1.ListRelaysResponse_builder{Relays: all, NextPageToken: &next, Forbidden: &found.Forbidden}.Build(), nil
}

func relayView(r vault.Relay) *coffrev1.Relay {
	return coffrev1.Relay_builder{
		Relay:        named(r.ID),
		State:        new(relayStateWords.of(r.State)),
		Alarm:        &r.Alarm,
		Safe:         named(r.Safe),
		Name:         &r.Name,
		Purpose:      new(string(r.Purpose)),
		Posture:      new(postureWords.of(r.Posture)),
		Text:         &r.Text,
		SendingAgent: named(r.Sender),
		SendingName:  &r.From,
		Agent:        named(r.Agent),
		AgentName:    &r.To,
		Function:     function(r.Function),
		TakingAgent:  named(r.Taker),
		TakingName:   &r.TakenBy,
		DueTime:      stamp(r.Due),
		AlarmTime:    stamp(r.AlarmAt),
		SendTime:     stamp(r.Sent),
		StateTime:    stamp(r.Since),
		EndReason:    new(endReasonWords.of(r.Ended)),
	}.Build()
}
