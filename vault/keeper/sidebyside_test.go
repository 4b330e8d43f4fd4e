package keeper_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// terms are what a côte-à-côte session about some drawers is agreed to with.
func (f *front) terms(drawers ...papers.Drawer) vault.Terms {
	return vault.Terms{
		Safe: f.opened.Safe, Agent: f.workerID, Function: vault.FunctionSocialWorker, Purpose: purpose,
		Precise: "Remplir le dossier ensemble", Posture: vault.PostureWith, Actions: vault.ActionSee | vault.ActionRead,
		Scope: vault.Scope{Drawers: drawers}, Language: "fr",
	}
}

const purpose = papers.Purpose("apl")

func said() vault.Giving {
	return vault.Giving{
		Method: vault.MethodOral, Witness: "Témoin Fictif", Company: vault.CompanyAlone, Protection: vault.ProtectionNone,
	}
}

// start begins a session as the worker's client does: it shows the text first.
func (f *front) start(t testing.TB, terms vault.Terms, p vault.Proof) (vault.SideBySide, error) {
	t.Helper()
	shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, terms)
	must(t, err)
	return f.Keeper.StartSideBySide(t.Context(), f.worker.Principal, vault.StartSideBySide{
		Terms: terms, Shown: shown.Digest, Giving: said(), Proof: p,
	})
}

func (f *front) read(t testing.TB, doc vault.DocumentID) error {
	t.Helper()
	return second(f.Read(t.Context(), f.worker.Principal, f.opened.Safe, doc, 0))
}

// What begins a côte-à-côte session, and which papers it opens.
func TestWhatBeginsACoteACoteSession(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	both := f.terms("logement", "impots")
	dated := both
	dated.From, dated.Until = time.Now(), time.Now().Add(time.Hour)
	for _, c := range []struct {
		name   string
		terms  vault.Terms
		proof  vault.Proof
		want   func(error) bool
		papers int
	}{
		{"the PIN, for what is entrusted", f.terms("logement"), f.proof(t, rightPIN, false), saysDone, 1},
		{"the PIN, for what is not", both, f.proof(t, rightPIN, false), says(vault.ErrNeedsSheet), 0},
		{"sheet and PIN", both, f.proof(t, rightPIN, true), saysDone, 2},
		{"the sheet alone", both, f.proof(t, "", true), saysInvalid, 0},
		{"nothing", both, vault.Proof{}, saysInvalid, 0},
		{"a wrong PIN", both, f.proof(t, wrongPIN, true), says(vault.ErrPIN), 0},
		{"with dates of its own", dated, f.proof(t, rightPIN, true), saysInvalid, 0},
	} {
		f.Keeper.Leave(t, f.opened.Safe)
		s, err := f.start(t, c.terms, c.proof)
		if !c.want(err) || s.Documents != c.papers {
			t.Errorf("%s: %d papers, %v", c.name, s.Documents, err)
		}
		for doc, opens := range map[vault.DocumentID]bool{f.entrusted: c.papers > 0, f.locked: c.papers > 1} {
			if err := f.read(t, doc); (err == nil) != opens {
				t.Errorf("%s, a paper that it opens (%v): %v", c.name, opens, err)
			}
		}
	}
	// Another text than the one that was shown is another agreement.
	f.Keeper.Leave(t, f.opened.Safe)
	shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, f.terms("logement"))
	must(t, err)
	if err := second(f.Keeper.StartSideBySide(t.Context(), f.worker.Principal, vault.StartSideBySide{
		Terms: both, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, rightPIN, true),
	})); !errors.Is(err, vault.ErrTextChanged) {
		t.Errorf("another text: %v", err)
	}
	// Who may not lead one.
	for name, who := range map[string]session.Principal{
		"reception": f.Login(t, vaulttest.Counter), "a volunteer": f.Login(t, vaulttest.Civic),
		"the person": f.Login(t, vaulttest.Person), "a stranger": f.Login(t, vaulttest.Stranger),
	} {
		if err := second(f.Keeper.StartSideBySide(t.Context(), who, vault.StartSideBySide{
			Terms: both, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, rightPIN, true),
		})); !errors.Is(err, vault.ErrNotFound) && !errors.Is(err, vault.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// It is one session of the agent, with one person at a time.
func TestACoteACoteSessionIsOne(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	must(t, second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, false))))
	if err := second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, false))); !saysInvalid(err) {
		t.Errorf("a second one: %v", err)
	}
	elsewhere := sit(t, f.House, vaulttest.Worker)
	if err := second(f.Read(t.Context(), elsewhere.Principal, f.opened.Safe, f.entrusted, 0)); err == nil {
		t.Error("another session of the same agent reads")
	}
	colleague := sit(t, f.House, vaulttest.Colleague)
	if err := second(f.Read(t.Context(), colleague.Principal, f.opened.Safe, f.entrusted, 0)); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a colleague reads: %v", err)
	}
}

// What ends it, in the middle of a reading; nothing of it is left in memory.
func TestACoteACoteSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, f *front, s vault.SideBySide){
		"after 45 minutes": func(t *testing.T, f *front, _ vault.SideBySide) {
			for range 5 {
				time.Sleep(9 * time.Minute)
				must(t, second(f.worker.call(t, f.House, f.worker.token)))
			}
		},
		"by itself": func(t *testing.T, f *front, _ vault.SideBySide) {
			must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{Safe: f.opened.Safe})))
		},
		"with the agent's session": func(t *testing.T, f *front, _ vault.SideBySide) {
			must(t, f.Keeper.CloseSession(t.Context(), f.worker.Principal))
		},
		"when the person withdraws": func(t *testing.T, f *front, s vault.SideBySide) {
			must(t, f.Keeper.WithdrawConsent(t.Context(), f.Login(t, vaulttest.Person), vault.EndConsent{Safe: f.opened.Safe, Consent: s.Consent}))
		},
		"by a freeze": func(t *testing.T, f *front, _ vault.SideBySide) {
			must(t, f.Keeper.Freeze(t.Context(), f.Login(t, vaulttest.Person), vault.Freeze{Request: vault.NewRequestID(), Safe: f.opened.Safe}))
		},
		"when the agent is shut out": func(t *testing.T, f *front, _ vault.SideBySide) {
			must(t, f.Keeper.ShutOut(t.Context(), f.Login(t, vaulttest.Person), vault.ShutOut{Request: vault.NewRequestID(), Safe: f.opened.Safe, Agent: f.workerID}))
		},
		"when the agent leaves": func(t *testing.T, f *front, _ vault.SideBySide) {
			must(t, second(f.Keeper.EndAgent(t.Context(), f.Login(t, vaulttest.Manager), vault.EndAgent{Request: vault.NewRequestID(), Agent: f.workerID})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				s, err := f.start(t, f.terms("logement", "impots"), f.proof(t, rightPIN, true))
				must(t, err)
				r, err := f.Vault.Read(t.Context(), f.worker.Principal, f.opened.Safe, f.locked, 0)
				must(t, err)
				end(t, f, s)
				if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
					t.Errorf("a reading under way goes on: %d bytes, %v", n, err)
				}
				_ = r.Close()
				if err := f.read(t, f.locked); err == nil {
					t.Error("it opens papers still")
				}
				f.Keeper.SweepPresence()
				if n := f.Keeper.SideBySidePieces(); n != 0 {
					t.Errorf("%d pieces in memory", n)
				}
			})
		})
	}
}

// The summary is what the trail says happened, also when the hard end came first.
func TestTheSummaryIsWhatHappened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		for _, late := range []bool{false, true} {
			s, err := f.start(t, f.terms("logement", "impots"), f.proof(t, rightPIN, true))
			must(t, err)
			began := time.Now()
			for range 2 { // one paper, twice
				must(t, f.read(t, f.locked))
			}
			must(t, second(f.Deposit(t.Context(), f.worker.Principal, f.opened.Safe,
				vaulttest.Paper{Title: "Bail", Kind: "bail", Body: []byte("bail")}, vaulttest.Paper{Title: "Autre", Kind: "bail", Body: []byte("autre")})))
			if late {
				for range 5 {
					time.Sleep(9 * time.Minute)
					must(t, second(f.worker.call(t, f.House, f.worker.token)))
				}
				f.Keeper.SweepPresence()
			}
			act := vault.EndSideBySide{Request: vault.NewRequestID(), Safe: f.opened.Safe}
			sum, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, act)
			if err != nil || sum.Opened != 1 || sum.Deposited != 2 || !sum.Consent.IsZero() {
				t.Errorf("late %v: %+v, %v", late, sum, err)
			}
			if sum.Began.Sub(began).Abs() > time.Second || sum.Ended.After(s.Until) || late && !sum.Ended.Equal(s.Until) {
				t.Errorf("late %v: from %v to %v, its end was %v", late, sum.Began, sum.Ended, s.Until)
			}
			if again, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, act); err != nil || again != sum {
				t.Errorf("a retry: %+v, %v", again, err)
			}
			if err := second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{Safe: f.opened.Safe})); !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("ended twice: %v", err)
			}
		}
	})
}

// One yes at the end makes a dated consent of the papers that were open, and of
// no other; until then the session goes on.
func TestComingBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		there := f.terms("impots")
		there.Arrivals, there.Replacement = vault.ArrivalsToo, vault.ReplacementSuccessor // neither comes back
		s, err := f.start(t, there, f.proof(t, rightPIN, true))
		must(t, err)
		terms := f.terms("impots")
		terms.Presence = vault.PresenceNot
		terms.From, terms.Until = s.Until.Add(-vault.PresenceTime), time.Now().Add(90*time.Minute).UTC().Truncate(time.Second)
		shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, terms)
		must(t, err)
		act := vault.EndSideBySide{
			Request: vault.NewRequestID(), Safe: f.opened.Safe, Until: terms.Until, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, rightPIN, false),
		}
		for name, c := range map[string]struct {
			with func(*vault.EndSideBySide)
			want func(error) bool
		}{
			"without a proof":  {func(e *vault.EndSideBySide) { e.Proof = vault.Proof{} }, saysInvalid},
			"by a wrong PIN":   {func(e *vault.EndSideBySide) { e.Proof = f.proof(t, wrongPIN, false) }, says(vault.ErrPIN)},
			"another date":     {func(e *vault.EndSideBySide) { e.Until = e.Until.Add(time.Hour) }, says(vault.ErrTextChanged)},
			"for too long":     {func(e *vault.EndSideBySide) { e.Until = time.Now().Add(200 * 24 * time.Hour) }, saysInvalid},
			"into the past":    {func(e *vault.EndSideBySide) { e.Until = time.Now().Add(-time.Hour) }, saysInvalid},
			"without a method": {func(e *vault.EndSideBySide) { e.Giving = vault.Giving{} }, saysInvalid},
			"another's safe":   {func(e *vault.EndSideBySide) { e.Safe = f.OpenSafe(t, "").Safe }, says(vault.ErrNotFound)},
		} {
			try := act
			try.Request = vault.NewRequestID()
			c.with(&try)
			if sum, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, try); !c.want(err) || sum != (vault.Summary{}) {
				t.Errorf("%s: %v", name, err)
			}
			if err := f.read(t, f.locked); err != nil {
				t.Fatalf("%s: the session ended: %v", name, err)
			}
		}
		sum, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, act)
		if err != nil || sum.Consent.IsZero() || sum.Consent == s.Consent {
			t.Fatalf("%+v: %v", sum, err)
		}
		if again, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, act); err != nil || again != sum {
			t.Errorf("a retry: %+v, %v", again, err)
		}
		f.Restart(t)
		for range 4 {
			f.worker = sit(t, f.House, vaulttest.Worker)
			live := time.Now().Before(terms.Until)
			if err := f.read(t, f.locked); (err == nil) != live {
				t.Errorf("until %v, at %v: %v", terms.Until, time.Now(), err)
			}
			if err := f.read(t, f.entrusted); err == nil {
				t.Error("a paper that was not open in the session")
			}
			time.Sleep(31 * time.Minute)
		}
	})
}

// A paper that the person moves to where the text does not speak of leaves a
// session under way, a reading of it as well, and nobody comes back to it; one that
// is renamed has its new name there.
func TestAMovedPaperLeavesACoteACoteSession(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	s, err := f.start(t, f.terms("logement", "impots"), f.proof(t, rightPIN, true))
	must(t, err)
	r, err := f.Vault.Read(t.Context(), f.worker.Principal, f.opened.Safe, f.locked, 0)
	must(t, err)
	person, elsewhere := f.Unlocked(t, vaulttest.Person, f.opened), papers.Drawer("sante")
	for _, c := range []vault.Change{{Document: f.locked, Drawer: &elsewhere}, {Document: f.entrusted, Title: new("Autre nom")}} {
		c.Request, c.Safe = vault.NewRequestID(), f.opened.Safe
		must(t, f.Keeper.Change(t.Context(), person, c))
	}
	if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
		t.Errorf("a reading under way goes on: %d bytes, %v", n, err)
	}
	_ = r.Close()
	if err := f.read(t, f.locked); err == nil {
		t.Error("the session opens what left it")
	}
	must(t, f.read(t, f.entrusted))

	terms := f.terms("logement", "impots")
	terms.Presence = vault.PresenceNot
	terms.From, terms.Until = s.Until.Add(-vault.PresenceTime), time.Now().Add(24*time.Hour).UTC().Truncate(time.Second)
	shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, terms)
	must(t, err)
	must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{
		Request: vault.NewRequestID(), Safe: f.opened.Safe, Until: terms.Until, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, rightPIN, false),
	})))
	docs, err := f.Keeper.List(t.Context(), f.worker.Principal, vault.List{Safe: f.opened.Safe, Limit: 10})
	must(t, err)
	if len(docs) != 1 || docs[0].ID != f.entrusted || docs[0].Description.Title != "Autre nom" {
		t.Errorf("the consent to come back shows %d papers: %v", len(docs), docs)
	}
}

// With nothing asked at its end nothing survives: not in memory, not in the
// chain, not in the bucket.
func TestNothingOfACoteACoteSessionSurvives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		// That the sheet was shown on a screen stays, once: it is due for renewal.
		must(t, second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, true))))
		must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{Safe: f.opened.Safe})))
		before, _ := f.Keeper.Entries(t, f.opened.Safe)
		synctest.Wait() // what no entry names any more goes in the background
		objects := f.Bucket.Keys()
		must(t, second(f.start(t, f.terms("logement", "impots"), f.proof(t, rightPIN, true))))
		must(t, f.read(t, f.locked))
		must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{Safe: f.opened.Safe})))
		if after, _ := f.Keeper.Entries(t, f.opened.Safe); after != before {
			t.Errorf("%d entries more", after-before)
		}
		synctest.Wait()
		for _, key := range f.Bucket.Keys() {
			if !slices.Contains(objects, key) {
				t.Errorf("%s is new", key)
			}
		}
		if n := f.Keeper.PeopleThere(); n != 0 {
			t.Errorf("%d in memory", n)
		}
		must(t, second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, false))))
		must(t, f.read(t, f.entrusted))
		f.Crash(t)
		f.worker = sit(t, f.House, vaulttest.Worker)
		if err := f.read(t, f.entrusted); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("after a crash: %v", err)
		}
	})
}

// The trail says what was agreed, under which id the papers were opened, and that
// the person was there; it never holds a word of the text.
func TestTheTrailOfACoteACoteSession(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	from := f.Keeper.Flush(t)
	s, err := f.start(t, f.terms("impots"), f.proof(t, rightPIN, true))
	must(t, err)
	must(t, f.read(t, f.locked))
	must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{Safe: f.opened.Safe})))
	seen := map[vault.Act]int{}
	for _, l := range f.Keeper.Leaves(t, from) {
		act := vault.Act(l.Op)
		if strings.Contains(l.Opened, "Remplir") || strings.Contains(l.Opened, "Témoin") {
			t.Errorf("%v: words of people: %s", act, l.Opened)
		}
		if l.Stage == audit.StageIntent && slices.Contains([]vault.Act{vault.ActStartSideBySide, vault.ActEndSideBySide, vault.ActRead}, act) {
			seen[act]++
			if !strings.Contains(l.Opened, s.Consent.String()) || !strings.Contains(l.Opened, f.workerID.String()) {
				t.Errorf("%v: %s", act, l.Opened)
			}
			if act == vault.ActRead && !strings.Contains(l.Opened, `"present":true`) {
				t.Errorf("nobody was there: %s", l.Opened)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("seen: %v", seen)
	}
}
