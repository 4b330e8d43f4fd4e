package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

const another = "autre-fictive"

// Two people who join at once do not both get the last place.
func TestOneOfTwoGetsTheLastPlaceInACycle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id, beside := s.cycle(t, nil), s.OpenSafe(t, another)
		s.Keeper.SeatOthers(t, id, vault.MaxParticipants-1)
		s.Bucket.Slow(time.Second)
		person, neighbour := s.Login(t, vaulttest.Person), s.Login(t, another)
		told := make(chan error, 2)
		go func() { told <- s.Keeper.JoinCycle(t.Context(), person, s.onCycle(id)) }()
		go func() {
			told <- s.Keeper.JoinCycle(t.Context(), neighbour, vault.OnCycle{Request: vault.NewRequestID(), Safe: beside.Safe, Cycle: id})
		}()
		one, other := <-told, <-told
		if (one == nil) == (other == nil) || !errors.Is(errors.Join(one, other), vault.ErrLimit) {
			t.Errorf("the last place: %v and %v", one, other)
		}
	})
}

// A place is free again once it is known that nobody comes to it.
func TestAPlaceThatNobodyTakesIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id, beside := s.cycle(t, nil), s.OpenSafe(t, another)
		s.Keeper.SeatOthers(t, id, vault.MaxParticipants-1)
		for name, rule := range map[string]func(storagetest.Op, storage.Key) storagetest.Fault{
			"no record": func(op storagetest.Op, _ storage.Key) storagetest.Fault { return faulty(op == storagetest.OpPut) },
			"no entry":  func(op storagetest.Op, _ storage.Key) storagetest.Fault { return faulty(op == storagetest.OpCommit) },
		} {
			s.Bucket.SetRule(rule)
			if err := s.Keeper.JoinCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)); err == nil {
				t.Errorf("%s: they joined", name)
			}
			s.Bucket.SetRule(nil)
		}
		must(t, s.Keeper.JoinCycle(t.Context(), s.Login(t, another), vault.OnCycle{Request: vault.NewRequestID(), Safe: beside.Safe, Cycle: id}))
		want(t, "the sixty-first", s.Keeper.JoinCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)), vault.ErrLimit)
	})
}

func faulty(is bool) storagetest.Fault {
	if is {
		return storagetest.NotApplied
	}
	return storagetest.None
}
