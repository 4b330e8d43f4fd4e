package keeper

import (
	"context"
	"errors"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// sweepRelays writes down what happened to relays by itself: nobody took one in
// time, its agent left, nobody did it long after its day. Lists never wait for it:
// they look at the dates and at who is in post.
func (k *Keeper) sweepRelays(ctx context.Context) error {
	rows, err := k.relayRows(bRelay, nil, 0)
	if err != nil {
		return err
	}
	now, due := k.now(), map[vault.SafeID]bool{}
	for _, r := range rows {
		if _, act := k.relayFate(r.relay, now); act != 0 || r.forgotten(now) {
			due[r.safe] = true
		}
	}
	var errs []error
	for id := range due {
		errs = append(errs, k.serveSafe(ctx, id, func(s *safe) error { return k.keepRelays(ctx, s) }))
	}
	return errors.Join(errs...)
}

// relayFate is what has happened to a relay by itself, and as which act that is
// recorded; zero for nothing.
func (k *Keeper) relayFate(r relay, now time.Time) (relay, vault.Act) {
	switch {
	case !r.open():
	case k.left(r.holder()):
		return r.back(r.holder(), now), vault.ActReturnRelay
	case r.over(now):
		return r.ends(vault.EndedExpired, now), vault.ActRelayAlarm
	case !r.rang && r.rings(now):
		r.rang = true
		return r, vault.ActRelayAlarm
	}
	return r, 0
}

// left reports whether an agent left for good; whose date alone is over may be
// renewed.
func (k *Keeper) left(id vault.AgentID) bool {
	if id.IsZero() {
		return false
	}
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	return !ok || k.roster.gone(a)
}

// keepRelays writes what happened to the relays of one safe, in one entry: the
// service's own acts, which stand in the person's journal.
func (k *Keeper) keepRelays(ctx context.Context, s *safe) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.settled(); err != nil {
		return err
	}
	record, now := s.current(), k.now()
	var notes []relayNoted
	for _, one := range record.relays {
		after, act := k.relayFate(one, now)
		if act != 0 {
			notes = append(notes, relayNoted{act, after})
		}
		if act != 0 || one.forgotten(now) {
			record = record.with(after, now)
		}
	}
	if len(record.relays) == len(s.current().relays) && len(notes) == 0 {
		return nil
	}
	state := s.now()
	last, _ := state.Service()
	op, err := k.putService(ctx, s.id, last.N, record)
	if err != nil {
		return err
	}
	at := audit.Position(k.trail.Size())
	for _, n := range notes {
		if at, err = k.noteService(ctx, s, n.act, n.detail()); err != nil {
			return err
		}
	}
	c := &change{intent: at, ops: []chain.Op{op}, service: &record}
	if err := s.enqueue(k, c); err != nil {
		return err
	}
	return k.await(ctx, c) // a bucket that does not answer keeps nobody waiting for this safe
}

// relayNoted is one thing that happened by itself.
type relayNoted struct {
	act   vault.Act
	relay relay
}

func (n relayNoted) detail() detail {
	d := detail{Relay: n.relay.id.String(), Purpose: string(n.relay.purpose), AboutAgent: idText(n.relay.left)}
	if n.relay.why != 0 {
		d.Code = n.relay.why.String()
	}
	return d
}

// relaysBack counts the relays that came back to a structure because an agent
// left, written down or not.
func (k *Keeper) relaysBack(structure vault.StructureID, agent vault.AgentID) (n int, err error) {
	rows, err := k.relaysOf(structure)
	for _, r := range rows {
		if one := k.fallen(r.relay); one.left == agent {
			n++
		}
	}
	return n, err
}
