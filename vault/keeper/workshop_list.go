package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// Cycles lists the cycles of the caller's structure. See [vault.WorkshopKeeper].
func (k *Keeper) Cycles(ctx context.Context, who session.Principal, act vault.ListCycles) ([]vault.Cycle, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListCycles})
	if err != nil {
		return nil, err
	}
	page, err := k.cyclePage(w, act)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return page, w.endLater(audit.ResultDone, detail{Count: uint64(len(page))})
}

func (k *Keeper) cyclePage(w *warrant, act vault.ListCycles) ([]vault.Cycle, error) {
	if err := errors.Join(w.check(vault.SafeID{}), checkPage(act.Limit)); err != nil {
		return nil, err
	}
	facts := k.cyclesOf(w.standing.Agent.Structure)
	slices.SortFunc(facts, func(a, b cycleFacts) int {
		return cmp.Or(cmp.Compare(b2i(!a.lasts()), b2i(!b.lasts())), a.record.plan.First.Compare(b.record.plan.First), slices.Compare(a.id[:], b.id[:]))
	})
	if !act.After.IsZero() {
		at := slices.IndexFunc(facts, func(c cycleFacts) bool { return c.id == act.After })
		if at < 0 {
			return nil, vault.ErrPageToken
		}
		facts = facts[at+1:]
	}
	facts = facts[:min(len(facts), act.Limit)]
	all := make([]vault.Cycle, len(facts))
	for i, c := range facts {
		all[i] = k.cycleView(c)
	}
	return all, nil
}

func (k *Keeper) cycleView(c cycleFacts) vault.Cycle {
	v := vault.Cycle{ID: c.id, Structure: c.structure, Leader: c.leader, Plan: c.record.plan, Ended: c.ended}
	v.LeaderName, _ = k.agentName(c.leader)
	return v
}

// Participation answers the person's own part. See [vault.WorkshopKeeper].
func (k *Keeper) Participation(ctx context.Context, who session.Principal, safe vault.SafeID) (vault.Participant, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActReadWorkshop, safe: safe})
	if err != nil {
		return vault.Participant{}, err
	}
	all, err := k.ownParts(w)
	if err != nil {
		return vault.Participant{}, w.end(ctx, err, detail{})
	}
	p := all[0]
	p.Earlier = all[1:]
	return p, w.endLater(audit.ResultDone, detail{Cycle: p.Cycle.ID.String()})
}

// ownParts are the person's parts as they see them, the last one first.
func (k *Keeper) ownParts(w *warrant) (all []vault.Participant, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	r := w.safe.current()
	for _, one := range r.parts() {
		all = append(all, k.ownPart(w.deed.safe, r, one))
	}
	if len(all) == 0 {
		return nil, vault.ErrNotFound
	}
	return all, nil
}

// ownPart is one of them. In discreet mode it names nobody, and no place: what it was
// about and on which days is left.
func (k *Keeper) ownPart(safe vault.SafeID, r serviceRecord, one participation) vault.Participant {
	p := vault.Participant{Safe: safe, Part: k.partAt(r, one), Cycle: vault.Cycle{ID: one.cycle}}
	if c, ok := k.cycle(one.cycle); ok {
		p.Cycle = k.cycleView(c)
		if !c.ended.IsZero() {
			p.Until = c.ended.Add(workshop.KeptFor)
		}
	}
	if r.discreet() {
		p.Cycle.LeaderName, p.Cycle.Plan.Label, p.Cycle.Plan.Place = "", "", ""
		p.Cycle.Plan.Sessions = slices.Clone(p.Cycle.Plan.Sessions)
		for i := range p.Cycle.Plan.Sessions {
			p.Cycle.Plan.Sessions[i].Place = ""
		}
	}
	return p
}

// Certificate answers what stands on a certificate, for the person alone, once
// they were at a session. See [vault.WorkshopKeeper].
func (k *Keeper) Certificate(ctx context.Context, who session.Principal, act vault.PrintCertificate) (vault.CertificatePrint, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintCertificate, safe: act.Safe})
	if err != nil {
		return vault.CertificatePrint{}, err
	}
	p, err := k.certificate(w, act.Cycle)
	if err := w.end(ctx, err, detail{Cycle: idText(p.Cycle.ID)}); err != nil {
		return vault.CertificatePrint{}, err
	}
	return p, nil
}

// certificate is that of one cycle, or of the last in which the person was at a
// session.
func (k *Keeper) certificate(w *warrant, cycle vault.CycleID) (vault.CertificatePrint, error) {
	all, err := k.ownParts(w)
	r := w.safe.current()
	at := slices.IndexFunc(all, func(p vault.Participant) bool {
		return len(p.Part.Days()) > 0 && (cycle.IsZero() || p.Cycle.ID == cycle)
	})
	switch {
	case err != nil:
		return vault.CertificatePrint{}, err
	case r.discreet():
		return vault.CertificatePrint{}, vault.ErrDiscreet
	case at < 0:
		return vault.CertificatePrint{}, vault.ErrNotFound
	}
	p := all[at]
	return vault.CertificatePrint{
		Person: r.entry.Name, Structure: k.structureName(p.Cycle.Structure), Cycle: p.Cycle, Part: p.Part,
	}, nil
}
