package keeper

import (
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// A handover is what one takes away and what it puts in its place. All of it is in
// the sealed details of its intent, from which a start finishes it.
type handover struct {
	leader   vault.AgentID
	since    time.Time
	sheet    vault.WayID
	pin      storedPIN
	printers []vault.AgentID // who saw the new sheet
	number   vault.PassportNumber
	cycle    vault.CycleID   // of workshops, that the leader leads; zero for none
	kit      bool            // the recovery kit ends: the leader printed it
	ways     []renewed       // that will be, with the epochs there are
	turn     chain.TurnEpoch // with a key for each of them
}

// A renewed is a way in that a handover adds, and the one in whose place; of the
// new sheet it is in the place of none.
type renewed struct {
	old vault.WayID
	add chain.AddWay
}

// done reports whether a state has the handover already.
func (h *handover) done(state chain.Safe) bool { return state.Epoch().Number >= h.turn.Epoch }

// endsWay reports whether a way in opens nothing any more from the intent on: the
// ways that are sealed anew open what they opened until they are.
func (h *handover) endsWay(id vault.WayID) bool {
	return h != nil && id != h.sheet && !slices.ContainsFunc(h.ways, func(r renewed) bool { return r.old == id || r.add.ID == id })
}

// turning are the operations by which the ways in change and the epoch turns. A way
// that ended since it was sealed anew stays ended.
func (h *handover) turning(state chain.Safe) (ops []chain.Op) {
	added := map[vault.WayID]bool{}
	for _, r := range h.ways {
		if _, ok := state.Way(r.old); ok || r.old.IsZero() {
			ops, added[r.add.ID] = append(ops, r.add), true
		}
	}
	for way := range state.Ways() {
		ops = append(ops, chain.EndWay{Way: way.ID})
	}
	turn := h.turn
	turn.Keys = slices.DeleteFunc(slices.Clone(turn.Keys), func(x chain.WayKey) bool { return !added[x.Way] })
	return append(ops, turn)
}

// apply gives the service record after the handover, and whether that is anything.
func (h *handover) apply(r serviceRecord) (serviceRecord, bool) {
	if _, was := r.handedWith(h.sheet); was {
		return r, false
	}
	r.pin, r.printers, r.renewSheet = h.pin, h.printers, false
	r.recovery, r.relink, r.kitOpening = recovering{}, relinking{}, kitOpening{} // whatever waited is void
	notes := slices.Clone(r.ways)
	for _, way := range h.ways {
		n, _ := r.way(way.old)
		notes = append(notes, wayNote{way.add.ID, n.label, sinceOr(n.since, h.since)})
	}
	r.ways = notes
	r.handed = append(r.settledHandovers(), handed{leader: h.leader, since: h.since, sheet: h.sheet, cycle: h.cycle, kit: h.kit})
	if r.passport.number.IsZero() {
		r.passport.number, r.passport.since = h.number, h.since
	}
	r, _ = shutOut{agent: h.leader, since: h.since}.away(r)
	return r, true
}

func sinceOr(t, or time.Time) time.Time {
	if t.IsZero() {
		return or
	}
	return t
}
