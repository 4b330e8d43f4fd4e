package rpc

import (
	"cmp"
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// workshopService is in this file and in workshop_part.go.
type workshopService struct {
	coffrev1.UnsafeWorkshopServiceServer
	vault *vault.Vault
	pages *pages
}

var _ coffrev1.WorkshopServiceServer = (*workshopService)(nil)

func (s *workshopService) OpenCycle(ctx context.Context, req *coffrev1.OpenCycleRequest) (*coffrev1.OpenCycleResponse, error) {
	var f fields
	act := vault.OpenCycle{Request: f.request(req.GetRequestId()), Plan: f.plan(req.GetPlan())}
	if req.GetLeader() != "" {
		act.Leader = f.agent("leader", req.GetLeader())
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	id, err := s.vault.OpenCycle(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.OpenCycleResponse_builder{Cycle: named(id)}.Build(), nil
}

func (s *workshopService) ChangeCycle(ctx context.Context, req *coffrev1.ChangeCycleRequest) (*coffrev1.ChangeCycleResponse, error) {
	var f fields
	act := vault.ChangeCycle{Request: f.request(req.GetRequestId()), Cycle: f.cycle("cycle", req.GetCycle()), Plan: f.plan(req.GetPlan())}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.ChangeCycle(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ChangeCycleResponse{}, nil
}

func (s *workshopService) ChangeLeader(ctx context.Context, req *coffrev1.ChangeLeaderRequest) (*coffrev1.ChangeLeaderResponse, error) {
	var f fields
	act := vault.ChangeLeader{
		Request: f.request(req.GetRequestId()), Cycle: f.cycle("cycle", req.GetCycle()), Leader: f.agent("leader", req.GetLeader()),
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.ChangeLeader(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ChangeLeaderResponse{}, nil
}

func (s *workshopService) EndCycle(ctx context.Context, req *coffrev1.EndCycleRequest) (*coffrev1.EndCycleResponse, error) {
	var f fields
	act := vault.OnCycle{Request: f.request(req.GetRequestId()), Cycle: f.cycle("cycle", req.GetCycle())}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.EndCycle(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.EndCycleResponse{}, nil
}

func (s *workshopService) ListCycles(ctx context.Context, req *coffrev1.ListCyclesRequest) (*coffrev1.ListCyclesResponse, error) {
	var f fields
	var act vault.ListCycles
	w := f.walk(ctx, "cycles", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if act.After, err = after[vault.CycleID](s.pages, w); err != nil {
		return nil, err
	}
	act.Limit = w.limit
	found, err := s.vault.Cycles(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Cycle, len(found))
	for i, one := range found {
		all[i], act.After = cycleView(one), one.ID
	}
	next := s.pages.following(w, len(all), act.After[:])
	return coffrev1.ListCyclesResponse_builder{Cycles: all, NextPageToken: &next}.Build(), nil
}

func parseOnCycle(request, safe, cycle string, word coffrev1.Word) (vault.OnCycle, error) {
	var f fields
	act := vault.OnCycle{
		Request: f.request(request), Safe: f.safe(safe), Cycle: f.cycle("cycle", cycle), Word: wordWords.parse(&f, "word", word),
	}
	return act, f.err()
}

func (s *workshopService) JoinCycle(ctx context.Context, req *coffrev1.JoinCycleRequest) (*coffrev1.JoinCycleResponse, error) {
	act, err := parseOnCycle(req.GetRequestId(), req.GetSafe(), req.GetCycle(), req.GetWord())
	if err != nil {
		return nil, err
	}
	if err := s.vault.JoinCycle(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.JoinCycleResponse{}, nil
}

func (s *workshopService) LeaveCycle(ctx context.Context, req *coffrev1.LeaveCycleRequest) (*coffrev1.LeaveCycleResponse, error) {
	act, err := parseOnCycle(req.GetRequestId(), req.GetSafe(), req.GetCycle(), req.GetWord())
	if err != nil {
		return nil, err
	}
	if err := s.vault.LeaveCycle(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.LeaveCycleResponse{}, nil
}

// A certificateWish is what a person wants on their certificate.
type certificateWish struct {
	of     vault.PrintCertificate
	name   string
	steps  []texts.WorkshopStep
	format prints.Format
}

// parseCertificate reads what a person wants on their certificate.
func parseCertificate(req *coffrev1.PrintCertificateRequest) (wanted certificateWish, err error) {
	var f fields
	wanted.of.Safe, wanted.format = f.safe(req.GetSafe()), pageFormatWords.parse(&f, "format", req.GetFormat())
	if req.GetCycle() != "" {
		wanted.of.Cycle = f.cycle("cycle", req.GetCycle())
	}
	if req.GetName() != "" {
		wanted.name = f.name("name", req.GetName())
	}
	seen := map[texts.WorkshopStep]bool{}
	for _, word := range req.GetSteps() {
		step := stepWords.parse(&f, "steps", word)
		if seen[step] {
			f.refuse("steps", texts.RuleSteps)
		}
		seen[step] = true
		wanted.steps = append(wanted.steps, step)
	}
	return wanted, f.err()
}

func (s *workshopService) PrintCertificate(ctx context.Context, req *coffrev1.PrintCertificateRequest) (*coffrev1.PrintCertificateResponse, error) {
	wanted, err := parseCertificate(req)
	if err != nil {
		return nil, err
	}
	p, err := s.vault.Certificate(ctx, caller(ctx), wanted.of)
	if err != nil {
		return nil, err
	}
	page := prints.Certificate{
		Letterhead: letterhead(p.Structure, vault.DiscretionNormal), Person: cmp.Or(wanted.name, p.Person),
		Cycle: p.Cycle.Plan.Label, Place: p.Cycle.Plan.Place, Leader: p.Cycle.LeaderName,
	}
	for _, day := range p.Part.Days() {
		page.Sessions = append(page.Sessions, day.Noon())
	}
	for _, step := range wanted.steps {
		if said := texts.Did(step, p.Part.Progress); said != "" {
			page.Done = append(page.Done, said)
		}
	}
	answer := &coffrev1.PrintCertificateResponse{}
	if err := put(answer, page, wanted.format); err != nil {
		return nil, err
	}
	return answer, nil
}
