package chain

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

func mustSummarise(t testing.TB, s Safe) []Summary {
	t.Helper()
	parts, err := s.Summarise()
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// Folding from a summary equals folding from the start, whatever came before
// the summary and whatever comes after.
func TestFoldFromSummaryEqualsFoldFromStart(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		c := choose(rand.New(rand.NewPCG(seed, 3)))
		s, _ := c.grow(openedSafe(t), 80)
		// Split at random: where a summary is cut is for its writer to choose.
		items := s.items()
		var short Safe
		var parts []Summary
		for len(items) > 0 {
			n := 1 + c.rnd.IntN(len(items))
			parts = append(parts, Summary{Items: items[:n]})
			items = items[n:]
		}
		for i := range parts {
			parts[i].Part, parts[i].Parts = i+1, len(parts)
			e := entryAfter(s, parts[i])
			s = mustApply(t, s, parts[i])
			next, err := short.Apply(e)
			if err != nil {
				t.Fatalf("seed %d part %d: %v", seed, i+1, err)
			}
			short = next
		}
		if diff := different(s, short); diff != "" {
			t.Fatalf("seed %d: from the start and from the summary differ:\n%s", seed, diff)
		}
		var later []Entry
		s, later = c.grow(s, 60)
		for _, e := range later {
			next, err := short.Apply(e)
			if err != nil {
				t.Fatalf("seed %d entry %d: %v", seed, e.Seq, err)
			}
			short = next
		}
		if diff := different(s, short); diff != "" {
			t.Fatalf("seed %d: later they differ:\n%s", seed, diff)
		}
	}
}

// A summary that does not fit one entry takes several that do.
func TestLargeSummaryTakesSeveralEntries(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	s := openedSafe(t)
	for n := range 30 {
		var ops []Op
		for i := range 40 {
			ops = append(ops, memo(100+40*n+i))
		}
		s = mustApply(t, s, ops...)
	}
	parts := mustSummarise(t, s)
	if len(parts) < 6 {
		t.Fatalf("%d parts for 1200 memos of 5 kB", len(parts))
	}
	var short Safe
	for i, part := range parts {
		e := entryAfter(s, part)
		if size := mustSign(t, k, e).Size(); size > MaxSigned || i < len(parts)-1 && size < MaxSigned-16<<10 {
			t.Errorf("part %d has %d bytes", i+1, size)
		}
		s = mustApply(t, s, part)
		next, err := short.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		short = next
		if done := i == len(parts)-1; short.Complete() != done || (s.Tail() == 0) != done || !s.Complete() {
			t.Fatalf("after part %d of %d: %v, tail %d", i+1, len(parts), short.Complete(), s.Tail())
		}
	}
	if s.Summary() != 32 {
		t.Errorf("the summary begins at %d", s.Summary())
	}
	if diff := different(s, short); diff != "" {
		t.Error(diff)
	}
}

// A summary that disagrees with the state before it is refused when the state
// is known, and one that is no state at all also when it is not.
func TestWrongSummaryIsRefused(t *testing.T) {
	t.Parallel()
	c := choose(rand.New(rand.NewPCG(5, 5)))
	s, _ := c.grow(openedSafe(t), 150)
	s = mustApply(t, s, Freeze{})
	s = mustApply(t, s, Unfreeze{})
	s = mustApply(t, s, resealed(s, doc(1)), bundle(40, BundleEntrusted), pieces(40, 41, 1),
		bundle(42, BundleConsent), pieces(42, 43, 1), ask(44), ask(45), ask(46), EndAsk{Consent: ask(46).Consent, Why: vault.EndedRefused})
	if s.Len() < 3 || s.bundles.len() < 2 || s.asks.len() != 2 || s.ended.len() < 3 {
		t.Fatalf("too little to say: %d documents, %d bundles, %d ended", s.Len(), s.bundles.len(), s.ended.len())
	}
	wrongSummaries(t, s)
	wrongSummaries(t, mustApply(t, s, Freeze{}))
}

// resealed is a document for the current epoch of a safe.
func resealed(s Safe, o AddDocument) AddDocument {
	o.Epoch = s.Epoch().Number
	return o
}

func wrongSummaries(t *testing.T, s Safe) {
	t.Helper()
	good := s.items()
	try := func(items []Item) error {
		_, err := s.Apply(entryAfter(s, Summary{Part: 1, Parts: 1, Items: items}))
		return err
	}
	alone := func(items []Item) error {
		_, err := Safe{}.Apply(entryAfter(s, Summary{Part: 1, Parts: 1, Items: items}))
		return err
	}
	if err := errors.Join(try(good), alone(good)); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		if try(slices.Delete(slices.Clone(good), i, i+1)) == nil {
			t.Errorf("without item %d (%T)", i, good[i])
		}
		twice := slices.Insert(slices.Clone(good), i, good[i])
		if try(twice) == nil || alone(twice) == nil {
			t.Errorf("item %d (%T) twice", i, good[i])
		}
		if i > 0 {
			swapped := slices.Clone(good)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if try(swapped) == nil {
				t.Errorf("items %d and %d (%T, %T) swapped", i-1, i, good[i-1], good[i])
			}
		}
		if x, ok := good[i].(Document); ok {
			x = x.clone()
			x.Description[0] ^= 1
			if err := try(slices.Replace(slices.Clone(good), i, i+1, Item(x))); !errors.Is(err, ErrSummary) {
				t.Errorf("another description: %v", err)
			}
			x.Seq = s.Seq() + 1
			if alone(slices.Replace(slices.Clone(good), i, i+1, Item(x))) == nil {
				t.Error("a document from the future")
			}
		}
	}
	live := Asked{Consent: id[vault.ConsentID](7), Terms: terms(7), Seq: 2, Time: openedAt}
	past := Ended{Consent: id[vault.ConsentID](7), Terms: terms(7), Why: vault.EndedByDate, Seq: 2, Time: openedAt}
	for name, items := range map[string][]Item{
		"request in a frozen safe":   append(slices.Clone(good), Frozen{}, live),
		"consent in a frozen safe":   append(slices.Clone(good), Frozen{}, Bundle(bundle(7, BundleConsent))),
		"request after its answer":   append(slices.Clone(good), Bundle(bundle(7, BundleConsent)), live),
		"answer beside its request":  append(slices.Clone(good), live, Bundle(bundle(7, BundleConsent))),
		"ended and never there":      append(slices.Clone(good), past),
		"ended and still there":      append(slices.Clone(good), live, past),
		"request from the future":    append(slices.Clone(good), edited(live, func(x *Asked) { x.Seq = s.Seq() + 1 })),
		"end from the future":        append(slices.Clone(good), edited(past, func(x *Ended) { x.Seq = s.Seq() + 1 })),
		"nothing but a way":          {good[1]},
		"pieces of unknown document": append(slices.Clone(good), Bundle(bundle(7, BundleConsent)), Pieces(pieces(7, 8, 9))),
		"pieces of another bundle":   append(slices.Clone(good), Pieces(pieces(7, 8, 9))),
	} {
		if alone(items) == nil {
			t.Error(name)
		}
	}
}

// A summary left unfinished counts for nothing: the safe goes on, and another
// one may begin. A reader cannot begin in it.
func TestUnfinishedSummaryCountsForNothing(t *testing.T) {
	t.Parallel()
	s := mustApply(t, openedSafe(t), doc(1), doc(2), doc(3))
	items := s.items()
	part := func(n, of int, items []Item) Summary { return Summary{Part: n, Parts: of, Items: items} }
	first := part(1, 2, items[:4])
	started := mustApply(t, s, first)
	if started.Tail() != s.Tail()+1 || started.Summary() != 0 || !started.Complete() || started.Len() != 3 {
		t.Errorf("while it is under way: %+v", look(started))
	}
	on := mustApply(t, started, Destroy{Document: doc(2).Document})
	if _, err := on.Apply(entryAfter(on, part(2, 2, items[4:]))); !errors.Is(err, ErrOrder) {
		t.Errorf("second part after something else: %v", err)
	}
	for name, bad := range map[string]Summary{
		"third part": part(3, 3, items[4:]), "other count": part(2, 3, items[4:]), "ends early": part(2, 2, items[4:5]),
		"too much": part(2, 2, append(slices.Clone(items[4:]), items[4])),
	} {
		if _, err := started.Apply(entryAfter(started, bad)); !errors.Is(err, ErrOrder) && !errors.Is(err, ErrSummary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := mustApply(t, mustApply(t, started, part(1, 2, items[:2])), part(2, 2, items[2:]))
	if again.Tail() != 0 || again.Summary() != 4 {
		t.Errorf("begun again: tail %d, from %d", again.Tail(), again.Summary())
	}

	inside, err := Safe{}.Apply(entryAfter(s, first))
	if err != nil || inside.Complete() {
		t.Fatal(err)
	}
	for _, op := range []Op{doc(4), Void{}, EraseSafe{}, part(1, 1, items)} {
		if _, err := inside.Apply(entryAfter(inside, op)); !errors.Is(err, ErrCut) {
			t.Errorf("%T inside a summary: %v", op, err)
		}
	}
	if _, err := inside.Summarise(); !errors.Is(err, ErrOrder) {
		t.Errorf("summary of half a state: %v", err)
	}
}

// Due when the tail exceeds max(32, n/4).
func TestSummaryIsDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		documents int
		tail      uint64
		due       bool
	}{{0, 32, false}, {0, 33, true}, {128, 33, true}, {132, 33, false}, {200, 50, false}, {200, 51, true}, {203, 51, true}, {204, 51, false}} {
		s := openedSafe(t)
		for n := 0; n < c.documents; n++ {
			s.docs = s.docs.with(doc(n).Document, ordered[Document]{})
		}
		s.tail = c.tail
		if s.SummaryDue() != c.due {
			t.Errorf("%d documents and %d entries: %v", c.documents, c.tail, !c.due)
		}
	}
	if (Safe{}).SummaryDue() {
		t.Error("of nothing")
	}
}
