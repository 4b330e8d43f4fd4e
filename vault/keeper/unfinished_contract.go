package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
)

// What the parts of the keeper ask of one another. Each owner deletes its stub.

// present reports whether the person's presence is proved in a session.
func (k *Keeper) present(s session.ID, safe vault.SafeID) bool { return false }

// A sideBySide is a côte-à-côte session: memory only.
type sideBySide struct {
	consent vault.ConsentID
	purpose papers.Purpose
	actions vault.Action
	until   time.Time
	docs    map[vault.DocumentID]described
}

// grant is the session as a decision sees it.
func (s *sideBySide) grant(doc vault.DocumentID) consent.Grant {
	_, covers := s.docs[doc]
	return consent.Grant{Consent: s.consent, Actions: s.actions, Presence: vault.PresenceNot, Until: s.until, Covers: covers || doc.IsZero()}
}

// sideBySide answers the côte-à-côte session about a safe in a session.
func (k *Keeper) sideBySide(s session.ID, safe vault.SafeID) (*sideBySide, bool) { return nil, false }

// proved is what a proof opened: the safe's identities by a sheet, or the right
// PIN alone.
type proved struct {
	ids identities
	way vault.WayID
	pin bool
}

// prove checks what the person typed or showed, guess by guess.
func (k *Keeper) prove(ctx context.Context, w *warrant, p vault.Proof, approval vault.ApprovalID, body [32]byte) (proved, error) {
	return proved{}, errUnfinished
}
