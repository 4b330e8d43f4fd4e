package keeper_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A giving is an act that gives something, and how to see whether it is there.
type giving struct {
	before func(s *tale, t *testing.T)
	act    func(s *tale, t *testing.T) error
	gave   func(s *tale, t *testing.T) error // nil when it did
}

func givings() map[string]giving {
	tries := func(a access) func(*tale, *testing.T) error {
		return func(s *tale, t *testing.T) error { return s.try(t, a) }
	}
	nothing := func(*tale, *testing.T) {}
	return map[string]giving{
		"a consent": {nothing, func(s *tale, t *testing.T) error {
			return second(s.offer(t.Context(), s.person, s.terms(nil), vault.GiveConsent{Giving: inPerson}))
		}, tries(workerReads)},
		"a paper more in it": {func(s *tale, t *testing.T) {
			s.consent = s.give(t, nil)
			s.put(t, s.person, "facture-eau")
		}, func(s *tale, t *testing.T) error {
			return second(s.Keeper.WidenConsent(t.Context(), s.person, vault.WidenConsent{
				Safe: s.opened.Safe, Consent: s.consent.ID, Documents: []vault.DocumentID{s.docs["facture-eau"]},
			}))
		}, tries(workerWidened)},
		"a phone": {nothing, func(s *tale, t *testing.T) error {
			return second(s.Keeper.AddPhone(t.Context(), s.person, vault.AddPhone{Safe: s.opened.Safe, Recipient: s.phone.Recipient(), Label: "neuf"}))
		}, tries(byPhone)},
		"another PIN": {func(s *tale, t *testing.T) { s.pins = append(s.pins, pinOf(t, "280193")) }, func(s *tale, t *testing.T) error {
			return s.Keeper.SetPIN(t.Context(), s.person, vault.SetPIN{Safe: s.opened.Safe, PIN: s.pins[1]})
		}, tries(pin2)},
		"an entry in the register": {nothing, func(s *tale, t *testing.T) error {
			return s.Keeper.SetRegister(t.Context(), s.person, vault.SetRegister{
				Safe: s.opened.Safe, Entry: vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00", Language: "fr"},
			})
		}, tries(inRegister)},
		"somebody let in again": {func(s *tale, t *testing.T) {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}))
		}, func(s *tale, t *testing.T) error {
			return s.Keeper.LetIn(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]})
		}, tries(leaderSees)},
		"an address": {nothing, func(s *tale, t *testing.T) error {
			return second(s.Keeper.IssueAddress(t.Context(), s.person, vault.IssueAddress{Safe: s.opened.Safe, Label: "caf"}))
		}, func(s *tale, t *testing.T) error {
			view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			if err == nil && len(view.Addresses) < 2 { // the first was printed with the sheet
				return vault.ErrNotFound
			}
			return err
		}},
		"an end to the freeze": {func(s *tale, t *testing.T) { s.lock.freeze(t, s.person) }, func(s *tale, t *testing.T) error {
			who := s.Login(t, vaulttest.Leader)
			act := vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: s.sheets[0]}}
			s.Bucket.SetRule(nil)
			act.Approval = s.lock.approve(t, vaulttest.Manager, second(s.Keeper.Unfreeze(t.Context(), who, act)))
			s.Bucket.SetRule(lateEntries)
			return second(s.Keeper.Unfreeze(t.Context(), who, act))
		}, func(s *tale, t *testing.T) error {
			view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			if err == nil && view.Frozen {
				return vault.ErrFrozen
			}
			return err
		}},
		"a login": {func(s *tale, t *testing.T) {
			s.lock.opened = s.OpenSafeAt(t, vaulttest.Counter, "", vault.OpenSafe{})
		}, func(s *tale, t *testing.T) error {
			who := s.Login(t, vaulttest.Stranger)
			id := s.lock.approve(t, vaulttest.Worker, s.lock.activate(t, who, s.lock.opened.Code, vault.ApprovalID{}))
			return s.lock.activate(t, who, s.lock.opened.Code, id)
		}, func(s *tale, t *testing.T) error {
			if !s.lock.owns(t, s.Login(t, vaulttest.Stranger)) {
				return vault.ErrNotFound
			}
			return nil
		}},
		"a structure": {nothing, func(s *tale, t *testing.T) error {
			_, _, err := s.Keeper.AddStructure(t.Context(), vault.AddStructure{
				SIRET: "12345678200010", Name: "Partenaire-Exemple", Manager: enrolment(t, s.House, vault.FunctionAccessManager).Agent,
			})
			return err
		}, func(s *tale, _ *testing.T) error {
			if len(s.Keeper.Structures()) < 2 {
				return vault.ErrNotFound
			}
			return nil
		}},
		"a function": {nothing, func(s *tale, t *testing.T) error {
			act, manager := enrolment(t, s.House, vault.FunctionSocialWorker), s.Login(t, vaulttest.Manager)
			act.Approval = waits(t, second(s.Keeper.EnrolAgent(t.Context(), manager, act))).Approval
			must(t, s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Worker), act.Approval))
			return second(s.Keeper.EnrolAgent(t.Context(), manager, act))
		}, func(s *tale, t *testing.T) error {
			return second(s.Keeper.View(t.Context(), s.Login(t, newcomer), s.opened.Safe))
		}},
	}
}

// relinkings are the givings of a login that was lost.
func relinkings() map[string]giving {
	return map[string]giving{
		"another login that is to take over": {func(s *tale, t *testing.T) {
			s.relinks = append(s.relinks, s.lock.approve(t, vaulttest.Leader, s.relink(t, s.worker, vault.ApprovalID{})))
		}, func(s *tale, t *testing.T) error {
			if err := s.relink(t, s.worker, s.relinks[0]); !saysWaits(err) {
				return err
			}
			return nil
		}, func(s *tale, t *testing.T) error {
			view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			if err == nil && view.Relink.IsZero() {
				return vault.ErrNotFound
			}
			return err
		}},
		"another login that takes over": {func(s *tale, t *testing.T) {
			s.agreeOnLogin(t)
			s.away(t, time.Now().Add(vault.ApprovalDelay))
		}, func(s *tale, t *testing.T) error {
			return s.relink(t, s.Login(t, vaulttest.Worker), s.relinks[0])
		}, func(s *tale, t *testing.T) error {
			if !s.lock.owns(t, s.Login(t, vaulttest.Stranger)) {
				return vault.ErrNotFound
			}
			return nil
		}},
	}
}

// lateEntries lets no entry arrive before the test says so.
func lateEntries(op storagetest.Op, _ storage.Key) storagetest.Fault {
	if op == storagetest.OpCommit {
		return storagetest.LandsLate
	}
	return storagetest.None
}

// Whoever was told that an act that gives did not go through, and it did not by
// the next start, is never contradicted: its entry may arrive any time later, and
// after others, and gives nothing (must show 4).
func TestAnEntryThatLandsLateGivesNothing(t *testing.T) {
	t.Parallel()
	all := givings()
	maps.Copy(all, relinkings())
	for name, g := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { oneLateEntry(t, g) })
		})
	}
}

func oneLateEntry(t *testing.T, g giving) {
	s := newTale(t)
	s.seats = map[string]vaulttest.Seat{}
	g.before(s, t)
	not := func(when string) {
		t.Helper()
		s.seats = map[string]vaulttest.Seat{}
		if g.gave(s, t) == nil {
			t.Errorf("%s: it was given", when)
		}
	}
	not("before")
	s.Bucket.SetRule(lateEntries)
	if err := g.act(s, t); err == nil {
		t.Fatal("it was said to be done")
	}
	late := s.Bucket
	if late.Held() == 0 {
		t.Fatal("no entry is under way")
	}
	s.Crash(t)
	not("after the next start")
	if _, err := s.Deposit(t.Context(), s.Login(t, vaulttest.Counter), s.opened.Safe, vaulttest.Paper{Title: "entre-temps", Body: []byte("entre-temps")}); err != nil {
		t.Fatal("an entry after it:", err)
	}
	late.Land(t.Context())
	not("when it landed")
	s.Crash(t)
	not("at the start after that")
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
}
