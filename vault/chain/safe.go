package chain

import (
	"cmp"
	"iter"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// A Safe is the state of one safe after some entry of its chain. The zero Safe
// is the empty chain. It is a value: Apply gives another one and neither is
// ever changed by the other, nor by the entries it came from, nor by what is
// done with what it answers. It may be used by several goroutines.
type Safe struct {
	id      vault.SafeID
	seq     uint64
	keeper  uint64
	erased  bool
	epochs  []Epoch // never appended to in place
	nature  vault.Nature
	service Service // N is 0 when there is none
	ways    table[vault.WayID, Way]
	docs    table[vault.DocumentID, ordered[Document]]
	bundles table[vault.BundleID, bundleState]
	index   vault.BundleID
	asks    table[vault.ConsentID, ordered[Asked]]
	ended   table[vault.ConsentID, ordered[Ended]]
	frozen  bool
	used    table[[16]byte, bool] // every id ever brought; true once it ended
	order   uint64                // of the last thing that keeps its order of arrival
	tail    uint64                // entries since the newest complete summary
	summary uint64                // number of its first entry, 0 when there is none
	run     *summaryRun           // a summary that is under way
	cut     bool                  // began in a summary that is not complete yet
}

// ordered is a thing with its place in the order of arrival.
type ordered[T any] struct {
	order uint64
	thing T
}

type bundleState struct {
	Bundle
	pieces table[vault.ObjectID, ordered[Pieces]]
}

// ID is the safe's id; zero before the first entry.
func (s Safe) ID() vault.SafeID { return s.id }

// Seq is the number of the last entry.
func (s Safe) Seq() uint64 { return s.seq }

// Keeper is the highest keeper number so far, which is that of the last entry.
func (s Safe) Keeper() uint64 { return s.keeper }

// Erased reports whether the safe has ended; nothing else is known of it then.
func (s Safe) Erased() bool { return s.erased }

// Nature is what the safe was opened for.
func (s Safe) Nature() vault.Nature { return s.nature }

// training reports whether the safe is one for exercises. It has sheets as its
// only ways in, and no bundle but an index.
func (s *Safe) training() bool { return s.nature == vault.NatureTraining }

// Complete reports whether the state is all there: it is not while a replay is
// inside the summary it began with.
func (s Safe) Complete() bool { return !s.cut }

// Epoch is the current epoch of the safe identity; zero when there is none.
func (s Safe) Epoch() Epoch {
	if len(s.epochs) == 0 {
		return Epoch{}
	}
	return s.epochs[len(s.epochs)-1]
}

// Epochs gives all epochs, oldest first.
func (s Safe) Epochs() []Epoch { return slices.Clone(s.epochs) }

// Way gives a live way in.
func (s Safe) Way(id vault.WayID) (Way, bool) {
	w, ok := s.ways.get(id)
	return w.clone(), ok
}

// Ways gives the live ways in, by ascending id.
func (s Safe) Ways() iter.Seq[Way] {
	return func(yield func(Way) bool) {
		for _, w := range s.ways.all() {
			if !yield(w.clone()) {
				return
			}
		}
	}
}

// Service gives the newest service record.
func (s Safe) Service() (Service, bool) { return s.service, s.service.N != 0 }

// Len is the number of live documents.
func (s Safe) Len() int { return s.docs.len() }

// Document gives a live document.
func (s Safe) Document(id vault.DocumentID) (Document, bool) {
	d, ok := s.docs.get(id)
	return d.thing.clone(), ok
}

// Documents gives the live documents in the order of their arrival.
func (s Safe) Documents() iter.Seq[Document] {
	return func(yield func(Document) bool) {
		for _, d := range inOrder(s.docs) {
			if !yield(d.clone()) {
				return
			}
		}
	}
}

// Bundle gives a live bundle.
func (s Safe) Bundle(id vault.BundleID) (Bundle, bool) {
	b, ok := s.bundles.get(id)
	return b.Bundle, ok
}

// Index gives the person's own fast list.
func (s Safe) Index() (Bundle, bool) { return s.Bundle(s.index) }

// Bundles gives the live bundles, by ascending id.
func (s Safe) Bundles() iter.Seq[Bundle] {
	return func(yield func(Bundle) bool) {
		for _, b := range s.bundles.all() {
			if !yield(b.Bundle) {
				return
			}
		}
	}
}

// Pieces gives the live pieces of a bundle in the order of their arrival; none
// when there is no such bundle. They may name documents destroyed since.
func (s Safe) Pieces(id vault.BundleID) iter.Seq[Pieces] {
	return func(yield func(Pieces) bool) {
		b, _ := s.bundles.get(id)
		for _, p := range inOrder(b.pieces) {
			if !yield(p.clone()) {
				return
			}
		}
	}
}

// Frozen reports whether the safe is frozen: nothing but deposits goes on, and
// there is neither a consent nor a request.
func (s Safe) Frozen() bool { return s.frozen }

// Ask gives a request without an answer.
func (s Safe) Ask(id vault.ConsentID) (Asked, bool) {
	x, ok := s.asks.get(id)
	return x.thing, ok
}

// Asks gives the requests without an answer in the order of their arrival.
func (s Safe) Asks() iter.Seq[Asked] { return slices.Values(inOrder(s.asks)) }

// EndedConsent gives what is kept of a consent or a request that has ended.
func (s Safe) EndedConsent(id vault.ConsentID) (Ended, bool) {
	x, ok := s.ended.get(id)
	return x.thing, ok
}

// EndedConsents gives the consents and requests that have ended, in the order of
// their end, as long as that is kept.
func (s Safe) EndedConsents() iter.Seq[Ended] { return slices.Values(inOrder(s.ended)) }

// Tail is the number of entries since the newest complete summary.
func (s Safe) Tail() uint64 { return s.tail }

// Summary is the number of the first entry of the newest complete summary, 0
// when there is none: where a replay can start.
func (s Safe) Summary() uint64 { return s.summary }

// SummaryDue reports whether a summary should be written now: the tail exceeds
// max(32, n/4) for n live documents. Reading a safe then costs at most a
// quarter more than its content, and summaries at most four times the entries.
func (s Safe) SummaryDue() bool {
	return !s.erased && s.Complete() && s.tail > max(32, uint64(s.docs.len())/4)
}

// inOrder gives what a table holds in the order of arrival.
func inOrder[K ~[16]byte, T any](t table[K, ordered[T]]) []T {
	all := make([]ordered[T], 0, t.len())
	for _, o := range t.all() {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b ordered[T]) int { return cmp.Compare(a.order, b.order) })
	things := make([]T, len(all))
	for i, o := range all {
		things[i] = o.thing
	}
	return things
}
