package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// writesDown lets nothing be written to any safe.
func writesDown(op storagetest.Op, key storage.Key) storagetest.Fault {
	if (op == storagetest.OpPut || op == storagetest.OpCommit) && strings.HasPrefix(string(key), "v1/s/") {
		return storagetest.NotApplied
	}
	return storagetest.None
}

// What was taken away stays away from a safe that could not be read when the service
// started, and can be since: nobody is let in before it counts.
func TestWhatWasTakenHoldsOnceItsSafeIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := waitingHandover(t)
		must(t, s.Keeper.WithdrawAll(t.Context(), s.person, vault.WithdrawAll{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]}))
		s.PowerCut(t)
		s.Bucket.SetRule(safesDown)
		s.Start(t)
		time.Sleep(time.Minute)
		s.Bucket.SetRule(writesDown) // it is read again, and not written to
		leader, worker := s.leader(t), s.Login(t, vaulttest.Worker)
		if s.readErr(leader, "bail") == nil || s.readErr(worker, "bail") == nil {
			t.Error("what was taken is back")
		}
		s.leaderFindsNothing(t, leader)
		want(t, "the old sheet", s.unlocks(t, s.opened.Code), vault.ErrCode)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		s.Crash(t) // nothing is left to be finished
		s.leaderFindsNothing(t, s.leader(t))
		must(t, s.unlocks(t, s.act.Code))
		if n := s.Keeper.MarkedTakings(t); n != 0 {
			t.Errorf("%d safes are marked when all is written", n)
		}
	})
}

// waitingHandover is a handover that was agreed to and of which nothing is in the
// bucket yet: nothing can be written to any safe.
func waitingHandover(t *testing.T) *handingScene {
	t.Helper()
	s := newHandingScene(t)
	s.Restart(t) // nothing of it is announced and unconfirmed
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	s.act = s.handing(t, s.person)
	s.Bucket.SetRule(writesDown)
	must(t, second(s.Keeper.Handover(t.Context(), s.person, s.act)))
	return s
}

// What a handover is made of is under the master of its day. Without it no service
// starts; it is not destroyed before the handover is written; and it is then.
func TestAHandoverWaitsForItsMaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := waitingHandover(t)
		s.NewMaster(t)
		s.leaderFindsNothing(t, s.leader(t))
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err == nil {
			t.Error("the master is destroyed that the handover needs")
		}
		s.Stop(t)
		former := s.Config.Secrets.Former
		s.ForgetMasters()
		want(t, "a start without it", s.TryStart(t.Context()), keeper.ErrMasterNeeded)
		s.Config.Secrets.Former = former
		s.Bucket.SetRule(safesDown)
		s.Start(t)
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err == nil {
			t.Error("the master is destroyed while the safe cannot be read")
		}
		s.Bucket.SetRule(nil)
		sealedAnew(t, s.House)
		must(t, second(s.Keeper.DestroyMaster(t.Context(), 1, 0)))
		s.Stop(t)
		s.ForgetMasters()
		s.Start(t)
		if !s.when(t) {
			t.Error("the safe is as before")
		}
		s.Stop(t) // what a lost state file forgets is that the handover is written
		(&scene{House: s.House}).rebuild(t)
		if !s.when(t) {
			t.Error("the safe is as before, after a rebuild")
		}
	})
}

// A master that is lost with a handover under it: escrow A finishes it.
func TestEscrowAFinishesAHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := waitingHandover(t)
		s.LoseMaster(t)
		want(t, "a start without it", s.TryStart(t.Context()), keeper.ErrMasterNeeded)
		s.Bucket.SetRule(nil)
		r, err := keeper.Restore(t.Context(), s.Config, s.EscrowA, 0)
		if err != nil || r.Safes != 1 || len(r.Findings) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		s.Start(t)
		s.leaderFindsNothing(t, s.leader(t))
		want(t, "the old sheet", s.unlocks(t, s.opened.Code), vault.ErrCode)
		must(t, s.unlocks(t, s.act.Code))
		view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || len(view.Handovers) != 1 {
			t.Errorf("handovers: %+v, %v", view.Handovers, err)
		}
	})
}

// A plan that cannot be read shuts its safe, to everybody: neither what was before
// nor what was agreed to is served, and the verification says so. Other safes are
// served.
func TestAPlanThatCannotBeReadShutsItsSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandingScene(t)
		other := s.OpenSafe(t, "autre-fictive")
		s.Keeper.SpoilHandover(t, s.opened.Safe)
		s.Crash(t)
		for range 2 { // no start forgets it
			for who, what := range map[string]string{vaulttest.Leader: "bail", vaulttest.Worker: "bail", vaulttest.Person: "cni"} {
				if err := s.readErr(s.Login(t, who), what); !errors.Is(err, vault.ErrTampered) {
					t.Errorf("%s: %v", who, err)
				}
			}
			s.Unlocked(t, "autre-fictive", other)
			report, err := s.Keeper.VerifyBucket(t.Context())
			if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Err.Error(), "handover") {
				t.Errorf("the verification says %v, %v", report.Findings, err)
			}
			time.Sleep(time.Minute)
			s.Crash(t)
		}
	})
}
