package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Deposits that wait for one safe share entries, and what was acknowledged is
// there after a power cut.
func TestDepositsShareEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		before, _ := s.Keeper.Entries(t, s.opened.Safe)
		s.Bucket.Slow(10 * time.Millisecond)
		const n = 64
		acknowledged := make([]vault.DocumentID, n)
		var g sync.WaitGroup
		for i := range n {
			g.Go(func() {
				r, err := s.Deposit(t.Context(), s.person, s.opened.Safe,
					vaulttest.Paper{Title: fmt.Sprintf("papier %d", i), Body: []byte("papier")})
				if err != nil {
					t.Errorf("deposit %d: %v", i, err)
					return
				}
				acknowledged[i] = r[0].Document
			})
		}
		g.Wait()
		s.Bucket.Slow(0)
		after, _ := s.Keeper.Entries(t, s.opened.Safe)
		if after-before >= n/2 {
			t.Errorf("%d deposits made %d entries", n, after-before)
		}
		s.Crash(t)
		s.again(t)
		titles := s.titles(t)
		for i, doc := range acknowledged {
			if titles[fmt.Sprintf("papier %d", i)] != doc {
				t.Errorf("deposit %d was acknowledged, and is not there", i)
			}
		}
	})
}

// Everything at once on one safe: nothing breaks, nothing is lost or there
// twice, and the verifiers agree. (Worth most under -race.)
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var put, gone atomic.Int64
	var g sync.WaitGroup
	try := func(n int, act func(i int) error) {
		g.Go(func() {
			for i := range n {
				err := act(i)
				if err != nil && !errors.Is(err, vault.ErrNotFound) && !errors.Is(err, vault.ErrUnavailable) {
					t.Error(err)
				}
			}
		})
	}
	ctx, safe, who := context.Background(), s.opened.Safe, s.person
	deposit := func(about string, i int) (vault.DocumentID, error) {
		r, err := s.Deposit(ctx, who, safe, vaulttest.Paper{Title: fmt.Sprint(about, i), Kind: entrustedKind, Body: []byte("x")})
		if err != nil {
			return vault.DocumentID{}, err
		}
		put.Add(1)
		return r[0].Document, nil
	}
	try(12, func(i int) error { return second(deposit("a", i)) })
	try(12, func(i int) error { return second(deposit("b", i)) })
	try(8, func(i int) error {
		doc, err := deposit("c", i)
		if err == nil {
			err = s.Keeper.Destroy(ctx, who, vault.Destroy{Safe: safe, Document: doc})
		}
		if err == nil {
			gone.Add(1)
		}
		return err
	})
	try(6, func(int) error {
		return second(s.Keeper.Entrust(ctx, who, vault.Entrust{Safe: safe, Drawer: "logement", Agreement: "1"}))
	})
	try(6, func(int) error {
		return s.Keeper.TakeBack(ctx, who, vault.TakeBack{Safe: safe, Drawer: "logement"})
	})
	try(8, func(i int) error {
		title := fmt.Sprint("titre ", i)
		return s.Keeper.Change(ctx, who, vault.Change{Safe: safe, Document: s.kept[0].doc, Title: &title})
	})
	try(10, func(int) error { return s.list() })
	try(5, func(int) error {
		return second(s.Keeper.Journal(ctx, who, vault.ReadJournal{Safe: safe, Limit: 1000}))
	})
	g.Wait()
	if err := s.Keeper.TakeBack(ctx, who, vault.TakeBack{Safe: safe, Drawer: "logement"}); err != nil && !errors.Is(err, vault.ErrNotFound) {
		t.Error(err)
	}
	docs, err := s.Keeper.List(ctx, who, vault.List{Safe: safe, Limit: 1000})
	if err != nil || int64(len(docs)) != 2+put.Load()-gone.Load() {
		t.Errorf("%d papers, %v, want %d", len(docs), err, 2+put.Load()-gone.Load())
	}
	for _, d := range docs {
		if d.Entrusted {
			t.Error("a paper is entrusted after it was taken back")
		}
	}
	s.sound(t)
}

// What is entrusted is what a bundle holds: deposits that race with agreements
// are in both or in none, and after a move the paper lies in one drawer.
func TestMovesBetweenEntrustedDrawers(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if _, err := s.Keeper.Entrust(t.Context(), s.person, vault.Entrust{Safe: s.opened.Safe, Drawer: "banque", Agreement: "1"}); err != nil {
		t.Fatal(err)
	}
	move := func(doc vault.DocumentID, to string) {
		drawer := papers.Drawer(to)
		if err := s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: doc, Drawer: &drawer}); err != nil {
			t.Fatal(err)
		}
	}
	move(s.kept[1].doc, "banque") // from one entrusted drawer into another
	if err := s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: "logement"}); err != nil {
		t.Fatal(err)
	}
	if !s.isEntrusted(t, s.kept[1].doc) {
		t.Error("the person moved it into an entrusted drawer, and it is not entrusted")
	}
	move(s.kept[1].doc, "sante")
	if s.isEntrusted(t, s.kept[1].doc) {
		t.Error("it was moved out, and is entrusted")
	}
	// A depositor's move never widens what is entrusted.
	counter := s.Login(t, vaulttest.Counter)
	r, err := s.Deposit(t.Context(), counter, s.opened.Safe, vaulttest.Paper{Title: "x", Body: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	drawer := papers.Drawer("banque")
	if err := s.Keeper.Change(t.Context(), counter, vault.Change{Safe: s.opened.Safe, Document: r[0].Document, Drawer: &drawer}); err != nil {
		t.Fatal(err)
	}
	if s.isEntrusted(t, r[0].Document) {
		t.Error("a depositor moved a paper into what the service may open")
	}
}

// A summary is written when it is due, and the safe reads the same from it.
func TestASummaryIsTheSameSafe(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	want := s.titles(t)
	for i := range 40 {
		title := fmt.Sprintf("titre %d", i)
		if err := s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.kept[0].doc, Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	if _, summary := s.Keeper.Entries(t, s.opened.Safe); summary == 0 {
		t.Fatal("no summary after forty entries")
	}
	s.Stop(t)
	s.Start(t)
	s.again(t)
	got := s.titles(t)
	if len(got) != 2 || got["titre 39"] != want["libre"] || got["confié"] != want["confié"] || !s.isEntrusted(t, want["confié"]) {
		t.Errorf("papers are %v, want those of %v", got, want)
	}
	s.sound(t)
}

// More safes than stay in memory: none has two writers, none is lost.
func TestSafesThatLeaveMemoryComeBack(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.Keeper.KeepSafes(2)
	counter := h.Login(t, vaulttest.Counter)
	safes := make([]vault.OpenedSafe, 5)
	for i := range safes {
		safes[i] = h.OpenSafe(t, vaulttest.Person)
	}
	ticket, err := h.Keeper.BeginDeposit(t.Context(), counter, vault.BeginDeposit{Safe: safes[0].Safe})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, o := range safes {
			if _, err := h.Deposit(t.Context(), counter, o.Safe, vaulttest.Paper{Title: "x", Body: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := h.Keeper.Safes(); n > 3 {
		t.Errorf("%d safes are in memory", n)
	}
	if err := h.Keeper.AbandonDeposit(t.Context(), counter, ticket.ID, vault.OutcomeFailed); err != nil {
		t.Error(err)
	}
	person := h.Login(t, vaulttest.Person)
	for _, o := range safes {
		if n, err := h.Keeper.Count(t.Context(), person, o.Safe); n != 3 || err != nil {
			t.Errorf("%d papers, %v", n, err)
		}
	}
	if owned, err := h.Keeper.OwnedSafes(t.Context(), person); len(owned) != 5 || err != nil {
		t.Errorf("%d safes, %v", len(owned), err)
	}
}

// A stop in the middle of acts waits for them and ends what waits for a caller;
// a second stop does nothing, and calls after it fail.
func TestAStopInTheMiddleOfActs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		reading, err := s.Vault.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keeper.BeginDeposit(t.Context(), s.person, vault.BeginDeposit{Safe: s.opened.Safe}); err != nil {
			t.Fatal(err)
		}
		s.Bucket.Slow(500 * time.Millisecond)
		var g sync.WaitGroup
		done := make([]bool, 8)
		for i := range done {
			g.Go(func() {
				title := fmt.Sprint(i)
				_, err := s.Deposit(context.Background(), s.person, s.opened.Safe, vaulttest.Paper{Title: title, Body: []byte("x")})
				done[i] = err == nil
			})
		}
		time.Sleep(300 * time.Millisecond)
		keeper := s.Keeper
		if err := keeper.Close(); err != nil {
			t.Errorf("stop: %v", err)
		}
		g.Wait()
		if err := keeper.Close(); err != nil {
			t.Errorf("a second stop: %v", err)
		}
		if n, err := reading.Read(make([]byte, 10)); n > 0 || err == nil {
			t.Error("a reading outlived its keeper")
		}
		if err := second(keeper.Count(t.Context(), s.person, s.opened.Safe)); err == nil {
			t.Error("an act after the stop")
		}
		if _, err := keeper.Sweep(t.Context()); err == nil {
			t.Error("a sweep after the stop")
		}
		s.Bucket.Slow(0)
		s.Start(t)
		s.again(t)
		titles := s.titles(t)
		for i, ok := range done {
			if ok && titles[fmt.Sprint(i)].IsZero() {
				t.Errorf("deposit %d was acknowledged in the stop, and is lost", i)
			}
		}
		s.sound(t)
	})
}
