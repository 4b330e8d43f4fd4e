package keeper

import (
	"cmp"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A relay is a task on its way from one agent to another, within one structure.
// It stands in the safe's service record: what is under way must not end with a
// rebuild, and it holds no key.
type relay struct {
	id        vault.RelayID
	structure vault.StructureID
	sender    vault.AgentID
	to        vault.AgentID  // zero where it is to a function, or to anybody
	function  vault.Function // zero where it is to one agent, or to anybody
	purpose   papers.Purpose
	posture   vault.Posture
	text      string
	sent      time.Time
	due       time.Time
	alarm     time.Time // nobody took it until then
	rang      bool      // and that is recorded
	state     vault.RelayState
	taker     vault.AgentID
	left      vault.AgentID // who left with it: it came back for that
	since     time.Time     // of the state
	why       vault.EndReason
}

func (r relay) open() bool { return r.state.Open() }

// rings reports whether nobody has it though somebody should.
func (r relay) rings(now time.Time) bool {
	return r.state == vault.RelayReturned || r.state == vault.RelaySent && !now.Before(r.alarm)
}

// over reports whether nobody did it for so long after its day that it ends.
func (r relay) over(now time.Time) bool { return r.open() && now.Sub(r.due) >= vault.RelayLate }

// forgotten reports whether it ended so long ago that nobody is shown it.
func (r relay) forgotten(now time.Time) bool { return !r.open() && now.Sub(r.since) >= vault.RelayKept }

// holder is the one agent who has it, or whom it waits for; zero for a function.
func (r relay) holder() vault.AgentID {
	if !r.taker.IsZero() {
		return r.taker
	}
	return r.to
}

// is gives the relay in another state, from an instant on.
func (r relay) is(state vault.RelayState, at time.Time) relay {
	r.state, r.since = state, at.UTC().Truncate(time.Second)
	return r
}

// ends gives the relay after its end.
func (r relay) ends(why vault.EndReason, at time.Time) relay {
	r = r.is(vault.RelayEnded, at)
	r.why = why
	return r
}

// back gives the relay that comes back because an agent left: it waits for
// anybody of the structure.
func (r relay) back(from vault.AgentID, at time.Time) relay {
	r = r.is(vault.RelayReturned, at)
	r.taker, r.to, r.function, r.left, r.rang = vault.AgentID{}, vault.AgentID{}, 0, from, false
	return r
}

// waitsFor reports whether an agent may take it: whom it was sent to, and of one
// that came back, the sender too. One that came back because somebody left waits
// for everybody.
func (r relay) waitsFor(id vault.AgentID, structure vault.StructureID, functions vault.FunctionSet) bool {
	switch {
	case !r.state.Waits(), r.structure != structure:
		return false
	case r.state == vault.RelayReturned && r.sender == id, !r.to.IsZero() && r.to == id, r.function != 0 && functions.Has(r.function):
		return true
	default:
		return r.to.IsZero() && r.function == 0
	}
}

// concerns reports whether an agent has to do with it.
func (r relay) concerns(id vault.AgentID, structure vault.StructureID, functions vault.FunctionSet) bool {
	return r.sender == id || r.taker == id || r.waitsFor(id, structure, functions)
}

// fallen is a relay as it stands now, whether that is written already or not: one
// whose agent is no longer in post has come back, one whose day is long ago is
// over.
func (k *Keeper) fallen(r relay) relay {
	if r.over(k.now()) {
		return r.ends(vault.EndedExpired, r.due.Add(vault.RelayLate))
	}
	id := r.holder()
	if !r.open() || id.IsZero() {
		return r
	}
	if f, ok := k.agentBy(id); ok && f.state != vault.AgentEnded {
		return r
	}
	return r.back(id, r.since)
}

// relay answers one of a safe's relays as it stands now.
func (k *Keeper) relay(r serviceRecord, id vault.RelayID) (relay, bool) {
	i := slices.IndexFunc(r.relays, func(one relay) bool { return one.id == id })
	if i < 0 {
		return relay{}, false
	}
	return k.fallen(r.relays[i]), true
}

// with gives the record with one relay replaced, or added, and without those
// that nobody is shown any more.
func (r serviceRecord) with(one relay, now time.Time) serviceRecord {
	kept := slices.DeleteFunc(slices.Clone(r.relays), func(old relay) bool { return old.id == one.id || old.forgotten(now) })
	r.relays = append(kept, one)
	slices.SortFunc(r.relays, func(a, b relay) int { return cmp.Or(a.sent.Compare(b.sent), slices.Compare(a.id[:], b.id[:])) })
	return r
}

// each gives the record with every relay as change gives it, and whether that is
// anything.
func (r serviceRecord) each(change func(relay) relay) (serviceRecord, bool) {
	all := slices.Clone(r.relays)
	changed := false
	for i, one := range all {
		all[i] = change(one)
		changed = changed || all[i] != one
	}
	if changed {
		r.relays = all
	}
	return r, changed
}

// ending gives the record after every relay that is open and that which says has
// ended.
func (r serviceRecord) ending(why vault.EndReason, at time.Time, which func(relay) bool) (serviceRecord, bool) {
	return r.each(func(one relay) relay {
		if !one.open() || !which(one) {
			return one
		}
		return one.ends(why, at)
	})
}

// A relayBan is the person's no: to one relay, or with the zero id to all, now
// and later. The zero relayBan is none.
type relayBan struct {
	relay vault.RelayID
	since time.Time
}

// apply gives the record after it, and whether that is anything.
func (b relayBan) apply(r serviceRecord) (serviceRecord, bool) {
	r, ended := r.ending(vault.EndedRefused, b.since, func(one relay) bool { return b.relay.IsZero() || one.id == b.relay })
	if b.relay.IsZero() && r.noRelays.IsZero() {
		r.noRelays, ended = b.since, true
	}
	return r, ended
}

// away gives the record after somebody was shut out: what they took comes back
// without a word, and those of a structure end.
func (o shutOut) away(r serviceRecord) (serviceRecord, bool) {
	return r.each(func(one relay) relay {
		switch {
		case !one.open():
		case !o.structure.IsZero() && one.structure == o.structure:
			return one.ends(vault.EndedShutOut, o.since)
		case !o.agent.IsZero() && one.taker == o.agent:
			back := one.is(vault.RelayReturned, o.since)
			back.taker = vault.AgentID{}
			return back
		}
		return one
	})
}
