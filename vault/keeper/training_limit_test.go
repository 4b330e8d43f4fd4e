package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
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
