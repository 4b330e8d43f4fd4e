package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

// departureLine counts in one safe's own journal what an agent opened. A name
// stands in it for the structure whose register has it.
func (k *Keeper) departureLine(ctx context.Context, id vault.SafeID, f agentFacts) (vault.DepartureLine, error) {
	s, err := k.safe(ctx, id)
	if err != nil {
		return vault.DepartureLine{}, err
	}
	defer k.unpin(s)
	line, r := vault.DepartureLine{Safe: id}, s.current()
	if r.home == f.structure && !r.discreet() {
		line.Name = r.entry.Name
	}
	opened := map[audit.Position]*int{} // by the intent of each opening, its count
	for e, err := range k.trail.Journal(ctx, r.tagKey(), 0) {
		if err != nil {
			return line, fromTrail(err)
		}
		switch act := vault.Act(e.Op); {
		case e.Stage == audit.StageOutcome && opened[e.Of] != nil:
			n, err := openOutcome(r.journal, e)
			if err != nil {
				return line, err
			}
			// What was refused or cut off half way was seen as far as bytes went out.
			if n.Bytes == 0 && (e.Result == audit.ResultRefused || e.Result == audit.ResultFailed) {
				*opened[e.Of]--
			}
		case e.Stage != audit.StageIntent || e.Detail == nil, act != vault.ActRead && act != vault.ActReveal:
		default:
			n, err := openDetail(r.journal, e.Detail, act, e.Stage)
			if err != nil {
				return line, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			if n.Agent != f.id.String() || n.Actor == actorVisit { // what the person opened themselves is theirs
				continue
			}
			count := &line.Openings
			if act == vault.ActReveal {
				count = &line.Reveals
			}
			*count++
			opened[e.Position] = count
		}
	}
	return line, nil
}
