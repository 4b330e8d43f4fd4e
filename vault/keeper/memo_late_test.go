package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A new secret does not come into a consent that showed the old one by another
// name of the memo, or another drawer, either: only the person widens it.
func TestANewSecretComesIntoNoConsentByTheBack(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "a", oldSecret)
	c := s.give(t, func(x *vault.Terms) { revealing(doc)(x); x.Arrivals = vault.ArrivalsToo })
	secret := secretOf(newSecretText)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &secret}))
	title, drawer := "autre nom", papers.Drawer("banque")
	for _, change := range []vault.Change{{Title: &title}, {Drawer: &drawer}} {
		change.Request, change.Safe, change.Document = vault.NewRequestID(), s.opened.Safe, doc
		must(t, s.Keeper.Change(t.Context(), s.person, change))
		if s.Keeper.MemoKeys(t, s.opened.Safe, c.ID)[doc] {
			t.Fatal("the consent has the key of the new secret")
		}
	}
	must(t, second(s.Keeper.WidenConsent(t.Context(), s.person, vault.WidenConsent{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: c.ID, Documents: []vault.DocumentID{doc},
	})))
	s.wantSecret(t, s.worker, doc, newSecretText)
}

// Whoever puts a memo in knows its secret, also where it joined a consent; and a
// retry of the person's change takes nobody off the list.
func TestTheListOfWhatToChangeLosesNobody(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, func(x *vault.Terms) {
		x.Arrivals, x.Actions, x.Scope = vault.ArrivalsToo, vault.ActionSee, vault.Scope{Drawers: []papers.Drawer{"identifiants"}}
	})
	doc := s.memo(t, s.worker, "a", oldSecret)
	if got := s.toChange(t); got[doc] != 1 {
		t.Errorf("put in by the worker, and joined a consent: %v", got)
	}
	secret := secretOf(newSecretText)
	change := vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &secret}
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, change))
	s.give(t, revealing(doc))
	s.wantSecret(t, s.worker, doc, newSecretText)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, change))
	if got := s.toChange(t); got[doc] != 1 {
		t.Errorf("seen by the worker before a retry: %v", got)
	}
}

// Whoever comes too late for a view was shown nothing: they are refused, and
// accused of nothing.
func TestALateViewAccusesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		doc := s.memo(t, s.person, "a", oldSecret)
		s.give(t, revealing(doc))
		for _, wait := range []time.Duration{vault.ViewTime + time.Second, 3 * vault.ViewTime} {
			v, err := s.Keeper.OpenMemo(t.Context(), s.worker, vault.OpenMemo{Safe: s.opened.Safe, Document: doc, Reason: "x"})
			must(t, err)
			time.Sleep(wait)
			for range 2 {
				if got, err := s.Keeper.ViewMemo(t.Context(), s.worker, v.ID); !errors.Is(err, vault.ErrViewed) || !got.Secret.IsZero() {
					t.Errorf("after %v: %v", wait, err)
				}
			}
		}
		if got := s.toChange(t); len(got) != 0 {
			t.Errorf("to change, though nobody saw it: %v", got)
		}
		anomalies, err := s.Keeper.Anomalies(t.Context(), s.Login(t, vaulttest.Manager))
		must(t, err)
		if slices.ContainsFunc(anomalies, func(a vault.Anomaly) bool { return a.Kind == vault.AnomalySecondView }) {
			t.Error("an agent who came too late is reported")
		}
	})
}

// An address that is ended while somebody writes the service record stays ended,
// at whatever instant: no record made of the one before brings it back.
func TestAnEndedAddressDoesNotComeBack(t *testing.T) {
	t.Parallel()
	for at := time.Duration(0); at < 4*time.Second; at += time.Second / 2 {
		synctest.Test(t, func(t *testing.T) {
			s := newHelped(t)
			address, err := s.Keeper.IssueAddress(t.Context(), s.person, vault.IssueAddress{Request: vault.NewRequestID(), Safe: s.opened.Safe, Label: "x"})
			must(t, err)
			s.Bucket.Slow(time.Second)
			edited := make(chan error, 1)
			go func() {
				edited <- second(s.Keeper.Entrust(t.Context(), s.person, vault.Entrust{Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "logement", Agreement: "1"}))
			}()
			time.Sleep(at + time.Millisecond)
			must(t, s.Keeper.RevokeAddress(t.Context(), s.person, vault.RevokeAddress{Request: vault.NewRequestID(), Safe: s.opened.Safe, Address: address}))
			if err := <-edited; err != nil && !errors.Is(err, vault.ErrUnavailable) {
				t.Errorf("%v: the drawer: %v", at, err)
			}
			s.Bucket.Slow(0)
			for range 2 {
				_, err := s.DepositAs(t.Context(), s.worker, vault.BeginDeposit{Request: vault.NewRequestID(), Address: address}, vaulttest.Paper{Title: "x", Body: []byte("x")})
				if !errors.Is(err, vault.ErrNotFound) {
					t.Errorf("%v: a deposit at an address that was ended: %v", at, err)
				}
				s.Restart(t)
				s.worker = s.Login(t, vaulttest.Worker)
			}
		})
	}
}
