package chain

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// Each case is one entry that the state before it does not allow.
func TestRulesOfConsents(t *testing.T) {
	t.Parallel()
	consent := func(n int) vault.ConsentID { return id[vault.ConsentID](n) }
	before := mustApply(t, openedSafe(t), doc(1), bundle(40, BundleIndex), ask(41), ask(42), bundle(43, BundleConsent))
	before = mustApply(t, before, EndAsk{Consent: consent(42), Why: vault.EndedRefused})
	frozen := mustApply(t, before, Freeze{})
	older := func(n int) ReKeyTerms { return ReKeyTerms{Consent: consent(n), Terms: terms(9)} }
	newer := func(n int) ReKeyTerms {
		return edited(older(n), func(o *ReKeyTerms) { o.Terms.MasterEpoch = 2 })
	}
	for name, c := range map[string]struct {
		safe Safe
		ops  []Op
		want error
	}{
		"ask again":                  {before, []Op{ask(41)}, ErrReused},
		"ask after a refusal":        {before, []Op{ask(42)}, ErrReused},
		"ask as a live consent":      {before, []Op{ask(43)}, ErrReused},
		"ask as a document":          {before, []Op{ask(1)}, ErrReused},
		"consent as a document":      {before, []Op{bundle(1, BundleConsent)}, ErrReused},
		"consent after a refusal":    {before, []Op{bundle(42, BundleConsent)}, ErrReused},
		"consent given twice":        {before, []Op{bundle(41, BundleConsent), bundle(41, BundleConsent)}, ErrReused},
		"other bundle for a request": {before, []Op{bundle(41, BundleEntrusted)}, ErrReused},
		"end of no request":          {before, []Op{EndAsk{Consent: consent(44), Why: vault.EndedRefused}}, ErrUnknown},
		"end of a request twice":     {before, []Op{EndAsk{Consent: consent(42), Why: vault.EndedRefused}}, ErrUnknown},
		"request ended as a consent": {before, []Op{EndBundle{Bundle: id[vault.BundleID](41), Why: vault.EndedRefused}}, ErrUnknown},
		"consent ended as a request": {before, []Op{EndAsk{Consent: consent(43), Why: vault.EndedWithdrawn}}, ErrUnknown},
		"request given and ended":    {before, []Op{bundle(41, BundleConsent), EndAsk{Consent: consent(41), Why: vault.EndedRefused}}, ErrUnknown},
		"terms of nothing":           {before, []Op{older(44)}, ErrUnknown},
		"terms of an index":          {before, []Op{older(40)}, ErrUnknown},
		"terms of a request, older":  {before, []Op{newer(41), older(41)}, ErrEpoch},
		"terms of an end, older":     {before, []Op{newer(42), older(42)}, ErrEpoch},
		"terms of a consent, older":  {before, []Op{newer(43), older(43)}, ErrEpoch},
		"terms that were forgotten":  {before, []Op{ForgetTerms{Consent: consent(42)}, older(42)}, ErrUnknown},
		"forget a request":           {before, []Op{ForgetTerms{Consent: consent(41)}}, ErrUnknown},
		"forget a consent":           {before, []Op{ForgetTerms{Consent: consent(43)}}, ErrUnknown},
		"forget twice":               {before, []Op{ForgetTerms{Consent: consent(42)}, ForgetTerms{Consent: consent(42)}}, ErrUnknown},
		"forgotten and asked again":  {before, []Op{ForgetTerms{Consent: consent(42)}, ask(42)}, ErrReused},
		"unfreeze what is not":       {before, []Op{Unfreeze{}}, ErrFrozen},
		"ask while frozen":           {frozen, []Op{ask(44)}, ErrFrozen},
		"agree while frozen":         {frozen, []Op{bundle(44, BundleConsent)}, ErrFrozen},
		"agree to what was asked":    {frozen, []Op{bundle(41, BundleConsent)}, ErrFrozen},
		"end what the freeze ended":  {frozen, []Op{EndBundle{Bundle: id[vault.BundleID](43), Why: vault.EndedWithdrawn}}, ErrUnknown},
		"unfreeze twice":             {frozen, []Op{Unfreeze{}, Unfreeze{}}, ErrFrozen},
		"resume a request":           {frozen, []Op{Unfreeze{}, ask(41)}, ErrReused},
		"resume by an agreement":     {frozen, []Op{Unfreeze{}, bundle(41, BundleConsent)}, ErrReused},
		"resume a consent":           {frozen, []Op{Unfreeze{}, bundle(43, BundleConsent)}, ErrReused},
		"agree and freeze":           {before, []Op{Freeze{}, bundle(44, BundleConsent)}, ErrFrozen},
	} {
		_, err := c.safe.Apply(entryAfter(c.safe, c.ops...))
		bad, ok := errors.AsType[*OpError](err)
		if !errors.Is(err, c.want) || !ok || bad.Index != len(c.ops)-1 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A request is answered by the bundle that has its id, or ended; what is kept of
// the end says why and when, until it is forgotten.
func TestLifeOfAConsent(t *testing.T) {
	t.Parallel()
	first, second := ask(41).Consent, ask(42).Consent
	s := mustApply(t, openedSafe(t), doc(1), ask(41), ask(42))
	if x, ok := s.Ask(first); !ok || x.Terms != ask(41).Terms || x.Seq != 2 || !x.Time.Equal(openedAt.Add(60e9)) {
		t.Errorf("asked: %+v", x)
	}
	s = mustApply(t, s, bundle(41, BundleConsent), pieces(41, 50, 1), EndAsk{Consent: second, Why: vault.EndedRefused})
	b, live := s.Bundle(vault.BundleID(first))
	if _, ok := s.Ask(first); ok || !live || b.Terms != terms(41) {
		t.Errorf("given: %+v, still asked %v", b, ok)
	}
	rekeyed := Sealed{MasterEpoch: 2, Digest: digest(77), Size: 7}
	s = mustApply(t, s, ReKeyTerms{Consent: first, Terms: rekeyed}, ReKeyTerms{Consent: second, Terms: rekeyed})
	s = mustApply(t, s, EndBundle{Bundle: b.ID, Why: vault.EndedWithdrawn})
	want := []Ended{
		{Consent: second, Terms: rekeyed, Why: vault.EndedRefused, Seq: 3, Time: openedAt.Add(120e9)},
		{Consent: first, Terms: rekeyed, Why: vault.EndedWithdrawn, Given: true, Seq: 5, Time: openedAt.Add(240e9)},
	}
	if got := slices.Collect(s.EndedConsents()); !slices.Equal(got, want) {
		t.Errorf("ended: %+v", got)
	}
	if len(slices.Collect(s.Pieces(b.ID))) != 0 || len(slices.Collect(s.Bundles())) != 0 {
		t.Error("the bundle outlives its consent")
	}
	s = mustApply(t, s, ForgetTerms{Consent: first})
	if _, ok := s.EndedConsent(first); ok {
		t.Error("what was forgotten is kept")
	}
	if x, ok := s.EndedConsent(second); !ok || x != want[0] {
		t.Errorf("of the other: %+v", x)
	}
}

// A freeze ends every request and every consent, and leaves the rest; frozen
// again, nothing changes, and nothing resumes.
func TestFreezeEndsEveryConsent(t *testing.T) {
	t.Parallel()
	s := mustApply(t, openedSafe(t), doc(1), bundle(40, BundleIndex), bundle(41, BundleEntrusted), pieces(41, 60, 1),
		bundle(42, BundleConsent), pieces(42, 61, 1), bundle(43, BundleConsent), ask(44), ask(45))
	frozen := mustApply(t, s, Freeze{})
	if !frozen.Frozen() || s.Frozen() || frozen.Len() != 1 || len(slices.Collect(frozen.Ways())) != 2 {
		t.Fatalf("frozen: %+v", look(frozen))
	}
	if got := slices.Collect(frozen.Bundles()); len(got) != 2 || got[0].Kind == BundleConsent || got[1].Kind == BundleConsent {
		t.Errorf("bundles: %+v", got)
	}
	given := 0
	for x := range frozen.EndedConsents() {
		if x.Why != vault.EndedFreeze || x.Seq != frozen.Seq() {
			t.Errorf("ended: %+v", x)
		}
		if x.Given {
			given++
		}
	}
	if frozen.ended.len() != 4 || given != 2 || frozen.asks.len() != 0 {
		t.Errorf("%d ended, %d of them given", frozen.ended.len(), given)
	}
	again := mustApply(t, frozen, Freeze{}, doc(2), bundle(46, BundleEntrusted), pieces(46, 62, 2))
	if !again.Frozen() || again.ended.len() != 4 || again.Len() != 2 {
		t.Errorf("frozen twice: %+v", look(again))
	}
	open := mustApply(t, again, Unfreeze{}, ask(47), bundle(48, BundleConsent))
	if open.Frozen() || open.asks.len() != 1 || open.ended.len() != 4 {
		t.Errorf("unfrozen: %+v", look(open))
	}
}

// After whatever entries: a frozen safe has no consent, a consent has terms and
// nothing else has, and what has ended never returns.
func TestConsentsAfterWhateverEntries(t *testing.T) {
	t.Parallel()
	froze, ended := 0, 0
	for seed := range uint64(20) {
		c := choose(rand.New(rand.NewPCG(seed, 11)))
		c.stock = 60 // ids meet often
		s := openedSafe(t)
		for range 200 {
			next, err := s.Apply(entryAfter(s, c.op(s), c.op(s)))
			if err != nil {
				continue
			}
			checkConsents(t, next)
			noReturn(t, s, next)
			if s = next; s.Frozen() {
				froze++
			}
		}
		ended += s.ended.len()
	}
	if froze < 50 || ended < 50 {
		t.Errorf("%d frozen states, %d ends", froze, ended)
	}
}

func checkConsents(t *testing.T, s Safe) {
	t.Helper()
	for b := range s.Bundles() {
		if s.Frozen() && b.Kind == BundleConsent {
			t.Fatal("a frozen safe has a consent")
		}
		if _, asked := s.Ask(vault.ConsentID(b.ID)); asked || (b.Kind == BundleConsent) == (b.Terms == Sealed{}) {
			t.Fatalf("bundle: asked %v, %+v", asked, b)
		}
	}
	if s.Frozen() && s.asks.len() > 0 {
		t.Fatal("a frozen safe has a request")
	}
	for x := range s.EndedConsents() {
		if over, _ := s.used.get(x.Consent); !over {
			t.Fatalf("%s ended and may come back", x.Consent)
		}
	}
}

// noReturn checks that every id that has ended before stays ended.
func noReturn(t *testing.T, before, after Safe) {
	t.Helper()
	if after.Erased() {
		return
	}
	for id, over := range before.used.all() {
		if still, _ := after.used.get(id); over && !still {
			t.Fatalf("%x came back", id)
		}
	}
	live := func(id [16]byte) bool {
		return after.ways.has(id) || after.docs.has(id) || after.bundles.has(id) || after.asks.has(id)
	}
	for id, over := range after.used.all() {
		if over && live(id) {
			t.Fatalf("%x has ended and is there", id)
		}
	}
}

// The numbers of the entries are those of the vocabulary.
func TestReasonsAndFunctionsHaveOneNumber(t *testing.T) {
	t.Parallel()
	for why := vault.EndReason(1); why <= vault.EndedCycle; why++ {
		m := EndAsk{Consent: ask(1).Consent, Why: why}.encode().GetEndAsk().GetWhy()
		if want := "END_REASON_" + upper(why.String()); m.String() != want {
			t.Errorf("%v is stored as %v, want %v", why, m, want)
		}
	}
	for _, f := range vault.Functions() {
		m := NameSuccessor{Function: f}.encode().GetNameSuccessor().GetFunction()
		if want := "FUNCTION_" + upper(f.String()); m.String() != want {
			t.Errorf("%v is stored as %v, want %v", f, m, want)
		}
	}
}

func upper(code string) string { return strings.ToUpper(strings.ReplaceAll(code, "-", "_")) }
