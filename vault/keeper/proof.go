package keeper

import (
	"context"
	"errors"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// proved is what a proof opened: the safe's identities by a sheet, or the right
// PIN alone.
type proved struct {
	ids identities
	way vault.WayID
	pin bool
}

// code says in the trail how the person proved who they are.
func (p proved) code() string {
	switch {
	case p.pin && p.ids != nil:
		return "sheet+pin"
	case p.pin:
		return "pin"
	case p.ids != nil:
		return "sheet"
	default:
		return ""
	}
}

// prove checks what the person typed or showed, guess by guess: each is in the
// trail before it is compared. In the person's own login the code is enough. On
// an agent's screen, a counter session included, it counts beside the PIN, or
// with a second agent who had no hand in the printing; the PIN alone proves that
// the person is there, and opens nothing that is locked.
//
// The identities are the caller's to use and forget. Whether the safe was frozen
// or the way in ended meanwhile is for the caller to ask.
func (k *Keeper) prove(ctx context.Context, w *warrant, p vault.Proof, approval vault.ApprovalID, body [32]byte) (proved, error) {
	return k.proveOnce(ctx, w, p, func() error {
		return k.approved(ctx, w, approval, body, w.safe.current().printers...)
	})
}

// proveOnce compares the PIN, then the code, and where a code stands alone on an
// agent's screen asks alone whether it counts.
func (k *Keeper) proveOnce(ctx context.Context, w *warrant, p vault.Proof, alone func() error) (out proved, err error) {
	if p.PIN.IsZero() && p.Code.IsZero() {
		return proved{}, &vault.InvalidError{Field: "proof", Rule: "le code PIN de la personne, ou sa feuille de code"}
	}
	if !p.PIN.IsZero() {
		if err := k.tryPIN(ctx, w, p.PIN); err != nil {
			return proved{}, err
		}
		out.pin = true
	}
	if p.Code.IsZero() {
		return out, nil
	}
	if out.way, out.ids, err = k.tryCode(ctx, w, p.Code); err != nil {
		return proved{}, err
	}
	if !out.pin && !w.ownLogin() {
		if err := alone(); err != nil {
			return proved{}, err
		}
	}
	return out, nil
}

// ownLogin reports whether the caller is the person, logged in themselves: no
// agent's screen.
func (w *warrant) ownLogin() bool { return w.standing.Owner && !w.standing.Visit }

// screen is the agent on whose screen the caller types; zero in the person's own
// login.
func (k *Keeper) screen(w *warrant) vault.AgentID {
	if w.ownLogin() {
		return vault.AgentID{}
	}
	if v, ok := k.guests.get(w.deed.who.Session()); ok {
		return v.agent
	}
	return w.standing.Agent.ID
}

// printer reports whether the caller's screen is that of an agent who printed or
// rendered a live sheet.
func (k *Keeper) printer(w *warrant) bool {
	agent := k.screen(w)
	return !agent.IsZero() && slices.Contains(w.safe.current().printers, agent)
}

// What was typed, in the trail.
const (
	guessPIN   = "pin"
	guessSheet = "sheet"
)

// tryPIN compares a typed PIN. The guess is in the trail and in the counters
// before it is looked at.
func (k *Keeper) tryPIN(ctx context.Context, w *warrant, pin vault.PIN) error {
	return k.try(ctx, w, guessPIN, func() (detail, error) {
		id, stored, agent := w.safe.id, w.safe.current().pin, k.screen(w)
		if stored.isZero() {
			return detail{Reason: notCompared}, vault.ErrPIN
		}
		if err := k.countPIN(id, stored.since, agent); err != nil {
			return detail{Reason: notCompared}, err
		}
		if !stored.matches(k.pinMAC(id, pin)) {
			k.noteWrongPIN(agent)
			return detail{}, vault.ErrPIN
		}
		return detail{}, k.rightPIN(id, agent)
	})
}

// tryCode compares a typed code with the live sheets and opens the safe's
// identities with it.
func (k *Keeper) tryCode(ctx context.Context, w *warrant, code seal.Code) (way vault.WayID, ids identities, err error) {
	err = k.try(ctx, w, guessSheet, func() (detail, error) {
		if err := k.guess(w.safe.id); err != nil {
			return detail{Reason: notCompared}, err
		}
		text, opened, err := k.openWithCode(ctx, w, code)
		if text != "" { // it was the right code, whether or not the bucket answered
			err = errors.Join(err, k.sheetOpened(w.safe.id, text))
		}
		if err != nil {
			return detail{Way: text}, err
		}
		ids = opened
		way, err = vault.ParseWayID(text)
		return detail{Way: text}, err
	})
	if err != nil {
		return vault.WayID{}, nil, err
	}
	return way, ids, nil
}

// try records a guess before it is compared, and then how it ended. What it
// opened is worth nothing when that cannot be recorded.
func (k *Keeper) try(ctx context.Context, w *warrant, kind string, compare func() (detail, error)) error {
	if err := w.check(w.deed.safe); err != nil {
		return err
	}
	d := deed{who: w.deed.who, act: vault.ActGuess, safe: w.safe.id, note: detail{Code: kind}}
	rec, err := k.describe(d, w.safe, w.standing, audit.StageIntent)
	if err != nil {
		return err
	}
	pending, err := k.trail.Begin(ctx, rec)
	if err != nil {
		return fromTrail(err)
	}
	note, err := compare()
	raw, sealErr := k.sealDetail(w.safe, note, vault.ActGuess, audit.StageOutcome)
	end := fromTrail(pending.End(context.WithoutCancel(ctx), resultOf(err), raw))
	return errors.Join(err, sealErr, end)
}
