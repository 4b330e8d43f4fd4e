package consent_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// The consent of the matrix: a week in November.
func week() (from, until time.Time) {
	return time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
}

// agentOf is somebody in post.
func agentOf(fs ...vault.Function) Agent {
	return Agent{
		ID: vault.AgentID{7}, Structure: vault.StructureID{8}, Functions: vault.NewFunctionSet(fs...),
		Until: time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC), State: vault.AgentActive, SecondFactor: true,
	}
}

// A scope is how the paper asked for stands to what was agreed to.
type scope struct {
	name          string
	covers, names bool
}

func scopes() []scope {
	return []scope{{"this document", true, true}, {"its kind or drawer", true, false}, {"another paper", false, false}}
}

// A moment is one column of the matrix: what it changes in a standing in which
// everything is as it should be.
type moment struct {
	name  string
	apply func(*Standing)
	why   Reason // for whoever would be permitted otherwise; 0: still permitted
}

func moments() []moment {
	from, until := week()
	first := func(s *Standing) *Grant { return &s.Grants[0] }
	return []moment{
		{"before", func(s *Standing) { s.Now = from.Add(-1) }, NotYet},
		{"first instant", func(s *Standing) { s.Now = from }, 0},
		{"last instant", func(s *Standing) { s.Now = until.Add(-1) }, 0},
		{"after", func(s *Standing) { s.Now = until }, Ended},
		{"30 days after", func(s *Standing) { s.Now = until.Add(vault.EndedVisible - 1) }, Ended},
		{"long after", func(s *Standing) { s.Now = until.Add(vault.EndedVisible) }, Unknown},
		{"withdrawn", func(s *Standing) { first(s).Ended, first(s).EndedAt = vault.EndedWithdrawn, s.Now }, Ended},
		{"agent ended", func(s *Standing) { s.Agent.State = vault.AgentEnded }, Unknown},
		{"agent's term over", func(s *Standing) { s.Agent.Until = s.Now }, Unknown},
		{"agent suspended", func(s *Standing) { s.Agent.State = vault.AgentSuspended }, Suspended},
		{"no access manager", func(s *Standing) { s.Agent.State, s.Agent.Waits = vault.AgentSuspended, true }, Suspended},
		{"no second factor", func(s *Standing) { s.Agent.SecondFactor = false }, SecondFactor},
		{"shut out", func(s *Standing) { s.Agent.ShutOut = true }, Unknown},
		{"presence missing", func(s *Standing) { s.Present = false }, Presence},
		{"locked", func(s *Standing) { s.Reach = 0 }, 0}, // a live consent opens what it covers
		{"frozen", func(s *Standing) { s.Frozen = true }, Unknown},
		{"given in another function", func(s *Standing) { first(s).Function++ }, Unknown},
		{"no consent", func(s *Standing) { s.Grants = nil }, Unknown},
		{"no such safe", func(s *Standing) { s.Exists = false }, Unknown},
	}
}

// acts of the matrix, and the column that speaks of each.
func columnsOfActs() map[vault.Act]string {
	return map[vault.Act]string{
		vault.ActList: "see", vault.ActMetadata: "see", vault.ActControl: "see",
		vault.ActBring: "see", vault.ActSort: "see", vault.ActDues: "describe",
		vault.ActRead: "read", vault.ActReveal: "reveal", vault.ActDeposit: "deposit",
		vault.ActDescribe: "describe", vault.ActMove: "describe", vault.ActRename: "describe",
	}
}

// covering is what a set of actions is worth for an action: whoever may read a
// paper sees that it exists.
func covering(granted vault.Action, column string) bool {
	action := map[string]vault.Action{
		"see": vault.ActionSee, "read": vault.ActionRead, "reveal": vault.ActionReveal, "describe": vault.ActionDescribe,
	}[column]
	return granted&action != 0 || column == "see" && granted&^vault.ActionDeposit != 0
}

// L-06, L-63: function × action × scope × moment, from the table that was asked
// for, for every set of actions and for consents that demand presence or not.
func TestTheMatrixOfAgents(t *testing.T) {
	t.Parallel()
	table := cells(t, asked)
	for _, row := range table { // describing asks what seeing asks, of somebody who may deposit
		row["describe"] = row["see"]
		if row["deposit"] != "yes" {
			row["describe"] = "–"
		}
	}
	who := authtest.Principal(t, "travailleuse-fictive")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	from, until := week()
	cases := 0
	for _, f := range vault.Functions() {
		for act, column := range columnsOfActs() {
			for _, sc := range scopes() {
				for actions := range vault.Action(32) {
					for _, demand := range []vault.Presence{vault.PresenceNeeded, vault.PresenceNot} {
						for _, m := range moments() {
							cases++
							s := Standing{
								Exists: true, Agent: agentOf(f), Present: true, Now: from.Add(time.Hour), Ours: true,
								Grants: []Grant{{
									Consent: vault.ConsentID{9}, Actions: actions, Function: f, Presence: demand,
									From: from, Until: until, Covers: sc.covers, Names: sc.names,
								}},
							}
							m.apply(&s)
							want := expected(table[f.String()][column], column, sc, actions, demand, m)
							r := Request{Act: act, Safe: safe, Document: doc}
							p, got := Decide(who, s, r)
							at := fmt.Sprintf("%v %v, %s, granted %05b, presence %d, %s", f, act, sc.name, actions, demand, m.name)
							if got != want {
								t.Errorf("%s: reason %d, want %d", at, got, want)
							}
							if p.Allows(act, safe, doc) != (want == 0) {
								t.Errorf("%s: the permit disagrees with the reason", at)
							}
							named := want == 0 && column != "deposit"
							if (p.Consent() == vault.ConsentID{9}) != named {
								t.Errorf("%s: rests on %v", at, p.Consent())
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d cases", cases)
}

// expected is the rule in words: the agent is in post, the safe is there and not
// frozen; then *yes* is yes, and C is a live consent with this action, for this
// paper, given in this function, with the person there where it or C+P asks so.
func expected(cell, column string, sc scope, actions vault.Action, demand vault.Presence, m moment) Reason {
	switch m.name {
	case "agent ended", "agent's term over", "shut out", "no such safe", "agent suspended", "no access manager", "no second factor":
		return m.why // whatever they ask for
	}
	if column == "deposit" {
		if cell == "yes" {
			return 0 // a frozen safe receives, a locked one too, without any consent
		}
		return Unknown
	}
	switch m.name {
	case "before", "after", "30 days after", "withdrawn":
		return m.why // the agent that it names is told, whatever they ask for
	case "long after", "frozen", "given in another function", "no consent":
		return Unknown
	}
	switch {
	case !sc.covers:
		return Unknown
	case cell == "–", !covering(actions, column), column == "reveal" && !sc.names:
		return Function
	case m.name == "presence missing" && (cell == "C+P" || demand == vault.PresenceNeeded):
		return Presence
	default:
		return 0
	}
}

// A consent that ended says why to the agent that it named, and nothing about
// another one.
func TestTheEndOfAConsentIsExplained(t *testing.T) {
	t.Parallel()
	from, until := week()
	withdrawn := Grant{
		Consent: vault.ConsentID{1}, Actions: vault.ActionRead, Function: vault.FunctionSocialWorker, Presence: vault.PresenceNot,
		From: from, Until: until, Ended: vault.EndedWithdrawn, EndedAt: from.Add(24 * time.Hour), Covers: true,
	}
	over := withdrawn
	over.Consent, over.Ended, over.Until = vault.ConsentID{2}, 0, from.Add(time.Hour)
	for _, c := range []struct {
		grants []Grant
		want   vault.EndedError
	}{
		{[]Grant{withdrawn}, vault.EndedError{Consent: vault.ConsentID{1}, Why: vault.EndedWithdrawn, At: withdrawn.EndedAt}},
		{[]Grant{over}, vault.EndedError{Consent: vault.ConsentID{2}, Why: vault.EndedByDate, At: over.Until}},
	} {
		s := Standing{Exists: true, Agent: agentOf(vault.FunctionSocialWorker), Grants: c.grants, Now: from.Add(48 * time.Hour)}
		r := Request{Act: vault.ActRead, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}}
		_, why := Decide(authtest.Principal(t, "travailleuse-fictive"), s, r)
		got, ok := errors.AsType[*vault.EndedError](Explain(s, r, why))
		if why != Ended || !ok || *got != c.want {
			t.Errorf("reason %d, %+v; want %+v", why, got, c.want)
		}
	}
	if err := Explain(Standing{}, Request{}, Locked); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("explained as %v", err)
	}
}

// With a consent live, one that is over or to come is spoken of for its own
// papers only; and a live one wins.
func TestSeveralConsents(t *testing.T) {
	t.Parallel()
	from, until := week()
	g := func(id byte, covers bool, f func(*Grant)) Grant {
		one := Grant{
			Consent: vault.ConsentID{id}, Actions: vault.ActionRead, Function: vault.FunctionSocialWorker,
			Presence: vault.PresenceNot, From: from, Until: until, Covers: covers,
		}
		f(&one)
		return one
	}
	live := func(*Grant) {}
	ended := func(g *Grant) { g.Ended, g.EndedAt = vault.EndedWithdrawn, from.Add(time.Hour) }
	later := func(g *Grant) { g.From = from.Add(72 * time.Hour) }
	present := func(g *Grant) { g.Presence = vault.PresenceNeeded }
	seen := func(g *Grant) { g.Actions = vault.ActionSee }
	who := authtest.Principal(t, "travailleuse-fictive")
	for name, c := range map[string]struct {
		grants []Grant
		why    Reason
		rests  byte
	}{
		"ended elsewhere, live here":          {[]Grant{g(1, false, ended), g(2, true, live)}, 0, 2},
		"ended here, live elsewhere":          {[]Grant{g(1, true, ended), g(2, false, live)}, Ended, 0},
		"ended elsewhere, live elsewhere too": {[]Grant{g(1, false, ended), g(2, false, live)}, Unknown, 0},
		"to come elsewhere, live elsewhere":   {[]Grant{g(1, false, later), g(2, false, live)}, Unknown, 0},
		"ended and live for the same":         {[]Grant{g(1, true, ended), g(2, true, live)}, 0, 2},
		"two live: the first":                 {[]Grant{g(1, true, live), g(2, true, live)}, 0, 1},
		"one demands presence, one does not":  {[]Grant{g(1, true, present), g(2, true, live)}, 0, 2},
		"presence is worth more than ended":   {[]Grant{g(1, true, ended), g(2, true, present)}, Presence, 0},
		"seen only, and one that ended":       {[]Grant{g(1, true, seen), g(2, true, ended)}, Ended, 0},
		"seen only":                           {[]Grant{g(1, true, seen)}, Function, 0},
	} {
		s := Standing{Exists: true, Agent: agentOf(vault.FunctionSocialWorker), Grants: c.grants, Now: from.Add(48 * time.Hour)}
		p, why := Decide(who, s, Request{Act: vault.ActRead, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}})
		rests := vault.ConsentID{}
		if c.rests != 0 {
			rests = vault.ConsentID{c.rests}
		}
		if why != c.why || p.Consent() != rests {
			t.Errorf("%s: reason %d on %v, want %d", strings.TrimSpace(name), why, p.Consent(), c.why)
		}
	}
}
