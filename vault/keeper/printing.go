package keeper

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// PrintConsent answers what stands on a page about one consent. See
// [vault.PrintKeeper].
func (k *Keeper) PrintConsent(ctx context.Context, who session.Principal, act vault.PrintConsent) (vault.ConsentPrint, error) {
	note := detail{Consent: act.Consent.String(), Code: act.Form.String()}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintConsent, safe: act.Safe, note: note})
	if err != nil {
		return vault.ConsentPrint{}, err
	}
	p, err := k.consentPrint(ctx, w, act)
	if err != nil {
		return vault.ConsentPrint{}, w.end(ctx, err, detail{})
	}
	return p, w.endLater(audit.ResultDone, detail{})
}

func (k *Keeper) consentPrint(ctx context.Context, w *warrant, act vault.PrintConsent) (p vault.ConsentPrint, err error) {
	if err := w.check(act.Safe); err != nil {
		return p, err
	}
	c, err := k.consentView(ctx, w.safe, act.Consent)
	switch {
	case err != nil:
		return p, err
	case c.Given.IsZero(), !w.person() && !k.tellsOf(c, w.standing.Agent.ID):
		return p, vault.ErrNotFound
	}
	r := w.safe.current()
	p = vault.ConsentPrint{Consent: c, Code: k.pageCode(c.ID), Discretion: shownAs(r)}
	switch act.Form {
	case vault.PrintReceipt, vault.PrintWithdrawal:
	case vault.PrintMandate:
		if r.discreet() { // it is nothing without the names
			return vault.ConsentPrint{}, vault.ErrDiscreet
		}
	default:
		return vault.ConsentPrint{}, invalid("form", "un papier de la liste")
	}
	if !r.discreet() {
		p.SIRET, p.Person = k.siretOf(k.holder(c.Terms)), r.entry.Name
	}
	return p, nil
}

// shownAs is whether what is printed about a safe may show itself.
func shownAs(r serviceRecord) vault.Discretion {
	if r.discreet() {
		return vault.DiscretionDiscreet
	}
	return vault.DiscretionNormal
}

// siretOf answers the number of an agent's structure; empty for an agent that
// nobody knows.
func (k *Keeper) siretOf(id vault.AgentID) string {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[id]
	if !ok {
		return ""
	}
	return k.roster.structures[a.structure].record.siret.String()
}

// PrintJournal answers what stands on a printed journal. Printing it is a line
// of it. See [vault.PrintKeeper].
func (k *Keeper) PrintJournal(ctx context.Context, who session.Principal, act vault.PrintJournal) (vault.JournalPrint, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintJournal, safe: act.Safe})
	if err != nil {
		return vault.JournalPrint{}, err
	}
	p, err := k.journalPrint(ctx, w, act)
	if err := w.end(ctx, err, detail{Count: uint64(len(p.Lines))}); err != nil {
		return vault.JournalPrint{}, err
	}
	return p, nil
}

func (k *Keeper) journalPrint(ctx context.Context, w *warrant, act vault.PrintJournal) (p vault.JournalPrint, err error) {
	if err := w.check(act.Safe); err != nil {
		return p, err
	}
	all, err := k.allLines(ctx, w)
	if err != nil {
		return p, err
	}
	p.Lines = slices.DeleteFunc(all, func(l vault.Line) bool {
		return l.Time.Before(act.From) || !act.Until.IsZero() && !l.Time.Before(act.Until)
	})
	p.Older = max(0, len(p.Lines)-vault.MaxPrintedLines)
	p.Lines = p.Lines[p.Older:]
	r := w.safe.record()
	p.Discretion, p.Nature = shownAs(r), w.safe.now().Nature()
	w.markLines(p.Lines)
	k.fillTitles(ctx, w, p.Lines)
	k.nameLines(r, p.Lines)
	if !r.discreet() {
		p.Structure = k.structureName(r.home)
	}
	return p, nil
}

// PrintLetter answers what stands on the letter about something that waits for
// its delay. See [vault.PrintKeeper].
func (k *Keeper) PrintLetter(ctx context.Context, who session.Principal, id vault.ApprovalID) (vault.LetterPrint, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintLetter, note: detail{Approval: id.String()}})
	if err != nil {
		return vault.LetterPrint{}, err
	}
	p, err := k.letterPrint(ctx, w, id)
	return p, w.end(ctx, err, detail{})
}

func (k *Keeper) letterPrint(ctx context.Context, w *warrant, id vault.ApprovalID) (p vault.LetterPrint, err error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return p, err
	}
	a, err := k.waiting(id)
	switch {
	case err != nil:
		return p, err
	case a.structure != w.standing.Agent.Structure, a.over(k.now()), a.safe.IsZero(), a.notBefore.IsZero():
		return p, vault.ErrNotFound
	}
	s, err := k.safe(ctx, a.safe)
	if err != nil {
		return p, err
	}
	defer k.unpin(s)
	if s.frozen() || s.strangeTo(w.standing.Agent.ID, w.standing.Agent.Structure) { // no notice of a frozen safe either
		return p, vault.ErrNotFound
	}
	if s.current().discreet() {
		return p, vault.ErrDiscreet
	}
	if err := k.factOf(ctx, w, s, vault.ActPrintLetter, detail{Code: a.act.String(), Approval: id.String()}); err != nil {
		return p, err
	}
	p = vault.LetterPrint{Structure: k.structureName(a.structure), Asked: a.act, At: a.at, NotBefore: a.notBefore}
	p.By, _ = k.agentName(a.asker)
	return p, nil
}
