package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// In the circle stand those who help now: nobody before their consent begins or
// after it ended, and in discreet mode nobody by name.
func TestTheCircleIsWhoHelpsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, func(x *vault.Terms) { x.From, x.Until = x.From.Add(oneDay), x.From.Add(2*oneDay) })
		members := func() []vault.CircleMember {
			t.Helper()
			circle, err := s.Keeper.Circle(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			must(t, err)
			return circle.Members
		}
		if got := members(); len(got) != 0 {
			t.Errorf("before it begins: %+v", got)
		}
		s.Bucket.SetRule(writesDown) // no sweep writes its end down
		time.Sleep(oneDay)
		if got := members(); len(got) != 1 || got[0].Name != vaulttest.Worker {
			t.Errorf("while it lasts: %+v", got)
		}
		time.Sleep(oneDay)
		if got := members(); len(got) != 0 {
			t.Errorf("after its end: %+v", got)
		}
		s.Bucket.SetRule(nil)
	})
}

// Whoever left is in no circle, although their consent waits for a successor.
func TestWhoLeftIsInNoCircle(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
	must(t, second(leave(t, s.House)))
	circle, err := s.Keeper.Circle(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(circle.Members) != 0 {
		t.Errorf("%+v, %v", circle.Members, err)
	}
}

func TestTheCircleOfADiscreetSafeNamesNobody(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet,
	})))
	circle, err := s.Keeper.Circle(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(circle.Members) != 1 || circle.Members[0].Name != "" || circle.Members[0].Structure != "" {
		t.Errorf("%+v, %v", circle.Members, err)
	}
}
