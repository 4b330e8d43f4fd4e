package consent_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// What an exercise is made of; everything else is not there.
const exercises = `deposit list read count technical-metadata control describe move rename destroy bring sort dues
reveal change-memo to-change print-passport list-copies unlock lock view journal print-journal inclusion end-training`

// L-69, L-74: in a safe for exercises every act × every function × whose it is
// has one answer, and whatever belongs to a person gives nothing there: neither
// owning it, nor a counter session, nor a consent, nor a relay.
func TestTheActsOfAnExercise(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "animateur-fictif")
	open := cells(t, asked)
	from, until := week()
	r := func(act vault.Act) Request {
		return Request{Act: act, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}}
	}
	for act := range allActs {
		for _, f := range vault.Functions() {
			for _, ours := range []bool{false, true} {
				s := Standing{
					Exists: true, Nature: vault.NatureTraining, Agent: agentOf(f), Now: from, Ours: ours,
					Owner: true, Visit: true, Deposited: true, Reach: vault.ReachAll, Entrusted: true, Fresh: true, Present: true, Relayed: true, Shared: true,
					Grants: []Grant{{Consent: vault.ConsentID{9}, Actions: 31, Function: f, From: from, Until: until, Covers: true, Names: true}},
				}
				exercise := slices.Contains(strings.Fields(exercises), act.String()) && ours && open[f.String()]["open"] == "yes"
				want := exercise || openToAll(act, s) && tries[act.String()]["agent"] == "anybody" ||
					concernsNoSafe(act) && asAgent(act, tries[act.String()]["agent"], open[f.String()], s)
				p, why := Decide(who, s, r(act))
				if (why == 0) != want {
					t.Errorf("%v for %v, ours %v: reason %d, want permitted %v", act, f, ours, why, want)
				}
				if !p.Consent().IsZero() {
					t.Errorf("%v for %v rests on a consent", act, f)
				}
				for _, wrong := range []func(*Standing){
					func(s *Standing) { s.Agent.SecondFactor = false },
					func(s *Standing) { s.Agent.State = vault.AgentEnded },
					func(s *Standing) { s.Agent = Agent{} },
					func(s *Standing) { s.Nature = vault.NatureTraining + 1 },
				} {
					other := s
					wrong(&other)
					if _, why := Decide(who, other, r(act)); why == 0 && exercise {
						t.Errorf("%v for %v: permitted to %+v", act, f, other.Agent)
					}
				}
			}
		}
	}
}

// L-74: nobody gets into a safe for exercises by a door for people: a partner
// program finds no address there, and no password is reset.
func TestNoDoorForPeopleIntoAnExercise(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "programme-fictif")
	s := Standing{Exists: true, Nature: vault.NatureTraining, Partner: vault.NewPartnerID(), Addressed: true}
	if _, why := Decide(who, s, Request{Act: vault.ActDeposit, Safe: vault.SafeID{1}}); why != Unknown {
		t.Errorf("a partner program deposits: %d", why)
	}
	s.Partner = vault.PartnerID{}
	for _, act := range []vault.Act{vault.ActResetPassword, vault.ActCheckPage} {
		if _, why := Unidentified(s, Request{Act: act, Safe: vault.SafeID{1}}); why != Unknown {
			t.Errorf("%v: %d", act, why)
		}
	}
}
