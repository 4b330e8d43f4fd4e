package keeper

import (
	"testing"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// PieceKeys counts the file keys that lie in the bundles of consents of a safe.
func (k *Keeper) PieceKeys(t testing.TB, id vault.SafeID) (n int) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	all, err := k.agreements(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		pieces, err := k.consentPieces(t.Context(), s, a)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			if !p.key.IsZero() {
				n++
			}
		}
	}
	return n
}

// ReleaseForged releases a document as if a decision had rested on a consent that
// covers it: the standing is made up, whatever the safe says.
func (k *Keeper) ReleaseForged(t testing.TB, who session.Principal, id vault.SafeID, forged vault.ConsentID, doc vault.DocumentID) error {
	t.Helper()
	d := deed{who: who, act: vault.ActRead, safe: id, doc: doc}
	s, st, err := k.standing(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	st.Grants = []consent.Grant{{
		Consent: forged, Actions: vault.ActionSee | vault.ActionRead, Function: vault.FunctionSocialWorker,
		Presence: vault.PresenceNot, Until: st.Now.Add(time.Hour), Covers: true,
	}}
	w, err := k.decide(t.Context(), d, s, st)
	if err != nil {
		t.Fatal("the forged consent was not believed:", err)
	}
	if w.permit.Consent() != forged {
		t.Fatal("the permit rests on another consent")
	}
	_, err = k.release(t.Context(), w)
	if ended := w.end(t.Context(), err, detail{}); err == nil {
		err = ended
	}
	return err
}

// LiveConsents counts the consents that a safe's chain has.
func (k *Keeper) LiveConsents(t testing.TB, id vault.SafeID) (n int) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	for b := range s.now().Bundles() {
		if b.Kind == chain.BundleConsent {
			n++
		}
	}
	return n
}

// OpenRequests counts the requests for consents that a safe's chain has.
func (k *Keeper) OpenRequests(t testing.TB, id vault.SafeID) (n int) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	for range s.now().Asks() {
		n++
	}
	return n
}

// LiveRows counts the consents that an agent holds and that have not ended, as
// the index has them.
func (k *Keeper) LiveRows(t testing.TB, agent vault.AgentID) (n int) {
	t.Helper()
	rows, err := k.helped(agent)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.ended == 0 {
			n++
		}
	}
	return n
}

// EndLeaves counts the lines that say, each in the journal of the safe it is
// about, that a consent ended because this agent left.
func (k *Keeper) EndLeaves(t testing.TB, agent vault.AgentID) (n int) {
	t.Helper()
	rows, err := k.helped(agent)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		s, err := k.safe(t.Context(), r.safe)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range k.trail.Journal(t.Context(), s.record().tagKey(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if vault.Act(e.Op) != vault.ActEndConsent || e.Stage != audit.StageFact {
				continue
			}
			d, err := openDetail(s.record().journal, e.Detail, vault.ActEndConsent, e.Stage)
			if err != nil {
				t.Fatal(err)
			}
			if d.Consent == r.consent.String() && d.Code == vault.EndedDeparture.String() && d.AboutAgent == agent.String() {
				n++
			}
		}
		k.unpin(s)
	}
	return n
}
