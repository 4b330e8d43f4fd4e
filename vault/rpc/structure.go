package rpc

import (
	"context"
	"slices"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// structureService is in this file and in approval.go.
type structureService struct {
	coffrev1.UnsafeStructureServiceServer
	vault *vault.Vault
	pages *pages
}

var _ coffrev1.StructureServiceServer = (*structureService)(nil)

func (s *structureService) GetSelf(ctx context.Context, _ *coffrev1.GetSelfRequest) (*coffrev1.GetSelfResponse, error) {
	self, err := s.vault.Self(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.SelfAgent, len(self.Agents))
	for i, a := range self.Agents {
		all[i] = selfAgent(a)
	}
	return coffrev1.GetSelfResponse_builder{Agents: all, Visit: named(self.Visit)}.Build(), nil
}

func selfAgent(a vault.SelfAgent) *coffrev1.SelfAgent {
	return coffrev1.SelfAgent_builder{Agent: agent(a.Agent), StructureName: &a.StructureName, Siret: &a.SIRET}.Build()
}

func parseEnrolAgent(req *coffrev1.EnrolAgentRequest) (vault.EnrolAgent, error) {
	var f fields
	act := vault.EnrolAgent{
		Request: f.request(req.GetRequestId()),
		Agent: vault.NewAgent{
			Login:     f.login(req.GetLogin()),
			Name:      f.name("name", req.GetName()),
			Functions: f.functions(req.GetFunctions()),
			Until:     f.instant("until_time", req.GetUntilTime()),
		},
		Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *structureService) EnrolAgent(ctx context.Context, req *coffrev1.EnrolAgentRequest) (*coffrev1.EnrolAgentResponse, error) {
	act, err := parseEnrolAgent(req)
	if err != nil {
		return nil, err
	}
	id, err := s.vault.EnrolAgent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.EnrolAgentResponse_builder{Agent: named(id)}.Build(), nil
}

func parseChangeAgent(req *coffrev1.ChangeAgentRequest) (vault.ChangeAgent, error) {
	var f fields
	act := vault.ChangeAgent{
		Request:   f.request(req.GetRequestId()),
		Agent:     f.agent("agent", req.GetAgent()),
		Name:      f.name("name", req.GetName()),
		Functions: f.functions(req.GetFunctions()),
		Until:     f.instant("until_time", req.GetUntilTime()),
		Approval:  f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *structureService) ChangeAgent(ctx context.Context, req *coffrev1.ChangeAgentRequest) (*coffrev1.ChangeAgentResponse, error) {
	act, err := parseChangeAgent(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.ChangeAgent(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.ChangeAgentResponse{}, nil
}

func parseEndAgent(req *coffrev1.EndAgentRequest) (vault.EndAgent, error) {
	var f fields
	act := vault.EndAgent{Request: f.request(req.GetRequestId()), Agent: f.agent("agent", req.GetAgent())}
	return act, f.err()
}

func (s *structureService) EndAgent(ctx context.Context, req *coffrev1.EndAgentRequest) (*coffrev1.EndAgentResponse, error) {
	act, err := parseEndAgent(req)
	if err != nil {
		return nil, err
	}
	report, err := s.vault.EndAgent(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.EndAgentResponse_builder{Report: departure(report, s.more(ctx, report))}.Build(), nil
}

func parseAssignSuccessor(req *coffrev1.AssignSuccessorRequest) (vault.AssignSuccessor, error) {
	var f fields
	act := vault.AssignSuccessor{
		Request:   f.request(req.GetRequestId()),
		Agent:     f.agent("agent", req.GetAgent()),
		Function:  f.function("function", req.GetFunction()),
		Successor: f.agent("successor", req.GetSuccessor()),
	}
	if !act.Agent.IsZero() && act.Agent == act.Successor {
		f.refuse("successor", texts.RuleSuccessor)
	}
	return act, f.err()
}

func (s *structureService) AssignSuccessor(ctx context.Context, req *coffrev1.AssignSuccessorRequest) (*coffrev1.AssignSuccessorResponse, error) {
	act, err := parseAssignSuccessor(req)
	if err != nil {
		return nil, err
	}
	n, err := s.vault.AssignSuccessor(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.AssignSuccessorResponse_builder{Consents: new(count(n))}.Build(), nil
}

func (s *structureService) ListAgents(ctx context.Context, req *coffrev1.ListAgentsRequest) (*coffrev1.ListAgentsResponse, error) {
	var f fields
	w := f.walk(ctx, "agents", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Agents(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	found, next, err := pageOf(s.pages, w, found, len(vault.AgentID{}), func(a vault.Agent) []byte { return a.ID[:] })
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Agent, len(found))
	for i, a := range found {
		all[i] = agent(a)
	}
	return coffrev1.ListAgentsResponse_builder{Agents: all, NextPageToken: &next}.Build(), nil
}

func (s *structureService) GetDepartureReport(ctx context.Context, req *coffrev1.GetDepartureReportRequest) (*coffrev1.GetDepartureReportResponse, error) {
	var f fields
	act := vault.ReadDeparture{Agent: f.agent("agent", req.GetAgent())}
	w := f.walk(ctx, departures, vault.SafeID{}, act.Agent.String(), req)
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if act.After, err = after[vault.SafeID](s.pages, w); err != nil {
		return nil, err
	}
	act.Limit = w.limit
	report, err := s.vault.DepartureReport(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	return coffrev1.GetDepartureReportResponse_builder{Report: departure(report, s.more(ctx, report))}.Build(), nil
}

func (s *structureService) ListAnomalies(ctx context.Context, req *coffrev1.ListAnomaliesRequest) (*coffrev1.ListAnomaliesResponse, error) {
	var f fields
	w := f.walk(ctx, "anomalies", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Anomalies(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	key := func(a vault.Anomaly) []byte { return append(slices.Clone(a.Agent[:]), byte(a.Kind)) }
	found, next, err := pageOf(s.pages, w, found, len(vault.AgentID{})+1, key)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Anomaly, len(found))
	for i, a := range found {
		all[i] = anomaly(a)
	}
	return coffrev1.ListAnomaliesResponse_builder{Anomalies: all, NextPageToken: &next}.Build(), nil
}

func anomaly(a vault.Anomaly) *coffrev1.Anomaly {
	return coffrev1.Anomaly_builder{Agent: named(a.Agent), Kind: new(anomalyWords.of(a.Kind)), Count: new(count(a.Count)), SinceTime: stamp(a.Since)}.Build()
}

func agent(a vault.Agent) *coffrev1.Agent {
	var codes []string
	for _, f := range a.Functions.All() {
		codes = append(codes, f.String())
	}
	var login *coffrev1.Login
	if !a.Login.IsZero() {
		login = coffrev1.Login_builder{Issuer: new(a.Login.Issuer()), Subject: new(a.Login.Subject())}.Build()
	}
	return coffrev1.Agent_builder{
		Agent:       named(a.ID),
		Structure:   named(a.Structure),
		Name:        &a.Name,
		Functions:   codes,
		UntilTime:   stamp(a.Until),
		State:       new(agentStateWords.of(a.State)),
		Login:       login,
		LastUseTime: stamp(a.LastUse),
	}.Build()
}

// departures names the list of the lines of departure reports.
const departures = "departure"

// more is the token for the lines that a page of a report leaves out.
func (s *structureService) more(ctx context.Context, r vault.DepartureReport) string {
	if r.Next.IsZero() {
		return ""
	}
	return s.pages.token(list{name: departures, caller: holder(ctx), filter: r.Agent.ID.String()}, r.Next[:])
}

func departure(r vault.DepartureReport, next string) *coffrev1.DepartureReport {
	lines := make([]*coffrev1.DepartureLine, len(r.Safes))
	for i, l := range r.Safes {
		lines[i] = coffrev1.DepartureLine_builder{
			Safe: named(l.Safe), Name: &l.Name,
			Openings: new(count(l.Openings)), Reveals: new(count(l.Reveals)), Consents: new(count(l.Consents)),
		}.Build()
	}
	return coffrev1.DepartureReport_builder{
		Agent: agent(r.Agent), Lines: lines, Ended: new(count(r.Ended)), Waiting: new(count(r.Replaced)), NextPageToken: &next,
		Relays: new(count(r.Relays)),
	}.Build()
}
