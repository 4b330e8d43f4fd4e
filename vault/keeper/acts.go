package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

// actsUnder counts, from a safe's own journal, what agents did under each consent
// with the person's papers ([vault.Act.Helps]). Nothing of it is stored: a rebuild
// counts the same. What was refused, or ended before anything went out, was not
// done.
func (k *Keeper) actsUnder(ctx context.Context, r serviceRecord) (map[vault.ConsentID]int, error) {
	acts, tried := map[vault.ConsentID]int{}, map[audit.Position]vault.ConsentID{}
	for e, err := range k.trail.Journal(ctx, r.tagKey(), 0) {
		if err != nil {
			return nil, fromTrail(err)
		}
		if act := vault.Act(e.Op); !act.Helps() || e.Detail == nil {
			continue
		}
		switch e.Stage {
		case audit.StageIntent:
			n, err := openDetail(r.journal, e.Detail, vault.Act(e.Op), e.Stage)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			if n.Actor != actorAgent || n.Posture == "" {
				continue
			}
			id, err := vault.ParseConsentID(n.Consent)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			tried[e.Position] = id
			acts[id]++
		case audit.StageOutcome:
			id, ok := tried[e.Of]
			if !ok {
				continue
			}
			n, err := openOutcome(r.journal, e)
			if err != nil {
				return nil, err
			}
			if n.Bytes == 0 && (e.Result == audit.ResultRefused || e.Result == audit.ResultFailed) {
				acts[id]--
			}
		case audit.StageFact, audit.StageErasure:
		}
	}
	return acts, nil
}
