package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// sweepsInVain lets the hourly sweep of something pass while nobody knows what
// becomes of an entry: the trail is anchored as before.
func (s *helped) sweepsInVain(t *testing.T) {
	t.Helper()
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit {
			return storagetest.Vanishes
		}
		return storagetest.None
	})
	time.Sleep(65 * time.Minute)
	_ = s.Login(t, vaulttest.Worker)
	time.Sleep(2 * time.Minute)
	if r := s.Keeper.Anchored(); r.Covered != s.Keeper.Flush(t) {
		t.Errorf("not anchored: %+v", r)
	}
	s.Bucket.SetRule(nil)
}

// A bucket that answers nothing while a part in a cycle is forgotten keeps nothing
// else waiting.
func TestForgettingAPartWaitsForNoBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		later(t, s.House, (28+92)*oneDay)
		s.sweepsInVain(t)
		time.Sleep(time.Minute)
		want(t, "the person's part", second(s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)), vault.ErrNotFound)
	})
}

// Nor does one that answers nothing while a relay's alarm is written down.
func TestAnAlarmWaitsForNoBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, func(x *vault.Terms) { x.Until = x.From.Add(30 * oneDay) })
		s.send(t, nil)
		alarm := s.is(t, vaulttest.Worker, vault.RelaySent, false).AlarmAt
		later(t, s.House, time.Until(alarm)-time.Minute)
		s.sweepsInVain(t)
		s.is(t, vaulttest.Worker, vault.RelaySent, true)
	})
}
