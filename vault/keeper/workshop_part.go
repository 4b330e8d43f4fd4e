package keeper

import (
	"errors"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A participation is the person's part in a cycle of workshops. It stands in
// their own safe's record and nowhere else. The zero participation is none.
type participation struct {
	cycle vault.CycleID
	part  workshop.Participation
}

func (p participation) isZero() bool { return p.cycle.IsZero() }

// takesPartJSON is a participation in a service record (FORMAT.md).
type takesPartJSON struct {
	Cycle  string     `json:"cycle"`
	Since  int64      `json:"since"`
	Marks  []markJSON `json:"marks"`
	Sorted uint16     `json:"sorted,omitempty"`
	Filed  uint16     `json:"filed,omitempty"`
	Thrown uint16     `json:"thrown,omitempty"`
	Memos  uint16     `json:"memos,omitempty"`
	Login  bool       `json:"login,omitempty"`
	Left   int64      `json:"left,omitempty"`
}

type markJSON struct {
	Attendance uint8  `json:"attendance,omitempty"`
	Day        string `json:"day,omitempty"`
	Elsewhere  string `json:"elsewhere,omitempty"`
}

func (p participation) json() *takesPartJSON {
	if p.isZero() {
		return nil
	}
	w := p.part
	j := &takesPartJSON{
		Cycle: p.cycle.String(), Since: w.Since.Unix(), Marks: []markJSON{}, Left: unixOf(w.Left),
		Sorted: w.Progress.Sorted, Filed: w.Progress.Filed, Thrown: w.Progress.Thrown, Memos: w.Progress.Memos, Login: w.Progress.LoginTested,
	}
	for _, m := range w.Marks {
		j.Marks = append(j.Marks, markJSON{uint8(m.Attendance), dayText(m.Day), idText(vault.CycleID(m.Elsewhere))})
	}
	return j
}

var errParticipation = errors.New("participation")

func (j *takesPartJSON) participation(p *idParser) participation {
	if j == nil {
		return participation{}
	}
	one := participation{cycle: parseID(p, j.Cycle, vault.ParseCycleID), part: workshop.Participation{
		Since: time.Unix(j.Since, 0).UTC(), Left: timeOf(j.Left),
		Progress: workshop.Progress{Sorted: j.Sorted, Filed: j.Filed, Thrown: j.Thrown, Memos: j.Memos, LoginTested: j.Login},
	}}
	for _, m := range j.Marks {
		if workshop.Attendance(m.Attendance) > workshop.AttendanceCaughtUp {
			p.err = errors.Join(p.err, errParticipation)
		}
		one.part.Marks = append(one.part.Marks, workshop.Mark{
			Attendance: workshop.Attendance(m.Attendance), Day: parseID(p, m.Day, papers.ParseDay),
			Elsewhere: parseID(p, m.Elsewhere, vault.ParseCycleID),
		})
	}
	if p.err == nil && (one.isZero() || len(one.part.Marks) == 0 || one.part.Progress.Check() != nil) {
		p.err = errParticipation
	}
	return one
}

// earlierParts reads the person's earlier parts: each in a cycle of its own.
func earlierParts(p *idParser, last participation, all []takesPartJSON) (earlier []participation) {
	seen := map[vault.CycleID]bool{last.cycle: true}
	for _, j := range all {
		one := j.participation(p)
		if seen[one.cycle] {
			p.err = errors.Join(p.err, errParticipation)
		}
		seen[one.cycle], earlier = true, append(earlier, one)
	}
	if len(earlier) > vault.MaxEarlier {
		p.err = errors.Join(p.err, errParticipation)
	}
	return earlier
}

// A leaving is that the person dropped out of a cycle. The zero leaving is none.
type leaving struct {
	cycle vault.CycleID
	since time.Time
}

// apply gives the record after it, and whether that is anything.
func (l leaving) apply(r serviceRecord) (serviceRecord, bool) {
	if r.cycle.cycle != l.cycle || !r.cycle.part.Part() {
		return r, false
	}
	r.cycle.part = r.cycle.part.Leave(l.since)
	return r, true
}

// takesPart reports whether the person takes part in a cycle that lasts.
func (k *Keeper) takesPart(r serviceRecord) (cycleFacts, bool) {
	if !k.partOf(r).Part() {
		return cycleFacts{}, false
	}
	c, ok := k.cycle(r.cycle.cycle)
	return c, ok && c.lasts()
}

// guides reports whether an agent leads the cycle in which the person takes part.
func (k *Keeper) guides(r serviceRecord, agent vault.AgentID) bool {
	c, ok := k.takesPart(r)
	return ok && !agent.IsZero() && c.leader == agent
}

// unbound says why and since when the cycle that bounds a consent ended it; zero
// while it has not, and for a consent that no cycle bounds. It needs no entry: a
// cycle that ended, a person who left, and an agent who leads no more, count from
// their recorded intent on.
func (k *Keeper) unbound(r serviceRecord, t vault.Terms) (vault.EndReason, time.Time) {
	if t.Cycle.IsZero() {
		return 0, time.Time{}
	}
	now := k.now().UTC().Truncate(time.Second)
	if !now.Before(t.Until) {
		return 0, time.Time{} // it ended by its own date
	}
	c, ok := k.cycle(t.Cycle)
	switch {
	case ok && !c.ended.IsZero():
		return vault.EndedCycle, earlier(now, c.ended)
	case !ok, c.leader.IsZero(), c.leader != k.holder(t):
		return vault.EndedCycle, now
	case r.cycle.cycle != t.Cycle || !k.partOf(r).Part():
		return vault.EndedCycle, now
	}
	return 0, time.Time{}
}

// rowState is where a consent is in its life, the cycle that bounds it included,
// as far as the index says it: that the person left stands in their safe.
func (k *Keeper) rowState(r helpRow, now time.Time) (vault.ConsentState, vault.EndReason, time.Time) {
	state, why, at := r.state(now)
	if state == vault.ConsentEnded || r.cycle.IsZero() {
		return state, why, at
	}
	c, ok := k.cycle(r.cycle)
	t := vault.Terms{Agent: r.agent, Function: r.function, Replacement: r.replacement, Cycle: r.cycle}
	switch {
	case ok && !c.ended.IsZero():
		return vault.ConsentEnded, vault.EndedCycle, earlier(now, c.ended)
	case !ok, c.leader != k.holder(t) && !k.passes(t):
		return vault.ConsentEnded, vault.EndedCycle, now
	}
	return state, why, at
}

// checkCycle refuses terms that a cycle bounds unless the agent leads it in that
// function, and the person takes part.
func (k *Keeper) checkCycle(w *warrant, t vault.Terms, sitting bool) error {
	if t.Cycle.IsZero() {
		return nil
	}
	c, ok := k.cycle(t.Cycle)
	r := w.safe.current()
	if sitting || !ok || !c.lasts() || c.leader != k.holder(t) || c.record.function != t.Function ||
		r.cycle.cycle != t.Cycle || !k.partOf(r).Part() {
		return invalid("terms.cycle", "un cycle d'ateliers en cours, que l'agent anime, et où la personne vient")
	}
	return nil
}

// boundBy are the consents and requests of a safe that a cycle bounds and that
// are not over.
func (k *Keeper) boundBy(s *safe, id vault.CycleID) (ids []string, err error) {
	rows, err := k.rowsOf(s.id)
	for _, r := range rows {
		if over, there := s.consentState(r.consent); there && !over && r.cycle == id {
			ids = append(ids, r.consent.String())
		}
	}
	return ids, err
}
