package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func (s *structureService) GetStructureReport(ctx context.Context, _ *coffrev1.GetStructureReportRequest) (*coffrev1.GetStructureReportResponse, error) {
	report, err := s.vault.StructureReport(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return coffrev1.GetStructureReportResponse_builder{Report: structureReport(report)}.Build(), nil
}

func structureReport(r vault.StructureReport) *coffrev1.StructureReport {
	answer := &coffrev1.StructureReport{}
	var inStead []*coffrev1.InStead
	for _, one := range r.InStead {
		inStead = append(inStead, coffrev1.InStead_builder{
			Purpose: new(string(one.Purpose)), Live: new(count(one.Live)), Given: new(count(one.Given)),
		}.Build())
	}
	answer.SetInStead(inStead)
	var unattended []*coffrev1.Unattended
	for _, one := range r.Unattended {
		unattended = append(unattended, coffrev1.Unattended_builder{
			Agent: named(one.Agent), Name: &one.Name, State: new(agentStateWords.of(one.State)),
			Consents: new(count(one.Consents)), FirstTime: stamp(one.First),
		}.Build())
	}
	answer.SetUnattended(unattended)
	return answer
}
