package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

func (s *papersService) ListDues(ctx context.Context, req *coffrev1.ListDuesRequest) (*coffrev1.ListDuesResponse, error) {
	safe, err := onlySafe(req.GetSafe())
	if err != nil {
		return nil, err
	}
	found, err := s.vault.Dues(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	b := coffrev1.ListDuesResponse_builder{}
	for _, d := range found.All {
		info, err := s.kinds.DutyInfo(d.Duty)
		if err != nil {
			return nil, err
		}
		b.Dues = append(b.Dues, dueOf(d, info))
	}
	for _, w := range found.Wanting {
		info, err := s.kinds.DutyInfo(w.Duty)
		if err != nil {
			return nil, err
		}
		b.Wanting = append(b.Wanting, coffrev1.WantingDate_builder{Document: named(w.Document), Duty: new(string(w.Duty)), Label: &info.Label}.Build())
	}
	return b.Build(), nil
}

func dueOf(d papers.Due, info papers.DutyInfo) *coffrev1.Due {
	phase := d.Phase(today())
	return coffrev1.Due_builder{
		Duty: new(string(d.Duty)), Label: &info.Label, Say: &info.Say, FromDate: dateOf(d.From), ByDate: dateOf(d.By), Whose: &d.Whose,
		Phase: new(phaseWords.of(phase)), PhaseText: new(string(texts.PhaseName(phase))), Source: paperSource(info.Provenance),
	}.Build()
}
