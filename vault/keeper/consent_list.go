package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// Consents lists the requests and consents of a safe, newest first: all of them
// for the person, their own for an agent. See [vault.ConsentKeeper].
func (k *Keeper) Consents(ctx context.Context, who session.Principal, id vault.SafeID) ([]vault.Consent, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListConsents, safe: id})
	if err != nil {
		return nil, err
	}
	list, err := k.consents(ctx, w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return list, w.endLater(audit.ResultDone, detail{Count: uint64(len(list))})
}

func (k *Keeper) consents(ctx context.Context, w *warrant) ([]vault.Consent, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	list, acts := []vault.Consent{}, map[vault.ConsentID]int{}
	if w.person() {
		var err error
		if acts, err = k.actsUnder(ctx, w.safe.record()); err != nil {
			return nil, err
		}
	}
	for _, id := range consentsIn(w.safe.now()) {
		c, err := k.consentView(ctx, w.safe, id)
		switch {
		case errors.Is(err, vault.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		case !w.person() && !k.tellsOf(c, w.standing.Agent.ID):
			continue
		}
		c.Acts = acts[id]
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b vault.Consent) int {
		return cmp.Or(began(b).Compare(began(a)), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return list, nil
}

// began is when something was first heard of a consent.
func began(c vault.Consent) time.Time {
	if c.Asked.IsZero() {
		return c.Given
	}
	return c.Asked
}

// endsSoon reports whether the person and the structure are to be told of an
// end.
func endsSoon(state vault.ConsentState, until, now time.Time) bool {
	return state == vault.ConsentLive && until.Sub(now) <= vault.NoticeBefore
}

// tellsOf reports whether an agent is told of a consent: their own, and an ended
// one no longer than it is visible.
func (k *Keeper) tellsOf(c vault.Consent, agent vault.AgentID) bool {
	return k.holder(c.Terms) == agent &&
		(c.Ended == 0 || !silent(c.Ended) && k.now().Sub(c.EndedAt) < vault.EndedVisible)
}

// consentView is a request or a consent as the person and the agent it names see
// it.
func (k *Keeper) consentView(ctx context.Context, s *safe, id vault.ConsentID) (vault.Consent, error) {
	state, taken := s.together()
	a, err := k.termsIn(ctx, s, state, id)
	if err != nil {
		return vault.Consent{}, err
	}
	r, err := k.rowIn(ctx, s, state, id)
	if err != nil {
		return vault.Consent{}, err
	}
	c := vault.Consent{ID: id, Terms: a.terms, Shown: a.shown, Giving: a.giving, Asked: a.asked, Given: a.given}
	now := k.now()
	if why := taken(id); why != 0 && r.ended == 0 {
		r.ended, r.endedAt = why, now.UTC().Truncate(time.Second)
	}
	if why, at := k.unbound(s.current(), a.terms); why != 0 && r.ended == 0 {
		r.ended, r.endedAt = why, at
	}
	c.State, c.Ended, c.EndedAt = r.state(now)
	if s.record().discretion != vault.DiscretionDiscreet {
		c.EndsSoon = endsSoon(c.State, a.terms.Until, now)
		c.AgentName, c.Structure = k.agentName(r.agent)
	}
	in := map[vault.DocumentID]bool{}
	for p := range state.Pieces(vault.BundleID(id)) {
		for _, doc := range p.Documents {
			if _, ok := state.Document(doc); ok {
				in[doc] = true
			}
		}
	}
	c.Documents = len(in)
	return c, nil
}

// Helped is the caller's home list: whom they help, for what, until when, and
// what ended of late. It is answered from the index. See [vault.ConsentKeeper].
func (k *Keeper) Helped(ctx context.Context, who session.Principal, act vault.ListHelped) ([]vault.Helped, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActMyConsents})
	if err != nil {
		return nil, err
	}
	list, err := k.helpedBy(ctx, w, act)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return list, w.endLater(audit.ResultDone, detail{Count: uint64(len(list))})
}

// helpedBy names only who stands on the page: a name is read from the safe.
func (k *Keeper) helpedBy(ctx context.Context, w *warrant, act vault.ListHelped) ([]vault.Helped, error) {
	if err := errors.Join(w.check(vault.SafeID{}), checkPage(act.Limit)); err != nil {
		return nil, err
	}
	me, now := w.standing.Agent, k.now()
	rows, err := k.helped(me.ID)
	if err != nil {
		return nil, err
	}
	all := make([]vault.Helped, 0, len(rows))
	for _, r := range rows {
		state, why, at := k.rowState(r, now)
		if silent(why) || state == vault.ConsentEnded && now.Sub(at) >= vault.EndedVisible {
			continue
		}
		all = append(all, vault.Helped{Safe: r.safe, Consent: r.consent, State: state, Purpose: r.purpose, From: r.from, Until: r.until, Ended: why})
	}
	slices.SortFunc(all, func(a, b vault.Helped) int {
		return cmp.Or(cmp.Compare(a.State, b.State), a.Until.Compare(b.Until), slices.Compare(a.Consent[:], b.Consent[:]))
	})
	if !act.After.IsZero() {
		at := slices.IndexFunc(all, func(h vault.Helped) bool { return h.Consent == act.After })
		if at < 0 {
			return nil, vault.ErrPageToken // the page before ended with one that is forgotten
		}
		all = all[at+1:]
	}
	k.fetchSafes(ctx, all[:min(len(all), act.Limit)])
	list := []vault.Helped{}
	for _, h := range all {
		if len(list) == act.Limit {
			break
		}
		told, err := k.nameHelped(ctx, &h, me, now)
		if err != nil {
			return nil, err
		}
		if told {
			list = append(list, h)
		}
	}
	return list, nil
}

// fetchSafes reads the safes of a page that are not in memory, several at once:
// one after the other they would be most of what an agent waits for. One that
// cannot be read is met again when it is named.
func (k *Keeper) fetchSafes(ctx context.Context, page []vault.Helped) {
	var g errgroup.Group
	g.SetLimit(8)
	for _, h := range page {
		g.Go(func() error {
			if s, err := k.safe(ctx, h.Safe); err == nil {
				k.unpin(s)
			}
			return nil
		})
	}
	_ = g.Wait() // it has no error
}

// nameHelped adds what only the safe itself says: the name it has in the
// register, and what a recorded intent ended of it. It answers false where the
// agent is told nothing: shut out, or frozen. Whether they are only the safe itself
// says, so that of one that cannot be read now nothing is answered from the index:
// the list is refused until it can, and goes without one that was altered.
func (k *Keeper) nameHelped(ctx context.Context, h *vault.Helped, me consent.Agent, now time.Time) (bool, error) {
	s, err := k.listed(ctx, h.Safe)
	if s == nil {
		return false, err
	}
	defer k.unpin(s)
	record := s.current()
	if record.bans(me.ID, me.Structure) || s.frozen() {
		return false, nil
	}
	if why := s.endOf(h.Consent); why != 0 && h.State != vault.ConsentEnded {
		h.State, h.Ended = vault.ConsentEnded, why
	}
	if record.handedBy(me.ID) {
		return h.State == vault.ConsentEnded, nil // what was, and why it ended, without a name
	}
	h.HandoverWaits = record.waitsFor(me.ID)
	if record.discretion != vault.DiscretionDiscreet {
		h.Name, h.EndsSoon = record.entry.Name, endsSoon(h.State, h.Until, now)
	}
	return true, nil
}

// listed is the safe of a row of some list, pinned; nil where the list goes without
// the row: there is no such safe any more, or it was altered in the bucket, which
// must not keep everybody else out of the list.
func (k *Keeper) listed(ctx context.Context, id vault.SafeID) (*safe, error) {
	s, err := k.safe(ctx, id)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			k.unpin(s)
		}
		return nil, ctx.Err()
	case errors.Is(err, vault.ErrNotFound), errors.Is(err, vault.ErrTampered):
		return nil, nil
	}
	return s, err
}
