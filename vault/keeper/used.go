package keeper

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// used ends the warrant of what was proved on the screen of an agent, in the
// session it was proved for, unless that ended meanwhile. A sheet that was used
// for it is noted as due for a new one, in an entry of its own: its code went
// through a machine that is not the person's.
func (k *Keeper) used(ctx context.Context, w *warrant, who session.Principal, agent vault.AgentID, p proved) error {
	if p.ids == nil { // a PIN alone: nothing is noted
		return w.end(ctx, k.stays(w, p, who, agent), w.result)
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	err, c := k.stays(w, p, who, agent), &change{}
	if err == nil {
		err = k.dueSheet(ctx, w, c, true)
	}
	if err != nil || len(c.ops) == 0 {
		return w.end(ctx, err, w.result)
	}
	return errors.Join(k.settle(ctx, w, w.safe, c), k.stays(w, p, who, agent))
}

// dueSheet adds to a change that a new sheet is due, where a code was shown on an
// agent's screen and none is due yet. The caller holds the safe's changing lock.
func (k *Keeper) dueSheet(ctx context.Context, w *warrant, c *change, shown bool) error {
	record := w.safe.current()
	if !shown || record.renewSheet {
		return nil
	}
	if err := w.safe.settled(); err != nil {
		return err
	}
	record.renewSheet = true
	return k.renewService(ctx, w, c, record)
}
