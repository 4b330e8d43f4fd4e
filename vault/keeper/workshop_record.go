package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A cycleRecord is what the service knows of a cycle of workshops: class
// "service". Who takes part is in no record of a structure.
type cycleRecord struct {
	plan   workshop.Cycle
	leader vault.AgentID
	// function is that in which they lead: their successor in it leads after them.
	function vault.Function
}

// cycleJSON is the stored form (FORMAT.md).
type cycleJSON struct {
	Version  int                `json:"v"`
	Label    string             `json:"label"`
	Place    string             `json:"place"`
	Leader   string             `json:"leader"`
	Function string             `json:"function"`
	First    string             `json:"first"`
	Last     string             `json:"last"`
	Sessions []cycleSessionJSON `json:"sessions"`
}

type cycleSessionJSON struct {
	Theme string `json:"theme"`
	Day   string `json:"day,omitempty"`
	Place string `json:"place,omitempty"`
}

func (r cycleRecord) marshal() ([]byte, error) {
	j := cycleJSON{
		Version: 1, Label: r.plan.Label, Place: r.plan.Place, Leader: r.leader.String(), Function: r.function.String(),
		First: dayText(r.plan.First), Last: dayText(r.plan.Last),
	}
	for _, s := range r.plan.Sessions {
		j.Sessions = append(j.Sessions, cycleSessionJSON{s.Theme.String(), dayText(s.Day), s.Place})
	}
	return marshalRecord(j)
}

// dayText writes a day, and none for no day.
func dayText(d papers.Day) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

var errCycle = errors.New("not the record of a cycle")

func parseCycleRecord(plain []byte) (r cycleRecord, err error) {
	var j cycleJSON
	if err := parseRecord(plain, &j); err != nil {
		return r, err
	}
	if j.Version != 1 {
		return r, fmt.Errorf("%w: version %d", errCycle, j.Version)
	}
	var p idParser
	r = cycleRecord{
		leader: parseID(&p, j.Leader, vault.ParseAgentID), function: parseID(&p, j.Function, vault.ParseFunction),
		plan: workshop.Cycle{
			Label: j.Label, Place: j.Place, First: parseID(&p, j.First, papers.ParseDay), Last: parseID(&p, j.Last, papers.ParseDay),
		},
	}
	for _, s := range j.Sessions {
		r.plan.Sessions = append(r.plan.Sessions, workshop.Session{
			Theme: parseID(&p, s.Theme, workshop.ParseTheme), Day: parseID(&p, s.Day, papers.ParseDay), Place: s.Place,
		})
	}
	if p.err == nil && r.leader.IsZero() {
		p.err = errCycle
	}
	if err := errors.Join(p.err, r.plan.Check()); err != nil {
		return cycleRecord{}, fmt.Errorf("%w: %w", errCycle, err)
	}
	return r, sameRecord(plain, r.marshal)
}

func cycleRecordKey(s vault.StructureID, id vault.CycleID, n uint64) storage.Key {
	return structuresPrefix + storage.Key(s.String()+"/c/"+id.String()+"/"+number(n))
}

func cycleRecordBinding(s vault.StructureID, id vault.CycleID, n uint64) seal.Binding {
	return seal.Bind(seal.KindService, "cycle", s.String(), id.String(), number(n))
}

func (k *Keeper) putCycleRecord(ctx context.Context, s vault.StructureID, id vault.CycleID, after uint64, r cycleRecord) (chain.Record, error) {
	plain, err := r.marshal()
	if err == nil {
		_, err = parseCycleRecord(plain) // never written, what could not be read again
	}
	if err != nil {
		return chain.Record{}, err
	}
	return k.putRecord(ctx, plain, after,
		func(n uint64) storage.Key { return cycleRecordKey(s, id, n) },
		func(n uint64) seal.Binding { return cycleRecordBinding(s, id, n) })
}

func (k *Keeper) readCycleRecord(ctx context.Context, s vault.StructureID, c chain.Cycle) (cycleRecord, error) {
	plain, err := k.openRecord(ctx, c.Record, cycleRecordKey(s, c.ID, c.Record.N), cycleRecordBinding(s, c.ID, c.Record.N))
	if err != nil {
		return cycleRecord{}, err
	}
	return parseCycleRecord(plain.Reveal())
}
