package chain

import (
	"bytes"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Parse reads what [Entry.Marshal] gave, and nothing else: bytes that would not
// be written the same way again are refused, be it for an unknown field,
// another order or a length out of bounds. Errors wrap [ErrMalformed] or
// [ErrTooLarge], or are a [*VersionError].
func Parse(payload []byte) (Entry, error) {
	if len(payload) > MaxPayload {
		return Entry{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(payload))
	}
	m := new(chainv1.Entry)
	if err := proto.Unmarshal(payload, m); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if m.GetVersion() != Version {
		return Entry{}, &VersionError{Version: m.GetVersion()}
	}
	var r reader
	e := r.entry(m)
	if r.err != nil {
		return Entry{}, r.err
	}
	again, err := e.Marshal()
	if err != nil {
		return Entry{}, err
	}
	// The code signature, unknown fields and every other spelling of the same
	// entry end here.
	if !bytes.Equal(again, payload) {
		return Entry{}, malformed("not in canonical form")
	}
	return e, nil
}

// A reader turns messages into the types of this package. It keeps the first
// thing that has not the size it must have; bounds are for check to say.
type reader struct{ err error }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = malformed(what)
	}
}

func readID[K ~[16]byte](r *reader, b []byte) (id K) {
	if len(b) != len(id) {
		r.fail("id")
		return id
	}
	return K(b)
}

// readOptionalID takes absent for zero.
func readOptionalID[K ~[16]byte](r *reader, b []byte) K {
	if len(b) == 0 {
		return K{}
	}
	return readID[K](r, b)
}

func readIDs[K ~[16]byte](r *reader, list [][]byte) []K {
	ids := make([]K, len(list))
	for i, b := range list {
		ids[i] = readID[K](r, b)
	}
	return ids
}

func (r *reader) digest(b []byte) (d seal.Digest) {
	if len(b) != len(d) {
		r.fail("digest")
		return d
	}
	return seal.Digest(b)
}

func (r *reader) verifyKey(b []byte) (k seal.VerifyKey) {
	if len(b) != len(k) {
		r.fail("signing key")
		return k
	}
	return seal.VerifyKey(b)
}

func (r *reader) recipient(b []byte) seal.Recipient {
	to, err := seal.RecipientFromBytes(b)
	if err != nil {
		r.fail("recipient")
	}
	return to
}

// optionalRecipient takes absent for zero.
func (r *reader) optionalRecipient(b []byte) seal.Recipient {
	if len(b) == 0 {
		return seal.Recipient{}
	}
	return r.recipient(b)
}

func (r *reader) entry(m *chainv1.Entry) Entry {
	name, err := ParseName(m.GetChain())
	if err != nil {
		r.fail("chain name")
	}
	e := Entry{
		Chain: name, Seq: m.GetSeq(), Keeper: m.GetKeeper(),
		Time: time.Unix(m.GetTime(), 0).UTC(), Intent: m.GetIntent(),
	}
	if len(m.GetPrev()) != 0 {
		e.Prev = r.digest(m.GetPrev())
	}
	if len(m.GetOperations()) > MaxOps {
		r.fail("number of operations")
		return e
	}
	e.Ops = make([]Op, len(m.GetOperations()))
	for i, o := range m.GetOperations() {
		e.Ops[i] = r.op(o)
	}
	return e
}

func (r *reader) epoch(m *chainv1.Epoch) Epoch {
	return Epoch{Number: m.GetNumber(), Recipient: r.recipient(m.GetRecipient())}
}

func (r *reader) key(m *chainv1.SealedKey) SealedKey {
	return SealedKey{
		Epoch: m.GetEpoch(), MasterEpoch: m.GetMasterEpoch(), Digest: r.digest(m.GetDigest()), Size: m.GetSize(),
	}
}

func (r *reader) keys(list []*chainv1.SealedKey) []SealedKey {
	keys := make([]SealedKey, len(list))
	for i, m := range list {
		keys[i] = r.key(m)
	}
	return keys
}

func (r *reader) way(m *chainv1.AddWay) Way {
	return Way{
		ID: readID[vault.WayID](r, m.GetWay()), Kind: WayKind(r.small(int32(m.GetKind()))),
		Recipient: r.recipient(m.GetRecipient()), Inner: r.optionalRecipient(m.GetInner()), Keys: r.keys(m.GetKeys()),
	}
}

// small reads an enum, all of which have few values.
func (r *reader) small(n int32) uint8 {
	if n < 0 || n > 255 {
		r.fail("enum")
		return 0
	}
	return uint8(n)
}

func (r *reader) service(m *chainv1.SetService) Service {
	return Service{
		N: m.GetNumber(), MasterEpoch: m.GetMasterEpoch(), Digest: r.digest(m.GetDigest()), Size: m.GetSize(),
	}
}

func (r *reader) stored(m *chainv1.Stored) seal.Stored {
	if m == nil {
		return seal.Stored{}
	}
	const each = len(seal.Digest{})
	segments := m.GetSegments()
	if len(segments)%each != 0 || m.GetHeaderSize() > seal.HeaderLimit {
		r.fail("clear facts")
		return seal.Stored{}
	}
	st := seal.Stored{
		Size: m.GetSize(), Digest: r.digest(m.GetDigest()),
		HeaderSize: int(m.GetHeaderSize()), HeaderDigest: r.digest(m.GetHeaderDigest()),
		Segments: make([]seal.Digest, 0, len(segments)/each),
	}
	for ; len(segments) > 0; segments = segments[each:] {
		st.Segments = append(st.Segments, seal.Digest(segments[:each]))
	}
	return st
}

func (r *reader) document(m *chainv1.AddDocument) Document {
	c := m.GetContent()
	return Document{
		ID:    readID[vault.DocumentID](r, m.GetDocument()),
		Epoch: c.GetEpoch(), Object: readOptionalID[vault.ObjectID](r, c.GetObject()),
		Stored: r.stored(c.GetStored()), Inline: c.GetInline(),
		DescriptionEpoch: m.GetLabel().GetEpoch(), Description: m.GetLabel().GetSealed(),
		Depositor: readOptionalID[[16]byte](r, m.GetDepositor()),
	}
}

func (r *reader) bundle(m *chainv1.AddBundle) Bundle {
	return Bundle{
		ID: readID[vault.BundleID](r, m.GetBundle()), Kind: BundleKind(r.small(int32(m.GetKind()))),
		Recipient: r.recipient(m.GetRecipient()), Key: r.bundleKey(m.GetKey()), Terms: r.optionalSealed(m.GetTerms()),
	}
}

func (r *reader) optionalSealed(m *chainv1.Sealed) Sealed {
	if m == nil {
		return Sealed{}
	}
	return r.sealed(m)
}

func (r *reader) asked(m *chainv1.SummaryAsk) Asked {
	ask := r.ask(m.GetAsk())
	return Asked{Consent: ask.Consent, Terms: ask.Terms, Seq: m.GetSeq(), Time: time.Unix(m.GetTime(), 0).UTC()}
}

func (r *reader) ended(m *chainv1.SummaryEnded) Ended {
	ask := r.ask(m.GetAsk())
	return Ended{
		Consent: ask.Consent, Terms: ask.Terms, Why: r.reason(m.GetWhy()), Given: m.GetGiven(),
		Seq: m.GetSeq(), Time: time.Unix(m.GetTime(), 0).UTC(),
	}
}

func (r *reader) bundleKey(m *chainv1.BundleKey) BundleKey {
	return BundleKey{Epoch: m.GetEpoch(), Digest: r.digest(m.GetDigest()), Size: m.GetSize()}
}

func (r *reader) pieces(m *chainv1.AddPieces) Pieces {
	return Pieces{
		Bundle: readID[vault.BundleID](r, m.GetBundle()), Object: readID[vault.ObjectID](r, m.GetObject()),
		Digest: r.digest(m.GetDigest()), Size: m.GetSize(), Documents: readIDs[vault.DocumentID](r, m.GetDocuments()),
	}
}

func (r *reader) summary(m *chainv1.Summary) Summary {
	if m.GetParts() > MaxParts {
		r.fail("summary")
		return Summary{}
	}
	s := Summary{Part: int(m.GetPart()), Parts: int(m.GetParts()), Items: make([]Item, len(m.GetItems()))}
	for i, item := range m.GetItems() {
		s.Items[i] = r.item(item)
	}
	return s
}

func (r *reader) item(m *chainv1.SummaryItem) Item {
	switch m.WhichItem() {
	case chainv1.SummaryItem_Epoch_case:
		return r.epoch(m.GetEpoch())
	case chainv1.SummaryItem_Way_case:
		return r.way(m.GetWay())
	case chainv1.SummaryItem_Service_case:
		return r.service(m.GetService())
	case chainv1.SummaryItem_Frozen_case:
		return Frozen{}
	case chainv1.SummaryItem_Training_case:
		return Training{}
	case chainv1.SummaryItem_Ask_case:
		return r.asked(m.GetAsk())
	case chainv1.SummaryItem_Ended_case:
		return r.ended(m.GetEnded())
	case chainv1.SummaryItem_Document_case:
		d := r.document(m.GetDocument().GetDocument())
		d.Seq, d.Time = m.GetDocument().GetSeq(), time.Unix(m.GetDocument().GetTime(), 0).UTC()
		return d
	case chainv1.SummaryItem_Bundle_case:
		return r.bundle(m.GetBundle())
	case chainv1.SummaryItem_Pieces_case:
		return r.pieces(m.GetPieces())
	case chainv1.SummaryItem_Retired_case:
		return Retired(readID[[16]byte](r, m.GetRetired()))
	case chainv1.SummaryItem_Item_not_set_case:
	}
	r.fail("item of a summary")
	return nil
}
