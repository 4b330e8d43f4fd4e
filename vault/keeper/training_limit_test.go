package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// An opening of an exercise that did not come true is none of the twenty.
func TestAnExerciseThatWasNotOpenedIsNotCounted(t *testing.T) {
	t.Parallel()
	x := newExercised(t)
	x.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
		if strings.HasPrefix(string(key), "v1/s/") && strings.Contains(string(key), "/m/") {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	for range vault.MaxTrainings {
		if _, err := x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{}); !errors.Is(err, vault.ErrUnavailable) {
			t.Fatalf("without a bucket: %v", err)
		}
	}
	x.Bucket.SetRule(nil)
	must(t, second(x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{})))
}

// An exercise that cannot be read keeps nobody from the others: it is listed by what
// is known of it without reading it.
func TestAnExerciseThatCannotBeReadIsListed(t *testing.T) {
	t.Parallel()
	x := newExercised(t)
	other, err := x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{Request: vault.NewRequestID()})
	must(t, err)
	x.Restart(t)
	lost := "v1/s/" + x.exercise.Safe.String() + "/"
	x.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
		return faulty(op == storagetest.OpGet && strings.HasPrefix(string(key), lost))
	})
	all, err := x.Keeper.Trainings(t.Context(), x.Login(t, vaulttest.Leader))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v: %v", all, err)
	}
	for _, one := range all {
		if read := one.Opener != ""; read != (one.Safe == other.Safe) || one.Until.IsZero() {
			t.Errorf("listed: %+v", one)
		}
	}
}
