package chain

import "github.com/coffre-fort/coffre/vault"

func (o Ask) foldSafe(s *Safe, e Entry) error {
	return s.addAsk(Asked{Consent: o.Consent, Terms: o.Terms, Seq: e.Seq, Time: second(e.Time)})
}

func (s *Safe) addAsk(x Asked) error {
	switch {
	case s.frozen:
		return ErrFrozen
	case s.training():
		return ErrNature
	}
	if err := s.take(x.Consent); err != nil {
		return err
	}
	s.asks = s.asks.with(x.Consent, ordered[Asked]{order: s.nextOrder(), thing: x})
	return nil
}

func (o EndAsk) foldSafe(s *Safe, e Entry) error {
	x, ok := s.asks.get(o.Consent)
	if !ok {
		return ErrUnknown
	}
	s.endAsk(x.thing, o.Why, e)
	return nil
}

// endAsk ends a request that is there, and keeps how it ended.
func (s *Safe) endAsk(x Asked, why vault.EndReason, e Entry) {
	s.asks = s.asks.without(x.Consent)
	s.retire(x.Consent)
	s.keep(Ended{Consent: x.Consent, Terms: x.Terms, Why: why}, e)
}

func (o ReKeyTerms) foldSafe(s *Safe, _ Entry) error {
	ask, asked := s.asks.get(o.Consent)
	bundle, given := s.bundles.get(vault.BundleID(o.Consent))
	past, ended := s.ended.get(o.Consent)
	switch {
	case asked:
		if !o.Terms.follows(ask.thing.Terms) {
			return ErrEpoch
		}
		ask.thing.Terms = o.Terms
		s.asks = s.asks.with(o.Consent, ask)
	case given && bundle.Kind == BundleConsent:
		if !o.Terms.follows(bundle.Terms) {
			return ErrEpoch
		}
		bundle.Terms = o.Terms
		s.bundles = s.bundles.with(bundle.ID, bundle)
	case ended:
		if !o.Terms.follows(past.thing.Terms) {
			return ErrEpoch
		}
		past.thing.Terms = o.Terms
		s.ended = s.ended.with(o.Consent, past)
	default:
		return ErrUnknown
	}
	return nil
}

func (s Sealed) follows(old Sealed) bool { return s.MasterEpoch >= old.MasterEpoch }

func (o ForgetTerms) foldSafe(s *Safe, _ Entry) error {
	if !s.ended.has(o.Consent) {
		return ErrUnknown
	}
	s.ended = s.ended.without(o.Consent)
	return nil
}

// foldSafe ends whatever consent there is, so that nobody has to have listed
// them.
func (Freeze) foldSafe(s *Safe, e Entry) error {
	for _, b := range s.bundles.all() { // tables never change: this one is walked as it was
		if b.Kind == BundleConsent {
			s.endBundle(b, vault.EndedFreeze, e)
		}
	}
	for _, x := range inOrder(s.asks) {
		s.endAsk(x, vault.EndedFreeze, e)
	}
	s.frozen = true
	return nil
}

func (Unfreeze) foldSafe(s *Safe, _ Entry) error {
	if !s.frozen {
		return ErrFrozen
	}
	s.frozen = false
	return nil
}
