package keeper

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Passwords sets the password of a local account anew: it answers an error
// that wraps [vault.ErrNotFound] for a login that is not one of its own, and an
// [*vault.InvalidError] for what cannot be a password.
type Passwords func(ctx context.Context, login auth.UserID, password seal.Secret) error

// OnReset says who sets passwords. Without it, where there is no local provider,
// none is reset. It is called before anything is served.
func (k *Keeper) OnReset(set Passwords) { k.passwords = set }

// ResetPassword sets the password of the local account that a safe is linked to.
// The sheet is compared first, so that nobody without it can block the PIN; what
// is not there, not linked or frozen is answered like a wrong code. Every session
// of the login ends. See [vault.LockKeeper].
func (k *Keeper) ResetPassword(ctx context.Context, network string, act vault.ResetPassword) error {
	defer k.recall(ctx)
	w, err := k.beginReset(ctx, network, act.Safe)
	if err != nil {
		return err
	}
	return w.end(ctx, k.resetPassword(ctx, w, act), w.result)
}

// beginReset decides and records an act that nobody has to log in for.
func (k *Keeper) beginReset(ctx context.Context, network string, id vault.SafeID) (*warrant, error) {
	if err := k.fit(); err != nil {
		return nil, err
	}
	s, err := k.safe(ctx, id)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, errors.Join(vault.ErrCode, k.countStranger(ctx, vault.ActResetPassword, network))
	}
	if err != nil {
		return nil, err
	}
	d := deed{act: vault.ActResetPassword, safe: id}
	st := consent.Standing{Exists: true, Nature: s.now().Nature(), Frozen: s.frozen(), Now: k.now()}
	permit, reason := consent.Unidentified(st, d.request())
	if reason != 0 {
		k.unpin(s)
		return nil, errors.Join(vault.ErrCode, k.countStranger(ctx, vault.ActResetPassword, network))
	}
	w, err := k.record(ctx, &warrant{keeper: k, deed: d, permit: permit, safe: s, standing: st})
	if err != nil {
		k.unpin(s)
	}
	return w, err
}

func (k *Keeper) resetPassword(ctx context.Context, w *warrant, act vault.ResetPassword) error {
	if len(act.Password.Reveal()) == 0 || len(act.Password.Reveal()) > vault.MaxPassword {
		return &vault.InvalidError{Field: "password", Rule: "le nouveau mot de passe, 256 octets au plus"}
	}
	way, _, err := k.tryCode(ctx, w, act.Proof.Code)
	if errors.Is(err, vault.ErrTooManyGuesses) {
		return vault.ErrCode // only a safe that is there counts guesses
	}
	if err != nil {
		return err
	}
	w.result.Way = way.String()
	if err := k.tryPIN(ctx, w, act.Proof.PIN); err != nil {
		return err
	}
	owner := w.safe.current().owner
	if owner.IsZero() || k.passwords == nil {
		return vault.ErrNotFound // whoever has both is the person: they are told
	}
	if w.safe.frozen() {
		return vault.ErrFrozen
	}
	if err := k.passwords(ctx, owner, act.Password); err != nil {
		return err
	}
	return k.sessions.RevokeUser(context.WithoutCancel(ctx), owner)
}
