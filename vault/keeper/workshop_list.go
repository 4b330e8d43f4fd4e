package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
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

// Participants lists who takes part in a cycle, for who leads it while it lasts;
// to everybody else there is no such list. See [vault.WorkshopKeeper].
func (k *Keeper) Participants(ctx context.Context, who session.Principal, id vault.CycleID) ([]vault.Participant, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListCycles, note: detail{Cycle: id.String()}})
	if err != nil {
		return nil, err
	}
	list, err := k.participants(ctx, w, id)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return list, w.endLater(audit.ResultDone, detail{Count: uint64(len(list))})
}

func (k *Keeper) participants(ctx context.Context, w *warrant, id vault.CycleID) ([]vault.Participant, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	c, err := k.ledBy(w.standing, id)
	if err != nil || k.leadsAs(c.leader) == 0 {
		return nil, vault.ErrNotFound // that there are participants is nobody else's business
	}
	safes, err := k.participantsOf(id)
	if err != nil {
		return nil, err
	}
	var all []vault.Participant
	for _, safe := range safes {
		one, told, err := k.participant(ctx, safe, c, w.standing.Agent)
		if err != nil {
			return nil, err
		}
		if told {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b vault.Participant) int {
		return cmp.Or(a.Part.Since.Compare(b.Part.Since), slices.Compare(a.Safe[:], b.Safe[:]))
	})
	return all, nil
}

// participant is one person's part as their leader sees it; false where the
// leader is told nothing: shut out, frozen, or not there any more. A safe that
// cannot be read now is left out.
func (k *Keeper) participant(ctx context.Context, id vault.SafeID, c cycleFacts, me consent.Agent) (vault.Participant, bool, error) {
	s, err := k.safe(ctx, id)
	switch {
	case ctx.Err() != nil:
		return vault.Participant{}, false, ctx.Err()
	case err != nil:
		return vault.Participant{}, false, nil
	}
	defer k.unpin(s)
	r := s.current()
	mine := r.partIn(c.id)
	if mine.isZero() || s.frozen() || r.shuts(me.ID, me.Structure) {
		return vault.Participant{}, false, nil
	}
	p := vault.Participant{Safe: id, Cycle: k.cycleView(c), Part: k.partAt(r, mine)}
	if !r.discreet() && p.Part.Handed.IsZero() {
		p.Name = r.entry.Name
	}
	if !p.Part.Part() || mine.cycle != r.cycle.cycle { // they are none of the leader's any more
		p.Part.Marks, p.Part.Progress = nil, workshop.Progress{}
	}
	return p, true, nil
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

// ownPart is one of them. In discreet mode it names nobody.
func (k *Keeper) ownPart(safe vault.SafeID, r serviceRecord, one participation) vault.Participant {
	p := vault.Participant{Safe: safe, Part: k.partAt(r, one), Cycle: vault.Cycle{ID: one.cycle}}
	if c, ok := k.cycle(one.cycle); ok {
		p.Cycle = k.cycleView(c)
		if !c.ended.IsZero() {
			p.Until = c.ended.Add(workshop.KeptFor)
		}
	}
	if r.discreet() {
		p.Cycle.LeaderName = ""
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
