package chain

import "github.com/coffre-fort/coffre/vault"

func (o AddBundle) foldSafe(s *Safe, _ Entry) error {
	if o.Kind == BundleIndex {
		if !s.index.IsZero() {
			return ErrReused
		}
		if err := s.current(o.Key.Epoch); err != nil {
			return err
		}
		s.index = o.ID
	}
	return s.addBundle(Bundle(o))
}

// addBundle takes the id of a bundle, which is there already when a consent
// answers its request.
func (s *Safe) addBundle(b Bundle) error {
	asked := vault.ConsentID(b.ID)
	switch {
	case b.Kind != BundleIndex && s.training():
		return ErrNature
	case b.Kind == BundleConsent && s.frozen:
		return ErrFrozen
	case b.Kind == BundleConsent && s.asks.has(asked):
		s.asks = s.asks.without(asked)
	default:
		if err := s.take(b.ID); err != nil {
			return err
		}
	}
	s.bundles = s.bundles.with(b.ID, bundleState{Bundle: b})
	return nil
}

func (o ReKeyBundle) foldSafe(s *Safe, _ Entry) error {
	b, ok := s.bundles.get(o.Bundle)
	switch {
	case !ok:
		return ErrUnknown
	case o.Key.Epoch < b.Key.Epoch, b.Kind == BundleIndex && o.Key.Epoch > s.Epoch().Number:
		return ErrEpoch
	}
	b.Key = o.Key
	s.bundles = s.bundles.with(o.Bundle, b)
	return nil
}

func (o AddPieces) foldSafe(s *Safe, _ Entry) error {
	b, ok := s.bundles.get(o.Bundle)
	if !ok {
		return ErrUnknown
	}
	for _, id := range o.Documents {
		if !s.docs.has(id) {
			return ErrUnknown
		}
	}
	if err := s.take(o.Object); err != nil {
		return err
	}
	b.pieces = b.pieces.with(o.Object, ordered[Pieces]{order: s.nextOrder(), thing: Pieces(o).clone()})
	s.bundles = s.bundles.with(o.Bundle, b)
	return nil
}

func (o EndPieces) foldSafe(s *Safe, _ Entry) error {
	b, ok := s.bundles.get(o.Bundle)
	if !ok || !b.pieces.has(o.Object) {
		return ErrUnknown
	}
	b.pieces = b.pieces.without(o.Object)
	s.bundles = s.bundles.with(o.Bundle, b)
	s.retire(o.Object)
	return nil
}

func (o EndBundle) foldSafe(s *Safe, e Entry) error {
	b, ok := s.bundles.get(o.Bundle)
	switch {
	case !ok:
		return ErrUnknown
	case (b.Kind == BundleConsent) != (o.Why != 0):
		return ErrReason
	}
	s.endBundle(b, o.Why, e)
	return nil
}

// endBundle ends a bundle that is there. Of a consent it keeps how it ended.
func (s *Safe) endBundle(b bundleState, why vault.EndReason, e Entry) {
	for object := range b.pieces.all() {
		s.retire(object)
	}
	s.bundles = s.bundles.without(b.ID)
	s.retire(b.ID)
	if s.index == b.ID {
		s.index = vault.BundleID{}
	}
	if b.Kind == BundleConsent {
		s.keep(Ended{Consent: vault.ConsentID(b.ID), Terms: b.Terms, Why: why, Given: true}, e)
	}
}

// keep notes how a consent or a request ended.
func (s *Safe) keep(x Ended, e Entry) {
	x.Seq, x.Time = e.Seq, second(e.Time)
	s.ended = s.ended.with(x.Consent, ordered[Ended]{order: s.nextOrder(), thing: x})
}
