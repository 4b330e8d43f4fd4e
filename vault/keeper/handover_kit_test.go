package keeper_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// handOver hands the safe of a kit over in a session of the person, who has it from
// the named agent.
func (s *kitScene) handOver(t *testing.T, who session.Principal, leader string) (vault.Handover, vault.HandedOver) {
	t.Helper()
	p, err := s.Keeper.PrepareHandover(t.Context(), who, vault.PrepareHandover{Safe: s.opened.Safe, Leader: s.Agents[leader]})
	must(t, err)
	act := vault.Handover{Request: vault.NewRequestID(), Safe: s.opened.Safe, Sheet: p.Sheet.Sheet, Code: p.Sheet.Code, PIN: newPIN(t)}
	done, err := s.Keeper.Handover(t.Context(), who, act)
	must(t, err)
	s.opened.Sheet, s.opened.Code, s.pin = p.Sheet.Sheet, p.Sheet.Code, newPIN(t)
	return act, done
}

// ways counts the ways in of each kind.
func (s *kitScene) ways(t *testing.T) map[vault.WayInKind]int {
	t.Helper()
	all, err := s.Keeper.Ways(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	must(t, err)
	kinds := map[vault.WayInKind]int{}
	for _, way := range all {
		kinds[way.Kind]++
	}
	return kinds
}

// A kit goes on after a handover: what waited is void, what is told of it is true,
// and any two sheets open what was there before and what came in since.
func TestAKitOpensAfterAHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		before := s.view(t)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		who := s.Unlocked(t, vaulttest.Person, s.opened)
		if _, done := s.handOver(t, who, vaulttest.Leader); done.KitEnded {
			t.Error("the person is told that the kit ended")
		}
		if v := s.view(t); v != before {
			t.Errorf("the person is told %+v, before %+v", v, before)
		}
		if kinds := s.ways(t); kinds[vault.WayRecovery] != vault.KitSheets || kinds[vault.WaySheet] != 1 || kinds[vault.WayEscrow] != 1 {
			t.Errorf("the ways in are %v", kinds)
		}
		want(t, "what waited", second(s.finish(t, vaulttest.Person, s.pair(0, 1))), vault.ErrKitClosed)
		want(t, "escrow B", second(s.Keeper.AskRecovery(t.Context(), s.Login(t, vaulttest.Worker), vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe})), vault.ErrKitFirst)
		r, err := s.Deposit(t.Context(), s.Login(t, vaulttest.Counter), s.opened.Safe, vaulttest.Paper{Title: "depuis", Body: s.body})
		must(t, err)
		s.Crash(t)
		want(t, "begun anew", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		opened, err := s.finish(t, vaulttest.Person, s.pair(2, 1))
		must(t, err)
		who = s.Login(t, vaulttest.Person)
		must(t, s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: opened.Sheet.Code}))
		want(t, "the paper of before", s.reads(t, who), nil)
		want(t, "the paper since", second(s.Read(t.Context(), who, s.opened.Safe, r[0].Document, 0)), nil)
		if v, kinds := s.view(t), s.ways(t); v.Used.IsZero() || kinds[vault.WayRecovery] != 0 {
			t.Errorf("after its use: %+v, %v", v, kinds)
		}
		report, err := s.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v %v", report.Findings, err)
		}
	})
}

// After a handover a kit ends whole, by whatever ends one.
func TestAKitEndsWholeAfterAHandover(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*kitScene, *testing.T, session.Principal){
		"another kit": func(s *kitScene, t *testing.T, who session.Principal) { s.kit(t, who, vault.MakeKit{}) },
		"one way removed": func(s *kitScene, t *testing.T, who session.Principal) {
			all, err := s.Keeper.Ways(t.Context(), who, s.opened.Safe)
			must(t, err)
			one := slices.IndexFunc(all, func(w vault.WayIn) bool { return w.Kind == vault.WayRecovery })
			must(t, s.Keeper.RemoveWay(t.Context(), who, vault.RemoveWay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Way: all[one].ID}))
		},
		"a freeze": func(s *kitScene, t *testing.T, who session.Principal) {
			s.freeze(t, who)
			want(t, "unfrozen", s.thawed(t, s.approve(t, vaulttest.Leader, s.thawed(t, vault.ApprovalID{}))), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKitScene(t, vaulttest.Person)
			who := s.Unlocked(t, vaulttest.Person, s.opened)
			s.handOver(t, who, vaulttest.Colleague)
			end(s, t, who)
			for _, p := range [][2]int{{0, 1}, {1, 2}, {0, 2}} {
				want(t, "a pair of it", s.begin(t, vaulttest.Person, s.pair(p[0], p[1])), vault.ErrCode)
			}
			n := 0
			if name == "another kit" {
				n = vault.KitSheets
			}
			if kinds := s.ways(t); kinds[vault.WayRecovery] != n {
				t.Errorf("the ways in are %v", kinds)
			}
			if v := s.view(t); v.Since.IsZero() != (n == 0) {
				t.Errorf("the person is told %+v", v)
			}
		})
	}
}

// A kit that was printed on the leader's screen ends with the handover: the person is
// told so, and nobody is told that there is one.
func TestAKitThatTheLeaderPrintedEndsWithTheHandover(t *testing.T) {
	t.Parallel()
	s := newKitScene(t, "") // on the worker's screen
	who := s.Visit(t, s.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: s.pin}})
	if _, done := s.handOver(t, who, vaulttest.Worker); !done.KitEnded {
		t.Error("the person is not told that their sheets are void")
	}
	want(t, "a pair of it", s.begin(t, vaulttest.Leader, s.pair(0, 1)), vault.ErrCode)
	v, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Leader), s.opened.Safe)
	if err != nil || v.Kit != (vault.KitView{}) {
		t.Errorf("an agent is told %+v, %v", v.Kit, err)
	}
	asked := second(s.Keeper.AskRecovery(t.Context(), s.Login(t, vaulttest.Leader), vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}))
	if !saysWaits(asked) {
		t.Errorf("escrow B: %v", asked)
	}
}

// Whoever is told of the handover only after a crash is told the same of the kit: in
// the answer to the same request, and in what they see of their safe.
func TestAKitThatEndedIsToldAfterACrash(t *testing.T) {
	t.Parallel()
	for ended, leader := range map[bool]string{true: vaulttest.Worker, false: vaulttest.Leader} {
		s := newKitScene(t, "") // on the worker's screen
		proof := vault.Proof{Code: s.opened.Code, PIN: s.pin}
		act, _ := s.handOver(t, s.Visit(t, s.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: s.opened.Safe, Proof: proof}), leader)
		s.Crash(t)
		who := s.Visit(t, s.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{Code: act.Code, PIN: act.PIN}})
		if again, err := s.Keeper.Handover(t.Context(), who, act); err != nil || again.KitEnded != ended {
			t.Errorf("led by %s: %+v, %v", leader, again, err)
		}
		v, err := s.Keeper.View(t.Context(), who, s.opened.Safe)
		if err != nil || len(v.Handovers) != 1 || v.Handovers[0].KitEnded != ended {
			t.Errorf("led by %s: %+v, %v", leader, v.Handovers, err)
		}
	}
}
