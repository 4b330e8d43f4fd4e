package keeper

import (
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A handed is a handover that was, or one that waits, in a service record.
type handed struct {
	leader vault.AgentID
	since  time.Time
	sheet  vault.WayID // that was printed for it; zero for one that waits
	waits  bool        // the safe was locked and the sheet not there
	again  time.Time   // since when the person lets this leader help again; zero for never
	// cycle is the cycle of workshops that they led, and that it ended for the person;
	// zero where they led none. Whoever leads it later has no part in it.
	cycle vault.CycleID
	kit   bool // the recovery kit ended with it: the leader had printed it
}

// handedJSON is a handed in a service record (FORMAT.md).
type handedJSON struct {
	Leader string `json:"leader"`
	Since  int64  `json:"since"`
	Sheet  string `json:"sheet,omitempty"`
	Waits  bool   `json:"waits,omitempty"`
	Again  int64  `json:"again,omitempty"`
	Cycle  string `json:"cycle,omitempty"`
	Kit    bool   `json:"kit,omitempty"`
}

func (h handed) json() handedJSON {
	return handedJSON{h.leader.String(), h.since.Unix(), idText(h.sheet), h.waits, unixOf(h.again), idText(h.cycle), h.kit}
}

func (j handedJSON) handed(p *idParser) handed {
	return handed{
		leader: parseID(p, j.Leader, vault.ParseAgentID), since: time.Unix(j.Since, 0).UTC(), sheet: parseID(p, j.Sheet, vault.ParseWayID),
		waits: j.Waits, again: timeOf(j.Again), cycle: parseID(p, j.Cycle, vault.ParseCycleID), kit: j.Kit,
	}
}

// handedBy reports whether the person has this safe from an agent, and has not let
// them help again since.
func (r serviceRecord) handedBy(agent vault.AgentID) bool {
	return slices.ContainsFunc(r.handed, func(h handed) bool {
		return !agent.IsZero() && h.leader == agent && !h.waits && h.again.IsZero()
	})
}

// handedWith answers the handover that a sheet was printed for.
func (r serviceRecord) handedWith(sheet vault.WayID) (handed, bool) {
	i := slices.IndexFunc(r.handed, func(h handed) bool { return !sheet.IsZero() && h.sheet == sheet })
	if i < 0 {
		return handed{}, false
	}
	return r.handed[i], true
}

// handedAs reports whether the safe was handed over as the intent of a handover says.
func (r serviceRecord) handedAs(n detail) bool {
	sheet, err := vault.ParseWayID(n.Way)
	_, was := r.handedWith(sheet)
	return err == nil && len(n.Plan) > 0 && was
}

// settledHandovers are the handovers that were.
func (r serviceRecord) settledHandovers() []handed {
	return slices.DeleteFunc(slices.Clone(r.handed), func(h handed) bool { return h.waits })
}

// waitsFor reports whether an agent's handover of this safe waits.
func (r serviceRecord) waitsFor(agent vault.AgentID) bool {
	return slices.ContainsFunc(r.handed, func(h handed) bool { return h.leader == agent && h.waits })
}

// letAgain gives the record after the person consented, of their own accord, to an
// agent they had the safe from.
func (r serviceRecord) letAgain(agent vault.AgentID, at time.Time) (serviceRecord, bool) {
	if !r.handedBy(agent) {
		return r, false
	}
	r.handed = slices.Clone(r.handed)
	for i, h := range r.handed {
		if h.leader == agent && !h.waits && h.again.IsZero() {
			r.handed[i].again = at
		}
	}
	return r, true
}
