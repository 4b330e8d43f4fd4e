package keeper_test

import (
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// certified is whether the person has a certificate of a cycle, and of how many days.
func (s *helped) certified(t *testing.T, id vault.CycleID) (days int, err error) {
	t.Helper()
	p, err := s.Keeper.Certificate(t.Context(), s.Login(t, vaulttest.Person), vault.PrintCertificate{Safe: s.opened.Safe, Cycle: id})
	return len(p.Part.Days()), err
}

// Somebody whose cycle was interrupted goes on in another: what they did before is
// theirs until it is forgotten, after a restart and a rebuild too, and no leader's.
func TestAnEarlierCycleStaysThePersons(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		first := s.cycle(t, func(c *workshop.Cycle) { c.Label = "Premier cycle" })
		s.join(t, first)
		must(t, s.mark(t, first, 1, workshop.AttendanceCame, vault.CycleID{}))
		must(t, s.Keeper.EndCycle(t.Context(), s.worker, vault.OnCycle{Cycle: first}))
		later(t, s.House, 8*oneDay)
		next := s.cycle(t, func(c *workshop.Cycle) { c.Label = "Cycle suivant" })
		s.join(t, next)
		must(t, s.mark(t, next, 1, workshop.AttendanceCaughtUp, first))
		must(t, s.mark(t, next, 1, workshop.AttendanceMissed, vault.CycleID{}))
		check := func() {
			t.Helper()
			own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			if err != nil || own.Cycle.ID != next || len(own.Earlier) != 1 || own.Earlier[0].Cycle.Plan.Label != "Premier cycle" ||
				own.Earlier[0].Part.Marks[0].Attendance != workshop.AttendanceCame || own.Earlier[0].Until.IsZero() {
				t.Fatalf("the person reads %+v: %v", own, err)
			}
			for name, id := range map[string]vault.CycleID{"the earlier one": first, "whichever": {}} {
				if days, err := s.certified(t, id); err != nil || days != 1 {
					t.Errorf("certificate of %s: %d days, %v", name, days, err)
				}
			}
			want(t, "of one in which they were not", second(s.certified(t, next)), vault.ErrNotFound)
			list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), next)
			if err != nil || len(list) != 1 || len(list[0].Earlier) != 0 || list[0].Cycle.ID != next {
				t.Errorf("who leads the next one reads %+v: %v", list, err)
			}
		}
		check()
		s.Crash(t)
		synctest.Wait()
		check()
		s.Stop(t)
		s.Config.StatePath += ".new"
		if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
			t.Fatal("rebuild:", err)
		}
		s.Start(t)
		check()
		s.passing(t, 83*oneDay) // 91 days after the end of the first
		own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || own.Cycle.ID != next || len(own.Earlier) != 0 {
			t.Errorf("once the first is forgotten: %+v, %v", own, err)
		}
		want(t, "a certificate of what is forgotten", second(s.certified(t, first)), vault.ErrNotFound)
	})
}

// Whoever leaves a cycle for another finds what they did when they come back, and
// the leader that they left reads nothing of it meanwhile; the other may be forgotten
// before the one they came back to.
func TestWhoComesBackToACycleFindsTheirMarks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		first, other := s.cycle(t, func(c *workshop.Cycle) { c.Last = dayIn(170) }), s.cycle(t, nil)
		s.join(t, first)
		must(t, s.mark(t, first, 1, workshop.AttendanceCame, vault.CycleID{}))
		must(t, s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(first)))
		s.join(t, other)
		list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), first)
		if err != nil || len(list) != 1 || list[0].Part.Left.IsZero() || list[0].Part.Marks != nil {
			t.Errorf("who leads the one they left reads %+v: %v", list, err)
		}
		want(t, "a mark there", s.mark(t, first, 1, workshop.AttendanceMissed, vault.CycleID{}), vault.ErrNotFound)
		must(t, s.mark(t, other, 1, workshop.AttendanceCame, vault.CycleID{}))
		must(t, s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(other)))
		s.join(t, first)
		own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || own.Cycle.ID != first || !own.Part.Part() || own.Part.Marks[0].Attendance != workshop.AttendanceCame ||
			len(own.Earlier) != 1 || own.Earlier[0].Cycle.ID != other {
			t.Errorf("who came back reads %+v: %v", own, err)
		}
		s.passing(t, (28+92)*oneDay)
		own, err = s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || own.Cycle.ID != first || len(own.Earlier) != 0 {
			t.Errorf("once the other is forgotten: %+v, %v", own, err)
		}
	})
}

// More parts than are kept: the oldest goes.
func TestFewEarlierCyclesAreKept(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	var ids []vault.CycleID
	for range vault.MaxEarlier + 2 {
		id := s.cycle(t, nil)
		s.join(t, id)
		must(t, s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)))
		ids = append(ids, id)
	}
	own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	if err != nil || own.Cycle.ID != ids[len(ids)-1] || len(own.Earlier) != vault.MaxEarlier || own.Earlier[vault.MaxEarlier-1].Cycle.ID != ids[1] {
		t.Errorf("%+v: %v", own, err)
	}
	if list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), ids[0]); err != nil || len(list) != 0 {
		t.Errorf("in the one that is not kept: %+v, %v", list, err)
	}
}
