package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Whoever has the new sheet on their screen at a handover is no second agent beside
// it afterwards: they may have kept the code. A restart forgets it no more than the
// service does.
func TestWhoPrintedTheNewSheetApprovesNothingWithIt(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	visit := s.Visit(t, s.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t), Code: s.opened.Code}})
	act := s.handing(t, visit)
	must(t, second(s.Keeper.Handover(t.Context(), visit, act)))
	for range 2 {
		alone := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: act.Code}}
		a := waitsFor(t, second(s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Worker), alone)))
		want(t, "approved by who printed", s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Colleague), a), vault.ErrApprover)
		s.Crash(t)
	}
}

// What the leader took of the person's tasks comes back with the handover: nobody
// waits for somebody who finds no such safe any more.
func TestWhatTheLeaderTookComesBackAtAHandover(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	id := s.send(t, func(x *vault.SendRelay) { x.Agent = s.Agents[vaulttest.Leader] })
	must(t, s.Keeper.TakeRelay(t.Context(), s.leader(t), s.on(id)))
	s.handOver(t)
	for range 2 {
		if got := s.is(t, vaulttest.Worker, vault.RelayReturned, true); got.TakenBy != "" {
			t.Errorf("the sender reads %+v", got)
		}
		s.is(t, vaulttest.Leader, 0, false)
		s.Crash(t)
	}
}
