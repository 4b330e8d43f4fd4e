package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
)

// Architecture §8: while the second place is down acts go on, and health says so;
// when it is back it covers everything, and says that too.
func TestASecondPlaceThatIsDownStopsNothingAndIsSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		if err := s.Keeper.Anchoring(t.Context()); err != nil {
			t.Fatalf("while it is there: %v", err)
		}
		s.Anchors.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
		down := time.Now()
		for range 3 {
			if err := s.count(t); err != nil {
				t.Errorf("an act meanwhile: %v", err)
			}
			time.Sleep(time.Minute)
		}
		r := s.Keeper.Anchored()
		if r.Problem == nil || r.Since.Before(down) || r.Since.After(down.Add(time.Minute)) || r.Covered >= r.Leaves {
			t.Errorf("%+v since %v", r, down)
		}
		if err := s.Keeper.Anchoring(t.Context()); !errors.Is(err, vault.ErrUnavailable) {
			t.Errorf("health of the second place: %v", err)
		}
		if err := s.Keeper.Healthy(t.Context()); err != nil {
			t.Errorf("health of the service: %v", err)
		}
		s.Anchors.SetRule(nil)
		time.Sleep(time.Minute)
		if r := s.Keeper.Anchored(); r.Problem != nil || !r.Since.IsZero() || r.Covered != s.Keeper.Flush(t) {
			t.Errorf("once it is back: %+v", r)
		}
		if err := s.Keeper.Anchoring(t.Context()); err != nil {
			t.Errorf("once it is back: %v", err)
		}
	})
}

// A bucket that is down keeps the copy of the leaves waiting, and is no trouble of
// the second place.
func TestABucketThatIsDownIsNotTheSecondPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Bucket.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
		_ = s.count(t) // a leaf, whatever becomes of it
		time.Sleep(2 * time.Minute)
		if err := s.Keeper.Anchoring(t.Context()); err != nil {
			t.Errorf("the second place: %v", err)
		}
		s.Bucket.SetRule(nil)
	})
}
