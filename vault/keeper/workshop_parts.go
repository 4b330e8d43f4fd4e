package keeper

import (
	"slices"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// Somebody takes part in one cycle at a time. What is known of the cycles that they
// followed before stays theirs beside it until it is forgotten: whoever goes on in
// another cycle can still have a certificate of the first.

// parts are the person's parts that are known, the last one they joined first.
func (r serviceRecord) parts() (all []participation) {
	if !r.cycle.isZero() {
		all = append(all, r.cycle)
	}
	return append(all, r.earlier...)
}

// cycles are the cycles in which the person has a part, in the same order.
func (r serviceRecord) cycles() (ids []vault.CycleID) {
	for _, p := range r.parts() {
		ids = append(ids, p.cycle)
	}
	return ids
}

// partIn is the person's part in one cycle; zero for none.
func (r serviceRecord) partIn(id vault.CycleID) participation {
	for _, p := range r.parts() {
		if p.cycle == id {
			return p
		}
	}
	return participation{}
}

// withPart gives the record of who joins a cycle, or comes back to it: the part they
// had elsewhere is an earlier one. More than [vault.MaxEarlier] of these are not kept.
func (r serviceRecord) withPart(p participation) serviceRecord {
	r = r.withoutPart(p.cycle)
	r.earlier = r.parts()
	r.earlier = r.earlier[:min(len(r.earlier), vault.MaxEarlier)]
	r.cycle = p
	return r
}

// withoutPart gives the record once what is known of one cycle is forgotten.
func (r serviceRecord) withoutPart(id vault.CycleID) serviceRecord {
	if r.cycle.cycle == id {
		r.cycle = participation{}
	}
	r.earlier = slices.DeleteFunc(slices.Clone(r.earlier), func(p participation) bool { return p.cycle == id })
	return r
}

// partOf is the person's part in the cycle that they joined last, as it stands.
func (k *Keeper) partOf(r serviceRecord) workshop.Participation { return k.partAt(r, r.cycle) }

// partAt is one part of the person's as it stands: it is over once the safe was
// handed over by who led the cycle, whoever leads it since.
func (k *Keeper) partAt(r serviceRecord, one participation) workshop.Participation {
	c, ok := k.cycle(one.cycle)
	if !ok || !one.part.Part() {
		return one.part
	}
	last := one.cycle == r.cycle.cycle
	for _, h := range r.handed {
		if !h.waits && (h.cycle == c.id || last && h.leader == c.leader) && !h.since.Before(one.part.Since) {
			return one.part.HandOver(h.since)
		}
	}
	return one.part
}
