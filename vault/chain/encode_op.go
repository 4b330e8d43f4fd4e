package chain

import (
	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// operation builds one operation.
type operation = chainv1.Operation_builder

func (o OpenSafe) encode() *chainv1.Operation {
	return operation{OpenSafe: chainv1.OpenSafe_builder{
		Epoch: Epoch{o.Number, o.Recipient}.message(), Nature: chainv1.Nature(o.Nature),
	}.Build()}.Build()
}

func (o AddWay) encode() *chainv1.Operation { return operation{AddWay: Way(o).message()}.Build() }

func (o EndWay) encode() *chainv1.Operation {
	return operation{EndWay: chainv1.EndWay_builder{Way: idBytes(o.Way)}.Build()}.Build()
}

func (o ReKeyWay) encode() *chainv1.Operation {
	return operation{ReKeyWay: chainv1.ReKeyWay_builder{Way: idBytes(o.Way), Keys: messages(o.Keys)}.Build()}.Build()
}

func (o SetService) encode() *chainv1.Operation {
	return operation{SetService: Service(o).message()}.Build()
}

func (o AddDocument) encode() *chainv1.Operation {
	return operation{AddDocument: chainv1.AddDocument_builder{
		Document:  idBytes(o.Document),
		Content:   content(o.Epoch, o.Object, o.Stored, o.Inline),
		Label:     label(o.Epoch, o.Description),
		Depositor: idBytes(o.Depositor),
	}.Build()}.Build()
}

func (o Describe) encode() *chainv1.Operation {
	return operation{Describe: chainv1.Describe_builder{
		Document: idBytes(o.Document), Label: label(o.Epoch, o.Description),
	}.Build()}.Build()
}

func (o Reseal) encode() *chainv1.Operation {
	return operation{Reseal: chainv1.Reseal_builder{
		Document: idBytes(o.Document),
		Content:  content(o.Epoch, o.Object, o.Stored, o.Inline),
		Label:    label(o.Epoch, o.Description),
	}.Build()}.Build()
}

func (o Destroy) encode() *chainv1.Operation {
	return operation{Destroy: chainv1.Destroy_builder{Document: idBytes(o.Document)}.Build()}.Build()
}

func (o AddBundle) encode() *chainv1.Operation {
	return operation{AddBundle: Bundle(o).message()}.Build()
}

func (o ReKeyBundle) encode() *chainv1.Operation {
	return operation{ReKeyBundle: chainv1.ReKeyBundle_builder{
		Bundle: idBytes(o.Bundle), Key: o.Key.message(),
	}.Build()}.Build()
}

func (o AddPieces) encode() *chainv1.Operation {
	return operation{AddPieces: Pieces(o).message()}.Build()
}

func (o EndPieces) encode() *chainv1.Operation {
	return operation{EndPieces: chainv1.EndPieces_builder{
		Bundle: idBytes(o.Bundle), Object: idBytes(o.Object),
	}.Build()}.Build()
}

func (o EndBundle) encode() *chainv1.Operation {
	return operation{EndBundle: chainv1.EndBundle_builder{
		Bundle: idBytes(o.Bundle), Why: chainv1.EndReason(o.Why),
	}.Build()}.Build()
}

func (o Ask) encode() *chainv1.Operation { return operation{Ask: o.message()}.Build() }

func (o EndAsk) encode() *chainv1.Operation {
	return operation{EndAsk: chainv1.EndAsk_builder{
		Consent: idBytes(o.Consent), Why: chainv1.EndReason(o.Why),
	}.Build()}.Build()
}

func (o ReKeyTerms) encode() *chainv1.Operation {
	return operation{ReKeyTerms: chainv1.ReKeyTerms_builder{
		Consent: idBytes(o.Consent), Terms: o.Terms.message(),
	}.Build()}.Build()
}

func (o ForgetTerms) encode() *chainv1.Operation {
	return operation{ForgetTerms: chainv1.ForgetTerms_builder{Consent: idBytes(o.Consent)}.Build()}.Build()
}

func (Freeze) encode() *chainv1.Operation {
	return operation{Freeze: chainv1.Freeze_builder{}.Build()}.Build()
}

func (Unfreeze) encode() *chainv1.Operation {
	return operation{Unfreeze: chainv1.Unfreeze_builder{}.Build()}.Build()
}

func (o TurnEpoch) encode() *chainv1.Operation {
	keys := make([]*chainv1.WayKey, len(o.Keys))
	for i, k := range o.Keys {
		keys[i] = chainv1.WayKey_builder{Way: idBytes(k.Way), Key: k.Key.message()}.Build()
	}
	epoch := Epoch{Number: o.Epoch, Recipient: o.Recipient}
	return operation{TurnEpoch: chainv1.TurnEpoch_builder{Epoch: epoch.message(), Keys: keys}.Build()}.Build()
}

func (o Summary) encode() *chainv1.Operation {
	items := make([]*chainv1.SummaryItem, len(o.Items))
	for i, item := range o.Items {
		items[i] = item.encode()
	}
	return operation{Summary: chainv1.Summary_builder{
		Part: uint32(o.Part), Parts: uint32(o.Parts), Items: items,
	}.Build()}.Build()
}

func (EraseSafe) encode() *chainv1.Operation {
	return operation{EraseSafe: chainv1.EraseSafe_builder{}.Build()}.Build()
}

func (Void) encode() *chainv1.Operation {
	return operation{Void: chainv1.Void_builder{}.Build()}.Build()
}

func (m Master) message() *chainv1.Master {
	return chainv1.Master_builder{Epoch: m.Epoch, Recipient: m.Recipient.Bytes()}.Build()
}

func keyBytes(k seal.VerifyKey) []byte { return k[:] }

func (o Genesis) encode() *chainv1.Operation {
	return operation{Genesis: chainv1.Genesis_builder{
		Realm: chainv1.Realm(o.Realm), SigningKey: keyBytes(o.SigningKey), Master: o.Master.message(),
		EscrowA: o.EscrowA.Bytes(), EscrowB: o.EscrowB.Bytes(),
	}.Build()}.Build()
}

func (o Start) encode() *chainv1.Operation {
	return operation{Start: chainv1.Start_builder{Number: o.Number}.Build()}.Build()
}

func (o AddSigningKey) encode() *chainv1.Operation {
	return operation{AddSigningKey: chainv1.AddSigningKey_builder{SigningKey: keyBytes(o.Key)}.Build()}.Build()
}

func (o EndSigningKey) encode() *chainv1.Operation {
	return operation{EndSigningKey: chainv1.EndSigningKey_builder{SigningKey: keyBytes(o.Key)}.Build()}.Build()
}

func (o AddMaster) encode() *chainv1.Operation {
	return operation{AddMaster: chainv1.AddMaster_builder{Master: Master(o).message()}.Build()}.Build()
}

func (o EndMaster) encode() *chainv1.Operation {
	return operation{EndMaster: chainv1.EndMaster_builder{Epoch: o.Epoch}.Build()}.Build()
}

func (o SetEscrow) encode() *chainv1.Operation {
	return operation{SetEscrow: chainv1.SetEscrow_builder{
		Holder: chainv1.EscrowHolder(o.Holder), Recipient: o.Recipient.Bytes(),
	}.Build()}.Build()
}

func (o NoteAnchor) encode() *chainv1.Operation {
	return operation{NoteAnchor: chainv1.NoteAnchor_builder{Checkpoint: o.Checkpoint}.Build()}.Build()
}
