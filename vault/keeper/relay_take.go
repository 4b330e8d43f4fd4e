package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// handsOn reports whether a function takes relays: see [consent.Functions].
func handsOn(f vault.Function) bool {
	for _, row := range consent.Functions() {
		if row.Function == f && row.See == consent.WithConsent {
			return true
		}
	}
	return false
}

// TakeRelay acknowledges a relay. Of two at once the first takes it: the safe's
// record changes by one writer. See [vault.RelayKeeper].
func (k *Keeper) TakeRelay(ctx context.Context, who session.Principal, act vault.OnRelay) error {
	return k.onRelay(ctx, who, act, vault.ActTakeRelay, func(one relay, me consent.Agent) (relay, error) {
		switch {
		case one.waitsFor(me.ID, me.Structure, me.Functions):
		case one.state == vault.RelayTaken && one.taker == me.ID:
			return one, nil // it is so already
		case one.concerns(me.ID, me.Structure, me.Functions), one.wasFor(me):
			return one, vault.ErrTaken
		default:
			return one, vault.ErrNotFound
		}
		one = one.is(vault.RelayTaken, k.now())
		one.taker = me.ID
		return one, nil
	})
}

// wasFor reports whether a relay that no longer waits was handed to an agent too:
// they are told that it is taken, and not that there is none.
func (r relay) wasFor(me consent.Agent) bool {
	r.state = vault.RelaySent
	return r.waitsFor(me.ID, me.Structure, me.Functions)
}

// FinishRelay says that the task is done: who took it, or the sender while nobody
// has. See [vault.RelayKeeper].
func (k *Keeper) FinishRelay(ctx context.Context, who session.Principal, act vault.OnRelay) error {
	return k.onRelay(ctx, who, act, vault.ActFinishRelay, func(one relay, me consent.Agent) (relay, error) {
		switch {
		case one.state == vault.RelayDone && (one.taker == me.ID || one.sender == me.ID):
			return one, nil
		case one.state == vault.RelayTaken && one.taker == me.ID, one.state.Waits() && one.sender == me.ID:
			return one.is(vault.RelayDone, k.now()), nil
		default:
			return one, notMine(one, me)
		}
	})
}

// ReturnRelay gives a task back: it waits again, for whom it was sent to and for
// the sender, and rings at once. See [vault.RelayKeeper].
func (k *Keeper) ReturnRelay(ctx context.Context, who session.Principal, act vault.OnRelay) error {
	return k.onRelay(ctx, who, act, vault.ActReturnRelay, func(one relay, me consent.Agent) (relay, error) {
		if one.state != vault.RelayTaken || one.taker != me.ID {
			return one, notMine(one, me)
		}
		one = one.is(vault.RelayReturned, k.now())
		one.taker, one.rang = vault.AgentID{}, false
		return one, nil
	})
}

// notMine is the answer to an agent who may not do that to a relay: that somebody
// else has it, to whom it concerns; to any other that there is none.
func notMine(one relay, me consent.Agent) error {
	if one.concerns(me.ID, me.Structure, me.Functions) || one.wasFor(me) {
		return vault.ErrTaken
	}
	return vault.ErrNotFound
}

// onRelay changes one relay, alone with the safe.
func (k *Keeper) onRelay(ctx context.Context, who session.Principal, act vault.OnRelay, as vault.Act, change func(relay, consent.Agent) (relay, error)) error {
	w, err := k.begin(ctx, deed{who: who, act: as, safe: act.Safe, note: detail{Relay: act.Relay.String()}})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/"+as.String()+"/v1"), act.Safe.String(), act.Relay.String())
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		one, ok := k.relay(*r, act.Relay)
		if !ok {
			return vault.ErrNotFound
		}
		after, err := change(one, w.standing.Agent)
		if err != nil {
			return err
		}
		w.result.Purpose = string(one.purpose)
		*r = r.with(after, k.now())
		return nil
	})
}

// relayed reports whether a relay of the safe concerns an agent, or waited for
// them until a colleague took it: one that is over too, as long as it is shown.
func (k *Keeper) relayed(r serviceRecord, me consent.Agent) bool {
	for _, one := range r.relays {
		one = k.fallen(one)
		if !silent(one.why) && (one.concerns(me.ID, me.Structure, me.Functions) || one.wasFor(me)) {
			return true
		}
	}
	return false
}
