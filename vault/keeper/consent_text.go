package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
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

// render makes the exact text that is shown, in one place.
func (k *Keeper) render(t vault.Terms) (vault.Shown, error) {
	raw, err := agreement{terms: t}.marshal()
	if err != nil {
		return vault.Shown{}, err
	}
	text := string(raw)
	return vault.Shown{Text: text, Version: "fr-0", Digest: seal.DigestOf([]byte(text)), PersonSigns: k.personSigns(t.Purpose)}, nil
}
