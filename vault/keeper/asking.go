package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// maxAsked bounds the requests of one agent that wait in one safe: a person is
// asked, not besieged.
const maxAsked = 5

// consentAnswer is what a retry of a request about consents finds.
type consentAnswer struct {
	Consent string `json:"consent"`
}

// AskConsent records an agent's request, in the exact text that the person will
// be shown. Nothing is granted. See [vault.ConsentKeeper].
func (k *Keeper) AskConsent(ctx context.Context, who session.Principal, act vault.AskConsent) (vault.Consent, error) {
	id := vault.NewConsentID()
	note := consentNote(id, act.Terms)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActAskConsent, safe: act.Terms.Safe, note: note})
	if err != nil {
		return vault.Consent{}, err
	}
	body := termsBody("coffre/ask-consent/v1", k.normal(act.Terms))
	return k.agreeing(ctx, w, act.Request, body, func(c *change) (agreement, error) {
		a, err := k.offer(w, act.Terms)
		if err != nil {
			return a, err
		}
		if err := k.mayAsk(ctx, w); err != nil {
			return a, err
		}
		a.id, a.asked = id, instant()
		w.agreed(a)
		sealed, err := k.putTerms(ctx, w.safe, a)
		c.ops = append(c.ops, chain.Ask{Consent: id, Terms: sealed})
		return a, err
	})
}

// consentNote is what the intent of an act about a consent says: what it is for
// and whom it names, in ids and codes.
func consentNote(id vault.ConsentID, t vault.Terms) detail {
	n := detail{Consent: id.String()}
	if t.Posture != 0 {
		n.Posture = t.Posture.String()
	}
	if !t.Agent.IsZero() {
		n.AboutAgent = t.Agent.String()
	}
	return n
}

// agreed notes for the outcome what was asked or agreed to.
func (w *warrant) agreed(a agreement) {
	w.result.Consent, w.result.AboutAgent = a.id.String(), a.terms.Agent.String()
	w.result.Purpose, w.result.Text, w.result.Posture = string(a.terms.Purpose), textOf(a.shown), a.terms.Posture.String()
}

// mayAsk refuses an agent who asks the same person over and over.
func (k *Keeper) mayAsk(ctx context.Context, w *warrant) error {
	n := 0
	for asked := range w.safe.now().Asks() {
		a, err := k.termsOf(ctx, w.safe, asked.Consent)
		if err != nil {
			return err
		}
		if a.terms.Agent == w.standing.Agent.ID {
			n++
		}
	}
	if n >= maxAsked {
		return fmt.Errorf("%w: requests that wait", vault.ErrLimit)
	}
	return nil
}

// agreeing carries out an act that brings a request or a consent: once for one
// request id, alone with the safe, with what make adds to the change.
func (k *Keeper) agreeing(ctx context.Context, w *warrant, request vault.RequestID, body [32]byte, build func(*change) (agreement, error)) (vault.Consent, error) {
	var earlier consentAnswer
	if found, err := w.answered(request, body, &earlier); found || err != nil {
		var c vault.Consent
		if err == nil {
			c, err = k.answeredConsent(ctx, w, earlier)
		}
		return c, w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c := &change{}
	a, err := agreement{}, w.safe.settled()
	if err == nil {
		a, err = build(c)
	}
	if err == nil {
		c.answer, err = w.newAnswer(request, body, consentAnswer{a.id.String()})
	}
	if err != nil {
		return vault.Consent{}, w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return vault.Consent{}, err
	}
	return k.consentView(ctx, w.safe, a.id)
}

func (k *Keeper) answeredConsent(ctx context.Context, w *warrant, earlier consentAnswer) (vault.Consent, error) {
	id, err := vault.ParseConsentID(earlier.Consent)
	if err != nil {
		return vault.Consent{}, fmt.Errorf("answer: %w", err)
	}
	return k.consentView(ctx, w.safe, id)
}

// termsBody stands for every part of terms, so that another request is told from
// the same one.
func termsBody(what string, t vault.Terms) [32]byte {
	raw, err := agreement{terms: t}.marshal()
	if err != nil {
		raw = nil // json of plain fields cannot fail; without them nothing matches
	}
	return mac([]byte(what), string(raw))
}
