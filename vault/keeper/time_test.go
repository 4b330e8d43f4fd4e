package keeper_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *scene) list() error {
	return s.listAs(s.person)
}

func (s *scene) listAs(who session.Principal) error {
	return second(s.Keeper.List(context.Background(), who, vault.List{Safe: s.opened.Safe, Limit: 10}))
}

// An unlocked safe that lies unused locks itself; a read that goes on is use,
// and a session that nobody calls in ends the read all the same.
func TestAnUnlockEndsWhenItLiesUnused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Stop(t)
		s.Config.UnlockIdle = 2 * time.Minute
		s.Start(t)
		s.again(t)
		r, err := s.Vault.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 { // six minutes, never two without a chunk
			time.Sleep(90 * time.Second)
			if n, err := r.Read(make([]byte, 10)); n == 0 {
				t.Fatalf("a read under way: %v", err)
			}
		}
		time.Sleep(2 * time.Minute)
		if n, err := r.Read(make([]byte, 10)); n > 0 || !errors.Is(err, vault.ErrLocked) {
			t.Errorf("a read after two minutes' pause: %d bytes, %v", n, err)
		}
		if err := s.list(); !errors.Is(err, vault.ErrLocked) {
			t.Errorf("list: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		if r, err = s.Vault.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0); err != nil {
			t.Fatal(err)
		}
		for range 20 { // half an hour: the session itself is idle after a quarter
			time.Sleep(90 * time.Second)
			if _, err = r.Read(make([]byte, 10)); err != nil {
				break
			}
		}
		if !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("a read that outlasts its session ends with %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Lock, logout and destruction end a read in its middle.
func TestAReadEndsWithWhatAllowedIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for name, c := range map[string]struct {
		end  func() error
		want error
	}{
		"lock":   {func() error { return s.Keeper.Lock(t.Context(), s.person, s.opened.Safe) }, vault.ErrLocked},
		"logout": {func() error { return s.Keeper.CloseSession(t.Context(), s.person) }, auth.ErrUnauthenticated},
		"destroy": {func() error {
			return s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.kept[1].doc})
		}, vault.ErrNotFound},
	} {
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		doc := s.kept[0].doc
		if name == "destroy" {
			doc = s.kept[1].doc
		}
		r, err := s.Vault.Read(t.Context(), s.person, s.opened.Safe, doc, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if err := c.end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n, err := r.Read(make([]byte, 10)); n > 0 || !errors.Is(err, c.want) {
			t.Errorf("after %s: %d bytes, %v", name, n, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// A logout forgets what the session had in memory, and leaves one act.
func TestLogoutForgetsEverything(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	who := s.Unlocked(t, vaulttest.Person, s.opened)
	if _, err := s.Deposit(t.Context(), who, s.opened.Safe, vaulttest.Paper{Title: "x", Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Keeper.CloseSession(t.Context(), s.person); err != nil {
		t.Fatal(err)
	}
	if err := s.Keeper.CloseSession(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	if n := s.Keeper.InMemory(); n != 0 {
		t.Errorf("%d things of ended sessions are remembered", n)
	}
	if err := s.Keeper.CloseSession(t.Context(), who); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a second logout: %v", err)
	}
}

// Who put a paper in may put it right for ten minutes, in that session, while
// nobody has read it.
func TestAWrongDepositCanBePutRight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		who := s.Login(t, vaulttest.Counter)
		put := func() vault.DocumentID {
			r, err := s.Deposit(t.Context(), who, s.opened.Safe, vaulttest.Paper{Title: "faux", Body: []byte("faux")})
			if err != nil {
				t.Fatal(err)
			}
			return r[0].Document
		}
		rename := func(by session.Principal, doc vault.DocumentID, title string) error {
			return s.Keeper.Change(t.Context(), by, vault.Change{Safe: s.opened.Safe, Document: doc, Title: &title})
		}
		destroy := func(doc vault.DocumentID) error {
			return s.Keeper.Destroy(t.Context(), who, vault.Destroy{Safe: s.opened.Safe, Document: doc})
		}
		twice := put()
		for _, title := range []string{"juste", "plus juste"} {
			if err := rename(who, twice, title); err != nil {
				t.Errorf("rename to %q: %v", title, err)
			}
		}
		if s.titles(t)["plus juste"] != twice {
			t.Error("the depositor's second title is not there")
		}
		// titles read it: it is the person's now.
		if err := destroy(twice); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("take back after it was read: %v", err)
		}
		renamed := put()
		if err := rename(s.person, renamed, "de la personne"); err != nil {
			t.Fatal(err)
		}
		if err := rename(who, renamed, "du guichet"); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("rename after the person did: %v", err)
		}
		back := put()
		time.Sleep(9 * time.Minute)
		if err := destroy(back); err != nil {
			t.Errorf("take back after nine minutes: %v", err)
		}
		who = s.Login(t, vaulttest.Counter) // only calls keep a session, and these go past the desk
		late := put()
		time.Sleep(10 * time.Minute)
		if err := destroy(late); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("take back after ten minutes: %v", err)
		}
	})
}

// A deposit that nobody goes on with runs out, and the trail says so; so does a
// release that nobody concludes. One session cannot pile them up.
func TestTicketsAndReleasesRunOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		before := s.Keeper.Flush(t)
		ticket, err := s.Keeper.BeginDeposit(t.Context(), s.person, vault.BeginDeposit{Safe: s.opened.Safe})
		if err != nil {
			t.Fatal(err)
		}
		other := s.Login(t, vaulttest.Person)
		if err := s.Keeper.AbandonDeposit(t.Context(), other, ticket.ID, vault.OutcomeDone); !errors.Is(err, vault.ErrTicket) {
			t.Errorf("another session's ticket: %v", err)
		}
		if _, err := s.Keeper.Release(t.Context(), s.person, s.opened.Safe, s.kept[0].doc); err != nil {
			t.Fatal(err)
		}
		full := error(nil)
		for range 70 {
			if _, err := s.Keeper.Inspect(t.Context(), s.person, s.opened.Safe, s.kept[0].doc); err != nil {
				full = err
			}
		}
		if !errors.Is(full, vault.ErrUnavailable) {
			t.Errorf("seventy inspections under way: %v", full)
		}
		time.Sleep(40 * time.Minute)
		open := map[uint64]bool{}
		for _, l := range s.Keeper.Leaves(t, before) {
			switch l.Stage.String() {
			case "intent":
				open[uint64(l.Position)] = true
			case "outcome":
				delete(open, uint64(l.Of))
			}
		}
		if len(open) > 0 {
			t.Errorf("%d acts never ended", len(open))
		}
		if _, err := s.Keeper.CommitDeposit(t.Context(), other, ticket.ID, nil); err == nil {
			t.Error("a ticket outlived its time")
		}
	})
}

// Five guesses are free; each further one waits longer, also after a restart
// and after a rebuild. Guesses at once are counted one by one.
func TestGuessesAreCountedAndPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		who := s.Login(t, vaulttest.Person)
		var tried, refused atomic.Int64
		guess := func() {
			err := s.Keeper.Unlock(context.Background(), who, vault.Unlock{Safe: s.opened.Safe, Code: otherCode(t)})
			switch {
			case errors.Is(err, vault.ErrCode):
				tried.Add(1)
			case errors.Is(err, vault.ErrTooManyGuesses):
				refused.Add(1)
			default:
				t.Errorf("guess: %v", err)
			}
		}
		var g sync.WaitGroup
		for range 20 {
			g.Go(guess)
		}
		g.Wait()
		if tried.Load() != 5 || refused.Load() != 15 {
			t.Errorf("of twenty guesses at once %d were compared, %d refused", tried.Load(), refused.Load())
		}
		right := func() error {
			return s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code})
		}
		if err := right(); !errors.Is(err, vault.ErrTooManyGuesses) {
			t.Errorf("the right code in the pause: %v", err)
		}
		time.Sleep(time.Minute)
		guess() // the sixth: two minutes from here on
		time.Sleep(61 * time.Second)
		guess()
		if tried.Load() != 6 || refused.Load() != 16 {
			t.Errorf("after a minute %d were compared, %d refused", tried.Load(), refused.Load())
		}
		failures, until := s.Keeper.Guesses(t, s.opened.Safe)
		s.Crash(t)
		if f, u := s.Keeper.Guesses(t, s.opened.Safe); f != failures || u != until {
			t.Errorf("a restart made %d until %d of %d until %d", f, u, failures, until)
		}
		s.Stop(t)
		s.rebuild(t)
		if f, u := s.Keeper.Guesses(t, s.opened.Safe); f != failures || u != until {
			t.Errorf("a rebuild made %d until %d of %d until %d", f, u, failures, until)
		}
		who = s.Login(t, vaulttest.Person)
		if err := right(); !errors.Is(err, vault.ErrTooManyGuesses) {
			t.Errorf("after the rebuild: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if err := right(); err != nil {
			t.Errorf("the right code: %v", err)
		}
		if f, _ := s.Keeper.Guesses(t, s.opened.Safe); f != 0 {
			t.Errorf("%d failures after the right code", f)
		}
	})
}

// The right code while the bucket is down is not a wrong guess.
func TestAnOutageIsNoWrongGuess(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault { return storagetest.NotApplied })
	for range 8 {
		if err := s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}); !errors.Is(err, vault.ErrUnavailable) {
			t.Fatalf("unlock: %v", err)
		}
	}
	if f, _ := s.Keeper.Guesses(t, s.opened.Safe); f != 0 {
		t.Errorf("%d failures", f)
	}
}

// A request id is answered like the first time for a day, also after a restart;
// with another request it is a conflict; while the first try is undecided, or
// runs, it is unavailable.
func TestRequestIDsMakeRetriesSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		id := vault.NewRequestID()
		entrust := func(drawer string) (int, error) {
			return s.Keeper.Entrust(t.Context(), s.person, vault.Entrust{Request: id, Safe: s.opened.Safe, Drawer: papers.Drawer(drawer), Agreement: "1"})
		}
		first, err := entrust("a-trier")
		if err != nil {
			t.Fatal(err)
		}
		last, _ := s.Keeper.Entries(t, s.opened.Safe)
		same := func(when string) {
			if n, err := entrust("a-trier"); n != first || err != nil {
				t.Errorf("%s: %d, %v, want %d", when, n, err, first)
			}
			if now, _ := s.Keeper.Entries(t, s.opened.Safe); now != last {
				t.Errorf("%s: acted twice", when)
			}
		}
		same("a retry")
		if _, err := entrust("banque"); !errors.Is(err, vault.ErrConflict) {
			t.Errorf("another drawer: %v", err)
		}
		err = s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Request: id, Safe: s.opened.Safe, Document: s.kept[0].doc})
		if !errors.Is(err, vault.ErrConflict) {
			t.Errorf("another act: %v", err)
		}
		s.Crash(t)
		s.again(t)
		same("a retry after a crash")
		time.Sleep(23 * time.Hour)
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		same("a retry after 23 hours")
		time.Sleep(2 * time.Hour)
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		if _, err := entrust("banque"); err != nil {
			t.Errorf("the id after a day, for something else: %v", err)
		}
	})
}

func TestARetryWhileTheFirstTryRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		act := vault.BeginDeposit{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		ticket, err := s.Keeper.BeginDeposit(t.Context(), s.person, act)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keeper.BeginDeposit(t.Context(), s.person, act); !errors.Is(err, vault.ErrUnavailable) {
			t.Errorf("a second try while the first runs: %v", err)
		}
		if err := s.Keeper.AbandonDeposit(t.Context(), s.person, ticket.ID, vault.OutcomeFailed); err != nil {
			t.Fatal(err)
		}
		s.Bucket.SetRule(func(op storagetest.Op, k storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit {
				return storagetest.LandsLate
			}
			return storagetest.None
		})
		paper := vaulttest.Paper{Title: "une fois", Body: []byte("une fois")}
		for range 3 {
			if _, err := s.DepositAs(t.Context(), s.person, act, paper); !errors.Is(err, vault.ErrUnavailable) {
				t.Errorf("while undecided: %v", err)
			}
		}
		s.Bucket.SetRule(nil)
		s.Bucket.Land(t.Context())
		time.Sleep(time.Minute)
		receipts, err := s.DepositAs(t.Context(), s.person, act, paper)
		if err != nil || s.titles(t)["une fois"] != receipts[0].Document {
			t.Errorf("once decided: %v", err)
		}
		raw := receipts[0].Signed
		if _, err := seal.VerifySigned(raw, seal.SignedReceipt, s.Config.Genesis); err != nil {
			t.Errorf("the receipt of the retry: %v", err)
		}
	})
}

// L-16: calls without a session leave one leaf a minute and network, with a count.
func TestStrangersAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		before := h.Keeper.Flush(t)
		for range 3 {
			for range 50 {
				for _, network := range []string{"192.0.2.0/24", "2001:db8::/48"} {
					if _, err := h.Keeper.Authenticate(t.Context(), session.Credentials{}, network); !errors.Is(err, auth.ErrUnauthenticated) {
						t.Fatalf("no credentials: %v", err)
					}
				}
				if err := second(h.Keeper.OwnedSafes(t.Context(), session.Principal{})); !errors.Is(err, auth.ErrUnauthenticated) {
					t.Fatalf("nobody: %v", err)
				}
			}
			time.Sleep(time.Minute)
		}
		var reasons []string
		for _, l := range h.Keeper.Leaves(t, before) {
			if vault.Act(l.Op) == vault.ActUnauthenticated {
				reasons = append(reasons, l.Opened)
			}
		}
		slices.Sort(reasons)
		if len(reasons) != 9 || !strings.Contains(reasons[0], `"count":1`) && !strings.Contains(reasons[0], `"count":50`) {
			t.Errorf("leaves are %v", reasons)
		}
		if err := h.Keeper.RefuseLogin(t.Context(), "192.0.2.0/24"); err != nil {
			t.Error(err)
		}
		if err := second2(h.Keeper.OpenSession(t.Context(), vault.OpenSession{})); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("a session without a login: %v", err)
		}
	})
}

func second2[T, U any](_ T, _ U, err error) error { return err }
