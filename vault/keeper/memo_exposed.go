package keeper

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// ToChange lists the secrets that others have seen since they were last changed.
// It is read from the journal, which nobody can shorten. See [vault.MemoKeeper].
func (k *Keeper) ToChange(ctx context.Context, who session.Principal, safe vault.SafeID) ([]vault.Exposed, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActToChange, safe: safe})
	if err != nil {
		return nil, err
	}
	all, err := k.toChange(ctx, w)
	if err := w.end(ctx, err, detail{Count: uint64(len(all))}); err != nil {
		return nil, err
	}
	return all, nil
}

func (k *Keeper) toChange(ctx context.Context, w *warrant) ([]vault.Exposed, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	lines, err := k.linesOf(ctx, w.safe.record().tagKey(), w.safe.record().journal)
	if err != nil {
		return nil, err
	}
	if !w.safe.record().discreet() {
		k.fillNames(lines)
	}
	by, lost := exposures(lines), w.safe.current().passport.lostSecrets(lastPut(lines))
	m, err := k.means(ctx, w)
	locked := err != nil // the list is shorter then, and without names: it is read all the same
	var all []vault.Exposed
	for d := range w.safe.documents() {
		e := vault.Exposed{Document: d.ID, By: by[d.ID], Lost: lost[d.ID]}
		if !locked {
			k.nameExposed(m, d, &e)
		}
		if len(e.By) > 0 || e.Notebook || e.Lost {
			all = append(all, e)
		}
	}
	return all, nil
}

// nameExposed adds what the person's own keys show of a memo.
func (k *Keeper) nameExposed(m means, d chain.Document, e *vault.Exposed) {
	full, err := m.describe(d)
	switch {
	case err != nil:
	case full.Memo == nil || full.Memo.Changed == "":
		e.By, e.Lost = nil, false // there is no secret any more
	default:
		e.Memo, e.Notebook = *fromMemo(full.Memo), full.Memo.Seen
		if m.nature == vault.NatureTraining {
			e.Memo.Name = full.Title // which says so
		}
	}
}

// exposures answers, for each paper, which agents have seen its secret since it
// was last put in, or put it in themselves. What was printed in a counter session
// went over the screen and the printer of the agent who vouched for it. What failed
// showed nothing; of what nobody knows the end it is supposed that it did.
func exposures(lines []vault.Line) map[vault.DocumentID][]vault.Exposure {
	all := map[vault.DocumentID][]vault.Exposure{}
	for _, l := range lines {
		puts, printed := setsSecret(l), l.Act == vault.ActPrintPassport
		if !puts && !printed && l.Act != vault.ActReveal || l.Outcome == vault.OutcomeRefused || l.Outcome == vault.OutcomeFailed {
			continue
		}
		for _, doc := range l.Documents {
			if puts && l.Outcome == vault.OutcomeDone { // else the secret before may still be the one
				delete(all, doc.ID)
			}
			known := slices.ContainsFunc(all[doc.ID], func(e vault.Exposure) bool { return e.Agent == l.Agent })
			sees := l.Actor == vault.ActorAgent || printed && l.Actor == vault.ActorVisit
			if !sees || known {
				continue
			}
			all[doc.ID] = append(all[doc.ID], vault.Exposure{
				Agent: l.Agent, AgentName: l.AgentName, Structure: l.Structure, Time: l.Time, PutIn: puts,
			})
		}
	}
	return all
}

// setsSecret reports whether a line is about secrets that were put in.
func setsSecret(l vault.Line) bool {
	return l.Act == vault.ActDeposit && l.Detail == codeMemos || l.Act == vault.ActChangeMemo && l.Detail == codeSecret
}
