package keeper

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// StructureReport counts what the access manager of a structure has to know of
// it. It is answered from the index of consents, which follows from the chains.
// See [vault.AgentKeeper].
func (k *Keeper) StructureReport(ctx context.Context, who session.Principal) (vault.StructureReport, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActStructureReport})
	if err != nil {
		return vault.StructureReport{}, err
	}
	report, err := k.structureReport(ctx, w)
	if err != nil {
		return vault.StructureReport{}, w.end(ctx, err, detail{})
	}
	return report, w.endLater(audit.ResultDone, detail{})
}

func (k *Keeper) structureReport(ctx context.Context, w *warrant) (report vault.StructureReport, err error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return report, err
	}
	now, inStead := k.now(), map[papers.Purpose]vault.InStead{}
	for _, f := range k.agentsOf(w.standing.Agent.Structure) {
		rows, err := k.helped(f.id)
		if err != nil {
			return report, err
		}
		countInStead(inStead, rows, now)
		if f.awake() {
			continue // their own home list tells them
		}
		left, err := k.unattended(ctx, f, rows, now)
		if err != nil {
			return report, err
		}
		if left.Consents > 0 {
			report.Unattended = append(report.Unattended, left)
		}
	}
	report.InStead = slices.SortedFunc(maps.Values(inStead), func(a, b vault.InStead) int { return cmp.Compare(a.Purpose, b.Purpose) })
	slices.SortFunc(report.Unattended, func(a, b vault.Unattended) int {
		return cmp.Or(a.First.Compare(b.First), slices.Compare(a.Agent[:], b.Agent[:]))
	})
	return report, nil
}

// countInStead adds the consents by which an agent does it in the person's place
// to the counts of their démarches. Whose agent it is does not matter: by agent it
// would measure work (L-55, L-75).
func countInStead(all map[papers.Purpose]vault.InStead, rows []helpRow, now time.Time) {
	for _, r := range rows {
		if r.posture != vault.PostureInStead || r.given.IsZero() {
			continue
		}
		one := all[r.purpose]
		one.Purpose = r.purpose
		if state, _, _ := r.state(now); state == vault.ConsentLive {
			one.Live++
		}
		if now.Sub(r.given) < vault.ReportSpan {
			one.Given++
		}
		if one.Live+one.Given > 0 {
			all[r.purpose] = one
		}
	}
}

// unattended counts the consents of an agent who cannot be told that they end
// soon. Of a frozen or discreet safe nothing is told, as to the agent themselves.
func (k *Keeper) unattended(ctx context.Context, f agentFacts, rows []helpRow, now time.Time) (vault.Unattended, error) {
	left := vault.Unattended{Agent: f.id, Name: f.name, State: f.state}
	for _, r := range rows {
		if state, _, _ := k.rowState(r, now); !endsSoon(state, r.until, now) || k.handedOver(f.id, r) {
			continue
		}
		told, err := k.tellsStructure(ctx, r, f)
		if err != nil {
			return left, err
		}
		if !told {
			continue
		}
		left.Consents++
		if left.First.IsZero() || r.until.Before(left.First) {
			left.First = r.until
		}
	}
	return left, nil
}

// handedOver reports whether a consent goes on with somebody else, who is told:
// the sweep that re-seals it may not have come to it yet.
func (k *Keeper) handedOver(from vault.AgentID, r helpRow) bool {
	if r.replacement != vault.ReplacementSuccessor {
		return false
	}
	_, ok := k.successorOf(from, r.function)
	return ok
}

// tellsStructure reports whether a consent still counts, and may be counted. A
// safe that cannot be read now counts: the index says that it ends.
func (k *Keeper) tellsStructure(ctx context.Context, r helpRow, f agentFacts) (bool, error) {
	s, err := k.safe(ctx, r.safe)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, vault.ErrNotFound):
		return false, nil
	case err != nil:
		return true, nil
	}
	defer k.unpin(s)
	record := s.current()
	return !record.discreet() && !s.frozen() && !record.shuts(f.id, f.structure) && s.endOf(r.consent) == 0, nil
}
