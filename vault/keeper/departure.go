package keeper

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// DepartureReport says what an agent leaves behind: people and counts, as the
// trail has them, never a title. Only the safes of the page are read. See
// [vault.AgentKeeper].
func (k *Keeper) DepartureReport(ctx context.Context, who session.Principal, act vault.ReadDeparture) (vault.DepartureReport, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDepartureReport, note: detail{AboutAgent: act.Agent.String()}})
	if err != nil {
		return vault.DepartureReport{}, err
	}
	report, err := k.departureReport(ctx, w, act)
	if err != nil {
		return vault.DepartureReport{}, w.end(ctx, err, detail{})
	}
	return report, w.endLater(audit.ResultDone, detail{Count: uint64(len(report.Safes))})
}

func (k *Keeper) departureReport(ctx context.Context, w *warrant, act vault.ReadDeparture) (report vault.DepartureReport, err error) {
	if err := errors.Join(w.check(vault.SafeID{}), checkPage(act.Limit)); err != nil {
		return report, err
	}
	f, ok := k.agentBy(act.Agent)
	if !ok || f.structure != w.standing.Agent.Structure {
		return report, vault.ErrNotFound
	}
	report.Agent, report.Structure = toAgent(f), k.structureName(f.structure)
	rows, err := k.helped(act.Agent)
	if err != nil {
		return report, err
	}
	now, consents := k.now(), map[vault.SafeID]int{}
	for _, r := range rows {
		if r.given.IsZero() {
			continue
		}
		consents[r.safe]++
		state, why, _ := k.rowState(r, now)
		switch live := state == vault.ConsentLive; {
		case live && r.replacement == vault.ReplacementSuccessor:
			report.Replaced++
		case live && f.state == vault.AgentEnded, why == vault.EndedDeparture:
			report.Ended++
		}
	}
	if report.Relays, err = k.relaysBack(f.structure, act.Agent); err != nil {
		return report, err
	}
	safes, err := k.openedBy(act.Agent)
	if err != nil {
		return report, err
	}
	for id := range consents {
		safes[id] = true
	}
	ids := slices.SortedFunc(maps.Keys(safes), func(a, b vault.SafeID) int { return slices.Compare(a[:], b[:]) })
	ids = slices.DeleteFunc(ids, func(id vault.SafeID) bool { return slices.Compare(id[:], act.After[:]) <= 0 })
	if len(ids) > act.Limit {
		ids = ids[:act.Limit]
		report.Next = ids[act.Limit-1]
	}
	for _, id := range ids {
		line, err := k.departureLine(ctx, id, f, w.standing.Agent)
		if errors.Is(err, vault.ErrNotFound) {
			continue // erased, and nobody is left to speak of; or none to whoever asks
		}
		if err != nil {
			return report, err
		}
		line.Consents = consents[id]
		report.Safes = append(report.Safes, line)
	}
	slices.SortFunc(report.Safes, func(a, b vault.DepartureLine) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.Safe[:], b.Safe[:]))
	})
	return report, nil
}
