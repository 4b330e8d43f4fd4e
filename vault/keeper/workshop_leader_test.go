package keeper_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A handover ends the person's part for good: whoever leads the cycle next reads
// nothing of it and notes nothing, after a restart too.
func TestAHandoverEndsAPartForWhoeverLeadsNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		leader := s.leader(t)
		id, err := s.Keeper.OpenCycle(t.Context(), leader, vault.OpenCycle{Request: vault.NewRequestID(), Plan: planned(nil)})
		must(t, err)
		s.join(t, id)
		must(t, s.Keeper.NoteAttendance(t.Context(), leader, vault.NoteAttendance{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Cycle: id, Session: 1, Attendance: workshop.AttendanceCame,
		}))
		s.handOver(t)
		must(t, s.Keeper.ChangeLeader(t.Context(), s.Login(t, vaulttest.Manager), vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Colleague]}))
		for range 2 {
			next := s.Login(t, vaulttest.Colleague)
			list, err := s.Keeper.Participants(t.Context(), next, id)
			if err != nil || len(list) != 1 || list[0].Name != "" || list[0].Part.Marks != nil || list[0].Part.Handed.IsZero() {
				t.Errorf("who leads next reads %+v: %v", list, err)
			}
			want(t, "who leads next notes", s.Keeper.NoteProgress(t.Context(), next, vault.NoteProgress{Safe: s.opened.Safe, Cycle: id}), vault.ErrNotFound)
			s.Crash(t)
			synctest.Wait()
		}
		own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || own.Part.Marks[0].Attendance != workshop.AttendanceCame {
			t.Errorf("the person reads %+v: %v", own, err)
		}
	})
}

// Whoever may lead workshops no more reads of no participants, though nobody took
// their place yet.
func TestWhoMayLeadNoMoreReadsOfNobody(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	id := s.cycle(t, nil)
	s.join(t, id)
	manager := s.Login(t, vaulttest.Manager)
	act := vault.ChangeAgent{
		Request: vault.NewRequestID(), Agent: s.Agents[vaulttest.Worker], Name: vaulttest.Worker,
		Functions: vault.NewFunctionSet(vault.FunctionReception), Until: time.Now().Add(30 * oneDay),
	}
	act.Approval = s.approved(t, s.Keeper.ChangeAgent(t.Context(), manager, act))
	must(t, s.Keeper.ChangeAgent(t.Context(), manager, act))
	want(t, "participants", second(s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), id)), vault.ErrNotFound)
}

// structureDown lets no entry of a structure's chain through.
func structureDown(_ storagetest.Op, key storage.Key) storagetest.Fault {
	if strings.HasPrefix(string(key), "v1/r/") && strings.Contains(string(key), "/m/") {
		return storagetest.NotApplied
	}
	return storagetest.None
}

// safesDown lets nothing of any safe be read.
func safesDown(op storagetest.Op, key storage.Key) storagetest.Fault {
	if op == storagetest.OpGet && strings.HasPrefix(string(key), "v1/s/") {
		return storagetest.NotApplied
	}
	return storagetest.None
}

// Who led a cycle and leads it again, before anything of that is written, does not
// get back the consents that ended in between.
func TestNoConsentComesBackWithALeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		c := s.led(t, id, nil)
		manager := s.Login(t, vaulttest.Manager)
		s.Bucket.SetRule(structureDown)
		for _, name := range []string{vaulttest.Colleague, vaulttest.Worker} {
			must(t, s.Keeper.ChangeLeader(t.Context(), manager, vault.ChangeLeader{Cycle: id, Leader: s.Agents[name]}))
			if err := s.readErr(s.worker, "bail"); !overBy(err, c.ID, vault.EndedCycle) {
				t.Errorf("once %s is to lead: %v", name, err)
			}
		}
		s.PowerCut(t)
		s.Bucket.SetRule(safesDown) // no sweep reads the safe between the two entries
		s.Start(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		s.Bucket.SetRule(nil)
		s.worker = s.Login(t, vaulttest.Worker)
		must(t, second(s.Keeper.Participants(t.Context(), s.worker, id)))
		if err := s.readErr(s.worker, "bail"); !overBy(err, c.ID, vault.EndedCycle) {
			t.Errorf("they lead again: %v", err)
		}
	})
}

// A change of leader to somebody who may lead no more when it comes to be written
// keeps no other change of the structure waiting.
func TestAChangeOfLeaderThatComesTooLateStopsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		manager := s.Login(t, vaulttest.Manager)
		act := vault.ChangeAgent{
			Request: vault.NewRequestID(), Agent: s.Agents[vaulttest.Leader], Name: vaulttest.Leader,
			Functions: vault.NewFunctionSet(vault.FunctionReception), Until: time.Now().Add(30 * oneDay),
		}
		act.Approval = s.approved(t, s.Keeper.ChangeAgent(t.Context(), manager, act))
		s.Bucket.Slow(time.Second)
		changed := make(chan error, 1)
		go func() { changed <- s.Keeper.ChangeAgent(t.Context(), manager, act) }()
		time.Sleep(1500 * time.Millisecond) // its entry is on its way
		must(t, s.Keeper.ChangeLeader(t.Context(), manager, vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Leader]}))
		must(t, <-changed)
		s.Bucket.Slow(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		s.cycle(t, nil)
	})
}

// Nobody leads in the place of their own successor: they are not named.
func TestWhoWasReplacedIsNotNamedLeader(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	id := s.cycle(t, nil)
	manager := s.Login(t, vaulttest.Manager)
	must(t, second(s.Keeper.AssignSuccessor(t.Context(), manager, vault.AssignSuccessor{
		Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
	})))
	err := s.Keeper.ChangeLeader(t.Context(), manager, vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Worker]})
	if refusedField(err) != "leader" {
		t.Errorf("who was replaced is named: %v", err)
	}
}

// What an agent is told of a word that is missing is the same whether the person
// takes part or not.
func TestLeavingWithoutAWordTellsNothing(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	id := s.cycle(t, nil)
	s.join(t, id)
	for _, cycle := range []vault.CycleID{id, vault.NewCycleID()} {
		err := s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Manager), s.onCycle(cycle))
		if refusedField(err) != "word" {
			t.Errorf("without a word: %v", err)
		}
	}
}

// A session that was planned after its cycle ended was not held: it catches up
// nothing.
func TestASessionOfAnEndedCycleCatchesUpNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		other, id := s.cycle(t, nil), s.cycle(t, nil)
		s.join(t, id)
		must(t, s.Keeper.EndCycle(t.Context(), s.worker, vault.OnCycle{Cycle: other}))
		later(t, s.House, 8*oneDay)
		must(t, s.mark(t, id, 1, workshop.AttendanceCaughtUp, other))
		if err := s.mark(t, id, 2, workshop.AttendanceCaughtUp, other); refusedField(err) != "elsewhere" {
			t.Errorf("caught up where nothing was: %v", err)
		}
	})
}
