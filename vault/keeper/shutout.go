package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// ShutOut shuts an agent or a structure out, silently: from the moment its
// intent is on disk there is no such safe for them. Their consents and requests
// end in the same entry. See [vault.LockKeeper].
func (k *Keeper) ShutOut(ctx context.Context, who session.Principal, act vault.ShutOut) error {
	defer k.recall(ctx)
	t, bad := &taking{}, checkShutOut(act)
	if bad == nil {
		t.shutOut = shutOut{act.Agent, act.Structure, time.Now().UTC().Truncate(time.Second)}
	}
	note := detail{AboutAgent: idText(act.Agent), AboutStructure: idText(act.Structure)}
	w, err := k.beginTaking(ctx, deed{who: who, act: vault.ActShutOut, safe: act.Safe, note: note}, t)
	if err != nil {
		return err
	}
	body := shutOutBody("coffre/shut-out/v1", act)
	found, err := false, bad
	if err == nil {
		found, err = w.answered(act.Request, body, &struct{}{})
	}
	if found || err != nil {
		w.safe.unhold(t)
		return w.end(ctx, err, detail{})
	}
	// A consent to them that is being given lands first, and ends here.
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	return k.take(ctx, w, act.Request, body, t, func() {
		k.dropArriving(t)
		k.leave(ctx, act.Safe, func(_ session.ID, agent vault.AgentID) bool { return !k.vouches(agent, w.safe) })
	})
}

func shutOutBody(use string, act vault.ShutOut) [32]byte {
	return mac([]byte(use), act.Safe.String(), act.Agent.String(), act.Structure.String())
}

func checkShutOut(act vault.ShutOut) error {
	if act.Agent.IsZero() == act.Structure.IsZero() {
		return &vault.InvalidError{Field: "agent", Rule: "une personne, ou une structure"}
	}
	return nil
}

// LetIn ends that. What ended does not come back. See [vault.LockKeeper].
func (k *Keeper) LetIn(ctx context.Context, who session.Principal, act vault.ShutOut) error {
	note := detail{AboutAgent: idText(act.Agent), AboutStructure: idText(act.Structure)}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActLetIn, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	if err := checkShutOut(act); err != nil {
		return w.end(ctx, err, detail{})
	}
	return k.editRecord(ctx, w, act.Request, shutOutBody("coffre/let-in/v1", act), func(r *serviceRecord) error {
		n := len(r.shutOut)
		r.shutOut = slices.DeleteFunc(slices.Clone(r.shutOut), func(o shutOut) bool {
			return o.agent == act.Agent && o.structure == act.Structure
		})
		if len(r.shutOut) == n {
			return vault.ErrNotFound
		}
		return nil
	})
}
