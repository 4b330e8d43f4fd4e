package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/texts"
)

// ShowConsent renders the exact text of terms. Nothing is written but the trail.
// See [vault.ConsentKeeper].
func (k *Keeper) ShowConsent(ctx context.Context, who session.Principal, terms vault.Terms) (vault.Shown, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActShowConsent, safe: terms.Safe})
	if err != nil {
		return vault.Shown{}, err
	}
	a, err := k.offer(w, terms)
	return a.shown, w.end(ctx, err, detail{Text: textOf(a.shown)})
}

// offer checks terms that somebody wants to show, ask or agree to, and renders
// them. An agent speaks for themselves only.
func (k *Keeper) offer(w *warrant, terms vault.Terms) (agreement, error) {
	if err := w.check(terms.Safe); err != nil {
		return agreement{}, err
	}
	terms = k.normal(terms)
	if !w.person() && terms.Agent != w.standing.Agent.ID {
		return agreement{}, vault.ErrNotFound
	}
	now := k.now()
	sitting := terms.From.IsZero() && terms.Until.IsZero() // a côte-à-côte session has its own
	if err := k.checkTerms(terms); err != nil {
		return agreement{}, err
	}
	if err := k.checkCycle(w, terms, sitting); err != nil {
		return agreement{}, err
	}
	if sitting && (w.deed.act == vault.ActShowConsent || w.deed.act == vault.ActStartSideBySide) {
		shown, err := k.render(terms)
		return agreement{terms: terms, shown: shown}, err
	}
	if err := k.checkDates(terms, now); err != nil {
		return agreement{}, err
	}
	if w.deed.act != vault.ActShowConsent && terms.From.Before(now.Add(-earlyFrom)) { // a renewal shows when it all began
		return agreement{}, invalid("terms.from", "dans les sept derniers jours, ou à venir")
	}
	shown, err := k.render(terms)
	return agreement{terms: terms, shown: shown}, err
}

// person reports whether the caller is the person, in their own session or in a
// counter session.
func (w *warrant) person() bool { return w.standing.Owner || w.standing.Visit }

// textOf is a text as the trail may hold it: its version and digest prove what
// was shown, and say nothing.
func textOf(s vault.Shown) string {
	if s.Version == "" {
		return ""
	}
	return s.Version + " " + s.Digest.String()
}

// render makes the exact text that is shown. What it says in labels and counts
// its digest says in ids and codes: with the text the terms are agreed to, and no
// others that would read the same.
func (k *Keeper) render(t vault.Terms) (vault.Shown, error) {
	purpose, err := k.kinds.Purpose(t.Purpose)
	if err != nil {
		return vault.Shown{}, invalid("terms.purpose", "une démarche de la liste")
	}
	facts := texts.Accord{
		Function: t.Function, Replacement: t.Replacement, Purpose: purpose.Label, Body: purpose.Body, Precise: t.Precise,
		Posture: t.Posture, Reason: t.Reason, Actions: t.Actions, Documents: len(t.Scope.Documents),
		Arrivals: t.Arrivals, Presence: t.Presence, From: t.From, Until: t.Until,
		PersonSigns: purpose.PersonSigns, Language: t.Language,
	}
	facts.Agent, facts.Structure = k.agentName(t.Agent)
	if c, ok := k.cycle(t.Cycle); ok {
		facts.Cycle = c.record.plan.Label
	}
	for _, kind := range t.Scope.Kinds {
		info, err := k.kinds.KindInfo(kind)
		if err != nil {
			return vault.Shown{}, invalid("terms.scope.kinds", "des types de papiers du catalogue")
		}
		facts.Kinds = append(facts.Kinds, info.Label)
	}
	for _, drawer := range t.Scope.Drawers {
		info, err := k.kinds.DrawerInfo(drawer)
		if err != nil {
			return vault.Shown{}, invalid("terms.scope.drawers", "des tiroirs du catalogue")
		}
		facts.Drawers = append(facts.Drawers, info.Label)
	}
	shown := vault.Shown{PersonSigns: purpose.PersonSigns}
	shown.Text, shown.Version = texts.Consent(facts)
	shown.Digest, err = digestOf(t, shown)
	return shown, err
}

// digestOf is the digest of terms and of the text that was shown for them
// (FORMAT.md).
func digestOf(t vault.Terms, s vault.Shown) (seal.Digest, error) {
	raw, err := agreement{terms: t, shown: s}.marshal()
	if err != nil {
		return seal.Digest{}, err
	}
	return seal.DigestOf(raw), nil
}
