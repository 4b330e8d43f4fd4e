package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Whoever handed a safe over can be shut out of it like anybody else: the person reads
// that they are, and a consent given to them by mistake lets nobody in.
func TestWhoHandedASafeOverCanBeShutOut(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.handOver(t)
	shut := vault.ShutOut{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}
	must(t, s.Keeper.ShutOut(t.Context(), s.person, shut))
	for range 2 {
		view, err := s.Keeper.View(t.Context(), s.person, s.opened.Safe)
		if err != nil || len(view.ShutOut) != 1 || view.ShutOut[0].Agent != shut.Agent {
			t.Errorf("the person reads %+v, %v", view.ShutOut, err)
		}
		s.giveLeader(t, nil)
		s.leaderFindsNothing(t, s.leader(t))
		s.Crash(t)
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	}
	shut.Request = vault.NewRequestID()
	must(t, s.Keeper.LetIn(t.Context(), s.person, shut))
	equal(t, "let in, the leader reads", s.reads(t, s.leader(t)), "bail", "quittance-loyer")
}

// Only whom the person names in a consent helps again with a safe they handed over:
// replacing somebody else is no way back.
func TestNobodyComesBackInTheNameOfAnother(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	colleague := s.Agents[vaulttest.Colleague]
	p, err := s.Keeper.PrepareHandover(t.Context(), s.person, vault.PrepareHandover{Safe: s.opened.Safe, Leader: colleague})
	must(t, err)
	must(t, s.tries(t, vault.Handover{Safe: s.opened.Safe, Sheet: p.Sheet.Sheet, Code: p.Sheet.Code, PIN: newPIN(t)}))
	must(t, second(s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), vault.AssignSuccessor{
		Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: colleague,
	})))
	s.give(t, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
	want(t, "in the name of another", second(s.Keeper.View(t.Context(), s.Login(t, vaulttest.Colleague), s.opened.Safe)), vault.ErrNotFound)
	s.give(t, func(x *vault.Terms) { x.Agent = colleague })
	must(t, second(s.Keeper.View(t.Context(), s.Login(t, vaulttest.Colleague), s.opened.Safe)))
}

// Whoever is shut out makes the safe theirs by no login, although they hold its sheet:
// they are answered as with a wrong one.
func TestWhoeverIsShutOutActivatesNoLogin(t *testing.T) {
	t.Parallel()
	for name, leaves := range map[string]func(*lockScene, session.Principal) error{
		"shut out": func(s *lockScene, person session.Principal) error {
			return s.Keeper.ShutOut(t.Context(), person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]})
		},
		"their structure": func(s *lockScene, person session.Principal) error {
			return s.Keeper.ShutOut(t.Context(), person, vault.ShutOut{Safe: s.opened.Safe, Structure: s.Structure})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLockScene(t, "")
			proof := vault.Proof{Code: s.opened.Code, PIN: s.pin}
			must(t, leaves(s, s.Visit(t, s.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: s.opened.Safe, Proof: proof})))
			want(t, name, s.activate(t, s.Login(t, vaulttest.Worker), s.opened.Code, vault.ApprovalID{}), vault.ErrCode)
			if _, waits := errors.AsType[*vault.ApprovalError](s.activate(t, s.Login(t, vaulttest.Person), s.opened.Code, vault.ApprovalID{})); !waits {
				t.Error("nor does the person")
			}
		})
	}
}

// The report of a departure is no way round being shut out: whoever asks for it reads
// nothing of such a safe, neither its name nor that it is there.
func TestADepartureReportSaysNothingToWhoIsShutOut(t *testing.T) {
	t.Parallel()
	for name, shut := range map[string]func(*vaulttest.House) vault.ShutOut{
		"the access manager": func(h *vaulttest.House) vault.ShutOut { return vault.ShutOut{Agent: h.Agents[vaulttest.Manager]} },
		"the structure":      func(h *vaulttest.House) vault.ShutOut { return vault.ShutOut{Structure: h.Structure} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vaulttest.New(t)
			flees, other := help(t, h, vaulttest.Person, vault.ReplacementNone), help(t, h, another, vault.ReplacementNone)
			act := shut(h)
			act.Safe = flees.opened.Safe
			must(t, h.Keeper.ShutOut(t.Context(), flees.person, act))
			check := func(r vault.DepartureReport, err error) {
				t.Helper()
				if err != nil || len(r.Safes) != 1 || r.Safes[0].Safe != other.opened.Safe {
					t.Errorf("the report has %+v, %v", r.Safes, err)
				}
			}
			check(leave(t, h))
			check(h.Keeper.DepartureReport(t.Context(), h.Login(t, vaulttest.Manager), vault.ReadDeparture{Agent: h.Agents[vaulttest.Worker], Limit: vault.MaxPage}))
		})
	}
}

// Over the person's shoulder nobody reads where they are helped: what a discreet safe
// shows of itself, of its workshop and of its journal names no agent, no structure, no
// program and no place, nor a login by which one is known.
func TestADiscreetSafeNamesNobody(t *testing.T) {
	t.Parallel()
	s := newKitScene(t, vaulttest.Person)
	person := s.Login(t, vaulttest.Person)
	id, err := s.Keeper.OpenCycle(t.Context(), s.Login(t, vaulttest.Leader), vault.OpenCycle{Plan: planned(nil)})
	must(t, err)
	must(t, s.Keeper.JoinCycle(t.Context(), person, vault.OnCycle{Safe: s.opened.Safe, Cycle: id}))
	must(t, second(s.Keeper.IssueAddress(t.Context(), person, vault.IssueAddress{Safe: s.opened.Safe, Partner: s.Program(t, "Programme-Exemple").ID})))
	must(t, s.begin(t, vaulttest.Worker, s.pair(0, 1)))
	for _, act := range []vault.ShutOut{{Agent: s.Agents[vaulttest.Colleague]}, {Structure: s.Structure}} {
		act.Safe = s.opened.Safe
		must(t, s.Keeper.ShutOut(t.Context(), person, act))
	}
	said := func() (names, logins []string) {
		t.Helper()
		v, err := s.Keeper.View(t.Context(), person, s.opened.Safe)
		must(t, err)
		names = append(names, v.Kit.Asked)
		for _, one := range v.ShutOut {
			names = append(names, one.Name)
		}
		for _, one := range v.Addresses {
			names = append(names, one.PartnerName, one.Label)
		}
		p, err := s.Keeper.Participation(t.Context(), person, s.opened.Safe)
		must(t, err)
		names = append(names, p.Cycle.LeaderName, p.Cycle.Plan.Label, p.Cycle.Plan.Place)
		for _, one := range p.Cycle.Plan.Sessions {
			names = append(names, one.Place)
		}
		lines, err := s.Keeper.Journal(t.Context(), person, vault.ReadJournal{Safe: s.opened.Safe, Limit: vault.MaxPage})
		must(t, err)
		for _, l := range lines {
			names = append(names, l.AgentName, l.Structure, l.ApproverName, l.AboutName)
			if l.Actor != vault.ActorOwner {
				logins = append(logins, l.ActorLogin)
			}
		}
		return names, logins
	}
	names, logins := said()
	if n := len(strings.Join(names, "")); n == 0 || strings.Join(logins, "") == "" {
		t.Fatal("nothing is named before")
	}
	must(t, second(s.Keeper.SetDiscreet(t.Context(), person, vault.SetDiscreet{Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})))
	names, logins = said()
	if all := strings.Join(append(names, logins...), ""); all != "" {
		t.Errorf("a discreet safe says %q", all)
	}
	must(t, second(s.Keeper.SetDiscreet(t.Context(), person, vault.SetDiscreet{Safe: s.opened.Safe, Discreet: vault.DiscretionNormal})))
	cycles, err := s.Keeper.Cycles(t.Context(), s.Login(t, vaulttest.Leader), vault.ListCycles{Limit: 1})
	if err != nil || len(cycles) != 1 || cycles[0].Plan.Label == "" {
		t.Errorf("the structure's own list says %+v, %v", cycles, err)
	}
}

// A consent that ended when its agent led the cycle no more does not come back because
// whoever leads it now is named to replace them, before that end is written.
func TestNoConsentComesBackWithASuccessorWhoLeads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		c := s.led(t, id, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
		time.Sleep(time.Minute)
		s.Stop(t)
		s.Bucket.SetRule(safesDown) // no sweep reads the safe
		s.Start(t)
		must(t, s.Keeper.ChangeLeader(t.Context(), s.Login(t, vaulttest.Manager), vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Colleague]}))
		act := vault.AssignSuccessor{Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague]}
		want(t, "while what ended cannot be read", second(s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), act)), vault.ErrUnavailable)
		s.Bucket.SetRule(nil)
		must(t, second(s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), act)))
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := s.readErr(s.Login(t, vaulttest.Colleague), "bail"); err == nil {
			t.Error("the successor reads what ended")
		}
		all, err := s.Keeper.Consents(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || len(all) != 1 || all[0].ID != c.ID || all[0].Ended != vault.EndedCycle {
			t.Errorf("the person reads %+v, %v", all, err)
		}
	})
}

// A safe for exercises has no login whose password could be set: with its own sheet the
// answer is that of a wrong code.
func TestAnExerciseHasNoPassword(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened, err := h.Keeper.OpenTraining(t.Context(), h.Login(t, vaulttest.Worker), vault.OpenTraining{Request: vault.NewRequestID()})
	must(t, err)
	want(t, "of an exercise", h.Keeper.ResetPassword(t.Context(), "a network", vault.ResetPassword{
		Safe: opened.Safe, Password: seal.NewSecret([]byte("un mot de passe")), Proof: vault.Proof{Code: opened.Code, PIN: vaulttest.PIN(t)},
	}), vault.ErrCode)
}
