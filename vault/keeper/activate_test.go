package keeper_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *lockScene) activate(t *testing.T, who session.Principal, code seal.Code, a vault.ApprovalID) error {
	t.Helper()
	return s.Keeper.ActivateLogin(t.Context(), who, vault.ActivateLogin{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Code: code, Approval: a,
	})
}

func (s *lockScene) owns(t *testing.T, who session.Principal) bool {
	t.Helper()
	owned, err := s.Keeper.OwnedSafes(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(owned, func(o vault.OwnedSafe) bool { return o.Safe == s.opened.Safe })
}

// A login becomes the person's by the sheet and an agent who did not print it;
// neither alone is enough, and who printed the sheet can neither approve nor
// take the safe for themselves (L-06).
func TestALoginIsActivatedBySheetAndAgent(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, "")
	who := s.Login(t, vaulttest.Person)
	want(t, "another code", s.activate(t, who, otherCode(t), vault.ApprovalID{}), vault.ErrCode)
	want(t, "by who printed the sheet", s.activate(t, s.Login(t, vaulttest.Counter), s.opened.Code, vault.ApprovalID{}), vault.ErrDenied)
	waits := s.activate(t, who, s.opened.Code, vault.ApprovalID{})
	a, ok := errors.AsType[*vault.ApprovalError](waits)
	if !ok {
		t.Fatalf("the sheet alone: %v", waits)
	}
	want(t, "approved by who printed", s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Counter), a.Approval), vault.ErrApprover)
	s.approve(t, vaulttest.Worker, waits)
	want(t, "approved, with another code", s.activate(t, who, otherCode(t), a.Approval), vault.ErrCode)
	other := s.activate(t, s.Login(t, vaulttest.Stranger), s.opened.Code, a.Approval)
	if other == nil || s.owns(t, s.Login(t, vaulttest.Stranger)) {
		t.Error("an approval for one login served another")
	}
	if s.owns(t, who) {
		t.Error("the safe was theirs before")
	}
	want(t, "sheet and agent", s.activate(t, who, s.opened.Code, a.Approval), nil)
	if !s.owns(t, who) {
		t.Error("the safe is not theirs")
	}
	want(t, "the sheet opens", s.opens(t, s.opened.Code), nil)
	want(t, "a second login", s.activate(t, s.Login(t, vaulttest.Stranger), s.opened.Code, vault.ApprovalID{}), vault.ErrCode)
	s.Crash(t)
	if !s.owns(t, s.Login(t, vaulttest.Person)) {
		t.Error("the link did not survive a restart")
	}
}

// Whoever opened a safe never makes it theirs, although somebody else printed its
// sheet since (L-06).
func TestWhoOpenedASafeActivatesNoLogin(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, "")
	sheet, err := s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Worker), vault.RenewSheet{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin, Code: s.opened.Code},
	})
	must(t, err)
	want(t, "who opened it", s.activate(t, s.Login(t, vaulttest.Counter), sheet.Code, vault.ApprovalID{}), vault.ErrDenied)
}

// Guesses at a safe's code are counted before they are compared: after five even
// the right one has to wait, and is answered like a wrong one or like a safe that
// is not there, so that nobody learns which safes there are.
func TestGuessesToActivateAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, "")
		who := s.Login(t, vaulttest.Stranger)
		for range 5 {
			want(t, "another code", s.activate(t, who, otherCode(t), vault.ApprovalID{}), vault.ErrCode)
		}
		want(t, "the code, too early", s.activate(t, who, s.opened.Code, vault.ApprovalID{}), vault.ErrCode)
		time.Sleep(2 * time.Minute)
		s.approve(t, vaulttest.Worker, s.activate(t, who, s.opened.Code, vault.ApprovalID{}))
		s.opened.Safe = vault.NewSafeID()
		want(t, "no such safe", s.activate(t, who, s.opened.Code, vault.ApprovalID{}), vault.ErrCode)
	})
}

// A lost login is replaced by two agents, after two days in which the person is
// told and can say no; the old login has lost everything when the new one takes
// over.
func TestALostLoginIsReplacedAfterADelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, vaulttest.Person)
		relink := func(by, login string, a vault.ApprovalID) error {
			act := vault.RelinkLogin{Request: vault.NewRequestID(), Safe: s.opened.Safe, Approval: a}
			if login != "" {
				act.Login = s.Desk.Issuer.User(t, login)
			}
			return s.Keeper.RelinkLogin(t.Context(), s.Login(t, by), act)
		}
		if _, invalid := errors.AsType[*vault.InvalidError](relink(vaulttest.Worker, "", vault.ApprovalID{})); !invalid {
			t.Error("no login was named")
		}
		want(t, "the person alone", relink(vaulttest.Person, vaulttest.Stranger, vault.ApprovalID{}), vault.ErrDenied)
		own := s.approve(t, vaulttest.Leader, relink(vaulttest.Worker, vaulttest.Worker, vault.ApprovalID{}))
		want(t, "for the agent's own login", relink(vaulttest.Worker, vaulttest.Worker, own), vault.ErrDenied)
		id := s.approve(t, vaulttest.Leader, relink(vaulttest.Worker, vaulttest.Stranger, vault.ApprovalID{}))
		delay := func(err error) time.Duration {
			t.Helper()
			a, ok := errors.AsType[*vault.ApprovalError](err)
			if !ok {
				t.Fatalf("%v, want the delay", err)
			}
			return time.Until(a.NotBefore).Round(time.Minute)
		}
		if d := delay(relink(vaulttest.Worker, vaulttest.Stranger, id)); d != vault.ApprovalDelay {
			t.Errorf("the delay is %v", d)
		}
		view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || view.Relink.IsZero() {
			t.Errorf("the person is not told: %v", err)
		}
		want(t, "the person's no", relink(vaulttest.Person, "", vault.ApprovalID{}), nil)
		want(t, "after the person's no", relink(vaulttest.Worker, vaulttest.Stranger, id), vault.ErrNotFound)
		id = s.approve(t, vaulttest.Leader, relink(vaulttest.Worker, vaulttest.Stranger, vault.ApprovalID{}))
		delay(relink(vaulttest.Worker, vaulttest.Stranger, id))
		s.Restart(t)
		time.Sleep(vault.ApprovalDelay - time.Minute)
		if d := delay(relink(vaulttest.Worker, vaulttest.Stranger, id)); d != time.Minute {
			t.Errorf("a minute before, the delay is %v", d)
		}
		time.Sleep(time.Minute)
		old := s.Unlocked(t, vaulttest.Person, s.opened)
		want(t, "after the delay", relink(vaulttest.Worker, vaulttest.Stranger, id), nil)
		want(t, "what the old login had open", s.reads(t, old), vault.ErrNotFound)
		want(t, "the old login", s.opens(t, s.opened.Code), vault.ErrNotFound)
		want(t, "the new login", s.Keeper.Unlock(t.Context(), s.Login(t, vaulttest.Stranger), vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}), nil)
	})
}

// A local password is set anew by sheet and PIN, nobody else asked; what is
// missing or wrong is answered alike, and every session of the login ends.
func TestALostPasswordIsSetAnewBySheetAndPIN(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	reset := func(code seal.Code, pin vault.PIN) error {
		return s.Keeper.ResetPassword(t.Context(), "127.0.0.0/8", vault.ResetPassword{
			Safe: s.opened.Safe, Proof: vault.Proof{Code: code, PIN: pin}, Password: seal.NewSecret([]byte("un mot de passe neuf")),
		})
	}
	want(t, "without a local provider", reset(s.opened.Code, s.pin), vault.ErrNotFound)
	var set []auth.UserID
	s.Keeper.OnReset(func(_ context.Context, u auth.UserID, p seal.Secret) error {
		set = append(set, u)
		if string(p.Reveal()) != "un mot de passe neuf" {
			t.Error("another password")
		}
		return nil
	})
	before := s.Login(t, vaulttest.Person)
	for range 3 {
		want(t, "another code", reset(otherCode(t), s.pin), vault.ErrCode)
	}
	want(t, "another PIN", reset(s.opened.Code, pinOf(t, "250814")), vault.ErrPIN)
	want(t, "no PIN", reset(s.opened.Code, vault.PIN{}), vault.ErrPIN)
	if len(set) > 0 {
		t.Error("a password was set")
	}
	want(t, "sheet and PIN", reset(s.opened.Code, s.pin), nil)
	if len(set) != 1 || set[0] != s.Desk.Issuer.User(t, vaulttest.Person) {
		t.Errorf("set for %v", set)
	}
	want(t, "a session from before", second(s.Keeper.OwnedSafes(t.Context(), before)), auth.ErrUnauthenticated)
	lines, err := s.Keeper.Journal(t.Context(), s.Login(t, vaulttest.Person), vault.ReadJournal{Safe: s.opened.Safe, Limit: 100})
	if err != nil || !slices.ContainsFunc(lines, func(l vault.Line) bool { return l.Act == vault.ActResetPassword && l.Outcome == vault.OutcomeDone }) {
		t.Errorf("the journal does not say so: %v", err)
	}
	s.opened.Safe = vault.NewSafeID()
	want(t, "no such safe", reset(s.opened.Code, s.pin), vault.ErrCode)
}
