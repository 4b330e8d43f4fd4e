package keeper

import (
	"context"
	"maps"
	"slices"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// RefuseConsent refuses a request. It takes away. See [vault.ConsentKeeper].
func (k *Keeper) RefuseConsent(ctx context.Context, who session.Principal, act vault.EndConsent) error {
	return k.endConsent(ctx, who, act, vault.ActRefuseConsent, vault.EndedRefused)
}

// WithdrawConsent ends a consent, or takes a request back: one step (L-58), by
// the person, or on their word by any agent of the structure it names or of the
// safe's own. It holds from the moment its intent is on disk, also inside a
// reading under way. See [vault.ConsentKeeper].
func (k *Keeper) WithdrawConsent(ctx context.Context, who session.Principal, act vault.EndConsent) error {
	if !act.Code.IsZero() {
		var there bool
		if act.Safe, act.Consent, there = k.consentOn(act.Code); !there {
			act.Safe, act.Consent = vault.NewSafeID(), vault.NewConsentID() // refused, and recorded, like what never was
		}
	}
	return k.endConsent(ctx, who, act, vault.ActWithdrawConsent, vault.EndedWithdrawn)
}

func (k *Keeper) endConsent(ctx context.Context, who session.Principal, act vault.EndConsent, as vault.Act, why vault.EndReason) error {
	defer k.recall(ctx)
	w, err := k.beginEnding(ctx, who, act, as, why)
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/"+as.String()+"/v1"), act.Safe.String(), act.Consent.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if k.sides.withdraw(act.Safe, act.Consent) { // a côte-à-côte session has no entry
		return w.end(ctx, nil, detail{})
	}
	over, there := w.safe.consentState(act.Consent)
	switch {
	case !there, as == vault.ActRefuseConsent && !over && w.safe.live(act.Consent):
		return w.end(ctx, vault.ErrNotFound, detail{})
	case over:
		return w.end(ctx, nil, detail{}) // what was wanted is so already
	}
	return k.take(ctx, w, act.Request, body, &taking{consent: act.Consent, why: why}, func() {})
}

// beginEnding is begin for an act that ends a consent: that its caller has to do
// with this very consent is asked before the intent, which alone ends it.
func (k *Keeper) beginEnding(ctx context.Context, who session.Principal, act vault.EndConsent, as vault.Act, why vault.EndReason) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: as, safe: act.Safe, note: detail{Consent: act.Consent.String(), Code: why.String()}}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, st, err)
	}
	if s == nil {
		return k.decide(ctx, d, s, st)
	}
	near, err := k.near(s, st, act.Consent)
	switch {
	case err != nil:
		err = k.failed(ctx, d, st, err)
	case !near:
		// Whoever is refused for who they are is told that of any safe, and of none.
		_, why := consent.Decide(who, st, d.request())
		if why == 0 {
			why = consent.Unknown
		}
		err = k.refuse(ctx, d, s, st, why)
	}
	if err != nil {
		k.unpin(s)
		return nil, err
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil {
		k.unpin(s)
	}
	return w, err
}

// near reports whether a consent is the caller's own business: the person's, or
// of an agent of the structure it names, or of the safe's own structure.
func (k *Keeper) near(s *safe, st consent.Standing, id vault.ConsentID) (bool, error) {
	if st.Owner || st.Visit {
		return true, nil
	}
	if st.Agent.ID.IsZero() {
		return false, nil
	}
	if _, there := s.consentState(id); !there {
		return false, nil
	}
	if st.Agent.Structure == s.record().home {
		return true, nil
	}
	r, ok, err := k.rowOf(s.id, id) // not from the bucket: nothing of it may stop an end
	if err != nil || !ok {
		return false, err
	}
	named, ok := k.agentBy(r.agent)
	return ok && named.structure == st.Agent.Structure, nil
}

// consentState says whether a safe knows a request or a consent, and whether it
// is over: ended in the chain, or by a recorded intent.
func (s *safe) consentState(id vault.ConsentID) (over, there bool) {
	state, taken := s.together()
	_, _, there = sealedTerms(state, id)
	_, ended := state.EndedConsent(id)
	return ended || taken(id) != 0, there
}

// together answers a safe's state, and why recorded intents ended requests and
// consents that this state still has; zero when none did. Both are of one
// instant: an entry that lands between two looks would move an end from one to
// the other, and be seen in neither.
func (s *safe) together() (state chain.Safe, taken func(vault.ConsentID) vault.EndReason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	takes := slices.Collect(maps.Keys(s.takes))
	return s.state, func(id vault.ConsentID) vault.EndReason {
		for _, t := range takes {
			switch {
			case t.freeze:
				return vault.EndedFreeze
			case t.over(id):
				return t.why
			}
		}
		return 0
	}
}

// endOf is why a consent ended, by the chain or by a recorded intent; zero while
// it has not, or when the chain has forgotten it.
func (s *safe) endOf(id vault.ConsentID) vault.EndReason {
	state, taken := s.together()
	if past, over := state.EndedConsent(id); over {
		return past.Why
	}
	return taken(id)
}
