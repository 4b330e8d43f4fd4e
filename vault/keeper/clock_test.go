package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

func (s *scene) count(t *testing.T) error {
	t.Helper()
	return second(s.Keeper.Count(t.Context(), s.person, s.opened.Safe))
}

// confirmations are the operator's confirmations in the person's own journal.
func (s *scene) confirmations(t *testing.T) (n int) {
	t.Helper()
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Act == vault.ActConfirmClock && l.Outcome == vault.OutcomeDone {
			n++
		}
	}
	return n
}

// The operator vouches for the machine's clock against the bucket's: it is recorded,
// stands in every journal, outlives a start, and ends when the two agree again.
func TestAnOperatorConfirmsTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Stop(t)
		bucket := &dated{Bucket: s.Bucket}
		s.Config.Bucket = bucket
		s.Start(t)
		s.again(t)
		bucket.ahead(-5 * time.Hour)
		time.Sleep(time.Minute)
		if err := s.count(t); !errors.Is(err, vault.ErrClock) {
			t.Fatalf("before: %v, want %v", err, vault.ErrClock)
		}
		before := s.Keeper.Flush(t)
		for _, off := range []time.Duration{-3 * time.Minute, 3 * time.Minute, -5 * time.Hour} {
			_, err := s.Keeper.ConfirmClock(t.Context(), time.Now().Add(off))
			if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
				t.Errorf("a watch %v off: %v", off, err)
			}
		}
		if now := s.Keeper.Flush(t); now != before {
			t.Errorf("%d leaves of what was not confirmed", now-before)
		}
		ahead, err := s.Keeper.ConfirmClock(t.Context(), time.Now().Add(-time.Minute))
		if err != nil || ahead != 5*time.Hour {
			t.Fatalf("confirmed: %v ahead, %v", ahead, err)
		}
		for range 3 {
			if err := s.count(t); err != nil {
				t.Errorf("confirmed: %v", err)
			}
			time.Sleep(time.Minute)
		}
		if n := s.confirmations(t); n != 1 {
			t.Errorf("%d lines of it in the person's journal", n)
		}
		s.Stop(t)
		s.Start(t)
		s.again(t)
		bucket.ahead(-6*time.Hour - time.Minute)
		time.Sleep(time.Minute)
		if err := s.count(t); !errors.Is(err, vault.ErrClock) {
			t.Errorf("an hour beyond what was confirmed: %v, want %v", err, vault.ErrClock)
		}
		bucket.ahead(0)
		time.Sleep(time.Minute)
		if err := s.count(t); err != nil {
			t.Errorf("they agree: %v", err)
		}
		bucket.ahead(-5 * time.Hour)
		time.Sleep(time.Minute)
		if err := s.count(t); !errors.Is(err, vault.ErrClock) {
			t.Errorf("ahead anew, after they agreed: %v, want %v", err, vault.ErrClock)
		}
	})
}

// Where the clock keeps the keeper from starting, the start itself is confirmed.
func TestAStartIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Stop(t)
		bucket := &dated{Bucket: s.Bucket}
		bucket.ahead(-3 * time.Hour)
		s.Config.Bucket = bucket
		s.Config.ClockRead = time.Now().Add(-time.Hour)
		if _, invalid := errors.AsType[*vault.InvalidError](s.TryStart(t.Context())); !invalid {
			t.Error("a start with another time than the machine's")
		}
		s.Config.ClockRead = time.Now()
		s.Start(t)
		s.Config.ClockRead = time.Time{}
		s.again(t)
		if n := s.confirmations(t); n != 1 {
			t.Errorf("%d lines of it in the person's journal", n)
		}
		s.Stop(t)
		s.Start(t) // it was confirmed
		s.again(t)
		s.sound(t)
	})
}

// A wall clock that jumped while the keeper ran is refused until it is confirmed,
// or the keeper starts anew.
func TestAJumpIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		for _, by := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
			s.Keeper.Jump(by)
			if err := s.count(t); !errors.Is(err, vault.ErrClock) {
				t.Fatalf("%v away: %v, want %v", by, err, vault.ErrClock)
			}
			if _, err := s.Keeper.ConfirmClock(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := s.count(t); err != nil {
				t.Errorf("confirmed: %v", err)
			}
		}
		if n := s.confirmations(t); n != 2 {
			t.Errorf("%d lines of it in the person's journal", n)
		}
	})
}
