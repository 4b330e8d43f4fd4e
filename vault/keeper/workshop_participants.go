package keeper

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// readAtOnce is how many participants of one list are read at once: their lines
// are then written in one commit.
const readAtOnce = 8

// Participants lists who takes part in a cycle, for who leads it while it lasts;
// to everybody else there is no such list. Everybody on it has a line of that in
// their own journal first. See [vault.WorkshopKeeper].
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
	all := make([]vault.Participant, len(safes)) // each reader has a place of its own in it
	var g errgroup.Group
	g.SetLimit(readAtOnce)
	for i, safe := range safes {
		g.Go(func() (err error) {
			all[i], err = k.participant(ctx, w, safe, c)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p vault.Participant) bool { return p.Safe.IsZero() })
	slices.SortFunc(all, func(a, b vault.Participant) int {
		return cmp.Or(a.Part.Since.Compare(b.Part.Since), slices.Compare(a.Safe[:], b.Safe[:]))
	})
	return all, nil
}

// participant is one person's part as their leader sees it, once it stands in their
// journal; zero where the leader is told nothing: shut out, frozen, or not there any
// more. A safe that cannot be read now is left out.
func (k *Keeper) participant(ctx context.Context, w *warrant, id vault.SafeID, c cycleFacts) (vault.Participant, error) {
	s, err := k.safe(ctx, id)
	switch {
	case ctx.Err() != nil:
		return vault.Participant{}, ctx.Err()
	case err != nil:
		return vault.Participant{}, nil
	}
	defer k.unpin(s)
	r, me := s.current(), w.standing.Agent
	mine := r.partIn(c.id)
	if mine.isZero() || s.frozen() || r.shuts(me.ID, me.Structure) {
		return vault.Participant{}, nil
	}
	p := vault.Participant{Safe: id, Cycle: k.cycleView(c), Part: k.partAt(r, mine)}
	if !r.discreet() && p.Part.Handed.IsZero() {
		p.Name = r.entry.Name
	}
	if !p.Part.Part() || mine.cycle != r.cycle.cycle { // they are none of the leader's any more
		p.Part.Marks, p.Part.Progress = nil, workshop.Progress{}
	}
	return p, k.noteListed(ctx, w, s, c)
}

// noteListed records in a participant's journal who is about to read of their part.
func (k *Keeper) noteListed(ctx context.Context, w *warrant, s *safe, c cycleFacts) error {
	d := deed{who: w.deed.who, act: vault.ActReadWorkshop, safe: s.id, note: detail{Cycle: c.id.String(), Function: c.record.function.String()}}
	rec, err := k.describe(d, s, w.standing, audit.StageFact)
	if err != nil {
		return err
	}
	_, err = k.trail.Note(ctx, rec, audit.ResultDone)
	return fromTrail(err)
}
