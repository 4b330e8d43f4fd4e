package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// maxPhones bounds the trusted phones of one safe.
const maxPhones = 4

// AddPhone makes a phone a way in, from the person's own unlocked session. What
// the phone keeps opens nothing alone: the keeper compares the PIN first, so a
// safe without a PIN takes no phone. See [vault.LockKeeper].
func (k *Keeper) AddPhone(ctx context.Context, who session.Principal, act vault.AddPhone) (vault.WayID, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActAddPhone, safe: act.Safe})
	if err != nil {
		return vault.WayID{}, err
	}
	body := mac([]byte("coffre/add-phone/v1"), act.Safe.String(), act.Recipient.String(), act.Label)
	var earlier sheetAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		if found {
			var id vault.WayID
			id, err = vault.ParseWayID(earlier.Sheet)
			return id, w.end(ctx, err, detail{})
		}
		return vault.WayID{}, w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, id, err := k.phoneChange(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, sheetAnswer{id.String()})
	}
	if err != nil {
		return vault.WayID{}, w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return vault.WayID{}, err
	}
	return id, nil
}

// phoneChange makes the entry of a new phone. The caller holds the safe's
// changing lock.
func (k *Keeper) phoneChange(ctx context.Context, w *warrant, act vault.AddPhone) (*change, vault.WayID, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, vault.WayID{}, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, vault.WayID{}, err
	}
	record := w.safe.current()
	if err := checkPhone(w.safe, record, act); err != nil {
		return nil, vault.WayID{}, err
	}
	ids, err := k.openHere(w)
	if err != nil {
		return nil, vault.WayID{}, err
	}
	id := vault.NewWayID()
	way, err := k.putWay(ctx, act.Safe, chain.Way{ID: id, Kind: chain.WayPhone, Recipient: act.Recipient}, ids)
	if err != nil {
		return nil, id, err
	}
	c := &change{ops: []chain.Op{way}}
	w.result.Way = id.String()
	return c, id, k.renewService(ctx, w, c, record.note(id, act.Label))
}

func checkPhone(s *safe, record serviceRecord, act vault.AddPhone) error {
	invalid := func(field, rule string) error { return &vault.InvalidError{Field: field, Rule: rule} }
	switch {
	case act.Recipient.IsZero():
		return invalid("recipient", "la clé publique du téléphone")
	case act.Label == "" || len([]rune(act.Label)) > vault.MaxName:
		return invalid("label", "le nom du téléphone, 100 caractères au plus")
	case record.pin.isZero():
		return invalid("safe", "un coffre qui a un code PIN : choisissez-en un d'abord")
	case s.phones() >= maxPhones:
		return invalid("safe", "quatre téléphones au plus : retirez-en un d'abord")
	case s.now().Epoch().Recipient == act.Recipient:
		return invalid("recipient", "la clé publique du téléphone, et de lui seul")
	}
	for _, way := range s.ways() {
		if way.Recipient == act.Recipient {
			return invalid("recipient", "un téléphone qui n'est pas déjà un accès à ce coffre")
		}
	}
	return nil
}

func (s *safe) phones() (n int) {
	for _, way := range s.ways() {
		if way.Kind == chain.WayPhone {
			n++
		}
	}
	return n
}
