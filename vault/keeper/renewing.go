package keeper

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// RenewConsent makes a new consent of the same papers, which takes the place of
// the old one: the keeper re-seals, and nobody's sheet is needed. Said in an
// agent's session without sheet or PIN, it can be renewed so once; then the
// person has to be there in a way that is proved. See [vault.ConsentKeeper].
func (k *Keeper) RenewConsent(ctx context.Context, who session.Principal, act vault.RenewConsent) (vault.Consent, error) {
	defer k.recall(ctx)
	id := vault.NewConsentID()
	note := detail{Consent: act.Consent.String(), Code: act.Giving.Method.String()}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRenewConsent, safe: act.Safe, note: note})
	if err != nil {
		return vault.Consent{}, err
	}
	body := giveBody("coffre/renew-consent/v1", act.Consent, act.Shown, act.Giving)
	return k.agreeing(ctx, w, act.Request, body, func(c *change) (agreement, error) {
		old, a, err := k.renewal(ctx, w, act)
		if err != nil {
			return a, err
		}
		a.id, a.giving, a.given, a.renews = id, act.Giving, instant(), old.id
		w.agreed(a)
		src, err := k.source(ctx, w, a, act.Proof, act.Approval, body)
		switch {
		case err != nil:
			return a, err
		case src.unproved && old.unproved:
			return a, vault.ErrPresence
		}
		a.unproved, a.whole = src.unproved, old.whole
		docs, err := k.stillThere(ctx, w.safe, old)
		if err != nil {
			return a, err
		}
		w.result.Count = uint64(len(docs))
		c.ops = append(c.ops, chain.EndBundle{Bundle: vault.BundleID(old.id), Why: vault.EndedRenewed})
		return a, k.seal(ctx, w, c, a, src, docs)
	})
}

// renewal answers a live consent and the terms that go on from it: the same but
// for the end.
func (k *Keeper) renewal(ctx context.Context, w *warrant, act vault.RenewConsent) (old, a agreement, err error) {
	if err := w.check(act.Safe); err != nil {
		return old, a, err
	}
	if !w.safe.live(act.Consent) {
		return old, a, vault.ErrNotFound
	}
	if old, err = k.termsOf(ctx, w.safe, act.Consent); err != nil {
		return old, a, err
	}
	now, holder := k.now(), k.holder(old.terms)
	switch {
	case !w.person() && holder != w.standing.Agent.ID:
		return old, a, vault.ErrNotFound
	case !now.Before(old.terms.Until):
		return old, a, &vault.EndedError{Consent: old.id, Why: vault.EndedByDate, At: old.terms.Until}
	}
	terms := old.terms
	terms.Agent, terms.Until = holder, act.Until
	if terms = k.normal(terms); !terms.Until.After(old.terms.Until) {
		return old, a, invalid("until", "après la fin de l'accord")
	}
	if err := errors.Join(k.checkTerms(terms), k.checkDates(terms, now), k.checkCycle(w, terms, false)); err != nil {
		return old, a, err
	}
	a.terms = terms
	if a.shown, err = k.render(terms); err != nil {
		return old, a, err
	}
	if err := k.checkGiving(w, a, act.Giving); err != nil {
		return old, a, err
	}
	if a.shown.Digest != act.Shown {
		return old, a, vault.ErrTextChanged
	}
	return old, a, nil
}

// stillThere are the pieces of a consent whose papers are still in the safe.
func (k *Keeper) stillThere(ctx context.Context, s *safe, a agreement) ([]described, error) {
	all, err := k.consentPieces(ctx, s, a)
	if err != nil {
		return nil, err
	}
	var docs []described
	for d := range s.documents() {
		if piece, ok := all[d.ID]; ok {
			docs = append(docs, piece)
		}
	}
	return docs, nil
}
