package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A lockScene is a safe opened at the counter for somebody with a PIN, with a
// paper in it.
type lockScene struct {
	*vaulttest.House
	opened vault.OpenedSafe
	pin    vault.PIN
	paper  vault.DocumentID
	body   []byte
}

func newLockScene(t *testing.T, owner string) *lockScene {
	t.Helper()
	h := vaulttest.New(t)
	s := &lockScene{House: h, pin: vaulttest.PIN(t), body: vaulttest.Text("verrouillé", 5000)}
	s.opened = h.OpenSafeAt(t, vaulttest.Counter, owner, vault.OpenSafe{PIN: s.pin})
	r, err := h.Deposit(t.Context(), h.Login(t, vaulttest.Counter), s.opened.Safe, vaulttest.Paper{Title: "verrouillé", Body: s.body})
	if err != nil {
		t.Fatal(err)
	}
	s.paper = r[0].Document
	return s
}

// approve has somebody say yes to what waits, and answers its id.
func (s *lockScene) approve(t *testing.T, by string, waits error) vault.ApprovalID {
	t.Helper()
	a, ok := errors.AsType[*vault.ApprovalError](waits)
	if !ok {
		t.Fatalf("%v, want an approval to wait for", waits)
	}
	if err := s.Keeper.Approve(t.Context(), s.Login(t, by), a.Approval); err != nil {
		t.Fatalf("%s approves: %v", by, err)
	}
	return a.Approval
}

// opens reports whether a sheet opens the safe for a login.
func (s *lockScene) opens(t *testing.T, code seal.Code) error {
	t.Helper()
	return s.Keeper.Unlock(t.Context(), s.Login(t, vaulttest.Person), vault.Unlock{Safe: s.opened.Safe, Code: code})
}

// reads reports whether somebody reads the paper.
func (s *lockScene) reads(t *testing.T, who session.Principal) error {
	t.Helper()
	return second(s.Read(t.Context(), who, s.opened.Safe, s.paper, 0))
}

func want(t *testing.T, what string, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%s: %v, want %v", what, err, wanted)
	}
}

// Renewed in the person's own unlocked session, the old sheet is worth nothing
// from that moment on, wherever it had opened the safe; who saw the old one
// printed knows nothing of the new one.
func TestANewSheetEndsTheOldOne(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	here, elsewhere := s.Unlocked(t, vaulttest.Person, s.opened), s.Unlocked(t, vaulttest.Person, s.opened)
	view, err := s.Keeper.View(t.Context(), here, s.opened.Safe)
	if err != nil || !view.RenewSheet {
		t.Errorf("an agent saw the sheet, and no new one is offered: %+v, %v", view, err)
	}
	sheet, err := s.Keeper.RenewSheet(t.Context(), here, vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "where it was renewed", s.reads(t, here), nil)
	want(t, "elsewhere, opened by the old sheet", s.reads(t, elsewhere), vault.ErrLocked)
	want(t, "the old sheet", s.opens(t, s.opened.Code), vault.ErrCode)
	want(t, "the new sheet", s.opens(t, sheet.Code), nil)
	if view, err := s.Keeper.View(t.Context(), here, s.opened.Safe); err != nil || view.RenewSheet {
		t.Errorf("nobody saw the sheet, and a new one is offered: %v", err)
	}
	ways, err := s.Keeper.Ways(t.Context(), here, s.opened.Safe)
	if err != nil || len(ways) != 2 {
		t.Fatalf("%d ways in, %v; want a sheet and escrow B", len(ways), err)
	}
	for _, w := range ways {
		if w.Kind == vault.WaySheet && (w.ID != sheet.Sheet || w.Since.IsZero()) {
			t.Errorf("the sheet listed is %v", w)
		}
	}
}

// On an agent's screen the old sheet counts beside the PIN, or with a second
// agent who had no hand in the printing; never alone, and a PIN never at all.
func TestOnAnAgentsScreenASheetNeedsMoreThanItself(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, "")
	renew := func(by string, p vault.Proof, a vault.ApprovalID) error {
		sheet, err := s.Keeper.RenewSheet(t.Context(), s.Login(t, by), vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: p, Approval: a})
		if err == nil {
			s.opened.Code = sheet.Code
		}
		return err
	}
	if _, invalid := errors.AsType[*vault.InvalidError](renew(vaulttest.Worker, vault.Proof{}, vault.ApprovalID{})); !invalid {
		t.Error("nothing was shown")
	}
	want(t, "the PIN alone", renew(vaulttest.Worker, vault.Proof{PIN: s.pin}, vault.ApprovalID{}), vault.ErrNeedsSheet)
	want(t, "another code", renew(vaulttest.Worker, vault.Proof{PIN: s.pin, Code: otherCode(t)}, vault.ApprovalID{}), vault.ErrCode)
	waits := renew(vaulttest.Worker, vault.Proof{Code: s.opened.Code}, vault.ApprovalID{})
	a, ok := errors.AsType[*vault.ApprovalError](waits)
	if !ok {
		t.Fatalf("the sheet alone: %v", waits)
	}
	want(t, "approved by who asked", s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Worker), a.Approval), vault.ErrApprover)
	want(t, "approved by who printed", s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Counter), a.Approval), vault.ErrApprover)
	if _, waits := errors.AsType[*vault.ApprovalError](renew(vaulttest.Worker, vault.Proof{Code: s.opened.Code}, a.Approval)); !waits {
		t.Error("it does not wait for the approval")
	}
	s.approve(t, vaulttest.Leader, waits)
	want(t, "for another agent", renew(vaulttest.Colleague, vault.Proof{Code: s.opened.Code}, a.Approval), vault.ErrNotFound)
	want(t, "approved", renew(vaulttest.Worker, vault.Proof{Code: s.opened.Code}, a.Approval), nil)
	want(t, "an approval, twice", renew(vaulttest.Worker, vault.Proof{Code: s.opened.Code}, a.Approval), vault.ErrNotFound)
	want(t, "sheet and PIN", renew(vaulttest.Colleague, vault.Proof{Code: s.opened.Code, PIN: s.pin}, vault.ApprovalID{}), nil)
	for who, wanted := range map[string]error{
		vaulttest.Civic: vault.ErrNotFound, vaulttest.Volunteer: vault.ErrNotFound, vaulttest.Manager: vault.ErrNotFound,
		vaulttest.DPO: vault.ErrNotFound, vaulttest.Stranger: vault.ErrNotFound,
	} {
		want(t, who, renew(who, vault.Proof{Code: s.opened.Code, PIN: s.pin}, vault.ApprovalID{}), wanted)
	}
}

// An answer that was lost is given once more to the session that asked, for ten
// minutes, and to nobody else: the sheet before it has ended already.
func TestALostSheetIsToldAgainToWhoeverAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, vaulttest.Person)
		here := s.Unlocked(t, vaulttest.Person, s.opened)
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		sheet, err := s.Keeper.RenewSheet(t.Context(), here, act)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Keeper.RenewSheet(t.Context(), here, act)
		if err != nil || again.Sheet != sheet.Sheet || s.opens(t, again.Code) != nil {
			t.Errorf("asked again: %v", err)
		}
		other := s.Login(t, vaulttest.Person)
		if err := s.Keeper.Unlock(t.Context(), other, vault.Unlock{Safe: s.opened.Safe, Code: sheet.Code}); err != nil {
			t.Fatal(err)
		}
		want(t, "another session", second(s.Keeper.RenewSheet(t.Context(), other, act)), vault.ErrSheetGone)
		time.Sleep(4 * time.Minute)
		want(t, "after four minutes", second(s.Keeper.RenewSheet(t.Context(), here, act)), nil)
		time.Sleep(4 * time.Minute)
		want(t, "still open", s.reads(t, here), nil)
		time.Sleep(4 * time.Minute)
		want(t, "after twelve minutes, by an old login", second(s.Keeper.RenewSheet(t.Context(), here, act)), vault.ErrStepUp)
	})
}

// L-35: the last sheet is not removed, not even by two who each remove one; a
// way in that is removed has ended at once.
func TestTheLastSheetStays(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	who := s.Unlocked(t, vaulttest.Person, s.opened)
	remove := func(id vault.WayID) error {
		return s.Keeper.RemoveWay(t.Context(), who, vault.RemoveWay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Way: id})
	}
	if _, invalid := errors.AsType[*vault.InvalidError](remove(s.opened.Sheet)); !invalid {
		t.Error("the last sheet was removed")
	}
	want(t, "a way that is none", remove(vault.NewWayID()), vault.ErrNotFound)
	ways, err := s.Keeper.Ways(t.Context(), who, s.opened.Safe)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ways {
		if w.Kind == vault.WayEscrow {
			want(t, "escrow B", remove(w.ID), nil)
			want(t, "escrow B again", remove(w.ID), vault.ErrNotFound)
		}
	}
	// Without escrow B nobody can be asked to open the safe.
	agent := s.Login(t, vaulttest.Worker)
	act := vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	want(t, "recovery", second(s.Keeper.AskRecovery(t.Context(), agent, act)), vault.ErrNeedsSheet)
	want(t, "the sheet", s.opens(t, s.opened.Code), nil)
}
