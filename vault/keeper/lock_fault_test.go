package keeper_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A lockFault is the scene of one act of the lock that goes wrong.
type lockFault struct {
	*lockScene
	phone *seal.Identity
	way   vault.WayID
	added *seal.Identity
	sheet vault.NewSheet   // that was handed out
	id    vault.ApprovalID // where a second agent agreed
}

// A lockAct is one row of the table: what is prepared, what is tried, and how to
// see afterwards whether it happened.
type lockAct struct {
	name     string
	writes   int  // to the bucket
	takes    bool // it holds from its recorded intent
	before   func(t *testing.T, s *lockFault)
	try      func(t *testing.T, s *lockFault, id vault.RequestID) error
	happened func(t *testing.T, s *lockFault) bool
}

func lockActs() []lockAct {
	nothing := func(*testing.T, *lockFault) {}
	oldSheetEnded := func(t *testing.T, s *lockFault) bool { return errors.Is(s.opens(t, s.opened.Code), vault.ErrCode) }
	return []lockAct{
		{"renew", 3, false, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) (err error) {
			s.sheet, err = s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Worker), vault.RenewSheet{
				Request: id, Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: s.pin},
			})
			return err
		}, oldSheetEnded},
		{"unfreeze", 3, false, func(t *testing.T, s *lockFault) {
			s.freeze(t, s.Login(t, vaulttest.Person))
			s.id = s.approve(t, vaulttest.Leader, s.thaw(t, vault.NewRequestID()))
		}, func(t *testing.T, s *lockFault, id vault.RequestID) error { return s.thaw(t, id) },
			func(t *testing.T, s *lockFault) bool { return !errors.Is(s.opens(t, s.opened.Code), vault.ErrFrozen) }},
		{"add a phone", 3, false, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) error {
			who := s.Unlocked(t, vaulttest.Person, s.opened)
			return second(s.Keeper.AddPhone(t.Context(), who, vault.AddPhone{
				Request: id, Safe: s.opened.Safe, Recipient: s.added.Recipient(), Label: "neuf",
			}))
		}, func(t *testing.T, s *lockFault) bool {
			return s.byPhone(t, s.Login(t, vaulttest.Person), s.added, s.pin) == nil
		}},
		{"remove a phone", 1, true, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) error {
			return s.Keeper.RemoveWay(t.Context(), s.Login(t, vaulttest.Person), vault.RemoveWay{Request: id, Safe: s.opened.Safe, Way: s.way})
		}, func(t *testing.T, s *lockFault) bool {
			return errors.Is(s.byPhone(t, s.Login(t, vaulttest.Person), s.phone, s.pin), vault.ErrCode)
		}},
		{"freeze", 1, true, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) error {
			return s.Keeper.Freeze(t.Context(), s.Login(t, vaulttest.Volunteer), vault.Freeze{Request: id, Safe: s.opened.Safe})
		}, func(t *testing.T, s *lockFault) bool { return errors.Is(s.opens(t, s.opened.Code), vault.ErrFrozen) }},
		{"shut out", 2, true, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) error {
			return s.Keeper.ShutOut(t.Context(), s.Login(t, vaulttest.Person), vault.ShutOut{Request: id, Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]})
		}, func(t *testing.T, s *lockFault) bool {
			return errors.Is(second(s.Keeper.View(t.Context(), s.Login(t, vaulttest.Leader), s.opened.Safe)), vault.ErrNotFound)
		}},
		{"turn discreet", 2, false, nothing, func(t *testing.T, s *lockFault, id vault.RequestID) error {
			return second(s.Keeper.SetDiscreet(t.Context(), s.Login(t, vaulttest.Person), vault.SetDiscreet{Request: id, Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet}))
		}, func(t *testing.T, s *lockFault) bool {
			v, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			return err == nil && v.Discreet
		}},
	}
}

func (s *lockFault) thaw(t *testing.T, id vault.RequestID) (err error) {
	t.Helper()
	s.sheet, err = s.Keeper.Unfreeze(t.Context(), s.Login(t, vaulttest.Worker), vault.Unfreeze{
		Request: id, Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code}, Approval: s.id,
	})
	return err
}

// The lock × every way it can go wrong × restart: whoever holds the safe's
// sheet still opens it or was handed the new one, what takes away stays taken,
// and nothing is half done.
func TestTheLockSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for _, a := range lockActs() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				t.Run(fmt.Sprintf("%s/%s/write %d", a.name, name, nth+1), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneLockFault(t, a, fault, nth) })
				})
			}
		}
	}
}

func oneLockFault(t *testing.T, a lockAct, fault storagetest.Fault, nth int) {
	s := &lockFault{lockScene: newLockScene(t, vaulttest.Person), phone: newPhone(t), added: newPhone(t)}
	s.way = s.addPhone(t, s.Unlocked(t, vaulttest.Person, s.opened), s.phone)
	a.before(t, s)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t, s, request)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && (err != nil || !a.happened(t, s)) {
		t.Errorf("what takes away waits for the bucket: %v", err)
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	happened := a.happened(t, s)
	if err == nil && !happened {
		t.Error("acknowledged, and lost")
	}
	s.sheetOrOld(t, a, happened)
	// A retry does it once. A sheet that nobody was told, because the keeper that made
	// it is gone, is told to whoever shows the old one again.
	handed, reprints := s.sheet, a.name == "renew" || a.name == "unfreeze"
	switch again := a.try(t, s, request); {
	case again == nil && reprints:
		want(t, "the sheet told by the retry", s.opens(t, s.sheet.Code), nil)
	case again == nil:
	case reprints && happened && handed.Sheet.IsZero():
		t.Errorf("the person is left without a sheet: %v", again)
	case errors.Is(again, vault.ErrSheetGone) && !handed.Sheet.IsZero(): // it was used
	case errors.Is(again, vault.ErrNotFound) && a.name == "unfreeze" && !happened:
		// The approval was spent by a keeper that is gone: two agents agree anew.
		s.id = vault.ApprovalID{}
		s.id = s.approve(t, vaulttest.Leader, s.thaw(t, vault.NewRequestID()))
		want(t, "unfrozen by a new approval", s.thaw(t, request), nil)
	case errors.Is(again, vault.ErrNotFound) && a.takes, errors.Is(again, vault.ErrNotFound) && happened, errors.Is(again, vault.ErrCode) && happened:
	default:
		t.Errorf("the retry: %v", again)
	}
	if !a.happened(t, s) {
		t.Error("the retry did not do it")
	}
	late.Land(t.Context())
	synctest.Wait()
	time.Sleep(time.Minute) // what takes away has its entry written by now
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
	if !a.happened(t, s) {
		t.Error("it did not survive a stop in good order")
	}
}

// sheetOrOld checks that a sheet that was handed out opens, and that the old one
// does where nothing happened.
func (s *lockFault) sheetOrOld(t *testing.T, a lockAct, happened bool) {
	t.Helper()
	switch {
	case a.name != "renew" && a.name != "unfreeze":
	case !s.sheet.Sheet.IsZero():
		want(t, "the sheet that was handed out", s.opens(t, s.sheet.Code), nil)
	case !happened && a.name == "renew":
		want(t, "the old sheet", s.opens(t, s.opened.Code), nil)
	}
}
