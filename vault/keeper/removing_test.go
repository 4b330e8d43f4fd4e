package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// way answers a safe's way in of one kind; zero for none.
func (s *lockScene) way(t *testing.T, kind vault.WayInKind) (id vault.WayID) {
	t.Helper()
	ways, err := s.Keeper.Ways(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	must(t, err)
	for _, w := range ways {
		if w.Kind == kind {
			id = w.ID
		}
	}
	return id
}

func (s *lockScene) remove(t *testing.T, who session.Principal, kind vault.WayInKind) error {
	t.Helper()
	return s.Keeper.RemoveWay(t.Context(), who, vault.RemoveWay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Way: s.way(t, kind)})
}

// Which way in may go, by whose word: the last sheet by nobody's; escrow B, and
// the last way in but the sheet, by whoever proves anew who they are. A phone with
// another way beside it goes by the PIN alone: whoever lost it must be quick.
func TestWhichWayInMayGo(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	seat := s.Sit(t, vaulttest.Worker)
	byPIN := func() session.Principal {
		t.Helper()
		return s.Visit(t, seat, vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin}})
	}
	addPhone := func() { s.addPhone(t, s.Unlocked(t, vaulttest.Person, s.opened), newPhone(t)) }

	addPhone()
	want(t, "a phone of three ways, by the PIN", s.remove(t, byPIN(), vault.WayPhone), nil)
	want(t, "escrow B, the last but one, by the PIN", s.remove(t, byPIN(), vault.WayEscrow), vault.ErrStepUp)
	addPhone()
	want(t, "escrow B of three ways, by the PIN", s.remove(t, byPIN(), vault.WayEscrow), vault.ErrStepUp)
	want(t, "escrow B, by a fresh login", s.remove(t, s.Login(t, vaulttest.Person), vault.WayEscrow), nil)
	want(t, "a phone, the last way but the sheet, by the PIN", s.remove(t, byPIN(), vault.WayPhone), vault.ErrStepUp)
	if s.way(t, vault.WayPhone).IsZero() {
		t.Error("the phone is gone all the same")
	}
	want(t, "that phone, by a fresh login", s.remove(t, s.Login(t, vaulttest.Person), vault.WayPhone), nil)
	if _, invalid := errors.AsType[*vault.InvalidError](s.remove(t, s.Login(t, vaulttest.Person), vault.WaySheet)); !invalid {
		t.Error("the last way in was removed")
	}
	want(t, "the sheet", s.opens(t, s.opened.Code), nil)
}

// A way in that may not go is refused before anything is recorded that would take
// it: no crash in between finishes what was refused. The refusal is recorded.
func TestARefusedRemovalLeavesNoIntent(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	byPIN := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin}})
	for kind, who := range map[vault.WayInKind]session.Principal{
		vault.WayEscrow: byPIN, vault.WaySheet: s.Unlocked(t, vaulttest.Person, s.opened),
	} {
		id, before := s.way(t, kind), s.Keeper.Flush(t)
		if s.Keeper.RemoveWay(t.Context(), who, vault.RemoveWay{Safe: s.opened.Safe, Way: id}) == nil {
			t.Fatal("it went")
		}
		for _, l := range s.Keeper.Leaves(t, before) {
			if vault.Act(l.Op) == vault.ActRemoveWay && l.Stage != audit.StageFact {
				t.Errorf("a leaf of stage %v: %s", l.Stage, l.Opened)
			}
		}
		if l := lastOf(t, s.House, s.opened.Safe, vault.ActRemoveWay); l.Outcome != vault.OutcomeRefused {
			t.Errorf("the journal says %+v", l)
		}
	}
	s.Crash(t)
	if s.way(t, vault.WayEscrow).IsZero() || s.way(t, vault.WaySheet).IsZero() {
		t.Error("a crash took it away")
	}
}
