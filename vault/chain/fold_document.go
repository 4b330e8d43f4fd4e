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
