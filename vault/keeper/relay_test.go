package keeper_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

const relayText = "canari : déclarer les ressources à la CAF avant le 30"

// relay is a task that the worker hands to the colleague, unless edit says else.
func (s *helped) relay(edit func(*vault.SendRelay)) vault.SendRelay {
	act := vault.SendRelay{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Colleague], Purpose: "rsa",
		Posture: vault.PostureWith, Text: relayText, Due: time.Now().Add(10 * oneDay).UTC().Truncate(time.Second),
	}
	if edit != nil {
		edit(&act)
	}
	return act
}

func (s *helped) send(t testing.TB, edit func(*vault.SendRelay)) vault.RelayID {
	t.Helper()
	id, err := s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Worker), s.relay(edit))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *helped) on(id vault.RelayID) vault.OnRelay {
	return vault.OnRelay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Relay: id}
}

// list is what somebody is listed: of the safe for the person, else their own.
func (s *helped) list(t testing.TB, who string) vault.RelayList {
	t.Helper()
	act := vault.ListRelays{Limit: vault.MaxPage}
	if who == vaulttest.Person {
		act.Safe = s.opened.Safe
	}
	list, err := s.Keeper.Relays(t.Context(), s.Login(t, who), act)
	if err != nil {
		t.Fatalf("the list of %s: %v", who, err)
	}
	return list
}

// is checks where the one relay stands for somebody; the zero state says that
// they are shown none.
func (s *helped) is(t testing.TB, who string, want vault.RelayState, alarm bool) vault.Relay {
	t.Helper()
	all := s.list(t, who).Relays
	if want == 0 {
		if len(all) != 0 {
			t.Errorf("%s is shown %+v", who, all)
		}
		return vault.Relay{}
	}
	if len(all) != 1 || all[0].State != want || all[0].Alarm != alarm {
		t.Errorf("%s is shown %+v, want one that is %v, alarm %v", who, all, want, alarm)
		return vault.Relay{}
	}
	return all[0]
}

// N13: a relay carries the task, with an acknowledgement, and never a key: who
// takes it opens nothing, and asks the person for a consent of their own.
func TestARelayCarriesTheTaskAndNoKey(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	id := s.send(t, nil)
	colleague := s.Login(t, vaulttest.Colleague)
	opensNothing := func(when string) {
		t.Helper()
		for kind := range s.docs {
			if err := s.readErr(colleague, kind); !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s the colleague reads %q: %v", when, kind, err)
			}
		}
		err := second(s.Keeper.List(t.Context(), colleague, vault.List{Safe: s.opened.Safe, Limit: 10}))
		want(t, when+" the list", err, vault.ErrNotFound)
		want(t, when+" the circle", second(s.Keeper.Circle(t.Context(), colleague, s.opened.Safe)), vault.ErrNotFound)
	}
	opensNothing("with the relay")
	got := s.is(t, vaulttest.Colleague, vault.RelaySent, false)
	if got.Text != relayText || got.Safe != s.opened.Safe || got.From != vaulttest.Worker || got.To != vaulttest.Colleague || got.Purpose != "rsa" {
		t.Errorf("the colleague reads %+v", got)
	}
	for who, state := range map[string]vault.RelayState{
		vaulttest.Worker: vault.RelaySent, vaulttest.Person: vault.RelaySent,
		vaulttest.Leader: 0, vaulttest.Counter: 0, vaulttest.Manager: 0, vaulttest.Civic: 0, vaulttest.Volunteer: 0, vaulttest.DPO: 0,
	} {
		s.is(t, who, state, false)
	}

	must(t, s.Keeper.TakeRelay(t.Context(), colleague, s.on(id)))
	opensNothing("having taken it")
	if got := s.is(t, vaulttest.Worker, vault.RelayTaken, false); got.TakenBy != vaulttest.Colleague {
		t.Errorf("the sender reads %+v", got)
	}
	// What the relay says is what the consent is asked for.
	terms := s.terms(func(x *vault.Terms) {
		x.Agent, x.Purpose, x.Posture, x.Until = s.Agents[vaulttest.Colleague], got.Purpose, got.Posture, got.Due
	})
	must(t, second(s.Keeper.AskConsent(t.Context(), colleague, vault.AskConsent{Request: vault.NewRequestID(), Terms: terms})))
	opensNothing("having asked")

	want(t, "the sender, of a task that is taken", s.Keeper.FinishRelay(t.Context(), s.worker, s.on(id)), vault.ErrTaken)
	must(t, s.Keeper.FinishRelay(t.Context(), colleague, s.on(id)))
	s.is(t, vaulttest.Worker, vault.RelayDone, false)
	s.is(t, vaulttest.Person, vault.RelayDone, false)
	for act, agent := range map[vault.Act]string{
		vault.ActSendRelay: vaulttest.Worker, vault.ActTakeRelay: vaulttest.Colleague, vault.ActFinishRelay: vaulttest.Colleague,
	} {
		if l := lastOf(t, s.House, s.opened.Safe, act); l.Outcome != vault.OutcomeDone || l.AgentName != agent || l.Purpose != "rsa" {
			t.Errorf("the journal says of %v: %+v", act, l)
		}
	}
	want(t, "a task that is done", s.Keeper.TakeRelay(t.Context(), colleague, s.on(id)), vault.ErrTaken)
}

// L-53, L-54: what is to be done stands in clear nowhere.
func TestTheTextOfARelayIsSealed(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	s.send(t, nil)
	marker := []byte("canari")
	for name, raw := range s.Bucket.Snapshot().All() {
		if bytes.Contains(raw, marker) {
			t.Errorf("the text stands in %s", name)
		}
	}
	for _, l := range s.Keeper.Leaves(t, 0) {
		if strings.Contains(l.Opened, "canari") {
			t.Errorf("the text stands in the detail of leaf %d", l.Position)
		}
	}
	s.Stop(t)
	for _, path := range []string{s.Config.StatePath, s.Config.TrailPath} {
		if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, marker) {
			t.Errorf("the text stands in %s: %v", path, err)
		}
	}
	if strings.Contains(s.Log.String(), "canari") {
		t.Error("the text stands in the log")
	}
}

// Only who may see the safe now hands its task on: a live consent, in a function
// that sees without the person beside it.
func TestWhoMayHandATaskOn(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	try := func(who string) error {
		return second(s.Keeper.SendRelay(t.Context(), s.Login(t, who), s.relay(func(x *vault.SendRelay) { x.Agent = s.Agents[vaulttest.Leader] })))
	}
	for _, who := range []string{vaulttest.Worker, vaulttest.Counter, vaulttest.Civic, vaulttest.Volunteer, vaulttest.Manager, vaulttest.DPO, vaulttest.Stranger, vaulttest.Person} {
		want(t, who+" without a consent", try(who), vault.ErrNotFound)
	}
	for who, f := range map[string]vault.Function{
		vaulttest.Worker: vault.FunctionSocialWorker, vaulttest.Counter: vault.FunctionReception, vaulttest.Civic: vault.FunctionCivicService, vaulttest.Volunteer: vault.FunctionVolunteer,
	} {
		c := s.give(t, func(x *vault.Terms) {
			x.Agent, x.Function, x.Actions, x.Presence = s.Agents[who], f, vault.ActionSee, vault.PresenceNeeded
		})
		var told error
		if f == vault.FunctionCivicService || f == vault.FunctionVolunteer {
			told = vault.ErrDenied
		}
		want(t, who+" with a consent", try(who), told)
		must(t, s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}))
		if err := try(who); err == nil {
			t.Errorf("%s after the withdrawal: sent", who)
		}
	}
}

// To whom, and what, a relay may be.
func TestWhatARelayMayBe(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.FoundAnother(t, "partenaire-fictive")
	self, err := s.Keeper.Self(t.Context(), s.Login(t, "partenaire-fictive"))
	must(t, err)
	s.give(t, nil)
	to := func(id vault.AgentID) func(*vault.SendRelay) {
		return func(x *vault.SendRelay) { x.Agent = id }
	}
	toAll := func(f vault.Function) func(*vault.SendRelay) {
		return func(x *vault.SendRelay) { x.Agent, x.Function = vault.AgentID{}, f }
	}
	now := time.Now()
	for name, c := range map[string]struct {
		edit func(*vault.SendRelay)
		told func(error) bool
	}{
		"to a colleague":            {nil, saysDone},
		"to who has no consent":     {to(s.Agents[vaulttest.Counter]), saysDone},
		"to a function":             {toAll(vault.FunctionReception), saysDone},
		"to a function nobody has":  {toAll(vault.FunctionSocialWorker), saysDone},
		"to oneself":                {to(s.Agents[vaulttest.Worker]), says(vault.ErrNotFound)},
		"to another structure":      {to(self.Agents[0].ID), says(vault.ErrNotFound)},
		"to nobody there is":        {to(vault.NewAgentID()), says(vault.ErrNotFound)},
		"to a volunteer":            {to(s.Agents[vaulttest.Volunteer]), says(vault.ErrNotFound)},
		"to the civic service":      {to(s.Agents[vaulttest.Civic]), says(vault.ErrNotFound)},
		"to the access manager":     {to(s.Agents[vaulttest.Manager]), says(vault.ErrNotFound)},
		"to the function volunteer": {toAll(vault.FunctionVolunteer), saysInvalid},
		"to the function DPO":       {toAll(vault.FunctionDPO), saysInvalid},
		"to nobody":                 {to(vault.AgentID{}), saysInvalid},
		"to both":                   {func(x *vault.SendRelay) { x.Function = vault.FunctionReception }, saysInvalid},
		"no text":                   {func(x *vault.SendRelay) { x.Text = "" }, saysInvalid},
		"blanks":                    {func(x *vault.SendRelay) { x.Text = " \n " }, saysInvalid},
		"a screen's escape":         {func(x *vault.SendRelay) { x.Text = "a\x1b[2Jb" }, saysInvalid},
		"too long":                  {func(x *vault.SendRelay) { x.Text = strings.Repeat("é", vault.MaxRelayText+1) }, saysInvalid},
		"as long as may be":         {func(x *vault.SendRelay) { x.Text = strings.Repeat("é", vault.MaxRelayText) }, saysDone},
		"no posture":                {func(x *vault.SendRelay) { x.Posture = 0 }, saysInvalid},
		"no purpose":                {func(x *vault.SendRelay) { x.Purpose = "inventée" }, saysInvalid},
		"due yesterday":             {func(x *vault.SendRelay) { x.Due = now.Add(-oneDay).Truncate(time.Second) }, saysInvalid},
		"due in a year":             {func(x *vault.SendRelay) { x.Due = now.Add(365 * oneDay).Truncate(time.Second) }, saysInvalid},
		"an alarm after its day":    {func(x *vault.SendRelay) { x.Alarm = x.Due.Add(time.Hour) }, saysInvalid},
		"an alarm in the past":      {func(x *vault.SendRelay) { x.Alarm = now.Add(-time.Hour).Truncate(time.Second) }, saysInvalid},
		"an alarm tomorrow":         {func(x *vault.SendRelay) { x.Alarm = now.Add(oneDay).Truncate(time.Second) }, saysDone},
	} {
		if err := second(s.Keeper.SendRelay(t.Context(), s.worker, s.relay(c.edit))); !c.told(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range vault.MaxRelays {
		err = second(s.Keeper.SendRelay(t.Context(), s.worker, s.relay(nil)))
	}
	want(t, "one too many", err, vault.ErrLimit)
	if n := len(s.list(t, vaulttest.Worker).Relays); n != vault.MaxRelays {
		t.Errorf("%d relays wait", n)
	}
}

// Of two agents who take it at once, one has it: the other is told so.
func TestTheFirstOfTwoTakesARelay(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, func(x *vault.Terms) {
		x.Agent, x.Function, x.Actions = s.Agents[vaulttest.Counter], vault.FunctionReception, vault.ActionSee
	})
	id, err := s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Counter), s.relay(func(x *vault.SendRelay) {
		x.Agent, x.Function = vault.AgentID{}, vault.FunctionSocialWorker
	}))
	must(t, err)
	both := []session.Principal{s.worker, s.Login(t, vaulttest.Colleague)}
	told := make([]error, len(both))
	var wg sync.WaitGroup
	for i, who := range both {
		wg.Go(func() { told[i] = s.Keeper.TakeRelay(t.Context(), who, s.on(id)) })
	}
	wg.Wait()
	won := slices.Index(told, nil)
	if won < 0 || !errors.Is(told[1-won], vault.ErrTaken) {
		t.Fatalf("told %v", told)
	}
	want(t, "who has it, again", s.Keeper.TakeRelay(t.Context(), both[won], s.on(id)), nil)
	want(t, "the other ends it", s.Keeper.FinishRelay(t.Context(), both[1-won], s.on(id)), vault.ErrTaken)
	want(t, "the other gives it back", s.Keeper.ReturnRelay(t.Context(), both[1-won], s.on(id)), vault.ErrTaken)
	want(t, "who has nothing to do with it", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Leader), s.on(id)), vault.ErrNotFound)
	must(t, s.Keeper.ReturnRelay(t.Context(), both[won], s.on(id)))
	s.is(t, vaulttest.Counter, vault.RelayReturned, true)
	must(t, s.Keeper.TakeRelay(t.Context(), both[1-won], s.on(id)))
	s.is(t, vaulttest.Counter, vault.RelayTaken, false)
}

// Nobody took it within two working days: it rings for the sender and the access
// manager, who is not told whose it is, and the person reads of it once. Neither
// a restart nor a rebuild forgets it.
func TestARelayThatNobodyTakesRings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t) // begins on Saturday 2000-01-01: a holiday too
		s.give(t, func(x *vault.Terms) { x.Until = x.From.Add(30 * oneDay) })
		id := s.send(t, nil)
		alarm := s.is(t, vaulttest.Worker, vault.RelaySent, false).AlarmAt
		if want := time.Date(2000, 1, 4, 0, 0, 0, 0, time.UTC); alarm.Sub(want) < 0 || alarm.Sub(want) > time.Hour {
			t.Fatalf("the alarm is at %v, want two working days on", alarm)
		}
		later(t, s.House, time.Until(alarm)-time.Second)
		s.is(t, vaulttest.Worker, vault.RelaySent, false)
		s.is(t, vaulttest.Manager, 0, false)
		later(t, s.House, time.Until(alarm))
		rings := func() {
			t.Helper()
			s.is(t, vaulttest.Worker, vault.RelaySent, true)
			s.is(t, vaulttest.Colleague, vault.RelaySent, true)
			got := s.is(t, vaulttest.Manager, vault.RelaySent, true)
			if got.Text != "" || got.Purpose != "" || !got.Safe.IsZero() || got.Name != "" || got.From != vaulttest.Worker || got.ID != id {
				t.Errorf("the access manager reads %+v", got)
			}
		}
		rings()
		later(t, s.House, 2*time.Hour)
		lines := 0
		all, err := s.Keeper.Journal(t.Context(), s.Login(t, vaulttest.Person), vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		must(t, err)
		for _, l := range all {
			if l.Act == vault.ActRelayAlarm && l.Actor == vault.ActorService && l.Purpose == "rsa" {
				lines++
			}
		}
		if lines != 1 {
			t.Errorf("the person reads of it %d times", lines)
		}
		s.Crash(t)
		rings()
		s.Stop(t)
		s.Config.StatePath += ".new"
		if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
			t.Fatal("rebuild:", err)
		}
		s.Start(t)
		rings()
		must(t, s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(id)))
		s.is(t, vaulttest.Worker, vault.RelayTaken, false)
		s.is(t, vaulttest.Manager, 0, false)
	})
}

// Long after its day a relay that nobody did is over, and a month later forgotten.
func TestARelayIsOverLongAfterItsDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		s.send(t, nil)
		later(t, s.House, 10*oneDay+vault.RelayLate)
		later(t, s.House, 2*time.Hour)
		s.is(t, vaulttest.Worker, vault.RelayEnded, false)
		synctest.Wait()
		if l := lastOf(t, s.House, s.opened.Safe, vault.ActRelayAlarm); l.Detail != vault.EndedExpired.String() {
			t.Errorf("the journal says %+v", l)
		}
		later(t, s.House, vault.RelayKept)
		s.is(t, vaulttest.Worker, 0, false)
		s.is(t, vaulttest.Person, 0, false)
	})
}

// What an agent had, or what waited for them, waits for anybody of the structure
// from the moment they leave; the report says so.
func TestARelayComesBackWhenItsAgentLeaves(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newHelped(t)
			s.give(t, func(x *vault.Terms) {
				x.Agent, x.Function, x.Actions = s.Agents[vaulttest.Counter], vault.FunctionReception, vault.ActionSee
			})
			id, err := s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Counter), s.relay(func(x *vault.SendRelay) { x.Agent = s.Agents[vaulttest.Worker] }))
			must(t, err)
			if taken {
				must(t, s.Keeper.TakeRelay(t.Context(), s.worker, s.on(id)))
			}
			s.Bucket.SetRule(refused)
			report, err := leave(t, s.House)
			if err != nil || report.Relays != 1 {
				t.Errorf("report %+v, %v", report, err)
			}
			waits := func() {
				t.Helper()
				for _, who := range []string{vaulttest.Counter, vaulttest.Leader, vaulttest.Colleague, vaulttest.Manager} {
					s.is(t, who, vault.RelayReturned, true)
				}
			}
			waits() // before anything is written
			s.Crash(t)
			waits()
			later(t, s.House, 2*time.Hour)
			waits()
			if l := lastOf(t, s.House, s.opened.Safe, vault.ActReturnRelay); l.Actor != vault.ActorService || l.Purpose != "rsa" {
				t.Errorf("the journal says %+v", l)
			}
			must(t, s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Leader), s.on(id)))
			s.is(t, vaulttest.Counter, vault.RelayTaken, false)
			again, err := s.Keeper.DepartureReport(t.Context(), s.Login(t, vaulttest.Manager), vault.ReadDeparture{Agent: s.Agents[vaulttest.Worker], Limit: 10})
			if err != nil || again.Relays != 1 {
				t.Errorf("the report later: %+v, %v", again, err)
			}
		})
	}
}
