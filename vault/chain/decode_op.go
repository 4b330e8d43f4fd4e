package chain

import (
	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
)

func (r *reader) op(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_OpenSafe_case:
		return r.openSafe(m.GetOpenSafe())
	case chainv1.Operation_AddWay_case:
		return AddWay(r.way(m.GetAddWay()))
	case chainv1.Operation_EndWay_case:
		return EndWay{Way: readID[vault.WayID](r, m.GetEndWay().GetWay())}
	case chainv1.Operation_ReKeyWay_case:
		return r.reKeyWay(m.GetReKeyWay())
	case chainv1.Operation_SetService_case:
		return SetService(r.service(m.GetSetService()))
	case chainv1.Operation_AddDocument_case:
		return r.addDocument(m.GetAddDocument())
	case chainv1.Operation_Describe_case:
		return r.describe(m.GetDescribe())
	case chainv1.Operation_Reseal_case:
		return r.reseal(m.GetReseal())
	case chainv1.Operation_Destroy_case:
		return Destroy{Document: readID[vault.DocumentID](r, m.GetDestroy().GetDocument())}
	case chainv1.Operation_AddBundle_case:
		return AddBundle(r.bundle(m.GetAddBundle()))
	case chainv1.Operation_ReKeyBundle_case:
		return r.reKeyBundle(m.GetReKeyBundle())
	case chainv1.Operation_AddPieces_case:
		return AddPieces(r.pieces(m.GetAddPieces()))
	case chainv1.Operation_EndPieces_case:
		return r.endPieces(m.GetEndPieces())
	case chainv1.Operation_EndBundle_case:
		return EndBundle{
			Bundle: readID[vault.BundleID](r, m.GetEndBundle().GetBundle()), Why: r.reason(m.GetEndBundle().GetWhy()),
		}
	case chainv1.Operation_TurnEpoch_case:
		return r.turnEpoch(m.GetTurnEpoch())
	case chainv1.Operation_Summary_case:
		return r.summary(m.GetSummary())
	case chainv1.Operation_EraseSafe_case:
		return EraseSafe{}
	case chainv1.Operation_Void_case:
		return Void{}
	default:
		return r.consentOp(m)
	}
}

// consentOp reads the operations of a safe's chain that consents need.
func (r *reader) consentOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_Ask_case:
		return r.ask(m.GetAsk())
	case chainv1.Operation_EndAsk_case:
		return EndAsk{
			Consent: readID[vault.ConsentID](r, m.GetEndAsk().GetConsent()), Why: r.reason(m.GetEndAsk().GetWhy()),
		}
	case chainv1.Operation_Freeze_case:
		return Freeze{}
	case chainv1.Operation_Unfreeze_case:
		return Unfreeze{}
	case chainv1.Operation_ReKeyTerms_case:
		return ReKeyTerms{
			Consent: readID[vault.ConsentID](r, m.GetReKeyTerms().GetConsent()), Terms: r.sealed(m.GetReKeyTerms().GetTerms()),
		}
	case chainv1.Operation_ForgetTerms_case:
		return ForgetTerms{Consent: readID[vault.ConsentID](r, m.GetForgetTerms().GetConsent())}
	default:
		return r.vaultOp(m)
	}
}

// vaultOp reads the operations of the vault's chain.
func (r *reader) vaultOp(m *chainv1.Operation) Op {
	switch m.WhichOperation() {
	case chainv1.Operation_Genesis_case:
		return r.genesis(m.GetGenesis())
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
		return r.setEscrow(m.GetSetEscrow())
	case chainv1.Operation_NoteAnchor_case:
		return NoteAnchor{Checkpoint: m.GetNoteAnchor().GetCheckpoint()}
	case chainv1.Operation_AddStructure_case:
		return AddStructure{ID: readID[vault.StructureID](r, m.GetAddStructure().GetStructure())}
	default:
		return r.structureOp(m)
	}
}

func (r *reader) reason(m chainv1.EndReason) vault.EndReason {
	return vault.EndReason(r.small(int32(m)))
}

func (r *reader) sealed(m *chainv1.Sealed) Sealed {
	return Sealed{MasterEpoch: m.GetMasterEpoch(), Digest: r.digest(m.GetDigest()), Size: m.GetSize()}
}

func (r *reader) ask(m *chainv1.Ask) Ask {
	return Ask{Consent: readID[vault.ConsentID](r, m.GetConsent()), Terms: r.sealed(m.GetTerms())}
}

func (r *reader) openSafe(m *chainv1.OpenSafe) Op {
	e := r.epoch(m.GetEpoch())
	return OpenSafe{Number: e.Number, Recipient: e.Recipient, Nature: vault.Nature(r.small(int32(m.GetNature())))}
}

func (r *reader) reKeyWay(m *chainv1.ReKeyWay) Op {
	return ReKeyWay{Way: readID[vault.WayID](r, m.GetWay()), Keys: r.keys(m.GetKeys())}
}

func (r *reader) turnEpoch(m *chainv1.TurnEpoch) Op {
	epoch := r.epoch(m.GetEpoch())
	keys := make([]WayKey, len(m.GetKeys()))
	for i, k := range m.GetKeys() {
		keys[i] = WayKey{Way: readID[vault.WayID](r, k.GetWay()), Key: r.key(k.GetKey())}
	}
	return TurnEpoch{Epoch: epoch.Number, Recipient: epoch.Recipient, Keys: keys}
}

func (r *reader) addDocument(m *chainv1.AddDocument) Op {
	d := r.document(m)
	return AddDocument{
		Document: d.ID, Epoch: d.Epoch, Object: d.Object, Stored: d.Stored, Inline: d.Inline,
		Description: d.Description, Depositor: d.Depositor,
	}
}

func (r *reader) describe(m *chainv1.Describe) Op {
	return Describe{
		Document: readID[vault.DocumentID](r, m.GetDocument()),
		Epoch:    m.GetLabel().GetEpoch(), Description: m.GetLabel().GetSealed(),
	}
}

func (r *reader) reseal(m *chainv1.Reseal) Op {
	c := m.GetContent()
	return Reseal{
		Document: readID[vault.DocumentID](r, m.GetDocument()),
		Epoch:    c.GetEpoch(), Object: readOptionalID[vault.ObjectID](r, c.GetObject()),
		Stored: r.stored(c.GetStored()), Inline: c.GetInline(), Description: m.GetLabel().GetSealed(),
	}
}

func (r *reader) reKeyBundle(m *chainv1.ReKeyBundle) Op {
	return ReKeyBundle{Bundle: readID[vault.BundleID](r, m.GetBundle()), Key: r.bundleKey(m.GetKey())}
}

func (r *reader) endPieces(m *chainv1.EndPieces) Op {
	return EndPieces{
		Bundle: readID[vault.BundleID](r, m.GetBundle()), Object: readID[vault.ObjectID](r, m.GetObject()),
	}
}

func (r *reader) genesis(m *chainv1.Genesis) Op {
	return Genesis{
		Realm: Realm(r.small(int32(m.GetRealm()))), SigningKey: r.verifyKey(m.GetSigningKey()),
		Master: r.master(m.GetMaster()), EscrowA: r.recipient(m.GetEscrowA()), EscrowB: r.recipient(m.GetEscrowB()),
	}
}

func (r *reader) master(m *chainv1.Master) Master {
	return Master{Epoch: m.GetEpoch(), Recipient: r.recipient(m.GetRecipient())}
}

func (r *reader) setEscrow(m *chainv1.SetEscrow) Op {
	return SetEscrow{Holder: EscrowHolder(r.small(int32(m.GetHolder()))), Recipient: r.recipient(m.GetRecipient())}
}
