package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// ActivateLogin links the caller's login to the safe whose sheet they hold, with
// an agent who confirms who they are. Whoever printed the sheet is never that
// agent, nor can they make the safe theirs. A safe that is not there, one that
// has a login already or is frozen, and a wrong code have one answer. See
// [vault.LockKeeper].
func (k *Keeper) ActivateLogin(ctx context.Context, who session.Principal, act vault.ActivateLogin) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActActivateLogin, safe: act.Safe})
	if errors.Is(err, vault.ErrNotFound) {
		return vault.ErrCode
	}
	if err != nil {
		return err
	}
	u := who.User()
	body := mac([]byte("coffre/activate-login/v1"), act.Safe.String(), u.Issuer(), u.Subject())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if err := k.claim(ctx, w, act, body); err != nil {
		return w.end(ctx, err, w.result)
	}
	return k.editWith(ctx, w, act.Request, body, struct{}{}, func(r *serviceRecord) error {
		if !r.owner.IsZero() {
			return vault.ErrCode // somebody was faster
		}
		r.owner = u
		return k.linkLogin(act.Safe, u)
	})
}

// claim asks for what makes a safe somebody's: its sheet, then an agent.
func (k *Keeper) claim(ctx context.Context, w *warrant, act vault.ActivateLogin, body [32]byte) error {
	way, _, err := k.tryCode(ctx, w, act.Code)
	if errors.Is(err, vault.ErrTooManyGuesses) {
		return vault.ErrCode // only a safe that is there counts guesses
	}
	if err != nil {
		return err
	}
	w.result.Way = way.String()
	record := w.safe.current()
	agent := w.standing.Agent.ID
	switch {
	case !record.owner.IsZero(), w.deed.who.User().IsZero(): // a counter session is no login
		return vault.ErrCode
	case w.standing.Agent.ShutOut: // with a sheet in hand, too, there is no such safe
		return vault.ErrCode
	case !agent.IsZero() && (agent == record.opener || slices.Contains(record.printers, agent)):
		return vault.ErrDenied
	}
	return k.approved(ctx, w, act.Approval, body, record.printers...)
}

// linkLogin lets a login find a safe. The link counts only while the safe's own
// record says the same.
func (k *Keeper) linkLogin(id vault.SafeID, u auth.UserID) error {
	if u.IsZero() {
		return nil
	}
	p := k.pseudonym("owner", u)
	return k.state.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bOwner).Put(append(p[:], id[:]...), []byte{1})
	})
}

// RelinkLogin replaces a lost login. Two agents agree, then the delay runs; the
// person sees it in their journal and wherever the safe is shown, and can end it
// from the login they still have, at the counter, or by freezing. Asked again
// with the same approval when the delay is over, it takes effect. See
// [vault.LockKeeper].
func (k *Keeper) RelinkLogin(ctx context.Context, who session.Principal, act vault.RelinkLogin) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRelinkLogin, safe: act.Safe})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/relink-login/v1"), act.Safe.String(), act.Login.Issuer(), act.Login.Subject())
	if w.standing.Owner {
		return k.keepLogin(ctx, w, act, body)
	}
	if act.Login.IsZero() {
		return w.end(ctx, &vault.InvalidError{Field: "login", Rule: "l'identité de connexion de la personne"}, detail{})
	}
	waits := w.safe.current().relink
	if waits.login == act.Login && waits.approval == act.Approval {
		return k.relinked(ctx, w, act, body, waits)
	}
	if err := k.approved(ctx, w, act.Approval, body); err != nil {
		return w.end(ctx, err, detail{})
	}
	if a, ok := k.agentOf(act.Login); ok && (a.id == w.standing.Agent.ID || a.id.String() == w.result.Approver) {
		return w.end(ctx, vault.ErrDenied, detail{}) // neither of the two takes the safe over
	}
	waits = relinking{act.Login, act.Approval, k.now().Add(vault.ApprovalDelay).UTC().Truncate(time.Second)}
	w.result.Code = "waits"
	err = k.editWith(ctx, w, vault.RequestID{}, body, struct{}{}, func(r *serviceRecord) error {
		r.relink = waits
		return nil
	})
	if err != nil {
		return err
	}
	return &vault.ApprovalError{Approval: act.Approval, NotBefore: waits.due}
}

// relinked lets the other login take over once its delay is past.
func (k *Keeper) relinked(ctx context.Context, w *warrant, act vault.RelinkLogin, body [32]byte, waits relinking) error {
	if k.now().Before(waits.due) {
		return w.end(ctx, &vault.ApprovalError{Approval: act.Approval, NotBefore: waits.due}, detail{})
	}
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		if r.relink != waits {
			return vault.ErrNotFound // the person said no meanwhile
		}
		r.owner, r.relink = waits.login, relinking{}
		// Whatever the old login has open is the old login's no more.
		k.closeSafe(act.Safe)
		return k.linkLogin(act.Safe, waits.login)
	})
}

// keepLogin is the person's no to a login that would replace theirs.
func (k *Keeper) keepLogin(ctx context.Context, w *warrant, act vault.RelinkLogin, body [32]byte) error {
	if !act.Login.IsZero() {
		return w.end(ctx, vault.ErrDenied, detail{})
	}
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		if r.relink.isZero() {
			return vault.ErrNotFound
		}
		r.relink = relinking{}
		return nil
	})
}
