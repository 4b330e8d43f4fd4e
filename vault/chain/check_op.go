package chain

import (
	"bytes"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

func (o OpenSafe) check() error {
	return when(o.Number != 1 || o.Recipient.IsZero() || o.Nature > vault.NatureTraining, "first epoch")
}

func (o AddWay) check() error { return Way(o).check() }

func (o EndWay) check() error { return when(badID(o.Way), "way") }

func (o ReKeyWay) check() error { return when(badID(o.Way) || badKeys(o.Keys), "keys of a way") }

func (o SetService) check() error { return Service(o).check() }

func (o AddDocument) check() error {
	return when(badID(o.Document) || badContent(o.Epoch, o.Object, o.Stored, o.Inline) || badSealed(o.Description), "document")
}

func (o Describe) check() error {
	return when(badID(o.Document) || o.Epoch == 0 || badSealed(o.Description), "description")
}

func (o Reseal) check() error {
	return when(badID(o.Document) || badContent(o.Epoch, o.Object, o.Stored, o.Inline) || badSealed(o.Description), "document sealed anew")
}

func (o Destroy) check() error { return when(badID(o.Document), "document") }

func (o AddBundle) check() error { return Bundle(o).check() }

func (o ReKeyBundle) check() error { return when(badID(o.Bundle) || o.Key.bad(), "key of a bundle") }

func (o AddPieces) check() error { return Pieces(o).check() }

func (o EndPieces) check() error { return when(badID(o.Bundle) || badID(o.Object), "pieces") }

func (o EndBundle) check() error {
	return when(badID(o.Bundle) || o.Why != 0 && badReason(o.Why), "end of a bundle")
}

func (o Ask) check() error { return when(badID(o.Consent) || o.Terms.bad(), "request") }

func (o EndAsk) check() error { return when(badID(o.Consent) || badReason(o.Why), "end of a request") }

func (o ReKeyTerms) check() error { return when(badID(o.Consent) || o.Terms.bad(), "terms") }

func (o ForgetTerms) check() error { return when(badID(o.Consent), "consent") }

func (Freeze) check() error { return nil }

func (Unfreeze) check() error { return nil }

func (o TurnEpoch) check() error {
	bad := o.Epoch < 2 || o.Recipient.IsZero() || len(o.Keys) == 0 || len(o.Keys) > MaxKeys ||
		!ascends(o.Keys, func(a, b WayKey) int { return bytes.Compare(a.Way[:], b.Way[:]) })
	for _, k := range o.Keys {
		bad = bad || badID(k.Way) || k.Key.bad() || k.Key.Epoch != o.Epoch
	}
	return when(bad, "turn of the epoch")
}

func (o Summary) check() error {
	if o.Part < 1 || o.Part > o.Parts || o.Parts > MaxParts || len(o.Items) == 0 {
		return malformed("summary")
	}
	for _, item := range o.Items {
		switch item.(type) {
		case Epoch, Training, Way, Service, Frozen, Document, Asked, Bundle, Pieces, Ended, Retired:
		default:
			return malformed("item of a summary")
		}
		if err := item.check(); err != nil {
			return err
		}
	}
	return nil
}

func (EraseSafe) check() error { return nil }

func (Void) check() error { return nil }

func (o Genesis) check() error {
	return when(o.Realm != RealmProduction && o.Realm != RealmDev || o.SigningKey.IsZero() ||
		o.Master.Epoch != 1 || o.Master.Recipient.IsZero() || o.EscrowA.IsZero() || o.EscrowB.IsZero() ||
		o.EscrowA == o.EscrowB || o.EscrowA == o.Master.Recipient || o.EscrowB == o.Master.Recipient, "genesis")
}

func (o Start) check() error { return when(o.Number == 0, "start") }

func (o AddSigningKey) check() error { return when(o.Key.IsZero(), "signing key") }

func (o EndSigningKey) check() error { return when(o.Key.IsZero(), "signing key") }

func (o AddMaster) check() error { return when(o.Epoch < 2 || o.Recipient.IsZero(), "master") }

func (o EndMaster) check() error { return when(o.Epoch == 0, "master") }

func (o SetEscrow) check() error {
	return when(o.Holder != EscrowA && o.Holder != EscrowB || o.Recipient.IsZero(), "escrow")
}

func (o NoteAnchor) check() error {
	return when(len(o.Checkpoint) == 0 || len(o.Checkpoint) > MaxCheckpoint, "checkpoint")
}

func (o AddStructure) check() error { return when(badID(o.ID), "structure") }

func (r Record) bad() bool { return r.N == 0 || r.MasterEpoch == 0 || badObject(r.Digest, r.Size) }

func (o OpenStructure) check() error { return when(o.Record.bad(), "record of a structure") }

func (o SetStructure) check() error { return when(o.Record.bad(), "record of a structure") }

func (o AddAgent) check() error {
	return when(badID(o.ID) || o.Recipient.IsZero() || Record(o.Key).bad() || o.Record.bad(), "agent")
}

func (o SetAgent) check() error { return when(badID(o.ID) || o.Record.bad(), "record of an agent") }

func (o EndAgent) check() error { return when(badID(o.ID), "agent") }

func (o DropAgentKey) check() error { return when(badID(o.ID), "agent") }

func (o ReKeyAgent) check() error { return when(badID(o.ID) || Record(o.Key).bad(), "key of an agent") }

func (o NameSuccessor) check() error {
	return when(badID(o.Agent) || badID(o.Successor) || o.Agent == o.Successor ||
		!slices.Contains(vault.Functions(), o.Function), "successor")
}

func (o OpenCycle) check() error { return when(badID(o.ID) || o.Record.bad(), "cycle") }

func (o SetCycle) check() error { return when(badID(o.ID) || o.Record.bad(), "record of a cycle") }

func (o EndCycle) check() error { return when(badID(o.ID), "cycle") }
