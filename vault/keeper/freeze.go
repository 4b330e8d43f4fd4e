package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Freeze stops everything but deposits, from the moment its intent is on disk:
// every consent and request ends, and so does whatever is open of the safe. No
// delay, no notice. See [vault.LockKeeper].
func (k *Keeper) Freeze(ctx context.Context, who session.Principal, act vault.Freeze) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActFreeze, safe: act.Safe})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/freeze/v1"), act.Safe.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if w.safe.frozen() {
		return w.end(ctx, nil, detail{})
	}
	return k.take(ctx, w, act.Request, body, &taking{freeze: true, by: time.Now()}, func() { k.closeSafe(act.Safe) })
}

// closeSafe ends what is open of a safe, in whatever session.
func (k *Keeper) closeSafe(id vault.SafeID) {
	k.unlocked.dropSafe(id, session.ID{})
	k.leave(k.closing, id, func(session.ID, vault.AgentID) bool { return true })
}

// take carries out what a warrant takes away: it counts from here on, atOnce
// ends what lives in memory only, and the entry follows.
func (k *Keeper) take(ctx context.Context, w *warrant, id vault.RequestID, body [32]byte, t *taking, atOnce func()) error {
	return k.takeFor(ctx, w, id, body, struct{}{}, t, atOnce)
}

// takeFor is take for an act whose retry is told answer.
func (k *Keeper) takeFor(ctx context.Context, w *warrant, id vault.RequestID, body [32]byte, answer any, t *taking, atOnce func()) error {
	c := &change{takes: t}
	c.failed = func() { w.safe.unhold(t) }
	w.safe.hold(t)
	atOnce()
	var err error
	if c.answer, err = w.newAnswer(id, body, answer); err != nil {
		c.failed()
		return w.end(ctx, err, detail{})
	}
	return k.settle(ctx, w, w.safe, c)
}

// Unfreeze opens again: the person is there with their sheet, two agents, and a
// new sheet. Every other way in but escrow B ends in the same entry, and the
// PIN with them: whoever made the person freeze may know it. Whoever no longer
// has the sheet asks without one: then it is the holder of escrow B who opens.
// See [vault.LockKeeper].
func (k *Keeper) Unfreeze(ctx context.Context, who session.Principal, act vault.Unfreeze) (vault.NewSheet, error) {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActUnfreeze, safe: act.Safe})
	if err != nil {
		return vault.NewSheet{}, err
	}
	body := mac([]byte("coffre/unfreeze/v1"), act.Safe.String())
	thaws := func() error {
		switch {
		case w.standing.Owner: // two agents are there as well
			return vault.ErrDenied
		case !w.safe.frozen():
			return vault.ErrNotFound
		}
		return nil
	}
	if act.Proof.Code.IsZero() {
		body = mac([]byte("coffre/unfreeze-without-sheet/v1"), act.Safe.String())
		return k.askHolder(ctx, w, act.Request, act.Approval, body, thaws)
	}
	return k.reprint(ctx, w, reprint{
		request: act.Request, body: body, first: []chain.Op{chain.Unfreeze{}}, shown: []seal.Code{act.Proof.Code},
		open: func() (proved, error) {
			if err := thaws(); err != nil {
				return proved{}, err
			}
			// Without a PIN, so that the sheet counts with a second agent only.
			return k.prove(ctx, w, vault.Proof{Code: act.Proof.Code}, act.Approval, body)
		},
		ends: notEscrow,
		edit: func(r *serviceRecord) { *r = r.withoutKit(); r.pin = storedPIN{} },
	})
}

// notEscrow are the ways in that a freeze makes void.
func notEscrow(way chain.Way) bool { return way.Kind != chain.WayEscrow }

// opensBy refuses a way in that ended, and every one of a frozen safe, while it
// was being opened.
func (s *safe) opensBy(way string) error {
	if s.frozen() {
		return vault.ErrFrozen
	}
	id, err := vault.ParseWayID(way)
	if err != nil {
		return vault.ErrCode
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.state.Way(id); !ok || s.takesWay(id) {
		return vault.ErrCode
	}
	return nil
}
