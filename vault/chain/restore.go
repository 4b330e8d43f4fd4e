package chain

import (
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// A restorer makes a state from the items of a summary, one after the other.
type restorer struct {
	s      *Safe
	before uint64         // the summary's own number: what it repeats came earlier
	bundle vault.BundleID // the last bundle, whose pieces follow
	seq    uint64         // of the last document
	asked  uint64         // entry of the last request
	ended  uint64         // entry of the last end
}

// rebuild makes the state that items repeat. The signature vouches for them;
// that they are a state at all is checked here, their order and completeness by
// making the items of that state again.
func (s *Safe) rebuild(items []Item, first uint64) error {
	r := restorer{s: s, before: first}
	for _, item := range items {
		if err := r.restore(item); err != nil {
			return err
		}
	}
	again := s.items()
	if len(again) != len(items) || len(s.epochs) == 0 || !s.piecesKnown() || !s.endedKnown() {
		return ErrSummary
	}
	for i := range items {
		if same, err := sameItem(items[i], again[i]); err != nil || !same {
			return errSummary(err)
		}
	}
	s.cut = false
	return nil
}

func (r *restorer) restore(item Item) error {
	s := r.s
	switch x := item.(type) {
	case Epoch:
		if x.Number != uint64(len(s.epochs))+1 {
			return ErrEpoch
		}
		s.epochs = append(s.epochs, x)
	case Way:
		return AddWay(x).foldSafe(s, Entry{})
	case Service:
		return SetService(x).foldSafe(s, Entry{})
	case Training:
		s.nature = vault.NatureTraining
	case Frozen:
		s.frozen = true
	case Document:
		return r.document(x)
	case Asked:
		if x.Seq < r.asked || x.Seq >= r.before {
			return ErrNumber
		}
		r.asked = x.Seq
		return s.addAsk(x)
	case Bundle:
		r.bundle = x.ID
		return r.addBundle(x)
	case Pieces:
		return r.pieces(x)
	case Ended:
		if x.Seq < r.ended || x.Seq >= r.before {
			return ErrNumber
		}
		r.ended = x.Seq
		s.ended = s.ended.with(x.Consent, ordered[Ended]{order: s.nextOrder(), thing: x})
	case Retired:
		if err := s.take(x); err != nil {
			return err
		}
		s.retire(x)
	}
	return nil
}

func (r *restorer) document(x Document) error {
	s, newest := r.s, r.s.Epoch().Number
	if x.Epoch > newest || x.DescriptionEpoch > newest {
		return ErrEpoch
	}
	if x.Seq < r.seq || x.Seq >= r.before {
		return ErrNumber
	}
	r.seq = x.Seq
	if err := s.take(x.ID); err != nil {
		return err
	}
	if err := s.takeObject(x.Object); err != nil {
		return err
	}
	s.docs = s.docs.with(x.ID, ordered[Document]{order: s.nextOrder(), thing: x})
	return nil
}

// addBundle differs from the operation in that the key of an index may be of an
// older epoch by now.
func (r *restorer) addBundle(x Bundle) error {
	s := r.s
	if x.Kind == BundleIndex {
		if !s.index.IsZero() {
			return ErrReused
		}
		if x.Key.Epoch > s.Epoch().Number {
			return ErrEpoch
		}
		s.index = x.ID
	}
	if x.Kind == BundleConsent && s.asks.has(vault.ConsentID(x.ID)) { // it would have answered it
		return ErrReused
	}
	return s.addBundle(x)
}

func (r *restorer) pieces(x Pieces) error {
	s := r.s
	b, ok := s.bundles.get(x.Bundle)
	if !ok || x.Bundle != r.bundle {
		return ErrOrder
	}
	if err := s.take(x.Object); err != nil {
		return err
	}
	b.pieces = b.pieces.with(x.Object, ordered[Pieces]{order: s.nextOrder(), thing: x})
	s.bundles = s.bundles.with(x.Bundle, b)
	return nil
}

// piecesKnown reports whether every document that has a piece is or was there.
func (s *Safe) piecesKnown() bool {
	for _, b := range s.bundles.all() {
		for _, p := range b.pieces.all() {
			if slices.ContainsFunc(p.thing.Documents, func(id vault.DocumentID) bool { return !s.used.has(id) }) {
				return false
			}
		}
	}
	return true
}

// endedKnown reports whether every consent that is kept as ended has an id that
// has ended.
func (s *Safe) endedKnown() bool {
	for id := range s.ended.all() {
		if ended, _ := s.used.get(id); !ended {
			return false
		}
	}
	return true
}
