package chain

import (
	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
)

func (r *reader) op(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_OpenSafe_case:
		return OpenSafe(r.epoch(m.GetOpenSafe().GetEpoch()))
	case chainv1.Operation_AddWay_case:
		return AddWay(r.way(m.GetAddWay()))
	case chainv1.Operation_EndWay_case:
		return EndWay{Way: readID[vault.WayID](r, m.GetEndWay().GetWay())}
	case chainv1.Operation_ReKeyWay_case:
		o := m.GetReKeyWay()
		return ReKeyWay{Way: readID[vault.WayID](r, o.GetWay()), Keys: r.keys(o.GetKeys())}
	case chainv1.Operation_SetService_case:
		return SetService(r.service(m.GetSetService()))
	case chainv1.Operation_TurnEpoch_case:
		return r.turn(m.GetTurnEpoch())
	case chainv1.Operation_Summary_case:
		return r.summary(m.GetSummary())
	case chainv1.Operation_EraseSafe_case:
		return EraseSafe{}
	case chainv1.Operation_Void_case:
		return Void{}
	}
	if o := r.documentOp(m); o != nil {
		return o
	}
	if o := r.bundleOp(m); o != nil {
		return o
	}
	if o := r.vaultOp(m); o != nil {
		return o
	}
	r.fail("operation")
	return nil
}

func (r *reader) turn(m *chainv1.TurnEpoch) Op {
	epoch := r.epoch(m.GetEpoch())
	keys := make([]WayKey, len(m.GetKeys()))
	for i, k := range m.GetKeys() {
		keys[i] = WayKey{Way: readID[vault.WayID](r, k.GetWay()), Key: r.key(k.GetKey())}
	}
	return TurnEpoch{Epoch: epoch.Number, Recipient: epoch.Recipient, Keys: keys}
}

func (r *reader) documentOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_AddDocument_case:
		d := r.document(m.GetAddDocument())
		return AddDocument{
			Document: d.ID, Epoch: d.Epoch, Object: d.Object, Stored: d.Stored, Inline: d.Inline,
			Description: d.Description, Depositor: d.Depositor,
		}
	case chainv1.Operation_Describe_case:
		o := m.GetDescribe()
		return Describe{
			Document: readID[vault.DocumentID](r, o.GetDocument()),
			Epoch:    o.GetLabel().GetEpoch(), Description: o.GetLabel().GetSealed(),
		}
	case chainv1.Operation_Reseal_case:
		o, c := m.GetReseal(), m.GetReseal().GetContent()
		return Reseal{
			Document: readID[vault.DocumentID](r, o.GetDocument()),
			Epoch:    c.GetEpoch(), Object: readOptionalID[vault.ObjectID](r, c.GetObject()),
			Stored: r.stored(c.GetStored()), Inline: c.GetInline(), Description: o.GetLabel().GetSealed(),
		}
	case chainv1.Operation_Destroy_case:
		return Destroy{Document: readID[vault.DocumentID](r, m.GetDestroy().GetDocument())}
	}
	return nil
}

func (r *reader) bundleOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_AddBundle_case:
		return AddBundle(r.bundle(m.GetAddBundle()))
	case chainv1.Operation_ReKeyBundle_case:
		o := m.GetReKeyBundle()
		return ReKeyBundle{Bundle: readID[vault.BundleID](r, o.GetBundle()), Key: r.bundleKey(o.GetKey())}
	case chainv1.Operation_AddPieces_case:
		return AddPieces(r.pieces(m.GetAddPieces()))
	case chainv1.Operation_EndPieces_case:
		o := m.GetEndPieces()
		return EndPieces{
			Bundle: readID[vault.BundleID](r, o.GetBundle()), Object: readID[vault.ObjectID](r, o.GetObject()),
		}
	case chainv1.Operation_EndBundle_case:
		return EndBundle{Bundle: readID[vault.BundleID](r, m.GetEndBundle().GetBundle())}
	}
	return nil
}

func (r *reader) vaultOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_Genesis_case:
		o := m.GetGenesis()
		return Genesis{
			Realm: Realm(r.small(int32(o.GetRealm()))), SigningKey: r.verifyKey(o.GetSigningKey()),
			Master: r.master(o.GetMaster()), EscrowA: r.recipient(o.GetEscrowA()), EscrowB: r.recipient(o.GetEscrowB()),
		}
	case chainv1.Operation_Start_case:
		return Start{Number: m.GetStart().GetNumber()}
	case chainv1.Operation_AddSigningKey_case:
		return AddSigningKey{Key: r.verifyKey(m.GetAddSigningKey().GetSigningKey())}
	case chainv1.Operation_EndSigningKey_case:
		return EndSigningKey{Key: r.verifyKey(m.GetEndSigningKey().GetSigningKey())}
	case chainv1.Operation_AddMaster_case:
		return AddMaster(r.master(m.GetAddMaster().GetMaster()))
	case chainv1.Operation_EndMaster_case:
		return EndMaster{Epoch: m.GetEndMaster().GetEpoch()}
	case chainv1.Operation_SetEscrow_case:
		o := m.GetSetEscrow()
		return SetEscrow{Holder: EscrowHolder(r.small(int32(o.GetHolder()))), Recipient: r.recipient(o.GetRecipient())}
	case chainv1.Operation_NoteAnchor_case:
		return NoteAnchor{Checkpoint: m.GetNoteAnchor().GetCheckpoint()}
	}
	return nil
}

func (r *reader) master(m *chainv1.Master) Master {
	return Master{Epoch: m.GetEpoch(), Recipient: r.recipient(m.GetRecipient())}
}
