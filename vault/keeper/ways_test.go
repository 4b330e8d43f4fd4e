package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Escrow B is not taken away by a PIN alone: whoever typed it on a counter's screen
// would leave the person without help the day the sheet is lost. The sheet does,
// and so does a fresh login.
func TestEscrowIsNotRemovedByThePINAlone(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	escrow := func() (id vault.WayID) {
		t.Helper()
		ways, err := s.Keeper.Ways(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		must(t, err)
		for _, way := range ways {
			if way.Kind == vault.WayEscrow {
				id = way.ID
			}
		}
		return id
	}
	remove := vault.RemoveWay{Safe: s.opened.Safe, Way: escrow()}
	if remove.Way.IsZero() {
		t.Fatal("there is no escrow")
	}
	byPIN := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin}})
	want(t, "with the PIN", s.Keeper.RemoveWay(t.Context(), byPIN, remove), vault.ErrStepUp)
	if escrow() != remove.Way {
		t.Error("it is gone all the same")
	}
	bySheet := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin, Code: s.opened.Code}})
	want(t, "with the sheet", s.Keeper.RemoveWay(t.Context(), bySheet, remove), nil)
	if !escrow().IsZero() {
		t.Error("it is still there")
	}
}

// The journal names the second agent who agreed (L-46).
func TestTheJournalNamesTheSecondAgent(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	s.freeze(t, s.Login(t, vaulttest.Person))
	act := vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code}}
	worker := s.Login(t, vaulttest.Worker)
	act.Approval = s.approve(t, vaulttest.Leader, second(s.Keeper.Unfreeze(t.Context(), worker, act)))
	must(t, second(s.Keeper.Unfreeze(t.Context(), worker, act)))
	got := lastOf(t, s.House, s.opened.Safe, vault.ActUnfreeze)
	if got.Approver != s.Agents[vaulttest.Leader] || got.ApproverName != vaulttest.Leader || got.AgentName != vaulttest.Worker {
		t.Errorf("the journal says %+v", got)
	}
}
