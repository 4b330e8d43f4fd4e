package keeper

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// JoinCycle lets the person take part in a cycle. It gives the leader nothing of
// the safe. See [vault.WorkshopKeeper].
func (k *Keeper) JoinCycle(ctx context.Context, who session.Principal, act vault.OnCycle) error {
	note := detail{Cycle: act.Cycle.String(), Word: act.Word.String()}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActJoinCycle, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	body := onCycleBody("coffre/join-cycle/v1", act)
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, w.result)
	}
	mine := &seat{act.Cycle, act.Safe}
	leave := func() { k.seats.leave(mine) }
	c := &change{landed: leave, failed: leave}
	err = k.editBy(ctx, w, c, act.Request, body, struct{}{}, func(r *serviceRecord) error {
		if err := wordOf(w.standing, act.Word); err != nil {
			return err
		}
		c, ok := k.cycle(act.Cycle)
		if !ok || !c.lasts() || !w.person() && c.leader != w.standing.Agent.ID {
			return vault.ErrNotFound
		}
		return k.joins(r, c, mine)
	})
	if c.done == nil { // nothing is on its way
		leave()
	}
	return err
}

// joins makes somebody a participant of a cycle that lasts.
func (k *Keeper) joins(r *serviceRecord, c cycleFacts, mine *seat) error {
	old := r.partIn(c.id)
	switch now, takes := k.takesPart(*r); {
	case takes && now.id == c.id:
		return nil // it is so already
	case takes:
		return vault.ErrTakesPart
	case !k.partAt(*r, old).Handed.IsZero():
		return vault.ErrNotFound // the safe was handed over: this cycle is over for them
	}
	if err := k.seats.take(mine, k.participantsOf); err != nil {
		return err
	}
	*r = r.withPart(participation{cycle: c.id, part: workshop.Join(c.record.plan, old.part, instant())})
	return nil
}

func onCycleBody(what string, act vault.OnCycle) [32]byte {
	return mac([]byte(what), act.Safe.String(), act.Cycle.String(), act.Word.String())
}

// LeaveCycle lets the person drop out. It takes away: from the moment its intent
// is on disk the consents that the cycle bounds are over, and the leader reads
// nothing of them any more. The safe stays what it is. See [vault.WorkshopKeeper].
func (k *Keeper) LeaveCycle(ctx context.Context, who session.Principal, act vault.OnCycle) error {
	defer k.recall(ctx)
	w, err := k.beginLeave(ctx, who, act)
	if err != nil {
		return err
	}
	body := onCycleBody("coffre/leave-cycle/v1", act)
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	ids, err := takenIDs(w.deed.note.Consents)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	gone := leaving{cycle: act.Cycle, since: time.Now().UTC().Truncate(time.Second)}
	w.safe.changing.Lock() // a consent that is being given lands first; it counts for nothing, and the sweep ends it
	defer w.safe.changing.Unlock()
	if _, changes := gone.apply(w.safe.current()); !changes && len(ids) == 0 {
		return w.end(ctx, nil, detail{}) // what was wanted is so already
	}
	return k.take(ctx, w, act.Request, body, &taking{leaves: gone, consents: ids, why: vault.EndedCycle}, k.sweepSoon)
}

// beginLeave is begin for it: what it ends is looked up before the intent, in the
// index, so that nothing of the bucket may stop it.
func (k *Keeper) beginLeave(ctx context.Context, who session.Principal, act vault.OnCycle) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: vault.ActLeaveCycle, safe: act.Safe, note: detail{
		Cycle: act.Cycle.String(), Code: vault.EndedCycle.String(), Word: act.Word.String(),
	}}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, st, err)
	}
	if _, why := consent.Decide(who, st, d.request()); s != nil && why == 0 {
		err := wordOf(st, act.Word)
		own := st.Owner || st.Visit // an agent without a word is told nothing of the person
		if s.current().cycle.cycle != act.Cycle && (own || err == nil) {
			err = vault.ErrNotFound
		}
		if err != nil {
			err = k.refuseFor(ctx, d, s, st, err)
			k.unpin(s)
			return nil, err
		}
		if d.note.Consents, err = k.boundBy(s, act.Cycle); err != nil {
			k.unpin(s)
			return nil, k.failed(ctx, d, st, err)
		}
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil && s != nil {
		k.unpin(s)
	}
	return w, err
}
