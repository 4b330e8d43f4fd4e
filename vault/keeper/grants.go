package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
)

// An agreement is a request or a consent: what its sealed terms say. It is never
// changed in place.
type agreement struct {
	id    vault.ConsentID
	terms vault.Terms
	shown vault.Shown
	asked time.Time // zero for an offer of the person

	given  time.Time // zero while it is asked
	giving vault.Giving
}

// A helpRow is one line of the index by which an agent's consents are found
// without opening a safe.
type helpRow struct {
	safe        vault.SafeID
	consent     vault.ConsentID
	agent       vault.AgentID
	function    vault.Function
	replacement vault.Replacement
	purpose     papers.Purpose
	actions     vault.Action
	from, until time.Time
	given       time.Time       // zero while it is asked
	ended       vault.EndReason // zero while it is live or asked
	endedAt     time.Time
}

// agreements answers the consents of a safe that no recorded intent ended, not
// those that are only asked for. Dates are for whoever reads them.
func (k *Keeper) agreements(ctx context.Context, s *safe) ([]agreement, error) {
	return nil, nil
}

// helped answers the consents and requests that name an agent, ended ones
// included, from the index.
func (k *Keeper) helped(agent vault.AgentID) ([]helpRow, error) {
	return nil, nil
}

// grants are the consents of a safe that name an agent, for a document or, with
// a zero id, for the safe.
func (k *Keeper) grants(ctx context.Context, s *safe, agent vault.AgentID, doc vault.DocumentID) ([]consent.Grant, error) {
	return nil, nil
}

// granted opens pieces of the consent that the warrant's permit names: of these
// documents, or of all. What is not in the bundle is not in the answer.
func (k *Keeper) granted(ctx context.Context, w *warrant, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	return nil, nil
}

// purposeOf answers what a consent of a loaded safe is for.
func (k *Keeper) purposeOf(ctx context.Context, s *safe, id vault.ConsentID) papers.Purpose {
	return ""
}

// joinConsents answers the operations by which papers that arrive join the
// consents whose text says so. It needs recipients only.
func (k *Keeper) joinConsents(ctx context.Context, w *warrant, docs []described) ([]chain.Op, error) {
	return nil, nil
}

// leaveConsents adds to c what takes a paper out of the consents that do not
// cover it any more: after is its new description, nil when it is destroyed.
// Consents that still cover it get the new description. It never widens one.
func (k *Keeper) leaveConsents(ctx context.Context, w *warrant, c *change, doc vault.DocumentID, after *chain.Description) error {
	return nil
}

// resealConsent seals the bundle of a consent that says so to whoever replaces
// the agent it names, and answers the operation that makes it count. Terms and
// end stay what they are; nobody's sheet is needed.
func (k *Keeper) resealConsent(ctx context.Context, s *safe, id vault.ConsentID, to vault.AgentID) (chain.Op, error) {
	return nil, errUnfinished
}
