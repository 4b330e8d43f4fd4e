package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// asksRecovery asks for a lost sheet in the worker's session, who has what waits.
func (s *helped) asksRecovery(t *testing.T, id vault.ApprovalID) error {
	t.Helper()
	return second(s.Keeper.AskRecovery(t.Context(), s.worker, vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe, Approval: id}))
}

// Whoever is a stranger to a safe is nobody's second agent there, and is not told
// that something of it waits: neither who handed it over nor who was shut out. What
// they approved before counts for nothing since.
func TestAStrangerIsNobodysSecondAgent(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*helped, *testing.T){
		"handed over": func(s *helped, t *testing.T) { s.handOver(t) },
		"shut out": func(s *helped, t *testing.T) {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHelped(t)
			before := s.approvedBy(t, vaulttest.Leader, s.asksRecovery(t, vault.ApprovalID{}))
			id := waits(t, s.asksRecovery(t, vault.ApprovalID{})).Approval
			away(s, t)
			leader := s.leader(t)
			list, err := s.Keeper.Approvals(t.Context(), leader)
			if err != nil || len(list) > 0 {
				t.Errorf("the leader is told %+v, %v", list, err)
			}
			want(t, "approved", s.Keeper.Approve(t.Context(), leader, id), vault.ErrNotFound)
			want(t, "declined", s.Keeper.Decline(t.Context(), leader, id), vault.ErrNotFound)
			want(t, "approved before", s.asksRecovery(t, before), vault.ErrNotFound)
			must(t, s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Colleague), id))
			want(t, "by a colleague", s.asksRecovery(t, id), nil)
		})
	}
}

// approvedBy has somebody say yes to what waits.
func (s *helped) approvedBy(t *testing.T, by string, err error) vault.ApprovalID {
	t.Helper()
	id := waits(t, err).Approval
	must(t, s.Keeper.Approve(t.Context(), s.Login(t, by), id))
	return id
}

// Where the person shut out everybody who could be the second agent, the delay is
// there instead: else nothing would ever be approved.
func TestADelayReplacesStrangers(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	for who := range vaulttest.Team() {
		if who != vaulttest.Worker {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[who]}))
		}
	}
	a, ok := errors.AsType[*vault.ApprovalError](s.asksRecovery(t, vault.ApprovalID{}))
	if !ok || a.NotBefore.IsZero() {
		t.Fatalf("it waits for %+v", a)
	}
	// The letter about it is none of a stranger's either.
	want(t, "a stranger's letter", second(s.Keeper.PrintLetter(t.Context(), s.Login(t, vaulttest.Colleague), a.Approval)), vault.ErrNotFound)
	want(t, "the letter", second(s.Keeper.PrintLetter(t.Context(), s.worker, a.Approval)), nil)
}
