package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// dayIn is the day some days from now, where workshops are held.
func dayIn(n int) papers.Day { return papers.DayOf(time.Now().AddDate(0, 0, n)) }

// planned is a cycle of four sessions, one a week from today on.
func planned(edit func(*workshop.Cycle)) workshop.Cycle {
	c := workshop.Cycle{Label: "Forma'tri fictif", Place: "Maison fictive, salle 2", First: dayIn(0), Last: dayIn(28)}
	for i, theme := range workshop.Themes() {
		c.Sessions = append(c.Sessions, workshop.Session{Theme: theme, Day: dayIn(7 * i)})
	}
	if edit != nil {
		edit(&c)
	}
	return c
}

// cycle opens a cycle that the worker leads.
func (s *helped) cycle(t testing.TB, edit func(*workshop.Cycle)) vault.CycleID {
	t.Helper()
	id, err := s.Keeper.OpenCycle(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenCycle{Request: vault.NewRequestID(), Plan: planned(edit)})
	must(t, err)
	return id
}

func (s *helped) onCycle(id vault.CycleID) vault.OnCycle {
	return vault.OnCycle{Request: vault.NewRequestID(), Safe: s.opened.Safe, Cycle: id}
}

func (s *helped) join(t testing.TB, id vault.CycleID) {
	t.Helper()
	must(t, s.Keeper.JoinCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)))
}

// mark notes one session, by the worker.
func (s *helped) mark(t testing.TB, id vault.CycleID, n int, a workshop.Attendance, elsewhere vault.CycleID) error {
	t.Helper()
	return s.Keeper.NoteAttendance(t.Context(), s.Login(t, vaulttest.Worker), vault.NoteAttendance{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Cycle: id, Session: n, Attendance: a, Elsewhere: elsewhere,
	})
}

// led gives the worker a consent that a cycle bounds.
func (s *helped) led(t testing.TB, id vault.CycleID, edit func(*vault.Terms)) vault.Consent {
	t.Helper()
	return s.give(t, func(x *vault.Terms) {
		x.Cycle, x.Until = id, x.From.Add(100*oneDay)
		if edit != nil {
			edit(x)
		}
	})
}

// A cycle from its opening to the certificate: the person joins, misses a session
// and catches it up elsewhere; what is known of it the leader and they read.
func TestACycleOfWorkshops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		other := s.cycle(t, func(c *workshop.Cycle) { c.Label = "Autre cycle" })
		id := s.cycle(t, nil)
		want(t, "before joining", s.mark(t, id, 1, workshop.AttendanceInvited, vault.CycleID{}), vault.ErrNotFound)
		s.join(t, id)
		s.join(t, id) // it is so already
		want(t, "another at once", s.Keeper.JoinCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(other)), vault.ErrTakesPart)
		must(t, s.mark(t, id, 1, workshop.AttendanceCame, vault.CycleID{}))
		if err := s.mark(t, id, 2, workshop.AttendanceCame, vault.CycleID{}); !saysInvalid(err) {
			t.Errorf("there, before the session: %v", err)
		}
		later(t, s.House, 8*oneDay)
		must(t, s.mark(t, id, 2, workshop.AttendanceMissed, vault.CycleID{}))
		must(t, s.mark(t, id, 2, workshop.AttendanceCaughtUp, other))
		must(t, s.Keeper.NoteProgress(t.Context(), s.Login(t, vaulttest.Worker), vault.NoteProgress{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Cycle: id, Progress: workshop.Progress{Sorted: 40, Memos: 2, LoginTested: true},
		}))
		check := func() {
			t.Helper()
			list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), id)
			must(t, err)
			own, err := s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			must(t, err)
			if len(list) != 1 || list[0].Safe != s.opened.Safe || list[0].Part.Progress.Sorted != 40 ||
				own.Cycle.LeaderName != vaulttest.Worker || own.Part.Marks[1].Attendance != workshop.AttendanceCaughtUp {
				t.Fatalf("the leader reads %+v, the person %+v", list, own)
			}
		}
		check()
		for _, who := range []string{vaulttest.Colleague, vaulttest.Leader, vaulttest.Counter, vaulttest.Manager, vaulttest.DPO, vaulttest.Civic} {
			want(t, who+" of the participants", second(s.Keeper.Participants(t.Context(), s.Login(t, who), id)), vault.ErrNotFound)
			want(t, who+" of the safe", second(s.Keeper.Participation(t.Context(), s.Login(t, who), s.opened.Safe)), vault.ErrNotFound)
			want(t, who+" of the certificate", second(s.Keeper.Certificate(t.Context(), s.Login(t, who), vault.PrintCertificate{Safe: s.opened.Safe})), vault.ErrNotFound)
			want(t, who+" marks", s.Keeper.NoteProgress(t.Context(), s.Login(t, who), vault.NoteProgress{Safe: s.opened.Safe, Cycle: id}), vault.ErrNotFound)
		}
		want(t, "the leader's certificate", second(s.Keeper.Certificate(t.Context(), s.Login(t, vaulttest.Worker), vault.PrintCertificate{Safe: s.opened.Safe})), vault.ErrNotFound)
		s.Stop(t)
		s.Config.StatePath += ".new"
		if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
			t.Fatal("rebuild:", err)
		}
		s.Start(t)
		check()
		p, err := s.Keeper.Certificate(t.Context(), s.Login(t, vaulttest.Person), vault.PrintCertificate{Safe: s.opened.Safe})
		if err != nil || p.Cycle.Plan.Label != "Forma'tri fictif" || len(p.Part.Days()) != 2 {
			t.Errorf("certificate %+v: %v", p, err)
		}
		s.forgets(t, id)
	})
}

// forgets waits until the cycle is long over: what is known of the person's part
// is deleted, and that it was stands in their journal.
func (s *helped) forgets(t *testing.T, id vault.CycleID) {
	t.Helper()
	s.passing(t, 30*oneDay)
	want(t, "the leader when it is over", second(s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), id)), vault.ErrNotFound)
	must(t, second(s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)))
	s.passing(t, 92*oneDay)
	want(t, "the person's part", second(s.Keeper.Participation(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)), vault.ErrNotFound)
	want(t, "their certificate", second(s.Keeper.Certificate(t.Context(), s.Login(t, vaulttest.Person), vault.PrintCertificate{Safe: s.opened.Safe})), vault.ErrNotFound)
	if l := lastOf(t, s.House, s.opened.Safe, vault.ActEndCycle); l.Actor != vault.ActorService || l.Detail != "forgotten" {
		t.Errorf("the journal says %+v", l)
	}
	if l := lastOf(t, s.House, s.opened.Safe, vault.ActJoinCycle); l.Actor != vault.ActorOwner {
		t.Errorf("the journal says of joining %+v", l)
	}
}

// passing lets days pass, and the hourly sweep with them.
func (s *helped) passing(t *testing.T, d time.Duration) {
	t.Helper()
	later(t, s.House, d)
	time.Sleep(2 * time.Hour)
	synctest.Wait()
}

// The leader's consent ends with the cycle's last day at the latest, whatever end
// it was asked with, and the text says so.
func TestACycleBoundsAConsent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		if err := second(s.offer(t.Context(), s.person, s.terms(func(x *vault.Terms) { x.Cycle = id }), vault.GiveConsent{Giving: inPerson})); !saysInvalid(err) {
			t.Errorf("a consent before joining: %v", err)
		}
		s.join(t, id)
		for name, edit := range map[string]func(*vault.Terms){
			"who does not lead": func(x *vault.Terms) { x.Agent = s.Agents[vaulttest.Colleague] },
			"no cycle there is": func(x *vault.Terms) { x.Cycle = vault.NewCycleID() },
		} {
			err := second(s.offer(t.Context(), s.person, s.terms(func(x *vault.Terms) { x.Cycle = id; edit(x) }), vault.GiveConsent{Giving: inPerson}))
			if !saysInvalid(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		c := s.led(t, id, nil)
		list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
		must(t, err)
		end := planned(nil).End(time.UTC)
		if got := list[0].Terms; got.Cycle != id || got.Until.After(end) || end.Sub(got.Until) > 2*time.Hour {
			t.Errorf("until %v, want the end of %v", got.Until, end)
		}
		must(t, s.readErr(s.worker, "bail"))
		later(t, s.House, 29*oneDay)
		if err := s.readErr(s.Login(t, vaulttest.Worker), "bail"); !overBy(err, c.ID, vault.EndedByDate) {
			t.Errorf("after the cycle: %v", err)
		}
	})
}

func overBy(err error, id vault.ConsentID, why vault.EndReason) bool {
	e, ok := errors.AsType[*vault.EndedError](err)
	return ok && e.Consent == id && e.Why == why
}

// What ends the cycle for the person ends the consent that it bounds, at once and
// after a restart, and no other consent.
func TestAConsentEndsWithItsCycle(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *helped, vault.CycleID) error{
		"the leader ends it": func(t *testing.T, s *helped, id vault.CycleID) error {
			return s.Keeper.EndCycle(t.Context(), s.worker, vault.OnCycle{Request: vault.NewRequestID(), Cycle: id})
		},
		"the access manager ends it": func(t *testing.T, s *helped, id vault.CycleID) error {
			return s.Keeper.EndCycle(t.Context(), s.Login(t, vaulttest.Manager), vault.OnCycle{Cycle: id})
		},
		"the person leaves": func(t *testing.T, s *helped, id vault.CycleID) error {
			return s.Keeper.LeaveCycle(t.Context(), s.person, s.onCycle(id))
		},
		"they say so to an agent": func(t *testing.T, s *helped, id vault.CycleID) error {
			act := s.onCycle(id)
			act.Word = vault.WordTelephone
			return s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Counter), act)
		},
		"somebody else leads": func(t *testing.T, s *helped, id vault.CycleID) error {
			return s.Keeper.ChangeLeader(t.Context(), s.worker, vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Colleague]})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHelped(t)
				id := s.cycle(t, nil)
				s.join(t, id)
				c := s.led(t, id, nil)
				s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"banque"} })
				must(t, s.readErr(s.worker, "bail"))
				must(t, end(t, s, id))
				if err := s.readErr(s.worker, "bail"); !overBy(err, c.ID, vault.EndedCycle) {
					t.Errorf("at once: %v", err)
				}
				must(t, s.readErr(s.worker, "rib"))
				must(t, s.Keeper.Lock(t.Context(), s.person, s.opened.Safe))
				s.Crash(t)
				synctest.Wait()
				s.worker = s.Login(t, vaulttest.Worker)
				if err := s.readErr(s.worker, "bail"); !overBy(err, c.ID, vault.EndedCycle) {
					t.Errorf("after a crash: %v", err)
				}
				must(t, s.readErr(s.worker, "rib"))
				list, err := s.Keeper.Consents(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
				if err != nil || states(list, vault.ConsentEnded, vault.EndedCycle) != 1 || states(list, vault.ConsentLive, 0) != 1 {
					t.Errorf("the person is listed %+v: %v", list, err)
				}
			})
		})
	}
}

// A cycle that is interrupted and goes on later lengthens no consent; one that is
// over stays so.
func TestAMovedCycleLengthensNoConsent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, nil)
		change := func(who session.Principal, edit func(*workshop.Cycle)) error {
			return s.Keeper.ChangeCycle(t.Context(), who, vault.ChangeCycle{Request: vault.NewRequestID(), Cycle: id, Plan: planned(edit)})
		}
		want(t, "a colleague moves it", change(s.Login(t, vaulttest.Colleague), nil), vault.ErrDenied)
		must(t, change(s.worker, func(c *workshop.Cycle) {
			c.Last, c.Sessions[3].Day = dayIn(60), papers.Day{} // interrupted
		}))
		later(t, s.House, 29*oneDay)
		s.worker = s.Login(t, vaulttest.Worker)
		if err := s.readErr(s.worker, "bail"); err == nil {
			t.Error("the consent goes on with the cycle")
		}
		list, err := s.Keeper.Cycles(t.Context(), s.worker, vault.ListCycles{Limit: 10})
		if err != nil || len(list) != 1 || !list[0].Ended.IsZero() || !list[0].Plan.Interrupted() {
			t.Errorf("cycles %+v: %v", list, err)
		}
		must(t, s.Keeper.EndCycle(t.Context(), s.worker, vault.OnCycle{Cycle: id}))
		want(t, "after its end", change(s.worker, nil), vault.ErrNotFound)
		want(t, "joining then", s.Keeper.JoinCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)), vault.ErrNotFound)
	})
}

// Who replaces the leader goes on with the cycle and with the consents that say
// so.
func TestASuccessorGoesOnWithTheCycle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
		must(t, second(s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), vault.AssignSuccessor{
			Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
		})))
		time.Sleep(time.Minute) // the sweep
		colleague := s.Login(t, vaulttest.Colleague)
		must(t, s.readErr(colleague, "bail"))
		list, err := s.Keeper.Participants(t.Context(), colleague, id)
		if err != nil || len(list) != 1 {
			t.Errorf("the successor reads %+v: %v", list, err)
		}
		want(t, "who was replaced", second(s.Keeper.Participants(t.Context(), s.worker, id)), vault.ErrNotFound)
	})
}

// A discreet safe prints no certificate and names nobody; a frozen one, and one
// that shut the leader out, are not in the leader's list.
func TestWorkshopsAndASafeThatHides(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	id := s.cycle(t, nil)
	s.join(t, id)
	must(t, s.mark(t, id, 1, workshop.AttendanceCame, vault.CycleID{}))
	must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})))
	want(t, "a discreet certificate", second(s.Keeper.Certificate(t.Context(), s.person, vault.PrintCertificate{Safe: s.opened.Safe})), vault.ErrDiscreet)
	list, err := s.Keeper.Participants(t.Context(), s.worker, id)
	if err != nil || len(list) != 1 || list[0].Name != "" {
		t.Errorf("the leader reads %+v: %v", list, err)
	}
	must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]}))
	want(t, "shut out, a mark", s.mark(t, id, 1, workshop.AttendanceMissed, vault.CycleID{}), vault.ErrNotFound)
	if list, err := s.Keeper.Participants(t.Context(), s.worker, id); err != nil || len(list) != 0 {
		t.Errorf("shut out, the leader reads %+v: %v", list, err)
	}
}
