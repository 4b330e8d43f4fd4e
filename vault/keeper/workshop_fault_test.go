package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A cycling is a person in a cycle that bounds a consent, another cycle beside it, and
// an exercise.
type cycling struct {
	*helped
	id, other vault.CycleID
	consent   vault.Consent
	exercise  vault.SafeID
}

func newCycling(t *testing.T, joined bool) *cycling {
	t.Helper()
	s := &cycling{helped: newHelped(t)}
	s.other = s.cycle(t, func(c *workshop.Cycle) { c.Label = "Autre cycle" })
	s.id = s.cycle(t, nil)
	if joined {
		s.join(t, s.id)
		s.consent = s.led(t, s.id, nil)
	}
	opened, err := s.Keeper.OpenTraining(t.Context(), s.Login(t, vaulttest.Leader), vault.OpenTraining{Request: vault.NewRequestID()})
	must(t, err)
	s.exercise = opened.Safe
	return s
}

// cycleAs is the cycle as agents see it, and how many there are.
func (s *cycling) cycleAs(t *testing.T) (c vault.Cycle, n int) {
	t.Helper()
	all, err := s.Keeper.Cycles(t.Context(), s.Login(t, vaulttest.Manager), vault.ListCycles{Limit: 10})
	must(t, err)
	for _, one := range all {
		if one.ID == s.id {
			c = one
		}
	}
	return c, len(all)
}

// part is the person's; zero for none.
func (s *cycling) part(t *testing.T) workshop.Participation {
	t.Helper()
	p, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		t.Fatal(err)
	}
	return p.Part
}

// over reports whether something is over with the consent that rests on it; one of
// them without the other is between.
func (s *cycling) over(t *testing.T, is bool) bool {
	t.Helper()
	if ended := overBy(s.readErr(s.Login(t, vaulttest.Worker), "bail"), s.consent.ID, vault.EndedCycle); ended != is {
		t.Errorf("between: over %v, and the consent %v", is, ended)
	}
	return is
}

// exercises is how many there are, and whether the first of them is.
func (s *cycling) exercises(t *testing.T) (n int, first bool) {
	t.Helper()
	all, err := s.Keeper.Trainings(t.Context(), s.Login(t, vaulttest.Leader))
	must(t, err)
	for _, one := range all {
		first = first || one.Safe == s.exercise
	}
	return len(all), first
}

// A cycleAct is one act about workshops: how many writes to the bucket it makes until
// it is answered, and how to see afterwards whether it happened.
type cycleAct struct {
	name   string
	by     string
	writes int
	takes  bool
	joined bool
	try    func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error
	done   func(t *testing.T, s *cycling) bool
}

func cycleActs() []cycleAct {
	marked := func(n int, a workshop.Attendance) func(*testing.T, *cycling) bool {
		return func(t *testing.T, s *cycling) bool { return s.part(t).Marks[n-1].Attendance == a }
	}
	attend := func(n int, a workshop.Attendance, elsewhere func(*cycling) vault.CycleID) func(context.Context, *cycling, session.Principal, vault.RequestID) error {
		return func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			act := vault.NoteAttendance{Request: id, Safe: s.opened.Safe, Cycle: s.id, Session: n, Attendance: a}
			if elsewhere != nil {
				act.Elsewhere = elsewhere(s)
			}
			return s.Keeper.NoteAttendance(ctx, who, act)
		}
	}
	on := func(s *cycling, id vault.RequestID) vault.OnCycle {
		return vault.OnCycle{Request: id, Safe: s.opened.Safe, Cycle: s.id}
	}
	return []cycleAct{
		{"open", vaulttest.Leader, 2, false, false, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			return second(s.Keeper.OpenCycle(ctx, who, vault.OpenCycle{Request: id, Plan: planned(nil)}))
		}, func(t *testing.T, s *cycling) bool {
			_, n := s.cycleAs(t)
			return n == 3
		}},
		{"change", vaulttest.Worker, 2, false, false, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			plan := planned(func(c *workshop.Cycle) { c.Place = "Autre maison" })
			return s.Keeper.ChangeCycle(ctx, who, vault.ChangeCycle{Request: id, Cycle: s.id, Plan: plan})
		}, func(t *testing.T, s *cycling) bool {
			c, n := s.cycleAs(t)
			return n == 2 && c.Plan.Place == "Autre maison"
		}},
		{"another leader", vaulttest.Manager, 1, true, true, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			act := vault.ChangeLeader{Request: id, Cycle: s.id, Leader: s.Agents[vaulttest.Colleague]}
			return s.Keeper.ChangeLeader(ctx, who, act)
		}, func(t *testing.T, s *cycling) bool {
			c, _ := s.cycleAs(t)
			return s.over(t, c.Leader != s.Agents[vaulttest.Worker])
		}},
		{"end", vaulttest.Manager, 1, true, true, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			return s.Keeper.EndCycle(ctx, who, vault.OnCycle{Request: id, Cycle: s.id})
		}, func(t *testing.T, s *cycling) bool {
			c, _ := s.cycleAs(t)
			return s.over(t, !c.Ended.IsZero())
		}},
		{"join", vaulttest.Person, 2, false, false, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			return s.Keeper.JoinCycle(ctx, who, on(s, id))
		}, func(t *testing.T, s *cycling) bool {
			list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), s.id)
			must(t, err)
			if part := s.part(t).Part(); part != (len(list) == 1) {
				t.Errorf("between: joined %v, and the leader is listed %d", part, len(list))
			}
			return len(list) == 1
		}},
		{"leave", vaulttest.Person, 2, true, true, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			return s.Keeper.LeaveCycle(ctx, who, on(s, id))
		}, func(t *testing.T, s *cycling) bool { return s.over(t, !s.part(t).Left.IsZero()) }},
		{"attend", vaulttest.Worker, 2, false, true, attend(1, workshop.AttendanceCame, nil), marked(1, workshop.AttendanceCame)},
		{"catch up", vaulttest.Worker, 2, false, true, attend(1, workshop.AttendanceCaughtUp, func(s *cycling) vault.CycleID { return s.other }),
			marked(1, workshop.AttendanceCaughtUp)},
		{"progress", vaulttest.Worker, 2, false, true, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			act := vault.NoteProgress{Request: id, Safe: s.opened.Safe, Cycle: s.id, Progress: workshop.Progress{Sorted: 40}}
			return s.Keeper.NoteProgress(ctx, who, act)
		}, func(t *testing.T, s *cycling) bool { return s.part(t).Progress.Sorted == 40 }},
		{"open an exercise", vaulttest.Leader, 3, false, false, func(ctx context.Context, s *cycling, who session.Principal, id vault.RequestID) error {
			return second(s.Keeper.OpenTraining(ctx, who, vault.OpenTraining{Request: id}))
		}, func(t *testing.T, s *cycling) bool {
			n, _ := s.exercises(t)
			return n == 2
		}},
		{"erase an exercise", vaulttest.Leader, 1, true, false, func(ctx context.Context, s *cycling, who session.Principal, _ vault.RequestID) error {
			return s.Keeper.EndTraining(ctx, who, vault.EndTraining{Safe: s.exercise})
		}, func(t *testing.T, s *cycling) bool {
			_, there := s.exercises(t)
			return !there
		}},
	}
}

// again tries the same request once more: nothing happens twice. What took away and
// is gone, and a code that was shown before, are not answered again.
func (a cycleAct) again(t *testing.T, s *cycling, id vault.RequestID, happened bool) {
	t.Helper()
	err := a.try(t.Context(), s, s.Login(t, a.by), id)
	if err != nil && !(happened && (errors.Is(err, vault.ErrSheetGone) || a.takes && errors.Is(err, vault.ErrNotFound))) {
		t.Errorf("the retry failed: %v", err)
	}
	if !a.done(t, s) {
		t.Error("the retry did not do it")
	}
}

// sound checks bucket and trail, and that what happened survives a stop.
func (a cycleAct) sound(t *testing.T, s *cycling) {
	t.Helper()
	synctest.Wait()
	time.Sleep(time.Minute) // what takes away has its entry written by now
	(&scene{House: s.House}).sound(t)
	if !a.done(t, s) {
		t.Error("it did not survive a stop in good order")
	}
}

// Every write of an act about workshops × every way it can go wrong × restart.
func TestEveryActOfWorkshopsSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*vaulttest.House, *testing.T){
		"power cut": func(h *vaulttest.House, t *testing.T) { h.Crash(t) },
		"stop":      func(h *vaulttest.House, t *testing.T) { h.Restart(t) },
	}
	for _, a := range cycleActs() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				for way, restart := range ways {
					if way == "stop" && nth < a.writes-1 { // what it leaves behind depends on the entry alone
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/write %d/%s", a.name, name, nth+1, way), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { oneCycleFault(t, a, fault, nth, restart) })
					})
				}
			}
		}
	}
}

func oneCycleFault(t *testing.T, a cycleAct, fault storagetest.Fault, nth int, restart func(*vaulttest.House, *testing.T)) {
	s := newCycling(t, a.joined)
	who := s.Login(t, a.by)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t.Context(), s, who, request)
	if n := writes(); n <= nth && !a.takes {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && (err != nil || !a.done(t, s)) {
		t.Errorf("what takes away was stopped by the bucket: %v", err)
	}
	late := s.Bucket
	restart(s.House, t)
	late.Land(t.Context())
	happened := a.done(t, s)
	if err == nil && !happened {
		t.Error("acknowledged, and lost")
	}
	a.again(t, s, request, happened)
	late.Land(t.Context())
	a.sound(t, s)
}

// The same with the keeper's own files: trail or state is the first that fails, before
// the act or before one of its writes to the bucket.
func TestAnActOfWorkshopsWhoseFilesFailIsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	files := map[string]func(*vaulttest.House) error{
		"trail": func(h *vaulttest.House) error { return h.Keeper.BreakTrail() },
		"state": func(h *vaulttest.House) error { return h.Keeper.BreakState() },
	}
	for _, a := range cycleActs() {
		for name, breaks := range files {
			for at := range a.writes + 1 {
				t.Run(fmt.Sprintf("%s/%s/%d", a.name, name, at), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneCycleFileFault(t, a, breaks, int64(at), name == "trail" && at == 0) })
				})
			}
		}
	}
}

func oneCycleFileFault(t *testing.T, a cycleAct, breaks func(*vaulttest.House) error, at int64, unrecorded bool) {
	s := newCycling(t, a.joined)
	house, who, request := s.House, s.Login(t, a.by), vault.NewRequestID()
	var writes atomic.Int64
	breaking := func() {
		if err := breaks(house); err != nil {
			t.Error(err)
		}
	}
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if (op == storagetest.OpPut || op == storagetest.OpCommit) && writes.Add(1) == at {
			breaking()
		}
		return storagetest.None
	})
	if at == 0 {
		breaking()
	}
	err := a.try(t.Context(), s, who, request)
	synctest.Wait()
	s.Crash(t)
	synctest.Wait()
	happened := a.done(t, s)
	if err == nil && !happened {
		t.Error("acknowledged, and lost")
	}
	if unrecorded && happened {
		t.Errorf("without a record of it: %v", err)
	}
	a.again(t, s, request, happened)
	a.sound(t, s)
}
