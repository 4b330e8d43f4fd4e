package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// Relays lists the relays of a safe, for the person, or those an agent has to do
// with; an access manager also sees that others ring, and neither whose they are
// nor what for. See [vault.RelayKeeper].
func (k *Keeper) Relays(ctx context.Context, who session.Principal, act vault.ListRelays) (vault.RelayList, error) {
	as, list := vault.ActListRelays, k.relaysIn
	if act.Safe.IsZero() {
		as, list = vault.ActMyRelays, k.myRelays
	}
	w, err := k.begin(ctx, deed{who: who, act: as, safe: act.Safe})
	if err != nil {
		return vault.RelayList{}, err
	}
	found, err := list(ctx, w, act)
	if err != nil {
		return vault.RelayList{}, w.end(ctx, err, detail{})
	}
	return found, w.endLater(audit.ResultDone, detail{Count: uint64(len(found.Relays))})
}

// relaysIn are those of one safe, for the person.
func (k *Keeper) relaysIn(_ context.Context, w *warrant, act vault.ListRelays) (vault.RelayList, error) {
	if err := errors.Join(w.check(act.Safe), checkPage(act.Limit)); err != nil {
		return vault.RelayList{}, err
	}
	r, now := w.safe.current(), k.now()
	list := vault.RelayList{Forbidden: !r.noRelays.IsZero()}
	all := make([]relayRow, 0, len(r.relays))
	for _, one := range r.relays {
		if !one.forgotten(now) {
			all = append(all, relayRow{safe: act.Safe, relay: k.fallen(one), discreet: r.discreet()})
		}
	}
	page, err := relayPage(all, act, now)
	for _, row := range page {
		v := k.relayView(row.relay, now)
		v.Safe, v.Name = act.Safe, r.entry.Name
		if r.discreet() {
			v.Name, v.From, v.To, v.TakenBy = "", "", "", ""
		}
		list.Relays = append(list.Relays, v)
	}
	return list, err
}

// relayPage sorts relays, those that ring first and then by their day, and cuts
// out the page asked for.
func relayPage(all []relayRow, act vault.ListRelays, now time.Time) ([]relayRow, error) {
	slices.SortFunc(all, func(a, b relayRow) int {
		return cmp.Or(cmp.Compare(b2i(b.rings(now)), b2i(a.rings(now))), cmp.Compare(b2i(!a.open()), b2i(!b.open())),
			a.due.Compare(b.due), slices.Compare(a.id[:], b.id[:]))
	})
	if !act.After.IsZero() {
		at := slices.IndexFunc(all, func(r relayRow) bool { return r.id == act.After })
		if at < 0 {
			return nil, vault.ErrPageToken
		}
		all = all[at+1:]
	}
	return all[:min(len(all), act.Limit)], nil
}

// relayView is a relay without what only its safe knows.
func (k *Keeper) relayView(r relay, now time.Time) vault.Relay {
	v := vault.Relay{
		ID: r.id, State: r.state, Alarm: r.rings(now), Purpose: r.purpose, Posture: r.posture, Text: r.text,
		Sender: r.sender, Agent: r.to, Function: r.function, Taker: r.taker,
		Due: r.due, AlarmAt: r.alarm, Sent: r.sent, Since: r.since, Ended: r.why,
	}
	v.From, _ = k.agentName(r.sender)
	v.To, _ = k.agentName(r.to)
	v.TakenBy, _ = k.agentName(r.taker)
	return v
}

// myRelays are those that an agent has to do with. Which they are the rows say;
// each one's own safe says the rest, and whether it still is so.
func (k *Keeper) myRelays(ctx context.Context, w *warrant, act vault.ListRelays) (vault.RelayList, error) {
	if err := errors.Join(w.check(vault.SafeID{}), checkPage(act.Limit)); err != nil {
		return vault.RelayList{}, err
	}
	me, now := w.standing.Agent, k.now()
	rows, err := k.relaysOf(me.Structure)
	if err != nil {
		return vault.RelayList{}, err
	}
	rows = slices.DeleteFunc(rows, func(r relayRow) bool {
		return r.forgotten(now) || !k.shown(r, me, now)
	})
	limit := act.Limit
	act.Limit = len(rows)
	if rows, err = relayPage(rows, act, now); err != nil {
		return vault.RelayList{}, err
	}
	var list vault.RelayList
	for _, row := range rows {
		if len(list.Relays) == limit {
			break
		}
		v, ok, err := k.relayFor(ctx, row, me, now)
		if err != nil {
			return vault.RelayList{}, err
		}
		if ok {
			list.Relays = append(list.Relays, v)
		}
	}
	return list, nil
}

// shown reports whether an agent finds a relay in their list: their own, and for
// an access manager what rings, unless the safe gives no notice of anything.
func (k *Keeper) shown(r relayRow, me consent.Agent, now time.Time) bool {
	one := k.fallen(r.relay)
	return mine(one, me) || managesRing(r, one, me, now)
}

func mine(one relay, me consent.Agent) bool {
	return slices.ContainsFunc(me.Functions.All(), handsOn) && one.concerns(me.ID, me.Structure, me.Functions)
}

func managesRing(r relayRow, one relay, me consent.Agent, now time.Time) bool {
	return me.Functions.Has(vault.FunctionAccessManager) && !r.discreet && one.rings(now)
}

// relayFor is one relay as its safe has it, for an agent; false where they are
// told nothing: shut out, frozen, or no longer theirs. Which it is only the safe
// says: while it cannot be read the list is refused, so that what waits does not get
// lost either.
func (k *Keeper) relayFor(ctx context.Context, row relayRow, me consent.Agent, now time.Time) (vault.Relay, bool, error) {
	s, err := k.listed(ctx, row.safe)
	if s == nil {
		return vault.Relay{}, false, err
	}
	defer k.unpin(s)
	record := s.current()
	one, ok := k.relay(record, row.id)
	row.discreet = record.discreet()
	switch {
	case !ok, s.frozen(), record.shuts(me.ID, me.Structure), silent(one.why):
		return vault.Relay{}, false, nil
	case mine(one, me):
		v := k.relayView(one, now)
		if v.Safe = row.safe; !record.discreet() {
			v.Name = record.entry.Name
		}
		return v, true, nil
	case managesRing(row, one, me, now):
		one.text, one.purpose, one.posture = "", "", 0
		return k.relayView(one, now), true, nil
	}
	return vault.Relay{}, false, nil
}
