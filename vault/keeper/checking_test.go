package keeper_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// code is the one that stands on the pages of a consent.
func (s *helped) code(t testing.TB, c vault.Consent) vault.PageCode {
	t.Helper()
	p, err := s.Keeper.PrintConsent(t.Context(), s.person, vault.PrintConsent{Safe: s.opened.Safe, Consent: c.ID, Form: vault.PrintReceipt})
	if err != nil {
		t.Fatal(err)
	}
	return p.Code
}

// checked is what the page says to anybody, and how long the answer took.
func (s *helped) checked(t testing.TB, code vault.PageCode) (vault.CheckedPage, time.Duration) {
	t.Helper()
	began := time.Now()
	page, err := s.Keeper.CheckPage(t.Context(), "192.0.2.0/24", code)
	if err != nil {
		t.Fatal(err)
	}
	return page, time.Since(began)
}

func (s *helped) takeBack(t testing.TB, c vault.Consent) {
	t.Helper()
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: c.ID}); err != nil {
		t.Fatal(err)
	}
}

// L-59: whoever holds a printed page learns that the consent was given, its
// dates, and whether it still counts. Thirty days after its end, in discreet mode
// and after a freeze or a shutting out the page says nothing, like for a code that
// nobody has; and each answer takes the same time.
func TestAPageSaysOneThingToEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		c := s.give(t, nil)
		code := s.code(t, c)
		page, took := s.checked(t, code)
		want := vault.CheckedPage{Given: c.Given, From: c.Terms.From, Until: c.Terms.Until, Live: true, Mark: vault.PageMark(c.Shown.Digest)}
		if page != want {
			t.Errorf("a live consent: %+v", page)
		}
		none, long := s.checked(t, vault.PageCode{1})
		if none.Says() || long != took || took != time.Second {
			t.Errorf("a code that nobody has: %+v after %v, a live one after %v", none, long, took)
		}

		s.takeBack(t, c)
		page, took = s.checked(t, code)
		if !page.Says() || page.Live || page.Ended.IsZero() || took != long {
			t.Errorf("withdrawn: %+v after %v", page, took)
		}
		time.Sleep(vault.EndedVisible - time.Minute)
		if page, _ := s.checked(t, code); !page.Says() {
			t.Error("withdrawn, a minute before it is forgotten: nothing")
		}
		time.Sleep(time.Minute)
		if page, took := s.checked(t, code); page != (vault.CheckedPage{}) || took != long {
			t.Errorf("withdrawn thirty days ago: %+v after %v", page, took)
		}
	})
}

// N13: the page is silent for whoever may be in danger, at once.
func TestAPageIsSilentInDanger(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*helped) error{
		"discreet": func(s *helped) error {
			return second(s.Keeper.SetDiscreet(context.Background(), s.person, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet}))
		},
		"frozen": func(s *helped) error {
			return s.Keeper.Freeze(context.Background(), s.worker, vault.Freeze{Request: vault.NewRequestID(), Safe: s.opened.Safe})
		},
		"shut out": func(s *helped) error {
			return s.Keeper.ShutOut(context.Background(), s.person, vault.ShutOut{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHelped(t)
			code := s.code(t, s.give(t, nil))
			if page, _ := s.checked(t, code); !page.Live {
				t.Fatalf("before: %+v", page)
			}
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			if page, _ := s.checked(t, code); page != (vault.CheckedPage{}) {
				t.Errorf("after: %+v", page)
			}
		})
	}
}

// A bucket that is down tells a real code from none neither by the answer nor by
// the time.
func TestAPageThatCannotBeReadLooksLikeNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		code := s.code(t, s.give(t, nil))
		s.Restart(t) // nothing is loaded
		s.Bucket.SetRule(down)
		defer s.Bucket.SetRule(nil)
		for _, c := range []vault.PageCode{code, {1}} {
			if page, took := s.checked(t, c); page != (vault.CheckedPage{}) || took != time.Second {
				t.Errorf("%+v after %v", page, took)
			}
		}
	})
}

// L-16: what a page says is in the person's journal, without the person's name or
// the checker's; what it does not say is counted with the calls of nobody.
func TestCheckingAPageIsInTheJournal(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	c := s.give(t, nil)
	s.checked(t, s.code(t, c))
	s.checked(t, vault.PageCode{1})
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range lines {
		if l.Act == vault.ActCheckPage {
			n++
			if l.Actor != vault.ActorStranger || l.ActorLogin != "" || l.Consent != c.ID || l.Outcome != vault.OutcomeDone {
				t.Errorf("%+v", l)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d lines, want one", n)
	}
}

// Whoever has a code cannot fill the journal with it.
func TestQuestionsAboutAPageAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		code := s.code(t, s.give(t, nil))
		var limited int
		for range 30 {
			if _, err := s.Keeper.CheckPage(t.Context(), "192.0.2.0/24", code); errors.Is(err, vault.ErrLimit) {
				limited++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if limited != 10 {
			t.Errorf("%d of 30 within a minute were refused", limited)
		}
		if _, err := s.Keeper.CheckPage(t.Context(), "192.0.2.0/24", vault.PageCode{1}); err != nil {
			t.Errorf("another code: %v", err)
		}
		time.Sleep(time.Minute)
		if page, _ := s.checked(t, code); !page.Live {
			t.Errorf("a minute later: %+v", page)
		}
	})
}

// The index of codes follows from the chains: a rebuild has it again.
func TestPagesOutliveARebuild(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	c := s.give(t, nil)
	code := s.code(t, c)
	s.Stop(t)
	if err := os.Remove(s.Config.StatePath); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	if page, _ := s.checked(t, code); !page.Live || page.Mark != vault.PageMark(c.Shown.Digest) {
		t.Errorf("after a rebuild: %+v", page)
	}
}

// L-58: with the number on the slip an agent of the structure ends the consent on
// the person's word; whoever could not end it by its id cannot by its number.
func TestAConsentIsWithdrawnByItsSlip(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	code := s.code(t, s.give(t, nil))
	end := func(who session.Principal, code vault.PageCode) error {
		return s.Keeper.WithdrawConsent(t.Context(), who, vault.EndConsent{Request: vault.NewRequestID(), Code: code})
	}
	for name, who := range map[string]session.Principal{"stranger": s.Login(t, vaulttest.Stranger), "DPO": s.Login(t, vaulttest.DPO)} {
		has, none := end(who, code), end(who, vault.PageCode{1})
		if has == nil || none == nil || has.Error() != none.Error() {
			t.Errorf("%s: %v, of none %v", name, has, none)
		}
	}
	equal(t, "before", s.reads(t, s.worker), "bail", "quittance-loyer")
	if err := end(s.Login(t, vaulttest.Counter), code); err != nil {
		t.Fatal(err)
	}
	if err := s.readErr(s.worker, "bail"); err == nil {
		t.Error("after: the paper opens")
	}
}
