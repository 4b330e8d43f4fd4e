package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Escrow A puts a lost master's layer around the pairs of a kit as around any way in:
// the sheets at home stay good, in every epoch of the safe, and an opening that waits
// goes on with its delay and can be stopped.
func TestAKitOutlivesTheLossOfTheMaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		s.handOver(t, s.Unlocked(t, vaulttest.Person, s.opened), vaulttest.Leader) // two epochs
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		due := s.view(t).Opening.Due
		s.LoseMaster(t)
		r, err := keeper.Restore(t.Context(), s.Config, s.EscrowA, 0)
		if err != nil || len(r.Findings) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		s.Start(t)
		if left := under(s.House, "1"); len(left) > 0 {
			t.Errorf("still under the lost master: %v", left)
		}
		if got := s.view(t).Opening.Due; !got.Equal(due) {
			t.Errorf("due %v, want %v", got, due)
		}
		want(t, "before the delay is over", second(s.finish(t, vaulttest.Person, s.pair(1, 2))), vault.ErrKitWaits)
		want(t, "stopped", s.cancel(t, vaulttest.Person, vault.WordOwn), nil)
		time.Sleep(time.Second)
		want(t, "begun anew", s.begin(t, vaulttest.Worker, s.pair(0, 2)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		opened, err := s.finish(t, vaulttest.Person, s.pair(1, 2))
		must(t, err)
		who := s.Login(t, vaulttest.Person)
		must(t, s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: opened.Sheet.Code}))
		want(t, "the paper of before", s.reads(t, who), nil)
		report, err := s.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v, %v", report.Findings, err)
		}
	})
}

// Whatever ended a kit, or stopped its opening, an older copy of the bucket brings
// neither back: not under the running keeper, and not to the one that starts on it.
func TestAnOlderBucketRevivesNoKit(t *testing.T) {
	t.Parallel()
	finished := func(s *kitScene, t *testing.T) error { return second(s.finish(t, vaulttest.Person, s.pair(0, 1))) }
	for name, c := range map[string]struct {
		ends func(*kitScene, *testing.T)
		want error // of finishing what had waited
	}{
		"stopped": {func(s *kitScene, t *testing.T) { must(t, s.cancel(t, vaulttest.Person, vault.WordOwn)) }, vault.ErrKitClosed},
		"used":    {func(s *kitScene, t *testing.T) { must(t, finished(s, t)) }, vault.ErrKitClosed},
		"another": {func(s *kitScene, t *testing.T) {
			old := s.made
			s.kit(t, s.Unlocked(t, vaulttest.Person, s.opened), vault.MakeKit{})
			s.made = old
		}, vault.ErrKitClosed},
		"frozen": {func(s *kitScene, t *testing.T) { s.freeze(t, s.Login(t, vaulttest.Person)) }, vault.ErrFrozen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newKitScene(t, vaulttest.Person)
				want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
				time.Sleep(vault.KitDelay + time.Second)
				older := s.Bucket.Snapshot()
				c.ends(s, t)
				now := s.Bucket.Snapshot()
				s.Bucket.Restore(older)
				want(t, "while it runs", finished(s, t), c.want)
				s.atTheStart(t, now, func() error { return finished(s, t) })
			})
		})
	}
}

// atTheStart starts the service on the bucket as it is now, where what is tried must
// not come true, and puts the right one back.
func (s *kitScene) atTheStart(t *testing.T, right storagetest.Snapshot, try func() error) {
	t.Helper()
	s.Stop(t)
	if s.TryStart(t.Context()) == nil {
		if try() == nil {
			t.Error("it is back at the start")
		}
		_ = s.Keeper.Close() // its bucket is not what it was
		s.Keeper = nil
	}
	s.Bucket.Restore(right)
}

// Sheets that are out of reach are in somebody's hands: they end when the holder of
// escrow B has answered, and what waited for them with them.
func TestAKitOutOfReachEndsWithTheAnswerOfEscrowB(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		who, act := s.Login(t, vaulttest.Worker), vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe, Kit: vault.KitOutOfReach}
		act.Approval = s.approve(t, vaulttest.Colleague, second(s.Keeper.AskRecovery(t.Context(), who, act)))
		sheet, err := s.Keeper.AskRecovery(t.Context(), who, act)
		must(t, err)
		want(t, "whoever has them begins", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		s.imported(t, s.answered(t, s.exported(t, 1)), 1)
		time.Sleep(vault.KitDelay + time.Second)
		want(t, "finished", second(s.finish(t, vaulttest.Person, s.pair(0, 1))), vault.ErrKitClosed)
		want(t, "begun again", s.begin(t, vaulttest.Worker, s.pair(1, 2)), vault.ErrCode)
		want(t, "the new sheet", s.opens(t, sheet.Code), nil)
		if v, kinds := s.view(t), s.ways(t); v != (vault.KitView{}) || kinds[vault.WayRecovery] != 0 || kinds[vault.WaySheet] != 1 {
			t.Errorf("after the answer: %+v, %v", v, kinds)
		}
	})
}
