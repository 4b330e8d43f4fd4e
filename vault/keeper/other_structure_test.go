package keeper_test

import (
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// elsewhere is who does everything in the other structure.
const elsewhere = "partenaire-fictive"

// An agent of another structure whom the person let in ends their own structure's
// agreements on the person's word, and nobody else's.
func TestAnotherStructureEndsItsOwnConsentsOnly(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	ours := s.give(t, nil)
	s.FoundAnother(t, elsewhere)
	who := s.Login(t, elsewhere)
	self, err := s.Keeper.Self(t.Context(), who)
	must(t, err)
	theirs := s.give(t, func(x *vault.Terms) { x.Agent = self.Agents[0].Agent.ID })
	end := func(id vault.ConsentID) error {
		return s.Keeper.WithdrawConsent(t.Context(), who, vault.EndConsent{Safe: s.opened.Safe, Consent: id})
	}
	want(t, "another structure's", end(ours.ID), vault.ErrNotFound)
	all := vault.WithdrawAll{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker], Word: vault.WordPresent}
	want(t, "all of another structure's agent", s.Keeper.WithdrawAll(t.Context(), who, all), nil) // which there were is not answered
	want(t, "the worker reads", s.readErr(s.worker, "bail"), nil)
	want(t, "they read", s.readErr(who, "bail"), nil)
	want(t, "their own", end(theirs.ID), nil)
	if s.readErr(who, "bail") == nil {
		t.Error("they read after the end")
	}
}

// Access manager of one structure, nobody in another: its agents, their departures,
// their successors and what waits there are none of theirs.
func TestAnAccessManagerManagesOneStructure(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.FoundAnother(t, elsewhere)
	who, worker := h.Login(t, elsewhere), h.Agents[vaulttest.Worker]
	self, err := h.Keeper.Self(t.Context(), who)
	must(t, err)
	_, err = h.Keeper.EnrolAgent(t.Context(), h.Login(t, vaulttest.Manager), enrolment(t, h, vault.FunctionReception))
	waiting := waits(t, err).Approval
	if list, err := h.Keeper.Approvals(t.Context(), who); err != nil || len(list) != 0 {
		t.Errorf("what waits elsewhere: %v, %v", list, err)
	}
	want(t, "approving elsewhere", h.Keeper.Approve(t.Context(), who, waiting), vault.ErrNotFound)
	want(t, "declining elsewhere", h.Keeper.Decline(t.Context(), who, waiting), vault.ErrNotFound)
	want(t, "ending", second(h.Keeper.EndAgent(t.Context(), who, vault.EndAgent{Request: vault.NewRequestID(), Agent: worker})), vault.ErrNotFound)
	want(t, "the report", second(h.Keeper.DepartureReport(t.Context(), who, vault.ReadDeparture{Agent: worker, Limit: 10})), vault.ErrNotFound)
	want(t, "replacing", second(h.Keeper.AssignSuccessor(t.Context(), who, vault.AssignSuccessor{
		Request: vault.NewRequestID(), Agent: worker, Function: vault.FunctionSocialWorker, Successor: self.Agents[0].Agent.ID,
	})), vault.ErrNotFound)
	is(t, h, vaulttest.Worker, vault.AgentActive)
	if list, err := h.Keeper.Approvals(t.Context(), h.Login(t, vaulttest.Worker)); err != nil || !slices.ContainsFunc(list, func(a vault.Approval) bool { return a.ID == waiting && !a.Approved }) {
		t.Errorf("what waits: %v, %v", list, err)
	}
}
