package keeper_test

import (
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// secretsByLines counts in the journal, as the person reads it, the secrets that were
// on somebody's screen or printer.
func (s *wallet) secretsByLines(t *testing.T, agent vault.AgentID) (n int) {
	t.Helper()
	for _, l := range s.journal(t) {
		if l.Outcome != vault.OutcomeDone || l.Agent != agent {
			continue
		}
		if l.Act == vault.ActReveal || l.Act == vault.ActPrintPassport {
			n += len(l.Documents)
		}
	}
	return n
}

// at is the person's counter session on somebody's screen.
func (s *wallet) at(t *testing.T, agent string) session.Principal {
	t.Helper()
	return s.Visit(t, s.Sit(t, agent), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}})
}

// A secret that the person looks at in a counter session is on the screen of the
// agent who vouched for it: the journal names them, and the list of what to change
// says so, until it is changed.
func TestWhatIsSeenAtTheCounterIsToBeChanged(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	visit := s.at(t, vaulttest.Colleague)
	s.wantSecret(t, visit, s.tax, "Secret-impots")
	s.wantSecret(t, s.person, s.caf, "Secret-CAF")
	e := s.exposed(t, s.tax)
	if len(e.By) != 1 || e.By[0].Agent != s.Agents[vaulttest.Colleague] || e.By[0].AgentName == "" || e.By[0].PutIn {
		t.Errorf("to change is %+v", e.By)
	}
	if got := s.toChange(t); len(got) != 1 {
		t.Errorf("to change is %v: what was seen on nobody's screen, too", got)
	}
	for _, l := range s.journal(t) {
		if l.Act == vault.ActReveal && (l.Actor == vault.ActorVisit) != (l.Agent == s.Agents[vaulttest.Colleague] && l.Documents[0].ID == s.tax) {
			t.Errorf("the journal says %v of %v", l.Actor, l.Agent)
		}
	}
	s.putSecret(t, s.tax)
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("after the change, to change is %v", got)
	}
}

// The report counts each secret that was on the agent's screen or printer, seen by
// them or by the person, as the trail does: after a rebuild too, and in a safe where
// they had nothing else to do with.
func TestTheDepartureReportCountsSecretsAsTheTrail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newWallet(t)
		s.give(t, revealing(s.caf))
		s.wantSecret(t, s.worker, s.caf, "Secret-CAF")
		counter := s.at(t, vaulttest.Worker)
		s.wantSecret(t, counter, s.mail, "Secret-mail")
		must(t, second(s.Read(t.Context(), counter, s.opened.Safe, s.docs["bail"], 0)))                                // the person's own opening
		must(t, second(s.Keeper.OpenMemo(t.Context(), counter, vault.OpenMemo{Safe: s.opened.Safe, Document: s.tax}))) // never looked at
		act := s.asks(vault.PassportBooklet)
		act.Memos[1].Discloses = vault.DiscloseSecret
		s.print(t, counter, act)
		other := s.at(t, vaulttest.Colleague)
		s.wantSecret(t, other, s.mail, "Secret-mail")
		s.wantSecret(t, s.person, s.mail, "Secret-mail")
		later(t, s.House, 2*vault.ViewTime)
		count := map[string]int{}
		for name, want := range map[string]int{vaulttest.Worker: 4, vaulttest.Colleague: 1} {
			if count[name] = s.secretsByLines(t, s.Agents[name]); count[name] != want {
				t.Errorf("%s: the trail has %d secrets, want %d", name, count[name], want)
			}
		}
		reads := func(when string) {
			t.Helper()
			for name, n := range count {
				r, err := s.Keeper.DepartureReport(t.Context(), s.Login(t, vaulttest.Manager), vault.ReadDeparture{Agent: s.Agents[name], Limit: vault.MaxPage})
				if err != nil || len(r.Safes) != 1 || r.Safes[0].Reveals != n || r.Safes[0].Openings != 0 {
					t.Errorf("%s, %s: %+v, %v; the trail has %d", when, name, r.Safes, err, n)
				}
			}
		}
		reads("in post")
		_, err := leave(t, s.House)
		must(t, err)
		reads("after leaving")
		s.Stop(t)
		(&scene{House: s.House}).rebuild(t)
		reads("after a rebuild")
	})
}
