package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// A partner program is in the structure's chain what an agent is, so that it is
// signed, ends, is suspended, and is rebuilt in the same way; its record says
// what it is. In a decision it is never an agent.

// partnerID says which partner program calls; zero for everybody else.
func partnerID(who session.Principal) (vault.PartnerID, error) {
	if !who.User().IsPartner() {
		return vault.PartnerID{}, nil
	}
	id, err := vault.ParsePartnerID(who.User().Subject())
	if err != nil {
		return vault.PartnerID{}, fmt.Errorf("%w: a session of no partner program: %w", vault.ErrNotFound, err)
	}
	return id, nil
}

// partnerBy answers a partner program, ended or not.
func (k *Keeper) partnerBy(id vault.PartnerID) (agentFacts, bool) {
	f, ok := k.agentBy(vault.AgentID(id))
	return f, ok && !f.program.isZero()
}

// loginOf answers the login of an act: the verified one, or that of a partner
// program which may act now and signed with the key that is registered.
func (k *Keeper) loginOf(act vault.OpenSession) (auth.Login, error) {
	if act.Assertion.IsZero() {
		return act.Login, nil
	}
	id, err := vault.ParsePartnerID(act.Assertion.Client())
	if err != nil {
		return auth.Login{}, fmt.Errorf("%w: %w", auth.ErrUnauthenticated, err)
	}
	f, ok := k.partnerBy(id)
	if !ok || !f.awake() {
		return auth.Login{}, fmt.Errorf("%w: no partner program that may act", auth.ErrUnauthenticated)
	}
	return act.Assertion.Verify(f.program.key, k.audience, session.Nonce(act.Client, act.Salt))
}

// addressed reports whether a partner program may deposit at an address of the
// safe: one that was made for it and is alive, of a person who did not shut out
// the structure that answers for it.
func (k *Keeper) addressed(r serviceRecord, id vault.PartnerID, at vault.AddressID) bool {
	f, ok := k.partnerBy(id)
	return ok && f.awake() && !r.shuts(f.id, f.structure) && slices.ContainsFunc(r.addresses, func(a address) bool {
		return a.id == at && a.partner == id
	})
}

// An addressee is what a row says of an address. It counts only while the safe's
// own record says the same.
type addressee struct {
	safe    vault.SafeID
	partner vault.PartnerID
}

func (a addressee) row() []byte { return slices.Concat(a.safe[:], a.partner[:]) }

// addresseeOf answers what the row of an address says; zero for none.
func (k *Keeper) addresseeOf(id vault.AddressID) (a addressee, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		if row := tx.Bucket(bAddress).Get(k.addressKey(id)); len(row) == len(a.safe)+len(a.partner) {
			a = addressee{vault.SafeID(row[:len(a.safe)]), vault.PartnerID(row[len(a.safe):])}
		}
		return nil
	})
	if err != nil {
		return addressee{}, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return a, nil
}

// at answers the safe that a live address leads to; zero for none. Of a safe
// that cannot be read now it is what the row says: whoever begins an act on it
// is answered as they should be.
func (k *Keeper) at(ctx context.Context, id vault.AddressID) (vault.SafeID, error) {
	a, err := k.addresseeOf(id)
	if err != nil || a.safe.IsZero() {
		return vault.SafeID{}, err
	}
	s, err := k.safe(ctx, a.safe)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return vault.SafeID{}, nil
	case err != nil:
		return a.safe, nil // begin meets the error again
	}
	defer k.unpin(s)
	if !slices.ContainsFunc(s.current().addresses, func(x address) bool { return x.id == id }) {
		return vault.SafeID{}, nil
	}
	return a.safe, nil
}

// missedTooOften reports whether a partner program tried so much in vain within
// the hour that it is refused everything: an address is never guessed.
func (k *Keeper) missedTooOften(id vault.PartnerID) bool {
	return !id.IsZero() && k.limits.reached(missesOf(id), k.now(), vault.PartnerMisses)
}

// noteMiss counts what a partner program was refused.
func (k *Keeper) noteMiss(id vault.PartnerID) {
	if id.IsZero() {
		return
	}
	k.limits.count(missesOf(id), k.now(), vault.PartnerMisses)
	if k.missedTooOften(id) {
		k.anomaly(vault.AgentID(id), vault.AnomalyRefusals)
	}
}

func missesOf(id vault.PartnerID) limitKey {
	return limitKey{agent: vault.AgentID(id), kind: vault.AnomalyRefusals}
}

// admitPaper refuses a partner program one paper too big or too many, and what
// it deposits at an address that ended meanwhile. The person and agents have no
// such limit.
func (k *Keeper) admitPaper(w *warrant, size int64) error {
	id := w.standing.Partner
	if id.IsZero() {
		return nil
	}
	if err := k.stillAddressed(w); err != nil {
		return err
	}
	if size > vault.MaxPartnerDocument {
		return vault.ErrTooLarge
	}
	key := limitKey{agent: vault.AgentID(id), kind: vault.AnomalyDeposits, address: w.deed.address}
	if !k.limits.count(key, k.now(), vault.PartnerDocuments) {
		k.anomaly(key.agent, key.kind)
		return vault.ErrLimit
	}
	return nil
}

// stillAddressed refuses a deposit at an address that ended, or of a partner
// program that did, since it began; and that of an agent who became a stranger.
func (k *Keeper) stillAddressed(w *warrant) error {
	if st := w.standing; !st.Owner && w.safe.strangeTo(st.Agent.ID, st.Agent.Structure) {
		return vault.ErrNotFound
	}
	if w.deed.address.IsZero() {
		return nil
	}
	r, id := w.safe.current(), w.standing.Partner
	switch {
	case !id.IsZero() && !k.addressed(r, id, w.deed.address):
		return vault.ErrNotFound
	case !slices.ContainsFunc(r.addresses, func(a address) bool { return a.id == w.deed.address }):
		return vault.ErrNotFound
	}
	return nil
}
