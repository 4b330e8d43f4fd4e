package link

import (
	"time"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What the keeper answers: written by it, read by a node.

func writeReceipts(receipts []vault.Receipt) *keeperv1.Receipts {
	all := make([]*keeperv1.Receipt, len(receipts))
	for i, one := range receipts {
		all[i] = keeperv1.Receipt_builder{
			Safe: writeID(one.Safe), Address: writeID(one.Address), Document: one.Document[:], Size: one.Size, Sha256: one.SHA256[:],
			Time: one.Time.Unix(), Signed: one.Signed,
		}.Build()
	}
	return keeperv1.Receipts_builder{Receipts: all}.Build()
}

func (r *reader) receipts(m *keeperv1.Receipts) []vault.Receipt {
	if n := len(m.GetReceipts()); n == 0 || n > vault.MaxBatch {
		r.fail("number of receipts")
		return nil
	}
	all := make([]vault.Receipt, len(m.GetReceipts()))
	for i, one := range m.GetReceipts() {
		if len(one.GetSigned()) > maxSigned {
			r.fail("receipt")
		}
		all[i] = vault.Receipt{
			Safe: readOptional[vault.SafeID](r, one.GetSafe()), Address: readOptional[vault.AddressID](r, one.GetAddress()),
			Document: readID[vault.DocumentID](r, one.GetDocument()),
			Size:     r.size(one.GetSize()), SHA256: r.digest(one.GetSha256()), Time: time.Unix(one.GetTime(), 0).UTC(), Signed: one.GetSigned(),
		}
	}
	return all
}

func writeTicket(t vault.DepositTicket) *keeperv1.Ticket {
	m := &keeperv1.Ticket{}
	if t.Receipts != nil {
		m.SetAnswered(writeReceipts(t.Receipts))
	}
	return m
}

// ticket reads a ticket. It has no id here: a hold has one deposit at most.
func (r *reader) ticket(m *keeperv1.Ticket) (t vault.DepositTicket) {
	if m.HasAnswered() {
		t.Receipts = r.receipts(m.GetAnswered())
	}
	return t
}

func writeSlot(s vault.Slot) *keeperv1.Slot {
	return keeperv1.Slot_builder{
		Document: s.Document[:], Object: s.Object[:], Key: string(s.Key), Recipient: s.Recipient.Bytes(),
		Binding: s.Binding.String(), InlineBinding: s.InlineBinding.String(),
	}.Build()
}

func (r *reader) slot(m *keeperv1.Slot) vault.Slot {
	to, err := seal.RecipientFromBytes(m.GetRecipient())
	if err != nil {
		r.fail("recipient")
	}
	return vault.Slot{
		Document: readID[vault.DocumentID](r, m.GetDocument()), Object: readID[vault.ObjectID](r, m.GetObject()),
		Key: r.key(m.GetKey()), Recipient: to, Binding: r.binding(m.GetBinding()), InlineBinding: r.binding(m.GetInlineBinding()),
	}
}
