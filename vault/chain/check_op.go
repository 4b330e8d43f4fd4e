package chain

import "bytes"

func (o OpenSafe) check() error { return when(o.Number != 1 || o.Recipient.IsZero(), "first epoch") }

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

func (o EndBundle) check() error { return when(badID(o.Bundle), "bundle") }

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
		case Epoch, Way, Service, Document, Bundle, Pieces, Retired:
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
