package chain

import (
	"bytes"

	"github.com/coffre-fort/coffre/vault"
)

func (o AddDocument) foldSafe(s *Safe, e Entry) error {
	if err := s.current(o.Epoch); err != nil {
		return err
	}
	if err := s.take(o.Document); err != nil {
		return err
	}
	if err := s.takeObject(o.Object); err != nil {
		return err
	}
	d := Document{
		ID: o.Document, Epoch: o.Epoch, Object: o.Object, Stored: o.Stored, Inline: o.Inline,
		DescriptionEpoch: o.Epoch, Description: o.Description,
		Depositor: o.Depositor, Seq: e.Seq, Time: second(e.Time),
	}
	s.docs = s.docs.with(d.ID, ordered[Document]{order: s.nextOrder(), thing: d.clone()})
	return nil
}

// takeObject takes no object for a content that lies in the entry.
func (s *Safe) takeObject(id vault.ObjectID) error {
	if id.IsZero() {
		return nil
	}
	return s.take(id)
}

func (o Describe) foldSafe(s *Safe, _ Entry) error {
	if err := s.current(o.Epoch); err != nil {
		return err
	}
	d, ok := s.docs.get(o.Document)
	if !ok {
		return ErrUnknown
	}
	d.thing.DescriptionEpoch = o.Epoch
	d.thing.Description = bytes.Clone(o.Description)
	s.docs = s.docs.with(o.Document, d)
	return nil
}

func (o Reseal) foldSafe(s *Safe, _ Entry) error {
	if err := s.current(o.Epoch); err != nil {
		return err
	}
	d, ok := s.docs.get(o.Document)
	if !ok {
		return ErrUnknown
	}
	if err := s.takeObject(o.Object); err != nil {
		return err
	}
	s.retire(d.thing.Object)
	d.thing.Epoch, d.thing.Object, d.thing.Stored, d.thing.Inline = o.Epoch, o.Object, o.Stored, o.Inline
	d.thing.DescriptionEpoch, d.thing.Description = o.Epoch, o.Description
	d.thing = d.thing.clone()
	s.docs = s.docs.with(o.Document, d)
	return nil
}

func (o Destroy) foldSafe(s *Safe, _ Entry) error {
	d, ok := s.docs.get(o.Document)
	if !ok {
		return ErrUnknown
	}
	s.docs = s.docs.without(o.Document)
	s.retire(o.Document, d.thing.Object)
	return nil
}

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
	if err := s.take(o.ID); err != nil {
		return err
	}
	s.bundles = s.bundles.with(o.ID, bundleState{Bundle: Bundle(o)})
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

func (o EndBundle) foldSafe(s *Safe, _ Entry) error {
	b, ok := s.bundles.get(o.Bundle)
	if !ok {
		return ErrUnknown
	}
	for object := range b.pieces.all() {
		s.retire(object)
	}
	s.bundles = s.bundles.without(o.Bundle)
	s.retire(o.Bundle)
	if s.index == o.Bundle {
		s.index = vault.BundleID{}
	}
	return nil
}
