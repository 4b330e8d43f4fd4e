package keeper_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// lend releases a paper to somebody and leases a first step of it.
func (s *helped) lend(t testing.TB, who session.Principal, kind string) (id vault.ReleaseID, until time.Time) {
	t.Helper()
	rel, err := s.Keeper.Release(t.Context(), who, s.opened.Safe, s.docs[kind])
	must(t, err)
	until, err = s.Keeper.Continue(t.Context(), rel.ID)
	must(t, err)
	return rel.ID, until
}

// timed is how long an act took, which must work.
func timed(t testing.TB, act func() error) time.Duration {
	t.Helper()
	began := time.Now()
	must(t, act())
	return time.Since(began)
}

func (s *helped) withdraw(ctx context.Context, id vault.ConsentID) error {
	return s.Keeper.WithdrawConsent(ctx, s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: id})
}

// A reader who never gives a lease back makes a withdrawal wait until it has run
// out and not longer, whether the bucket takes anything in or not.
func TestALeaseDelaysAWithdrawalOneSecondAtMost(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(storagetest.Op, storage.Key) storagetest.Fault{"sound": nil, "refuses every PUT": refused, "is down": down} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHelped(t)
				given := s.give(t, nil)
				first, _ := s.lend(t, s.worker, "bail")
				time.Sleep(400 * time.Millisecond)
				last, until := s.lend(t, s.worker, "quittance-loyer")
				time.Sleep(100 * time.Millisecond)
				s.Bucket.SetRule(rule)
				d := timed(t, func() error { return s.withdraw(t.Context(), given.ID) })
				// Without the bucket it waits for its entry, too, and then no longer.
				if time.Now().Before(until) || rule == nil && d != 900*time.Millisecond {
					t.Errorf("answered after %v, the last lease ran out %v ago", d, time.Since(until))
				}
				for _, id := range []vault.ReleaseID{first, last} {
					if err := second(s.Keeper.Continue(t.Context(), id)); err == nil {
						t.Error("another lease")
					}
				}
				if d := timed(t, func() error { return s.withdraw(t.Context(), given.ID) }); d != 0 {
					t.Errorf("a second withdrawal waits for %v", d)
				}
			})
		})
	}
}

// Whoever reads on because of something else is not waited for.
func TestNobodyWaitsForWhoMayReadOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		given := s.give(t, nil)
		other := s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"impots"} })
		s.lend(t, s.worker, "avis-imposition")
		s.lend(t, s.person, "bail")
		if d := timed(t, func() error { return s.withdraw(t.Context(), given.ID) }); d != 0 {
			t.Errorf("waited %v for somebody who may read on", d)
		}
		if d := timed(t, func() error { return s.withdraw(t.Context(), other.ID) }); d != vault.LeaseTime {
			t.Errorf("waited %v for somebody who may not", d)
		}
	})
}

// A release has one lease: asking for the next one gives the former back, and so
// does the end of the reading.
func TestAReleaseHasOneLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		given := s.give(t, nil)
		id, _ := s.lend(t, s.worker, "bail")
		time.Sleep(300 * time.Millisecond)
		s.Keeper.GiveBack(vault.NewReleaseID())
		done := make(chan error)
		go func() { done <- s.withdraw(t.Context(), given.ID) }()
		synctest.Wait()
		if err := second(s.Keeper.Continue(t.Context(), id)); err == nil {
			t.Error("a lease after the withdrawal began")
		}
		if d := timed(t, func() error { return <-done }); d != 0 {
			t.Errorf("the withdrawal waited %v for a lease that was given back", d)
		}
		again := s.give(t, nil)
		id, _ = s.lend(t, s.worker, "bail")
		must(t, s.Keeper.Conclude(t.Context(), id, vault.OutcomeDone, 1))
		if d := timed(t, func() error { return s.withdraw(t.Context(), again.ID) }); d != 0 {
			t.Errorf("the withdrawal waited %v for a reading that had ended", d)
		}
	})
}

// No lease goes beyond the instant at which the right ends by itself: the end of
// the consent (L-58), and of what proves that the person is there.
func TestNoLeaseOutlastsWhatItRestsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		seat := sit(t, s.House, vaulttest.Worker)
		s.worker = seat.Principal
		until := time.Now().Add(5 * time.Minute).UTC().Truncate(time.Second)
		s.give(t, func(x *vault.Terms) { x.Until = until })
		s.give(t, func(x *vault.Terms) { x.Presence, x.Scope.Drawers = 0, []papers.Drawer{"impots"} })
		id, lent := s.lend(t, s.worker, "bail")
		if d := time.Until(lent); d != vault.LeaseTime {
			t.Errorf("a lease of %v", d)
		}
		time.Sleep(time.Until(until.Add(-vault.LeaseTime / 4)))
		lent, err := s.Keeper.Continue(t.Context(), id)
		if err != nil || !lent.Equal(until) {
			t.Errorf("a lease goes %v beyond the consent, %v", lent.Sub(until), err)
		}
		time.Sleep(time.Until(until))
		if err := second(s.Keeper.Continue(t.Context(), id)); err == nil {
			t.Error("a lease after the consent")
		}
		proved, err := s.Keeper.ProvePresence(t.Context(), s.worker, vault.ProvePresence{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
		must(t, err)
		for range 5 { // an idle session would end first
			time.Sleep(vault.PresenceTime/5 - time.Second)
			must(t, second(seat.call(t, s.House, seat.token)))
		}
		id, _ = s.lend(t, s.worker, "avis-imposition")
		time.Sleep(time.Until(proved.Add(-vault.LeaseTime / 4)))
		lent, err = s.Keeper.Continue(t.Context(), id)
		if err != nil || !lent.Equal(proved) {
			t.Errorf("a lease goes %v beyond the presence, %v", lent.Sub(proved), err)
		}
	})
}

// What ends while a key is being fetched keeps it from leaving: after the answer
// no key does, however slow the bucket is, and nobody waits for it.
func TestNoKeyLeavesAfterALockWasAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.Bucket.Slow(5 * time.Minute)
		released := make(chan vault.Release, 1)
		ended := make(chan error, 1)
		go func() {
			rel, err := s.Keeper.Release(t.Context(), s.person, s.opened.Safe, s.docs["bail"])
			released <- rel
			ended <- err
		}()
		time.Sleep(time.Minute)
		if d := timed(t, func() error { return s.Keeper.Lock(t.Context(), s.person, s.opened.Safe) }); d != 0 {
			t.Errorf("locked after %v", d)
		}
		if rel, err := <-released, <-ended; !rel.FileKey.IsZero() || rel.ID != (vault.ReleaseID{}) || !errors.Is(err, vault.ErrLocked) {
			t.Errorf("released: %v", err)
		}
		s.Bucket.Slow(0)
		if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// Whoever takes away and hangs up has taken away all the same.
func TestAWithdrawalHoldsWhenItsCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		given := s.give(t, nil)
		id, _ := s.lend(t, s.worker, "bail")
		ctx, hangUp := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, hangUp)
		if d := timed(t, func() error { return s.withdraw(ctx, given.ID) }); d != 200*time.Millisecond {
			t.Errorf("the call took %v", d)
		}
		if err := second(s.Keeper.Continue(t.Context(), id)); err == nil {
			t.Error("another lease")
		}
		s.isOver(t, given.ID)
	})
}

// Many read and ask as fast as they can while the consent is withdrawn: once that
// was answered nobody may decrypt, and nobody may again. (Worth most under
// -race.)
func TestNobodyHoldsALeaseOnceAWithdrawalWasAnswered(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	for range 3 {
		given := s.give(t, nil)
		var holding [8]atomic.Int64 // until when each may decrypt; whoever stalls for longer knows that they may not
		var answered atomic.Bool
		var readers, busy sync.WaitGroup
		for i := range holding {
			id, _ := s.lend(t, s.worker, "bail")
			busy.Add(1)
			readers.Go(func() {
				for n := range math.MaxInt {
					if n == 20 {
						busy.Done()
					}
					until, err := s.Keeper.Continue(t.Context(), id)
					if err != nil {
						break
					}
					holding[i].Store(until.UnixNano())
					if answered.Load() && time.Now().Before(until) {
						t.Error("a lease after the withdrawal was answered")
					}
					holding[i].Store(0)
					s.Keeper.GiveBack(id)
				}
				if err := s.Keeper.Conclude(t.Context(), id, vault.OutcomeFailed, 0); err != nil {
					t.Error(err)
				}
			})
		}
		busy.Wait()
		must(t, s.withdraw(t.Context(), given.ID))
		now := time.Now()
		answered.Store(true)
		for i := range holding {
			if until := holding[i].Load(); until > now.UnixNano() {
				t.Error("somebody may decrypt after the withdrawal was answered")
			}
		}
		readers.Wait()
	}
}
