package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// readings are the lines of a safe's journal in which an agent read of workshops.
func (s *helped) readings(t *testing.T, owner string, safe vault.SafeID) (lines []vault.Line) {
	t.Helper()
	all, err := s.Keeper.Journal(t.Context(), s.Login(t, owner), vault.ReadJournal{Safe: safe, Limit: vault.MaxPage})
	must(t, err)
	for _, l := range all {
		if l.Act == vault.ActReadWorkshop && l.Actor == vault.ActorAgent {
			lines = append(lines, l)
		}
	}
	return lines
}

// Whoever leads reads nobody's part without a line of it in that person's journal: one
// for each on the list, and none for who is not.
func TestAListOfParticipantsStandsInEachJournal(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	id, beside := s.cycle(t, nil), s.OpenSafe(t, another)
	s.join(t, id)
	must(t, s.Keeper.JoinCycle(t.Context(), s.Login(t, another), vault.OnCycle{Request: vault.NewRequestID(), Safe: beside.Safe, Cycle: id}))
	list := func(n int) {
		t.Helper()
		all, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), id)
		if err != nil || len(all) != n {
			t.Fatalf("%d participants: %v", len(all), err)
		}
	}
	list(2)
	for owner, safe := range map[string]vault.SafeID{vaulttest.Person: s.opened.Safe, another: beside.Safe} {
		lines := s.readings(t, owner, safe)
		if len(lines) != 1 || lines[0].Agent != s.Agents[vaulttest.Worker] || lines[0].Function != vault.FunctionSocialWorker ||
			lines[0].Outcome != vault.OutcomeDone || texts.Act(lines[0].Act) == "" {
			t.Errorf("%s reads %+v", owner, lines)
		}
	}
	must(t, s.Keeper.ShutOut(t.Context(), s.Login(t, another), vault.ShutOut{Safe: beside.Safe, Agent: s.Agents[vaulttest.Worker]}))
	list(1)
	if n := len(s.readings(t, another, beside.Safe)); n != 1 {
		t.Errorf("who shut them out has %d lines", n)
	}
	if n := len(s.readings(t, vaulttest.Person, s.opened.Safe)); n != 2 {
		t.Errorf("who is on both lists has %d lines", n)
	}
	want(t, "a colleague's try", second(s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Colleague), id)), vault.ErrNotFound)
	if n := len(s.readings(t, vaulttest.Person, s.opened.Safe)); n != 2 {
		t.Errorf("a colleague who is refused has read: %d lines", n)
	}
	who := s.Login(t, vaulttest.Worker)
	must(t, s.Keeper.BreakTrail())
	if all, err := s.Keeper.Participants(t.Context(), who, id); err == nil || all != nil {
		t.Errorf("without a trail: %+v", all)
	}
	s.Crash(t)
}
