package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// FinishKit opens a safe by two recovery sheets whose delay is over: a new code
// sheet, and the kit's ways end in the same entry. See [vault.KitKeeper].
func (k *Keeper) FinishKit(ctx context.Context, who session.Principal, act vault.FinishKit) (vault.KitOpened, error) {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActFinishKit, safe: act.Safe})
	if err != nil {
		return vault.KitOpened{}, err
	}
	var ids identities
	body, opening := mac([]byte("coffre/finish-kit/v1"), act.Safe.String()), w.safe.current().kitOpening
	sheet, err := k.reprint(ctx, w, reprint{
		request: act.Request, body: body, kit: opening, shown: []seal.Code{act.Pair.First, act.Pair.Second},
		open: func() (proved, error) {
			by, err := k.provePair(ctx, w, act, opening, body)
			ids = by.ids
			return by, err
		},
		ends: sheetOrKit,
		edit: func(r *serviceRecord) { *r = r.withoutKit(); r.kit.used = instant() },
	})
	if err != nil {
		return vault.KitOpened{}, err
	}
	opened := vault.KitOpened{Sheet: sheet}
	if ids == nil { // a retry: the sheet opens
		return opened, nil
	}
	if opened.Visit, err = k.receive(ctx, w, sheet.Sheet, ids); err != nil {
		// The sheet is the person's already; they open with it.
		k.log.WarnContext(ctx, "a safe is recovered and not unlocked", slog.Any("error", err))
	}
	return opened, nil
}

// provePair asks for what two recovery sheets need to open: their delay, and on
// an agent's screen what a code sheet needs there, the PIN or a second agent who
// saw neither the kit nor a live sheet.
func (k *Keeper) provePair(ctx context.Context, w *warrant, act vault.FinishKit, opening kitOpening, body [32]byte) (by proved, err error) {
	if err := opening.ready(k.now()); err != nil {
		return by, err
	}
	if !act.PIN.IsZero() {
		if err := k.tryPIN(ctx, w, act.PIN); err != nil {
			return by, err
		}
	}
	if by.way, by.ids, err = k.tryPair(ctx, w, act.Pair); err != nil {
		return by, err
	}
	if act.PIN.IsZero() && !w.ownLogin() {
		r := w.safe.current()
		saw := append(slices.Clone(r.printers), r.kit.printer)
		if err := k.approved(ctx, w, act.Approval, body, saw...); err != nil {
			return by, err
		}
	}
	return by, nil
}

// receive unlocks a safe that was recovered in the person's own session; in an
// agent's it opens a counter session. Either is an act of its own in the journal.
func (k *Keeper) receive(ctx context.Context, done *warrant, sheet vault.WayID, ids identities) (vault.Visit, error) {
	who, id := done.deed.who, done.deed.safe
	if done.standing.Owner {
		w, err := k.begin(ctx, deed{who: who, act: vault.ActUnlock, safe: id})
		if err != nil {
			return vault.Visit{}, err
		}
		return vault.Visit{}, k.stayOpen(ctx, w, sheet.String(), ids)
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActOpenCounter, safe: id})
	if err != nil {
		return vault.Visit{}, err
	}
	until := time.Now().Add(vault.PresenceTime)
	token, person, err := k.sessions.OpenVisit(ctx, who, [16]byte(id), until)
	if err != nil {
		return vault.Visit{}, w.end(ctx, err, w.result)
	}
	agent, p := w.standing.Agent.ID, proved{ids: ids, way: sheet}
	k.guests.put(visit{who: person, safe: id, agent: agent})
	k.unlocked.put(person.Session(), id, sheet.String(), ids)
	w.result.Code, w.result.Session, w.result.Way = guessKit, fmt.Sprintf("%x", person.Session()), sheet.String()
	if err := w.end(ctx, k.stays(w, p, person, agent), w.result); err != nil { // nobody was told the token
		k.unlocked.drop(person.Session(), id)
		k.guests.drop(person.Session())
		return vault.Visit{}, errors.Join(err, k.sessions.Revoke(context.WithoutCancel(ctx), person))
	}
	return vault.Visit{Token: token, Until: until, Opened: vault.ReachAll}, nil
}
