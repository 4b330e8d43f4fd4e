package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// standing establishes what the caller is to the safe, and pins the safe.
func (k *Keeper) standing(ctx context.Context, d deed) (*safe, consent.Standing, error) {
	st, err := k.anywhere(d.who)
	if err != nil || d.safe.IsZero() {
		return nil, st, err
	}
	s, err := k.safe(ctx, d.safe)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, st, nil
	}
	if err != nil {
		return nil, st, err
	}
	if err := k.stand(ctx, d, s, &st); err != nil {
		k.unpin(s)
		return nil, st, err
	}
	return s, st, nil
}

// anywhere establishes what the caller is, whatever it is about.
func (k *Keeper) anywhere(who session.Principal) (consent.Standing, error) {
	partner, err := partnerID(who)
	return consent.Standing{Now: k.now(), Agent: k.agentStanding(who), Partner: partner}, err
}

// stand adds what the caller is to one safe. It is asked again for every chunk
// of a long read.
func (k *Keeper) stand(ctx context.Context, d deed, s *safe, st *consent.Standing) (err error) {
	record := s.current()
	st.Exists, st.Nature = s.there(st.Now), s.now().Nature()
	st.Frozen = s.frozen()
	if !st.Partner.IsZero() {
		st.Addressed = k.addressed(record, st.Partner, d.address)
		return nil
	}
	_, st.Visit = k.visit(d.who, s)
	st.Owner = st.Visit || !record.owner.IsZero() && record.owner == d.who.User()
	st.Shared = record.shared
	st.Fresh = st.Owner && st.Now.Sub(d.who.AuthTime()) < stepUp
	if st.Owner {
		st.Reach = k.unlocked.reach(d.who.Session(), s.id)
	}
	st.Entrusted = s.entrusted(d.doc)
	st.Deposited = k.fresh.has(d.who.Session(), d.safe, d.doc)
	if st.Agent.ID.IsZero() {
		return nil
	}
	st.Agent.ShutOut = record.shuts(st.Agent.ID, st.Agent.Structure)
	st.Present = k.present(d.who.Session(), s.id)
	st.Relayed = k.relayed(record, st.Agent)
	st.Guides = k.guides(record, st.Agent.ID)
	if st.Grants, err = k.grants(ctx, s, st.Agent.ID, d.doc); err != nil {
		return err
	}
	if side, ok := k.sideBySide(d.who.Session(), s.id); ok {
		st.Grants = append(slices.Clip(st.Grants), side.grant(d.doc))
	}
	st.Ours, err = k.ours(ctx, s, record, st.Agent.Structure)
	return err
}

// ours reports whether a safe has to do with a structure: it was opened there,
// or one of its agents has a consent.
func (k *Keeper) ours(ctx context.Context, s *safe, record serviceRecord, structure vault.StructureID) (bool, error) {
	if record.home == structure {
		return true, nil
	}
	all, err := k.agreements(ctx, s)
	return slices.ContainsFunc(all, func(a agreement) bool {
		named, _ := k.agentBy(a.terms.Agent)
		return named.structure == structure
	}), err
}

// agentStanding is what the caller is for a structure; zero for nobody's agent.
func (k *Keeper) agentStanding(who session.Principal) consent.Agent {
	f, ok := k.agentOf(who.User())
	if !ok {
		return consent.Agent{}
	}
	return consent.Agent{
		ID: f.id, Structure: f.structure, Functions: f.functions, Until: f.until, State: f.state,
		SecondFactor: who.SecondFactor(), Waits: f.waits,
	}
}

// stepUp is how young a proof of identity must be for what cannot be undone.
const stepUp = 5 * time.Minute

// now is the instant of a decision: the clock may lie up to two minutes behind
// the last record, and then stands still.
func (k *Keeper) now() time.Time {
	now, last := time.Now(), k.trail.LastTime()
	if now.Before(last) {
		return last
	}
	return now
}

// concerned reports whether somebody may know of a safe that cannot be read now:
// whom it is linked to, whom a consent names, whose address leads there, and
// whoever may try the act on any safe there is.
func (k *Keeper) concerned(d deed, st consent.Standing) (bool, error) {
	if holder, ok := d.who.Visit(); ok {
		return vault.SafeID(holder) == d.safe, nil
	}
	if !st.Partner.IsZero() {
		to, err := k.addresseeOf(d.address)
		return to == addressee{d.safe, st.Partner}, err
	}
	linked, err := k.linked(d.who.User(), d.safe)
	if err != nil || linked {
		return linked, err
	}
	st.Exists = true
	if _, reason := consent.Decide(d.who, st, d.request()); reason == 0 {
		return true, nil
	}
	rows, err := k.helped(st.Agent.ID)
	return slices.ContainsFunc(rows, func(r helpRow) bool { return r.safe == d.safe }), err
}
