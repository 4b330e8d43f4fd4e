package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *lockScene) freeze(t *testing.T, who session.Principal) {
	t.Helper()
	if err := s.Keeper.Freeze(t.Context(), who, vault.Freeze{Request: vault.NewRequestID(), Safe: s.opened.Safe}); err != nil {
		t.Fatal(err)
	}
}

// Whom people talk to may freeze for them, at once and alone; for everybody else
// there is no such safe.
func TestWhoMayFreeze(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	for who, wanted := range map[string]error{
		vaulttest.DPO: vault.ErrNotFound, vaulttest.Stranger: vault.ErrNotFound,
		vaulttest.Counter: nil, vaulttest.Worker: nil, vaulttest.Leader: nil, vaulttest.Manager: nil,
		vaulttest.Civic: nil, vaulttest.Volunteer: nil, vaulttest.Person: nil,
	} {
		act := vault.Freeze{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		want(t, who, s.Keeper.Freeze(t.Context(), s.Login(t, who), act), wanted)
		act.Safe = vault.NewSafeID()
		want(t, who+", a safe that is not there", s.Keeper.Freeze(t.Context(), s.Login(t, who), act), vault.ErrNotFound)
	}
}

// A freeze ends what is open, whoever had it open, and refuses what would open:
// the person is told why, everybody else is told what they always are. Deposits
// go on.
func TestAFrozenSafeOpensForNobody(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	safe, phone := s.opened.Safe, newPhone(t)
	owner := s.Unlocked(t, vaulttest.Person, s.opened)
	s.addPhone(t, owner, phone)
	seat := s.Sit(t, vaulttest.Worker)
	visit := s.Visit(t, seat, vault.OpenCounter{Safe: safe, Proof: vault.Proof{PIN: s.pin, Code: s.opened.Code}})
	want(t, "the visit before", s.reads(t, visit), nil)
	reading, err := s.Vault.Read(t.Context(), owner, safe, s.paper, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.freeze(t, s.Login(t, vaulttest.Volunteer))
	want(t, "a reading under way", second(reading.Read(make([]byte, 16))), vault.ErrFrozen)
	_ = reading.Close()
	want(t, "the visit", s.reads(t, visit), auth.ErrUnauthenticated)
	worker := seat.Principal
	for what, err := range map[string]error{
		"read":         s.reads(t, owner),
		"sheet":        s.opens(t, s.opened.Code),
		"phone":        s.byPhone(t, owner, phone, s.pin),
		"list":         second(s.Keeper.List(t.Context(), owner, vault.List{Safe: safe, Limit: 1})),
		"new sheet":    second(s.Keeper.RenewSheet(t.Context(), owner, vault.RenewSheet{Request: vault.NewRequestID(), Safe: safe})),
		"new phone":    second(s.Keeper.AddPhone(t.Context(), owner, vault.AddPhone{Request: vault.NewRequestID(), Safe: safe, Recipient: newPhone(t).Recipient(), Label: "x"})),
		"new PIN":      s.Keeper.SetPIN(t.Context(), owner, vault.SetPIN{Request: vault.NewRequestID(), Safe: safe, PIN: pinOf(t, "280193")}),
		"recovery":     second(s.Keeper.AskRecovery(t.Context(), owner, vault.AskRecovery{Request: vault.NewRequestID(), Safe: safe})),
		"shutting out": s.Keeper.ShutOut(t.Context(), owner, vault.ShutOut{Request: vault.NewRequestID(), Safe: safe, Structure: s.Structure}),
	} {
		want(t, "owner, "+what, err, vault.ErrFrozen)
	}
	proof := vault.Proof{PIN: s.pin, Code: s.opened.Code}
	for what, err := range map[string]error{
		"counter session": second(s.Keeper.OpenCounter(t.Context(), worker, vault.OpenCounter{Safe: safe, Proof: proof})),
		"PIN":             s.Keeper.SetPIN(t.Context(), worker, vault.SetPIN{Request: vault.NewRequestID(), Safe: safe, PIN: s.pin, Proof: proof}),
		"sheet":           second(s.Keeper.RenewSheet(t.Context(), worker, vault.RenewSheet{Request: vault.NewRequestID(), Safe: safe, Proof: proof})),
		"recovery":        second(s.Keeper.AskRecovery(t.Context(), worker, vault.AskRecovery{Request: vault.NewRequestID(), Safe: safe})),
		"login":           s.Keeper.RelinkLogin(t.Context(), worker, vault.RelinkLogin{Request: vault.NewRequestID(), Safe: safe, Login: s.Desk.Issuer.User(t, vaulttest.Stranger)}),
		"read":            s.reads(t, worker),
	} {
		want(t, "agent, "+what, err, vault.ErrNotFound)
	}
	stranger := s.Login(t, vaulttest.Stranger)
	want(t, "a login", s.Keeper.ActivateLogin(t.Context(), stranger, vault.ActivateLogin{Request: vault.NewRequestID(), Safe: safe, Code: s.opened.Code}), vault.ErrCode)
	want(t, "a password", s.Keeper.ResetPassword(t.Context(), "127.0.0.0/8", vault.ResetPassword{Safe: safe, Proof: proof}), vault.ErrCode)
	for _, who := range []session.Principal{owner, worker} {
		if _, err := s.Deposit(t.Context(), who, safe, vaulttest.Paper{Title: "courrier", Body: []byte("courrier")}); err != nil {
			t.Errorf("a deposit: %v", err)
		}
	}
	want(t, "the journal", second(s.Keeper.Journal(t.Context(), owner, vault.ReadJournal{Safe: safe, Limit: 10})), nil)
	for _, who := range []session.Principal{owner, worker} {
		if view, err := s.Keeper.View(t.Context(), who, safe); err != nil || !view.Frozen {
			t.Errorf("the view says frozen %v, %v", view.Frozen, err)
		}
	}
}

// Unfreezing takes the person with their sheet and two agents, of whom nobody
// printed it; every other way in is void, the PIN as well.
func TestUnfreezingTakesASheetAndTwoAgents(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	phone := newPhone(t)
	owner := s.Unlocked(t, vaulttest.Person, s.opened)
	s.addPhone(t, owner, phone)
	s.freeze(t, owner)
	thaw := func(by string, p vault.Proof, a vault.ApprovalID) (vault.NewSheet, error) {
		return s.Keeper.Unfreeze(t.Context(), s.Login(t, by), vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: p, Approval: a})
	}
	proof := vault.Proof{Code: s.opened.Code, PIN: s.pin}
	want(t, "the person alone", second(thaw(vaulttest.Person, proof, vault.ApprovalID{})), vault.ErrDenied)
	want(t, "a volunteer", second(thaw(vaulttest.Volunteer, proof, vault.ApprovalID{})), vault.ErrNotFound)
	want(t, "another code", second(thaw(vaulttest.Worker, vault.Proof{Code: otherCode(t)}, vault.ApprovalID{})), vault.ErrCode)
	waits := second(thaw(vaulttest.Worker, proof, vault.ApprovalID{}))
	id := s.approve(t, vaulttest.Manager, waits)
	sheet, err := thaw(vaulttest.Worker, proof, id)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the old sheet", s.opens(t, s.opened.Code), vault.ErrCode)
	want(t, "the phone", s.byPhone(t, owner, phone, s.pin), vault.ErrCode)
	want(t, "the PIN", second(s.Keeper.OpenCounter(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin}})), vault.ErrPIN)
	want(t, "the new sheet", s.opens(t, sheet.Code), nil)
	want(t, "unfreezing what is not frozen", second(thaw(vaulttest.Worker, vault.Proof{Code: sheet.Code}, vault.ApprovalID{})), vault.ErrNotFound)
}

// Whoever froze because somebody has their sheet gets in again without it: two
// agents and the holder of escrow B; what waited before the freeze is void.
func TestUnfreezingWithoutTheSheet(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	before := s.askRecovery(t)
	answeredBefore := s.answered(t, s.exported(t, 1))
	s.freeze(t, s.Login(t, vaulttest.Person))
	s.Crash(t) // and it stays void
	s.exported(t, 0)
	s.imported(t, answeredBefore, 0)
	who := s.Login(t, vaulttest.Worker)
	act := vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	want(t, "the person alone", second(s.Keeper.Unfreeze(t.Context(), s.Login(t, vaulttest.Person), act)), vault.ErrDenied)
	act.Approval = s.approve(t, vaulttest.Leader, second(s.Keeper.Unfreeze(t.Context(), who, act)))
	sheet, err := s.Keeper.Unfreeze(t.Context(), who, act)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "until the holder has answered", s.opens(t, sheet.Code), vault.ErrFrozen)
	s.imported(t, s.answered(t, s.exported(t, 1)), 1)
	want(t, "the new sheet", s.opens(t, sheet.Code), nil)
	want(t, "the sheet that somebody has", s.opens(t, s.opened.Code), vault.ErrCode)
	want(t, "the sheet that was asked for before", s.opens(t, before.Code), vault.ErrCode)
}
