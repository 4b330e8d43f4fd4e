package chain

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Marshal gives the one encoding of the entry, which is what gets signed.
// Errors wrap [ErrMalformed] when a field is out of its bounds and
// [ErrTooLarge] above MaxPayload.
func (e Entry) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	raw, err := canonical(e.encode())
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxPayload {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(raw))
	}
	return raw, nil
}

// canonical is the one encoding of a message of this package: fields by number,
// no unknown ones, shortest numbers, zero values absent. There are no maps and
// no extensions, so nothing else could vary; vectors pin it.
func canonical(m proto.Message) ([]byte, error) {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return raw, nil
}

func (e Entry) encode() *chainv1.Entry {
	ops := make([]*chainv1.Operation, len(e.Ops))
	for i, op := range e.Ops {
		ops[i] = op.encode()
	}
	return chainv1.Entry_builder{
		Version:    Version,
		Chain:      string(e.Chain),
		Seq:        e.Seq,
		Prev:       digestBytes(e.Prev),
		Keeper:     e.Keeper,
		Time:       e.Time.Unix(),
		Intent:     e.Intent,
		Operations: ops,
	}.Build()
}

// digestBytes and idBytes write the zero value as absent.
func digestBytes(d seal.Digest) []byte {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

func idBytes[K ~[16]byte](id K) []byte {
	if id == (K{}) {
		return nil
	}
	return id[:]
}

func idsBytes[K ~[16]byte](ids []K) [][]byte {
	out := make([][]byte, len(ids))
	for i, id := range ids {
		out[i] = idBytes(id)
	}
	return out
}

func (x Epoch) message() *chainv1.Epoch {
	return chainv1.Epoch_builder{Number: x.Number, Recipient: x.Recipient.Bytes()}.Build()
}

func (k SealedKey) message() *chainv1.SealedKey {
	return chainv1.SealedKey_builder{
		Epoch: k.Epoch, MasterEpoch: k.MasterEpoch, Digest: digestBytes(k.Digest), Size: k.Size,
	}.Build()
}

func messages(keys []SealedKey) []*chainv1.SealedKey {
	out := make([]*chainv1.SealedKey, len(keys))
	for i, k := range keys {
		out[i] = k.message()
	}
	return out
}

// optionalRecipient is absent where there is none.
func optionalRecipient(to seal.Recipient) []byte {
	if to.IsZero() {
		return nil
	}
	return to.Bytes()
}

func (x Way) message() *chainv1.AddWay {
	return chainv1.AddWay_builder{
		Way: idBytes(x.ID), Kind: chainv1.WayKind(x.Kind), Recipient: x.Recipient.Bytes(), Keys: messages(x.Keys),
		Inner: optionalRecipient(x.Inner),
	}.Build()
}

func (x Service) message() *chainv1.SetService {
	return chainv1.SetService_builder{
		Number: x.N, MasterEpoch: x.MasterEpoch, Digest: digestBytes(x.Digest), Size: x.Size,
	}.Build()
}

func content(epoch uint64, object vault.ObjectID, st seal.Stored, inline []byte) *chainv1.Content {
	b := chainv1.Content_builder{Epoch: epoch, Object: idBytes(object), Inline: inline}
	if !object.IsZero() {
		segments := make([]byte, 0, len(st.Segments)*len(seal.Digest{}))
		for _, d := range st.Segments {
			segments = append(segments, d[:]...)
		}
		b.Stored = chainv1.Stored_builder{
			Size: st.Size, Digest: digestBytes(st.Digest),
			HeaderSize: int64(st.HeaderSize), HeaderDigest: digestBytes(st.HeaderDigest), Segments: segments,
		}.Build()
	}
	return b.Build()
}

func label(epoch uint64, sealed []byte) *chainv1.Label {
	return chainv1.Label_builder{Epoch: epoch, Sealed: sealed}.Build()
}

func (x Document) message() *chainv1.SummaryDocument {
	return chainv1.SummaryDocument_builder{
		Document: chainv1.AddDocument_builder{
			Document:  idBytes(x.ID),
			Content:   content(x.Epoch, x.Object, x.Stored, x.Inline),
			Label:     label(x.DescriptionEpoch, x.Description),
			Depositor: idBytes(x.Depositor),
		}.Build(),
		Seq:  x.Seq,
		Time: x.Time.Unix(),
	}.Build()
}

func (k BundleKey) message() *chainv1.BundleKey {
	return chainv1.BundleKey_builder{Epoch: k.Epoch, Digest: digestBytes(k.Digest), Size: k.Size}.Build()
}

func (x Bundle) message() *chainv1.AddBundle {
	return chainv1.AddBundle_builder{
		Bundle: idBytes(x.ID), Kind: chainv1.BundleKind(x.Kind), Recipient: x.Recipient.Bytes(), Key: x.Key.message(),
		Terms: x.Terms.message(),
	}.Build()
}

// message writes the zero value as absent.
func (s Sealed) message() *chainv1.Sealed {
	if s == (Sealed{}) {
		return nil
	}
	return chainv1.Sealed_builder{MasterEpoch: s.MasterEpoch, Digest: digestBytes(s.Digest), Size: s.Size}.Build()
}

func (o Ask) message() *chainv1.Ask {
	return chainv1.Ask_builder{Consent: idBytes(o.Consent), Terms: o.Terms.message()}.Build()
}

func (x Pieces) message() *chainv1.AddPieces {
	return chainv1.AddPieces_builder{
		Bundle: idBytes(x.Bundle), Object: idBytes(x.Object),
		Digest: digestBytes(x.Digest), Size: x.Size, Documents: idsBytes(x.Documents),
	}.Build()
}

func (x Epoch) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Epoch: x.message()}.Build()
}

func (x Way) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Way: x.message()}.Build()
}

func (x Service) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Service: x.message()}.Build()
}

func (Frozen) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Frozen: chainv1.Freeze_builder{}.Build()}.Build()
}

func (Training) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Training: chainv1.Training_builder{}.Build()}.Build()
}

func (x Document) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Document: x.message()}.Build()
}

func (x Asked) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Ask: chainv1.SummaryAsk_builder{
		Ask: Ask{x.Consent, x.Terms}.message(), Seq: x.Seq, Time: x.Time.Unix(),
	}.Build()}.Build()
}

func (x Ended) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Ended: chainv1.SummaryEnded_builder{
		Ask: Ask{x.Consent, x.Terms}.message(), Why: chainv1.EndReason(x.Why), Given: x.Given,
		Seq: x.Seq, Time: x.Time.Unix(),
	}.Build()}.Build()
}

func (x Bundle) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Bundle: x.message()}.Build()
}

func (x Pieces) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Pieces: x.message()}.Build()
}

func (x Retired) encode() *chainv1.SummaryItem {
	return chainv1.SummaryItem_builder{Retired: idBytes(x)}.Build()
}
