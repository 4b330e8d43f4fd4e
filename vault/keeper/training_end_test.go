package keeper_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// gone checks that nothing is left of an exercise but its entries and a signed
// gravestone in both places, and that nobody finds it.
func (x *exercised) gone(t *testing.T) {
	t.Helper()
	who := x.Login(t, vaulttest.Leader)
	if _, err := x.Keeper.List(t.Context(), who, vault.List{Safe: x.exercise.Safe, Limit: 10}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if all, err := x.Keeper.Trainings(t.Context(), who); err != nil || len(all) != 0 {
		t.Errorf("listed: %+v %v", all, err)
	}
	prefix := "v1/s/" + x.exercise.Safe.String() + "/"
	for info, err := range x.Bucket.List(t.Context(), storage.Key(prefix), "") {
		must(t, err)
		if !strings.HasPrefix(string(info.Key), prefix+"m/") {
			t.Errorf("left behind: %s", info.Key)
		}
	}
	for _, b := range []storage.Bucket{x.Bucket, x.Anchors} {
		raw, err := b.Get(t.Context(), storage.Key("v1/g/"+x.exercise.Safe.String()), 0, -1)
		must(t, err)
		signed, err := seal.VerifySigned(raw, seal.SignedGravestone, x.Config.Secrets.Signing.Public())
		if err != nil || !strings.Contains(string(signed.Payload()), x.exercise.Safe.String()) {
			t.Errorf("gravestone: %v", err)
		}
	}
}

// Erased as a whole, for good, and nothing of a person's safe with it.
func TestAnExerciseIsErasedAsAWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		must(t, x.Keeper.EndTraining(t.Context(), x.leader, vault.EndTraining{Safe: x.exercise.Safe}))
		if _, err := x.Deposit(t.Context(), x.leader, x.exercise.Safe, vaulttest.Paper{Title: "tard", Body: vaulttest.Text("tard", 900)}); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("deposited after the end: %v", err)
		}
		synctest.Wait()
		x.gone(t)
		x.Restart(t)
		synctest.Wait()
		x.gone(t)
		report, err := x.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("verification: %+v %v", report.Findings, err)
		}
		time.Sleep(25 * time.Hour)
		if _, err := x.Keeper.Sweep(t.Context()); err != nil {
			t.Errorf("sweep: %v", err)
		}
		person := x.Unlocked(t, vaulttest.Person, x.real)
		if n, err := x.Keeper.Count(t.Context(), person, x.real.Safe); err != nil || n != 0 {
			t.Errorf("the person's safe: %d %v", n, err)
		}
	})
}

// A kill at any write ends with the exercise gone: it holds from its intent.
func TestAnEndOfAnExerciseSurvivesEveryKill(t *testing.T) {
	t.Parallel()
	for _, kind := range []storagetest.Fault{storagetest.NotApplied, storagetest.AppliedButLost} {
		for at := range 6 {
			synctest.Test(t, func(t *testing.T) {
				x := newExercised(t)
				writes := 0
				x.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
					if op == storagetest.OpGet || op == storagetest.OpList || op == storagetest.OpStat {
						return storagetest.None
					}
					if writes++; writes > at {
						return kind
					}
					return storagetest.None
				})
				must(t, x.Keeper.EndTraining(t.Context(), x.leader, vault.EndTraining{Safe: x.exercise.Safe}))
				x.Crash(t)
				x.Bucket.SetRule(nil)
				time.Sleep(20 * time.Second)
				synctest.Wait()
				x.gone(t)
			})
		}
	}
}

// After thirty days it ends by itself: at that instant, and swept within the hour.
func TestAnExerciseEndsAfterThirtyDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		x.Stop(t)
		time.Sleep(time.Until(x.exercise.Until.Add(-time.Minute)))
		x.Start(t)
		who := x.Login(t, vaulttest.Leader)
		must(t, second(x.Keeper.Count(t.Context(), who, x.exercise.Safe)))
		time.Sleep(2 * time.Minute)
		if _, err := x.Keeper.Count(t.Context(), who, x.exercise.Safe); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("after its time: %v", err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		x.gone(t)
	})
}

// A rebuild from bucket and trail finds an exercise as what it is, and one that
// was erased not at all.
func TestARebuildKnowsAnExercise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		erased, err := x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{Request: vault.NewRequestID()})
		must(t, err)
		must(t, x.Keeper.EndTraining(t.Context(), x.leader, vault.EndTraining{Safe: erased.Safe}))
		synctest.Wait()
		x.Stop(t)
		must(t, os.Remove(x.Config.StatePath))
		n, err := keeper.Rebuild(t.Context(), x.Config)
		if err != nil || n != 1 {
			t.Fatalf("rebuilt %d safes of people: %v", n, err)
		}
		x.Start(t)
		synctest.Wait()
		all, err := x.Keeper.Trainings(t.Context(), x.Login(t, vaulttest.Leader))
		if err != nil || len(all) != 1 || all[0].Safe != x.exercise.Safe {
			t.Errorf("%+v %v", all, err)
		}
		report, err := x.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("verification: %+v %v", report.Findings, err)
		}
	})
}

// There are at most twenty at once.
func TestAStructureHasFewExercises(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		for range vault.MaxTrainings - 1 {
			must(t, second(x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{})))
		}
		if _, err := x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{}); !errors.Is(err, vault.ErrLimit) {
			t.Errorf("one more: %v", err)
		}
	})
}
