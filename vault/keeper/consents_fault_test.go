package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A consentAttempt is one write about consents: what it needs before, what is
// tried, and how to see afterwards whether it happened.
type consentAttempt struct {
	name   string
	writes int // to the bucket
	takes  bool
	before func(t *testing.T, s *helped) vault.Consent
	try    func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error
	// happened looks at what the agent reads and what the person is listed.
	happened func(reads []string, list []vault.Consent) bool
}

func states(list []vault.Consent, state vault.ConsentState, why vault.EndReason) (n int) {
	for _, c := range list {
		if c.State == state && c.Ended == why {
			n++
		}
	}
	return n
}

func consentAttempts() []consentAttempt {
	live := func(t *testing.T, s *helped) vault.Consent { return s.give(t, nil) }
	asked := func(t *testing.T, s *helped) vault.Consent {
		c, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	end := func(c vault.Consent, id vault.RequestID) vault.EndConsent {
		return vault.EndConsent{Request: id, Safe: c.Terms.Safe, Consent: c.ID}
	}
	return []consentAttempt{
		{"ask", 2, false, func(_ *testing.T, s *helped) vault.Consent { return vault.Consent{Terms: s.terms(nil)} },
			func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
				return second(s.Keeper.AskConsent(ctx, s.worker, vault.AskConsent{Request: id, Terms: c.Terms}))
			}, func(reads []string, list []vault.Consent) bool {
				return len(reads) == 0 && states(list, vault.ConsentAsked, 0) == 1
			}},
		{"give", 4, false, asked, func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
			return second(s.Keeper.GiveConsent(ctx, s.person, vault.GiveConsent{
				Request: id, Safe: c.Terms.Safe, Consent: c.ID, Shown: c.Shown.Digest, Giving: inPerson,
			}))
		}, func(reads []string, list []vault.Consent) bool {
			return len(reads) == 2 && states(list, vault.ConsentLive, 0) == 1 && len(list) == 1
		}},
		{"renew", 4, false, live, func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
			terms := c.Terms
			terms.Until = terms.Until.Add(oneDay)
			shown, err := s.Keeper.ShowConsent(ctx, s.person, terms)
			if err != nil {
				return err
			}
			return second(s.Keeper.RenewConsent(ctx, s.person, vault.RenewConsent{
				Request: id, Safe: terms.Safe, Consent: c.ID, Until: terms.Until, Shown: shown.Digest, Giving: inPerson,
			}))
		}, func(reads []string, list []vault.Consent) bool {
			return len(reads) == 2 && states(list, vault.ConsentEnded, vault.EndedRenewed) == 1 && states(list, vault.ConsentLive, 0) == 1
		}},
		{"widen", 2, false, func(t *testing.T, s *helped) vault.Consent {
			c := s.give(t, nil)
			s.put(t, s.person, "facture-eau")
			return c
		}, func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
			return second(s.Keeper.WidenConsent(ctx, s.person, vault.WidenConsent{
				Request: id, Safe: c.Terms.Safe, Consent: c.ID, Documents: []vault.DocumentID{s.docs["facture-eau"]},
			}))
		}, func(reads []string, _ []vault.Consent) bool { return slices.Contains(reads, "facture-eau") }},
		{"withdraw", 1, true, live, func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
			return s.Keeper.WithdrawConsent(ctx, s.person, end(c, id))
		}, func(reads []string, list []vault.Consent) bool {
			return len(reads) == 0 && states(list, vault.ConsentEnded, vault.EndedWithdrawn) == 1
		}},
		{"refuse", 1, true, asked, func(ctx context.Context, s *helped, c vault.Consent, id vault.RequestID) error {
			return s.Keeper.RefuseConsent(ctx, s.person, end(c, id))
		}, func(reads []string, list []vault.Consent) bool {
			return len(reads) == 0 && states(list, vault.ConsentEnded, vault.EndedRefused) == 1
		}},
	}
}

// Every write about consents × every way it can go wrong × restart: what was
// acknowledged is there, what takes away holds from its intent, a retry does not
// act twice, and the verifiers agree.
func TestEveryConsentSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*helped, *testing.T){
		"power cut": func(s *helped, t *testing.T) { s.Crash(t) },
		"stop":      func(s *helped, t *testing.T) { s.Restart(t) },
	}
	for _, a := range consentAttempts() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				for way, restart := range ways {
					if way == "stop" && nth < a.writes-1 { // what it leaves behind depends on the entry alone
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/write %d/%s", a.name, name, nth+1, way), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { oneConsentFault(t, a, fault, nth, restart) })
					})
				}
			}
		}
	}
}

func oneConsentFault(t *testing.T, a consentAttempt, fault storagetest.Fault, nth int, restart func(*helped, *testing.T)) {
	s := newHelped(t)
	c := a.before(t, s)
	happened := func() bool {
		t.Helper()
		list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
		if err != nil {
			t.Fatal(err)
		}
		return a.happened(s.reads(t, s.worker), list)
	}
	again := func() { // unlocks never survive
		s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
	}
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t.Context(), s, c, request)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && (err != nil || !happened()) {
		t.Errorf("what takes away was stopped by the bucket: %v", err)
	}
	late := s.Bucket
	restart(s, t)
	late.Land(t.Context())
	again()
	if err == nil && !happened() {
		t.Error("acknowledged, and lost")
	}
	if err := a.try(t.Context(), s, c, request); err != nil && !(a.takes && errors.Is(err, vault.ErrNotFound)) {
		t.Errorf("the retry failed: %v", err)
	}
	if !happened() {
		t.Error("the retry did not do it")
	}
	late.Land(t.Context())
	synctest.Wait()
	time.Sleep(time.Minute) // what takes away has its entry written by now
	(&scene{House: s.House}).sound(t)
	again()
	if !happened() {
		t.Error("it did not survive a stop in good order")
	}
}
