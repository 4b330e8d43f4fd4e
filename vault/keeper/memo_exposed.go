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
	copies := w.safe.current().passport
	by, lost := exposures(lines, copies), copies.lostSecrets(putsOf(lines))
	m, err := k.means(ctx, w)
	locked := err != nil // the list is shorter then, and without names: it is read all the same
	var all []vault.Exposed
	for d := range w.safe.documents() {
		e := vault.Exposed{Document: d.ID, By: anySlot(by[d.ID]), Lost: lost[d.ID].any()}
		if !locked {
			nameExposed(m, d, by[d.ID], lost[d.ID], &e)
		}
		if len(e.By) > 0 || e.Notebook || e.Lost {
			all = append(all, e)
		}
	}
	return all, nil
}

// bySlot are the agents who know the secrets of one memo, by slot.
type bySlot [vault.MaxOthers + 1][]vault.Exposure

// anySlot is what is told while it is not known which secrets the memo has: each
// agent once.
func anySlot(by *bySlot) (all []vault.Exposure) {
	if by == nil {
		return nil
	}
	for _, slot := range by {
		for _, e := range slot {
			if !knows(all, e.Agent) {
				all = append(all, e)
			}
		}
	}
	return all
}

func knows(all []vault.Exposure, agent vault.AgentID) bool {
	return slices.ContainsFunc(all, func(e vault.Exposure) bool { return e.Agent == agent })
}

// unseen are those who remain when the person says that nobody looked at what was on
// a screen at the counter. Said on the screen of the agent to whom it was shown, it
// may be that agent who says so: then it takes back only what was typed.
func unseen(all []vault.Exposure, l vault.Line) []vault.Exposure {
	return slices.DeleteFunc(all, func(e vault.Exposure) bool {
		return e.AtCounter && (e.PutIn || l.Actor != vault.ActorVisit || e.Agent != l.Agent)
	})
}

// nameExposed adds what the person's own keys show of a memo: what it is, and
// which of its secrets are there to be changed.
func nameExposed(m means, d chain.Document, by *bySlot, lost lostSlots, e *vault.Exposed) {
	full, err := m.describe(d)
	switch {
	case err != nil:
		return
	case full.Memo == nil:
		e.By, e.Lost = nil, false
		return
	}
	e.By, e.Lost = nil, lost.of(full.Memo)
	if by == nil {
		by = &bySlot{}
	}
	if full.Memo.Changed != "" {
		e.By, e.Notebook = append(e.By, by[passwordSlot]...), full.Memo.Seen
	}
	for _, o := range full.Memo.Others {
		for _, x := range by[o.Slot] {
			x.Label = o.Label
			e.By = append(e.By, x)
		}
		e.Notebook = e.Notebook || o.Seen
	}
	if len(e.By) > 0 || e.Notebook || e.Lost {
		e.Memo = *fromMemo(full.Memo)
		if m.nature == vault.NatureTraining {
			e.Memo.Name = full.Title // which says so
		}
	}
}

// exposures answers, for each memo, which agents have seen which of its secrets
// since it was last put in, or put it in themselves. What was typed, seen or printed in
// a counter session went over the keyboard, the screen or the printer of the agent who
// vouched for it: they may know it, until the person says that they did not look. What
// failed showed nothing; of what nobody knows the end it is supposed that it
// did, and of any of them.
func exposures(lines []vault.Line, copies passport) map[vault.DocumentID]*bySlot {
	all := map[vault.DocumentID]*bySlot{}
	for _, l := range lines {
		if !setsSecret(l) && !showsSecrets(l.Act) && !saysUnseen(l) || l.Outcome == vault.OutcomeRefused || l.Outcome == vault.OutcomeFailed {
			continue
		}
		every := l.Act == vault.ActDeposit || l.Outcome != vault.OutcomeDone
		for _, doc := range l.Documents {
			by := all[doc.ID]
			if by == nil {
				by = &bySlot{}
				all[doc.ID] = by
			}
			for slot := range by {
				if every || slices.Contains(slotsOf(l, doc.ID, copies), uint32(slot)) {
					by[slot] = exposedBy(by[slot], l)
				}
			}
		}
	}
	return all
}

// slotsOf are the secrets of one memo that a line is about.
func slotsOf(l vault.Line, doc vault.DocumentID, copies passport) []uint32 {
	if l.Act == vault.ActPrintPassport {
		return copies.printed(l.Copy, doc)
	}
	return []uint32{uint32(l.Slot)}
}

// exposedBy is who knows a secret after one line about it.
func exposedBy(all []vault.Exposure, l vault.Line) []vault.Exposure {
	puts, counter := setsSecret(l), l.Actor == vault.ActorVisit
	switch {
	case saysUnseen(l):
		return unseen(all, l)
	case puts && l.Outcome == vault.OutcomeDone: // else the secret before may still be the one
		all = nil
	}
	if !counter && l.Actor != vault.ActorAgent {
		return all
	}
	// Whoever saw it themselves, or had it shown, did not only let it be typed.
	all = slices.DeleteFunc(all, func(e vault.Exposure) bool {
		return e.Agent == l.Agent && e.AtCounter && (!counter || e.PutIn && !puts)
	})
	if knows(all, l.Agent) {
		return all
	}
	return append(all, vault.Exposure{
		Agent: l.Agent, AgentName: l.AgentName, Structure: l.Structure, Time: l.Time, PutIn: puts, AtCounter: counter,
	})
}

// saysUnseen reports whether a line is the person's word that nobody looked.
func saysUnseen(l vault.Line) bool {
	return l.Act == vault.ActChangeMemo && l.Detail == codeUnseen && l.Outcome == vault.OutcomeDone
}

// showsSecrets reports whether an act puts secrets on a screen, or on paper.
func showsSecrets(act vault.Act) bool {
	return act == vault.ActReveal || act == vault.ActPrintPassport
}

// setsSecret reports whether a line is about secrets that were put in.
func setsSecret(l vault.Line) bool {
	return l.Act == vault.ActDeposit && l.Detail == codeMemos || l.Act == vault.ActChangeMemo && l.Detail == codeSecret
}
