package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *helped) told(t testing.TB) map[vault.NoticeKind][]vault.Notice {
	t.Helper()
	all, err := s.Keeper.Notices(t.Context(), s.person, s.opened.Safe)
	if err != nil {
		t.Fatal(err)
	}
	by := map[vault.NoticeKind][]vault.Notice{}
	for _, n := range all {
		by[n.Kind] = append(by[n.Kind], n)
	}
	return by
}

// A person is told thirty days before a consent ends, once it is over, and what
// joined one; what they read is not new the next time, and that they read it is in
// the journal.
func TestAPersonIsToldWhatTheyDidNotAskFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		c := s.give(t, func(x *vault.Terms) { x.Until, x.Arrivals = x.From.Add(60*oneDay), vault.ArrivalsToo })
		// The safe was opened with another version of the service information.
		if by := s.told(t); len(by) != 1 || len(by[vault.NoticeInformation]) != 1 || by[vault.NoticeInformation][0].New {
			t.Errorf("on the first day: %v", by)
		}
		time.Sleep(oneDay)
		s.person = s.Unlocked(t, "personne-fictive", s.opened)
		s.put(t, s.person, "bail")
		by := s.told(t)
		if n := by[vault.NoticeArrived]; len(n) != 1 || n[0].Consent != c.ID || n[0].Purpose != "apl" || len(n[0].Documents) != 1 || n[0].Documents[0].Title != "titre bail" || !n[0].New {
			t.Errorf("what joined: %+v", n)
		}
		if n := s.told(t)[vault.NoticeArrived]; len(n) != 1 || n[0].New {
			t.Errorf("read again: %+v", n)
		}

		later(t, s.House, 29*oneDay-time.Hour)
		s.person = s.Login(t, "personne-fictive")
		if n := s.told(t)[vault.NoticeEndsSoon]; n != nil {
			t.Errorf("too soon: %+v", n)
		}
		time.Sleep(time.Hour)
		s.person = s.Login(t, "personne-fictive")
		if n := s.told(t)[vault.NoticeEndsSoon]; len(n) != 1 || n[0].Consent != c.ID || !n[0].Until.Equal(c.Terms.Until) || !n[0].New {
			t.Errorf("thirty days before its end: %+v", n)
		}
		s.passing(t, 30*oneDay) // and it is swept
		s.person = s.Login(t, "personne-fictive")
		by = s.told(t)
		if by[vault.NoticeEndsSoon] != nil {
			t.Errorf("over, and about to end: %+v", by)
		}
		lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for _, l := range lines {
			if l.Act == vault.ActNotices && l.Outcome == vault.OutcomeDone {
				read++
			}
		}
		if read != 6 {
			t.Errorf("%d readings in the journal", read)
		}
	})
}

// A frozen safe gives no notice, and its person is told that it is frozen.
func TestAFrozenSafeGivesNoNotice(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	if err := s.Keeper.Freeze(t.Context(), s.worker, vault.Freeze{Request: vault.NewRequestID(), Safe: s.opened.Safe}); err != nil {
		t.Fatal(err)
	}
	s.person = s.Login(t, "personne-fictive")
	if _, err := s.Keeper.Notices(t.Context(), s.person, s.opened.Safe); !errors.Is(err, vault.ErrFrozen) {
		t.Errorf("%v", err)
	}
}

// N13: where one agent works alone, what waits 48 hours is told to the person: by
// a letter that the agent prints, and by a notice. Of a discreet safe there is
// neither.
func TestWhatWaitsForADelayIsToldToThePerson(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	const alone = "seule-fictive"
	h.FoundAnother(t, alone)
	opened := h.OpenSafeAt(t, alone, vaulttest.Person, vault.OpenSafe{})
	agent, person := h.Login(t, alone), h.Unlocked(t, vaulttest.Person, opened)
	w := waits(t, h.Keeper.SetPIN(t.Context(), agent, vault.SetPIN{Request: vault.NewRequestID(), Safe: opened.Safe, PIN: vaulttest.PIN(t)}))
	p, err := h.Keeper.PrintLetter(t.Context(), agent, w.Approval)
	if err != nil || p.Asked != vault.ActSetPIN || p.By == "" || p.Structure == "" || !p.NotBefore.Equal(w.NotBefore) {
		t.Errorf("letter: %+v, %v", p, err)
	}
	if _, err := h.Keeper.PrintLetter(t.Context(), h.Login(t, vaulttest.Worker), w.Approval); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("by an agent of another structure: %v", err)
	}
	all, err := h.Keeper.Notices(t.Context(), person, opened.Safe)
	if err != nil || !slices.ContainsFunc(all, func(n vault.Notice) bool {
		return n.Kind == vault.NoticeWaits && n.Act == vault.ActSetPIN && n.Until.Equal(w.NotBefore) && n.Name == p.By
	}) {
		t.Errorf("notices: %+v, %v", all, err)
	}
	if err := second(h.Keeper.SetDiscreet(t.Context(), person, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: opened.Safe, Discreet: vault.DiscretionDiscreet})); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keeper.PrintLetter(t.Context(), agent, w.Approval); !errors.Is(err, vault.ErrDiscreet) {
		t.Errorf("of a discreet safe: %v", err)
	}
}
