package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// maxAddresses bounds how many copies and partners one safe has addresses for.
const maxAddresses = 64

type addressAnswer struct {
	Address string `json:"address"`
}

// IssueAddress makes a new address of a safe. See [vault.AgentKeeper].
func (k *Keeper) IssueAddress(ctx context.Context, who session.Principal, act vault.IssueAddress) (vault.AddressID, error) {
	id := vault.NewAddressID()
	note := detail{Address: id.String(), AboutAgent: idText(act.Partner)}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActIssueAddress, safe: act.Safe, note: note})
	if err != nil {
		return vault.AddressID{}, err
	}
	body := mac([]byte("coffre/issue-address/v1"), act.Safe.String(), act.Label, act.Partner.String())
	var earlier addressAnswer
	err = k.editServiceAs(ctx, w, act.Request, body, &earlier, addressAnswer{id.String()}, func(r *serviceRecord) error {
		return k.addAddress(r, act, id)
	})
	if err != nil {
		return vault.AddressID{}, err
	}
	if earlier.Address != "" {
		return vault.ParseAddressID(earlier.Address)
	}
	return id, nil
}

// addAddress adds an address to a safe's record: of a partner program at most
// one, which may act.
func (k *Keeper) addAddress(r *serviceRecord, act vault.IssueAddress, id vault.AddressID) error {
	label := act.Label
	if !act.Partner.IsZero() {
		f, ok := k.partnerBy(act.Partner)
		switch {
		case !ok || !f.awake():
			return &vault.InvalidError{Field: "partner", Rule: "un programme partenaire en service"}
		case slices.ContainsFunc(r.addresses, func(a address) bool { return a.partner == act.Partner }):
			return &vault.InvalidError{Field: "partner", Rule: "une adresse par programme : fermez d'abord celle qu'il a"}
		case label == "":
			label = f.name
		}
	}
	if err := directory.CheckName(label, vault.MaxName); err != nil {
		return &vault.InvalidError{Field: "label", Rule: "à qui elle est destinée, 100 caractères au plus"}
	}
	if len(r.addresses) >= maxAddresses {
		return &vault.InvalidError{Field: "label", Rule: "au plus 64 adresses par coffre"}
	}
	r.addresses = append(slices.Clone(r.addresses), address{id, label, time.Now().UTC().Truncate(time.Second), act.Partner})
	return nil
}

// RevokeAddress ends an address. It takes away: nobody finds the safe with it
// from the moment its intent is on disk, and no deposit there is answered with a
// receipt any more. What was acknowledged stays. See [vault.AgentKeeper].
func (k *Keeper) RevokeAddress(ctx context.Context, who session.Principal, act vault.RevokeAddress) error {
	t := &taking{address: act.Address}
	d := deed{who: who, act: vault.ActRevokeAddress, safe: act.Safe, note: detail{Address: act.Address.String()}}
	w, err := k.beginTaking(ctx, d, t)
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/revoke-address/v1"), act.Safe.String(), act.Address.String())
	found, err := w.answered(act.Request, body, &struct{}{})
	if err == nil && !found && !slices.ContainsFunc(w.safe.record().addresses, func(a address) bool { return a.id == act.Address }) {
		err = vault.ErrNotFound
	}
	if found || err != nil {
		w.safe.unhold(t)
		return w.end(ctx, err, detail{})
	}
	return k.take(ctx, w, act.Request, body, t, func() { k.dropArriving(t) })
}
