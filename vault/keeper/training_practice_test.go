package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What a workshop practises, from the first pile to the page that is handed over,
// works in an exercise, by whichever agent sits beside the people, and says what it is.
func TestAWorkshopPractisesInAnExercise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		who, safe := x.Login(t, vaulttest.Worker), x.exercise.Safe
		x.revealed(t) // a memo is written, and its secret looked at
		r, err := x.Deposit(t.Context(), who, safe, vaulttest.Paper{Title: "Avis", Kind: entrustedKind, Body: vaulttest.Text("avis fictif", 2000)})
		must(t, err)
		must(t, x.Keeper.Change(t.Context(), who, vault.Change{Safe: safe, Document: x.paper, Drawer: new(papers.Drawer("logement"))})) // filed
		for _, purpose := range []papers.Purpose{"", "rsa"} {                                                                           // sorted, and asked what to bring
			sight, err := x.Keeper.Look(t.Context(), who, vault.Look{Safe: safe, Purpose: purpose})
			if err != nil || len(sight.Documents) != 3 || sight.Nature != vault.NatureTraining {
				t.Errorf("what to bring for %q: %+v, %v", purpose, sight, err)
			}
		}
		must(t, second(x.Keeper.Dues(t.Context(), who, safe)))
		must(t, second(x.Keeper.ToChange(t.Context(), who, safe)))
		must(t, x.Keeper.Destroy(t.Context(), who, vault.Destroy{Safe: safe, Document: r[0].Document})) // thrown
		must(t, x.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: safe, Code: x.exercise.Code}))     // the code typed
		must(t, x.Keeper.Lock(t.Context(), who, safe))
		x.printsPassport(t)
		lines, err := x.Keeper.Journal(t.Context(), who, vault.ReadJournal{Safe: safe, Limit: vault.MaxPage})
		must(t, err)
		for _, act := range []vault.Act{vault.ActDeposit, vault.ActMove, vault.ActDestroy, vault.ActBring, vault.ActSort, vault.ActPrintPassport} {
			if !slices.ContainsFunc(lines, func(l vault.Line) bool { return l.Act == act && l.Outcome == vault.OutcomeDone }) {
				t.Errorf("the journal has no %v", act)
			}
		}
	})
}

// printsPassport prints a copy of an invented digital passport, with a secret: it is
// marked, has a number and no address, and leads to no safe.
func (x *exercised) printsPassport(t *testing.T) {
	t.Helper()
	who, safe := x.Login(t, vaulttest.Counter), x.exercise.Safe
	docs, err := x.Keeper.List(t.Context(), who, vault.List{Safe: safe, Limit: 10})
	must(t, err)
	at := slices.IndexFunc(docs, func(d vault.Document) bool { return d.Description.Memo != nil })
	act := vault.PrintPassport{
		Request: vault.NewRequestID(), Safe: safe, Form: vault.PassportFolded, Name: "ESSAI Personne",
		Memos: []vault.MemoChoice{{Document: docs[at].ID, Discloses: vault.DiscloseSecret}},
	}
	p, err := x.Keeper.PrintPassport(t.Context(), who, act)
	if err != nil || p.Nature != vault.NatureTraining || !p.Address.IsZero() || p.Number.Copy != 1 || p.Person != act.Name ||
		string(p.Memos[0].Secret.Reveal()) != "secret fictif" {
		t.Errorf("printed %+v: %v", p, err)
	}
	again, err := x.Keeper.PrintPassport(t.Context(), who, act)
	if err != nil || again.Number != p.Number {
		t.Errorf("tried again it is %v: %v", again.Number, err)
	}
	if copies, err := x.Keeper.Copies(t.Context(), who, safe); err != nil || len(copies) != 1 {
		t.Errorf("copies %+v: %v", copies, err)
	}
	person := x.Login(t, vaulttest.Person)
	if _, err := x.Keeper.PrintPassport(t.Context(), person, act); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("somebody who is no agent prints: %v", err)
	}
}
