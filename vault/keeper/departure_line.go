package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// departureLine counts in one safe's own journal what an agent opened. A name
// stands in it for the structure whose register has it. To whoever asks and is shut
// out there is no such safe, [vault.ErrNotFound], as everywhere else.
func (k *Keeper) departureLine(ctx context.Context, id vault.SafeID, f agentFacts, asks consent.Agent) (vault.DepartureLine, error) {
	s, err := k.safe(ctx, id)
	if err != nil {
		return vault.DepartureLine{}, err
	}
	defer k.unpin(s)
	if s.strangeTo(asks.ID, asks.Structure) {
		return vault.DepartureLine{}, vault.ErrNotFound
	}
	line, r := vault.DepartureLine{Safe: id}, s.current()
	if r.home == f.structure && !r.discreet() {
		line.Name = r.entry.Name
	}
	opened := map[audit.Position]openings{} // by their intent
	for e, err := range k.trail.Journal(ctx, r.tagKey(), 0) {
		if err != nil {
			return line, fromTrail(err)
		}
		switch act := vault.Act(e.Op); {
		case e.Stage == audit.StageOutcome && opened[e.Of].of != nil:
			n, err := openOutcome(r.journal, e)
			if err != nil {
				return line, err
			}
			// What was refused or cut off half way was seen as far as bytes went out.
			if n.Bytes == 0 && (e.Result == audit.ResultRefused || e.Result == audit.ResultFailed) {
				*opened[e.Of].of -= opened[e.Of].n
			}
		case e.Stage != audit.StageIntent || e.Detail == nil, act != vault.ActRead && !showsSecrets(act):
		default:
			n, err := openDetail(r.journal, e.Detail, act, e.Stage)
			if err != nil {
				return line, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			if o := openingsOf(&line, act, n); n.Agent == f.id.String() && o.n > 0 {
				*o.of += o.n
				opened[e.Position] = o
			}
		}
	}
	return line, nil
}

// openings are how often one act opened something, and what that counts for.
type openings struct {
	of *int
	n  int
}

// openingsOf reads what an act opened. A paper that the person opened themselves is
// theirs, on whatever screen; a secret that they opened, or printed, on an agent's
// is known to that agent: it stands in the person's list of what to change, and
// counts here.
func openingsOf(line *vault.DepartureLine, act vault.Act, n detail) openings {
	switch {
	case act == vault.ActRead && n.Actor != actorVisit:
		return openings{&line.Openings, 1}
	case act == vault.ActReveal:
		return openings{&line.Reveals, 1}
	case act == vault.ActPrintPassport: // each memo whose secret is on the page
		return openings{&line.Reveals, len(n.Documents)}
	}
	return openings{}
}
