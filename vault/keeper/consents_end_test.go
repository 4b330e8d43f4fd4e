package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// refused is a bucket that takes nothing in, and still answers readers.
func refused(op storagetest.Op, _ storage.Key) storagetest.Fault {
	if op == storagetest.OpPut || op == storagetest.OpCommit || op == storagetest.OpDelete {
		return storagetest.NotApplied
	}
	return storagetest.None
}

// down is a bucket that does not answer at all.
func down(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied }

// A withdrawal holds from the fsync of its intent: inside a download under way,
// with a bucket that refuses every PUT or that is down, by whoever may, and after
// a power cut with nothing written.
func TestABucketCannotStopAWithdrawal(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(storagetest.Op, storage.Key) storagetest.Fault{"refuses every PUT": refused, "is down": down} {
		for _, by := range []string{vaulttest.Person, vaulttest.Counter, vaulttest.Worker} {
			t.Run(name+"/"+by, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newHelped(t)
					given := s.give(t, nil)
					big, err := s.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "gros", Kind: "bail", Body: vaulttest.Text("gros", 200<<10)})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := s.Keeper.WidenConsent(t.Context(), s.person, vault.WidenConsent{
						Safe: s.opened.Safe, Consent: given.ID, Documents: []vault.DocumentID{big[0].Document},
					}); err != nil {
						t.Fatal(err)
					}
					r, err := s.Vault.Read(t.Context(), s.worker, s.opened.Safe, big[0].Document, 0)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
						t.Fatal(err)
					}
					who := s.Login(t, by)
					s.Bucket.SetRule(rule)
					if err := s.Keeper.WithdrawConsent(t.Context(), who, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
						t.Fatalf("withdrawn: %v", err)
					}
					if n, err := r.Read(make([]byte, 1000)); n > 0 || err == nil || errors.Is(err, io.EOF) {
						t.Errorf("the download goes on: %d bytes, %v", n, err)
					}
					if err := r.Close(); err != nil {
						t.Error(err)
					}
					s.isOver(t, given.ID)
					s.Crash(t)
					s.worker = s.Login(t, vaulttest.Worker)
					s.isOver(t, given.ID)
					time.Sleep(time.Minute)
					if live := s.Keeper.LiveConsents(t, s.opened.Safe); live != 0 {
						t.Errorf("%d consents in the chain a minute later", live)
					}
				})
			})
		}
	}
}

// isOver checks that a consent opens nothing, and that the agent is told.
func (s *helped) isOver(t testing.TB, id vault.ConsentID) {
	t.Helper()
	err := s.readErr(s.worker, "bail")
	if ended, ok := errors.AsType[*vault.EndedError](err); !ok || ended.Consent != id || ended.Why != vault.EndedWithdrawn {
		t.Errorf("the agent is told %v", err)
	}
	list, err := s.Keeper.Helped(t.Context(), s.worker, vault.ListHelped{Limit: vault.MaxPage})
	if err != nil || len(list) != 1 || list[0].State != vault.ConsentEnded || list[0].Ended != vault.EndedWithdrawn {
		t.Errorf("on the home list: %+v, %v", list, err)
	}
}

// away stops the keeper until an instant: in between nothing is swept.
func (s *helped) away(t testing.TB, until time.Time) {
	t.Helper()
	s.Stop(t)
	time.Sleep(time.Until(until))
	s.Start(t)
}

// A consent is live from its first instant to the last before its end: to the
// very nanosecond, also in the middle of a download, without any sweep.
func TestAConsentEndsAtItsInstant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		// Sessions end before a day does: these instants lie within one sitting.
		from := time.Now().Add(3 * time.Minute).UTC().Truncate(time.Second)
		until := from.Add(5 * time.Minute)
		given := s.give(t, func(x *vault.Terms) { x.From, x.Until = from, until })
		at := func(instant time.Time, want error) {
			t.Helper()
			time.Sleep(time.Until(instant))
			if err := s.readErr(s.worker, "bail"); !errors.Is(err, want) {
				t.Errorf("at %v: %v, want %v", instant.Sub(from), err, want)
			}
		}
		at(from.Add(-time.Nanosecond), vault.ErrNotYet)
		at(from, nil)
		r, err := s.Vault.Read(t.Context(), s.worker, s.opened.Safe, s.docs["bail"], 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		at(until.Add(-time.Nanosecond), nil)
		time.Sleep(time.Nanosecond)
		ended, ok := errors.AsType[*vault.EndedError](s.readErr(s.worker, "bail"))
		if !ok || ended.Consent != given.ID || ended.Why != vault.EndedByDate || !ended.At.Equal(until) {
			t.Errorf("at its end: %v", ended)
		}
		if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
			t.Errorf("the download goes on: %d bytes, %v", n, err)
		}
		_ = r.Close()
		if live := s.Keeper.LiveConsents(t, s.opened.Safe); live != 1 {
			t.Errorf("%d consents in the chain before the sweep", live)
		}
		time.Sleep(2 * time.Hour) // the sweep writes it down
		if live := s.Keeper.LiveConsents(t, s.opened.Safe); live != 0 {
			t.Errorf("%d consents in the chain after the sweep", live)
		}
		s.worker, s.person = s.Login(t, vaulttest.Worker), s.Login(t, vaulttest.Person)
		ended, ok = errors.AsType[*vault.EndedError](s.readErr(s.worker, "bail"))
		if !ok || ended.Why != vault.EndedByDate || !ended.At.Equal(until) {
			t.Errorf("after the sweep: %v", ended)
		}
		// For thirty days the agent is told; then there never was such a thing.
		s.away(t, until.Add(vault.EndedVisible-time.Nanosecond))
		s.worker = s.Login(t, vaulttest.Worker)
		if _, ok := errors.AsType[*vault.EndedError](s.readErr(s.worker, "bail")); !ok {
			t.Error("not told on the thirtieth day")
		}
		time.Sleep(time.Nanosecond)
		if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("after thirty days: %v", err)
		}
		if list, err := s.Keeper.Helped(t.Context(), s.worker, vault.ListHelped{Limit: vault.MaxPage}); err != nil || len(list) != 0 {
			t.Errorf("after thirty days the home list has %+v, %v", list, err)
		}
		// The person goes on reading of it.
		list, err := s.Keeper.Consents(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || len(list) != 1 || list[0].Ended != vault.EndedByDate || list[0].Shown.Text == "" {
			t.Errorf("the person reads %+v, %v", list, err)
		}
	})
}

// A request that nobody answers is over after thirty days, and a yes that comes
// later is refused.
func TestARequestExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		asked, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(func(x *vault.Terms) { x.Until = x.From.Add(60 * oneDay) })})
		if err != nil {
			t.Fatal(err)
		}
		yes := vault.GiveConsent{Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: inPerson}
		s.away(t, asked.Asked.Add(vault.AskLife))
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		if _, err := s.Keeper.GiveConsent(t.Context(), s.person, yes); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a yes after thirty days: %v", err)
		}
		list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
		if err != nil || len(list) != 1 || list[0].State != vault.ConsentEnded || list[0].Ended != vault.EndedExpired {
			t.Errorf("%+v, %v", list, err)
		}
		time.Sleep(2 * time.Hour)
		if open := s.Keeper.OpenRequests(t, s.opened.Safe); open != 0 {
			t.Errorf("%d requests in the chain after the sweep", open)
		}
	})
}

// The home list says whom an agent helps, for what and until when; it names
// nobody whom the person keeps out of sight, and nothing that is none of the
// agent's business.
func TestTheHomeList(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	entry := vault.RegisterEntry{Name: "FICTIVE Personne", Birth: "1980-01-31", Language: "fr"}
	if err := s.Keeper.SetRegister(t.Context(), s.person, vault.SetRegister{Safe: s.opened.Safe, Entry: entry}); err != nil {
		t.Fatal(err)
	}
	home := func(who string) (lines []string) {
		t.Helper()
		list, err := s.Keeper.Helped(t.Context(), s.Login(t, who), vault.ListHelped{Limit: vault.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			lines = append(lines, fmt.Sprintf("%s %d %s %v %v", h.Name, h.State, h.Purpose, h.Ended, h.EndsSoon))
		}
		slices.Sort(lines)
		return lines
	}
	asked, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(func(x *vault.Terms) { x.Purpose = "rsa" })})
	if err != nil {
		t.Fatal(err)
	}
	s.give(t, func(x *vault.Terms) { x.Until = x.From.Add(100 * oneDay) })
	week := s.give(t, nil)
	equal(t, "asked, live, ends soon", home(vaulttest.Worker),
		"FICTIVE Personne 1 rsa unknown false", "FICTIVE Personne 2 apl unknown false", "FICTIVE Personne 2 apl unknown true")
	equal(t, "a colleague's", home(vaulttest.Colleague))
	for _, end := range []func() error{
		func() error {
			return s.Keeper.RefuseConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: asked.ID})
		},
		func() error {
			return s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: week.ID})
		},
	} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "ended of late", home(vaulttest.Worker),
		"FICTIVE Personne 3 rsa refused false", "FICTIVE Personne 2 apl unknown false", "FICTIVE Personne 3 apl withdrawn false")
	before := home(vaulttest.Worker)
	s.Restart(t)
	equal(t, "after a restart", home(vaulttest.Worker), before...)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	if err := second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})); err != nil {
		t.Fatal(err)
	}
	for _, line := range home(vaulttest.Worker) {
		if strings.Contains(line, "FICTIVE") {
			t.Errorf("in discreet mode: %q", line)
		}
	}
	if err := s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]}); err != nil {
		t.Fatal(err)
	}
	equal(t, "shut out, silently", home(vaulttest.Worker))
}

// A safe that is frozen has no consents, and unfreezing brings none back; the
// agent is told nothing of it.
func TestAFreezeEndsConsentsSilently(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	if err := s.Keeper.Freeze(t.Context(), s.Login(t, vaulttest.Person), vault.Freeze{Safe: s.opened.Safe}); err != nil {
		t.Fatal(err)
	}
	if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("frozen: %v", err)
	}
	if list, err := s.Keeper.Helped(t.Context(), s.worker, vault.ListHelped{Limit: vault.MaxPage}); err != nil || len(list) != 0 {
		t.Errorf("frozen, on the home list: %+v, %v", list, err)
	}
	if _, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("asked while frozen: %v", err)
	}
}

// Retries of one request are one act: the same id is answered alike, another
// request under it is refused.
func TestConsentsAreGivenOncePerRequest(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	terms := s.terms(nil)
	ask := vault.AskConsent{Request: vault.NewRequestID(), Terms: terms}
	first, err := s.Keeper.AskConsent(t.Context(), s.worker, ask)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Keeper.AskConsent(t.Context(), s.worker, ask)
	if err != nil || again.ID != first.ID {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	ask.Terms.Precise = "autre chose"
	if _, err := s.Keeper.AskConsent(t.Context(), s.worker, ask); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("another request under the same id: %v", err)
	}
	give := vault.GiveConsent{Request: vault.NewRequestID(), Giving: inPerson}
	one, err := s.offer(t.Context(), s.person, terms, give)
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.offer(t.Context(), s.person, terms, give)
	if err != nil || one.ID != two.ID {
		t.Errorf("given again: %v", err)
	}
	yes := vault.GiveConsent{Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: first.ID, Shown: first.Shown.Digest, Giving: inPerson}
	for range 2 {
		if c, err := s.Keeper.GiveConsent(t.Context(), s.person, yes); err != nil || c.ID != first.ID {
			t.Errorf("the same yes: %+v, %v", c, err)
		}
	}
	list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(list) != 2 {
		t.Errorf("%d consents, %v", len(list), err)
	}
}

// The index of consents follows from the chains: a state file that is rebuilt
// has the same home lists.
func TestTheIndexIsRebuiltFromTheChains(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	given := s.give(t, nil)
	s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"sante", "banque"} })
	if _, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Fatal(err)
	}
	want, err := s.Keeper.Helped(t.Context(), s.worker, vault.ListHelped{Limit: vault.MaxPage})
	if err != nil || len(want) != 3 {
		t.Fatalf("%+v, %v", want, err)
	}
	s.Stop(t)
	(&scene{House: s.House}).rebuild(t)
	got, err := s.Keeper.Helped(t.Context(), s.Login(t, vaulttest.Worker), vault.ListHelped{Limit: vault.MaxPage})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// Terms hold what people said: nothing of it lies in the clear, neither in the
// bucket nor in the files.
func TestTermsLieInTheClearNowhere(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	const canary = "canari-precis"
	loud := aloud
	loud.Witness = "Canari-Temoin"
	terms := s.terms(func(x *vault.Terms) { x.Precise = canary })
	if _, err := s.offer(t.Context(), s.worker, terms, vault.GiveConsent{Giving: loud, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}}); err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
	for key, raw := range s.Bucket.Snapshot().All() {
		if bytes.Contains(raw, []byte(canary)) || bytes.Contains(raw, []byte(loud.Witness)) {
			t.Errorf("%s holds what was said", key)
		}
	}
	for _, path := range []string{s.Config.TrailPath, s.Config.StatePath} {
		if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, []byte(canary)) || bytes.Contains(raw, []byte(loud.Witness)) {
			t.Errorf("%s holds what was said", path)
		}
	}
	if strings.Contains(s.Log.String(), canary) {
		t.Error("the log holds what was said")
	}
	s.Start(t)
}
