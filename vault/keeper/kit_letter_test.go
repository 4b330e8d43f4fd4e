package keeper_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *kitScene) letter(t *testing.T, by string) (vault.KitLetter, error) {
	t.Helper()
	return s.Keeper.PrintKitLetter(t.Context(), s.Login(t, by), s.opened.Safe)
}

// N13: whoever has neither login nor e-mail is told of an opening by a letter, while
// it waits and no longer, and the journal says that it was printed.
func TestAnOpeningIsToldByALetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		want(t, "nothing waits", second(s.letter(t, vaulttest.Colleague)), vault.ErrKitClosed)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		p, err := s.letter(t, vaulttest.Counter) // any who may begin one
		if err != nil || p.By == "" || p.Structure == "" || p.Opening != s.view(t).Opening || p.Opening.Due.IsZero() {
			t.Errorf("letter: %+v, %v", p, err)
		}
		for _, who := range []string{vaulttest.Manager, vaulttest.DPO, vaulttest.Volunteer, vaulttest.Person, vaulttest.Stranger} {
			want(t, who, second(s.letter(t, who)), vault.ErrNotFound)
		}
		lines, err := s.Keeper.Journal(t.Context(), s.Login(t, vaulttest.Person), vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		if err != nil || !slices.ContainsFunc(lines, func(l vault.Line) bool {
			return l.Act == vault.ActPrintLetter && l.Outcome == vault.OutcomeDone && l.AgentName != ""
		}) {
			t.Errorf("the letter stands in no line: %v", err)
		}
		want(t, "stopped", s.cancel(t, vaulttest.Person, vault.WordOwn), nil)
		want(t, "stopped", second(s.letter(t, vaulttest.Counter)), vault.ErrKitClosed)
		time.Sleep(time.Second)
		want(t, "begun in their own login", s.begin(t, vaulttest.Person, s.pair(0, 1)), nil)
		if p, err = s.letter(t, vaulttest.Counter); err != nil || p.By != "" {
			t.Errorf("letter: %+v, %v", p, err)
		}
		later(t, s.House, vault.KitDelay+vault.KitOpenLife+2*time.Second)
		want(t, "nobody came", second(s.letter(t, vaulttest.Counter)), vault.ErrKitClosed)
	})
}

// No letter goes out about a discreet safe, nor a frozen one, and whom the person
// shut out makes none.
func TestALetterIsNotForEverySafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		who := s.Login(t, vaulttest.Person)
		must(t, s.Keeper.ShutOut(t.Context(), who, vault.ShutOut{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Colleague]}))
		want(t, "shut out", second(s.letter(t, vaulttest.Colleague)), vault.ErrNotFound)
		discreet := vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet}
		must(t, second(s.Keeper.SetDiscreet(t.Context(), who, discreet)))
		want(t, "discreet", second(s.letter(t, vaulttest.Counter)), vault.ErrDiscreet)
		s.freeze(t, who)
		want(t, "frozen", second(s.letter(t, vaulttest.Counter)), vault.ErrNotFound)
	})
}
