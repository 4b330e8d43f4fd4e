package keeper

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
)

const (
	day = 24 * time.Hour
	// maxLanguage bounds a language tag (RFC 5646 §4.4.1).
	maxLanguage = 35
	// earlyFrom is how long before now a new consent may say it began: what waits
	// for a second agent keeps the text that was shown.
	earlyFrom = vault.ApprovalLife
	// lateFrom is how long after now a consent may begin.
	lateFrom = vault.ConsentDays * day
)

// normal is the one form of terms that is shown, agreed to and stored: whole
// seconds, sorted scopes, and where no paper is named the kinds that the
// démarche asks today, and an end with the workshops that bound it. Those kinds stay: what a démarche asks later never widens
// an older consent.
func (k *Keeper) normal(t vault.Terms) vault.Terms {
	t.From, t.Until = t.From.UTC().Truncate(time.Second), t.Until.UTC().Truncate(time.Second)
	t.Precise, t.Reason = strings.TrimSpace(t.Precise), strings.TrimSpace(t.Reason)
	if t.Actions&(vault.ActionRead|vault.ActionReveal|vault.ActionDescribe) != 0 {
		t.Actions |= vault.ActionSee
	}
	if t.Language == "" {
		t.Language = "fr"
	}
	if c, ok := k.cycle(t.Cycle); ok { // nothing that is agreed to for workshops goes on after them
		t.Until = earlier(t.Until, c.until())
	}
	s := &t.Scope
	if len(s.Documents)+len(s.Kinds)+len(s.Drawers) == 0 {
		if info, err := k.kinds.Purpose(t.Purpose); err == nil {
			s.Kinds = info.Kinds
		}
	}
	s.Documents = slices.CompactFunc(slices.SortedFunc(slices.Values(s.Documents), func(a, b vault.DocumentID) int {
		return bytes.Compare(a[:], b[:])
	}), func(a, b vault.DocumentID) bool { return a == b })
	s.Kinds = slices.Compact(slices.Sorted(slices.Values(s.Kinds)))
	s.Drawers = slices.Compact(slices.Sorted(slices.Values(s.Drawers)))
	return t
}

func invalid(field, rule string) error { return &vault.InvalidError{Field: field, Rule: rule} }

// checkTerms holds normal terms, but for their dates, against what may be agreed
// to at all.
func (k *Keeper) checkTerms(t vault.Terms) error {
	agent, ok := k.agentBy(t.Agent)
	switch {
	case t.Safe.IsZero():
		return invalid("terms.safe", "un coffre")
	case !ok || agent.state != vault.AgentActive || !agent.functions.Has(t.Function):
		return invalid("terms.agent", "un agent en activité, dans une fonction qu'il a")
	case t.Replacement > vault.ReplacementSuccessor:
		return invalid("terms.replacement", "un choix de la liste")
	case !plainText(t.Precise, 1, vault.MaxPrecise): // L-70
		return invalid("terms.precise", "ce qui sera fait, en 300 caractères au plus")
	case t.Posture < vault.PostureTrain || t.Posture > vault.PostureInStead:
		return invalid("terms.posture", "je forme, j'accompagne ou je fais")
	case t.Posture == vault.PostureInStead && !plainText(t.Reason, 1, vault.MaxReason): // L-75
		return invalid("terms.reason", "pourquoi l'agent fait à la place, en 500 caractères au plus")
	case t.Posture != vault.PostureInStead && t.Reason != "":
		return invalid("terms.reason", "rien, sauf pour « je fais »")
	case !plainText(t.Language, 2, maxLanguage):
		return invalid("terms.language", "une langue, comme fr ou ps")
	}
	if err := k.checkActions(t); err != nil {
		return err
	}
	return k.checkScope(t)
}

func plainText(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkActions: what a function may never do no consent can give it.
func (k *Keeper) checkActions(t vault.Terms) error {
	all := vault.Action(0)
	for _, a := range vault.Actions() {
		all |= a
	}
	may, present := grantable(t.Function)
	switch {
	case t.Actions == 0 || t.Actions&^all != 0:
		return invalid("terms.actions", "au moins une action de la liste")
	case t.Actions&^may != 0:
		return invalid("terms.actions", "des actions que cette fonction permet")
	case t.Presence > vault.PresenceNot:
		return invalid("terms.presence", "un choix de la liste")
	case present && t.Presence != vault.PresenceNeeded:
		return invalid("terms.presence", "en présence de la personne, pour cette fonction")
	}
	return nil
}

// checkScope refuses what names no paper and what names them all.
func (k *Keeper) checkScope(t vault.Terms) error {
	s := t.Scope
	n := len(s.Documents) + len(s.Kinds) + len(s.Drawers)
	if _, err := k.kinds.Purpose(t.Purpose); err != nil {
		return invalid("terms.purpose", "une démarche de la liste")
	}
	switch {
	case n == 0 || n > vault.MaxScope:
		return invalid("terms.scope", "au moins un papier, un type ou un tiroir, et 200 au plus")
	case t.Arrivals > vault.ArrivalsToo:
		return invalid("terms.arrivals", "un choix de la liste")
	case t.Actions.Has(vault.ActionReveal) && len(s.Documents) != n:
		return invalid("terms.scope", "le mémo lui-même, pour montrer un secret")
	case slices.ContainsFunc(s.Documents, vault.DocumentID.IsZero):
		return invalid("terms.scope.documents", "des papiers du coffre")
	}
	for _, d := range s.Drawers {
		if _, err := k.kinds.DrawerInfo(d); err != nil {
			return invalid("terms.scope.drawers", "des tiroirs du catalogue")
		}
	}
	for _, kind := range s.Kinds {
		if _, err := k.kinds.KindInfo(kind); err != nil {
			return invalid("terms.scope.kinds", "des types de papiers du catalogue")
		}
	}
	if k.everything(s) {
		return invalid("terms.scope", "pas tous les tiroirs")
	}
	return nil
}

// everything reports whether a scope is the whole safe: every drawer, by its
// name or by all its kinds.
func (k *Keeper) everything(s vault.Scope) bool {
	for _, d := range k.kinds.Drawers() {
		if d.Code == papers.Unsorted || slices.Contains(s.Drawers, d.Code) {
			continue
		}
		kinds := k.kinds.Kinds(d.Code)
		if len(kinds) == 0 || slices.ContainsFunc(kinds, func(i papers.KindInfo) bool { return !slices.Contains(s.Kinds, i.Code) }) {
			return false
		}
	}
	return true
}

// checkDates bounds a consent: the days that are left count, so that a text
// shown before is not refused for what has passed of it.
func (k *Keeper) checkDates(t vault.Terms, now time.Time) error {
	switch {
	case t.From.After(now.Add(lateFrom)):
		return invalid("terms.from", "dans les six prochains mois au plus")
	case !t.Until.After(t.From) || !t.Until.After(now):
		return invalid("terms.until", "après le début, et à venir")
	case lasts(t, now) > time.Duration(k.longest)*day:
		return invalid("terms.until", "182 jours au plus, ou ce que la structure permet")
	}
	return nil
}

// lasts is how long a consent that is agreed to now goes on.
func lasts(t vault.Terms, now time.Time) time.Duration {
	if t.From.After(now) {
		now = t.From
	}
	return t.Until.Sub(now)
}

// long reports whether a consent needs a second agent for its length.
func long(t vault.Terms, now time.Time) bool { return lasts(t, now) > vault.ConsentDays*day }

// grantable is what a consent may give a function, and whether only while the
// person is there (the table of functions, package consent).
func grantable(f vault.Function) (actions vault.Action, present bool) {
	for _, row := range consent.Functions() {
		if row.Function != f {
			continue
		}
		for action, leave := range map[vault.Action]consent.Leave{
			vault.ActionSee: row.See, vault.ActionRead: row.Read, vault.ActionReveal: row.Reveal, vault.ActionDeposit: row.Deposit,
		} {
			if leave != consent.Never {
				actions |= action
			}
			present = present || leave == consent.WithPresence
		}
		if row.See != consent.Never && row.Deposit != consent.Never {
			actions |= vault.ActionDescribe
		}
	}
	return actions, present
}
