package keeper_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// elsewhen has the bucket tell a time that the test sets, and sessions last.
func (s *helped) elsewhen(t *testing.T) *dated {
	t.Helper()
	s.Stop(t)
	bucket := &dated{Bucket: s.Bucket}
	s.Config.Bucket, s.Config.Sessions.Idle = bucket, time.Hour
	s.Start(t)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	return bucket
}

// sweepsAll sweeps as if everything that is stored were old.
func (s *helped) sweepsAll(t *testing.T, bucket *dated) {
	t.Helper()
	bucket.ahead(100 * 365 * oneDay) // what a file says of its age is not of this time
	must(t, second(s.Keeper.Sweep(t.Context())))
	bucket.ahead(0)
}

// waysKept counts what the bucket has of ways in.
func (s *helped) waysKept() (n int) {
	for _, key := range s.Bucket.Keys() {
		if strings.HasPrefix(string(key), "v1/s/"+s.opened.Safe.String()+"/k/") {
			n++
		}
	}
	return n
}

// A prepared handover lives for half an hour. Then its sheet opens nothing and hands
// nothing over, the safe is as it was, another can be prepared, and what was stored
// for it goes.
func TestAPreparedHandoverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandingScene(t)
		bucket, kept := s.elsewhen(t), s.waysKept()
		s.act = s.handing(t, s.person)
		if got := s.waysKept(); got <= kept {
			t.Fatalf("%d ways in are kept, as before", got)
		}
		s.staysOpen(t, vault.HandoverLife-time.Second)
		want(t, "the code of a prepared sheet", s.unlocks(t, s.act.Code), vault.ErrCode)
		wrong := s.act
		wrong.Code = s.opened.Code
		want(t, "in time, without the sheet", s.tries(t, wrong), vault.ErrCode)
		time.Sleep(time.Second)
		want(t, "too late", s.tries(t, s.act), vault.ErrTicket)
		time.Sleep(time.Minute)
		if n := s.Keeper.Prepared(); n != 0 {
			t.Errorf("%d prepared handovers are remembered", n)
		}
		if s.when(t) {
			t.Error("the safe is as after")
		}
		s.sweepsAll(t, bucket)
		if got := s.waysKept(); got != kept {
			t.Errorf("%d ways in are kept, before it was prepared %d", got, kept)
		}
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		first := s.act.Code
		s.act = s.handing(t, s.person)
		want(t, "prepared anew", s.tries(t, s.act), nil)
		if !s.when(t) {
			t.Error("the safe is as before")
		}
		want(t, "the first code, still", s.unlocks(t, first), vault.ErrCode)
	})
}

// In the very last second it holds.
func TestAPreparedHandoverHoldsToItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandingScene(t)
		s.elsewhen(t)
		act := s.handing(t, s.person)
		s.staysOpen(t, vault.HandoverLife-time.Second)
		want(t, "in time", s.tries(t, act), nil)
	})
}

// staysOpen lets time pass in which the person does something now and then.
func (s *helped) staysOpen(t *testing.T, total time.Duration) {
	t.Helper()
	for step := 5 * time.Minute; total > 0; total -= step {
		time.Sleep(min(step, total))
		must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
	}
}

// A bucket that is full refuses what is written, and deletes: what a handover that
// waits for it is made of does not go meanwhile, however long that takes.
func TestASweepLeavesWhatAHandoverWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandingScene(t)
		bucket := s.elsewhen(t)
		s.act = s.handing(t, s.person)
		s.Bucket.SetRule(writesDown)
		must(t, s.tries(t, s.act))
		s.sweepsAll(t, bucket)
		_ = s.Keeper.Close() // it cannot write what it holds
		s.Start(t)
		s.sweepsAll(t, bucket)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		if !s.when(t) {
			t.Error("the safe is as before")
		}
		report, err := s.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v %v", report.Findings, err)
		}
	})
}

// So it leaves the record of a cycle of which somebody else is to lead.
func TestASweepLeavesWhatAChangeOfLeaderWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		bucket, id := s.elsewhen(t), s.cycle(t, nil)
		s.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit { // its record is there already
				return structureDown(op, key)
			}
			return storagetest.None
		})
		must(t, s.Keeper.ChangeLeader(t.Context(), s.Login(t, vaulttest.Manager), vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Colleague]}))
		time.Sleep(time.Minute)
		s.sweepsAll(t, bucket)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		must(t, second(s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Colleague), id)))
		report, err := s.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v %v", report.Findings, err)
		}
	})
}
