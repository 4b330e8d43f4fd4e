package rpc

import (
	"slices"
	"strings"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A span says whether terms carry their two instants. The zero span asks for
// them.
type span uint8

const (
	spanNeeded span = iota
	spanOptional
	spanNone // a côte-à-côte session's are its own
)

// terms reads what is to be agreed to (L-70, L-75).
func (f *fields) terms(t *coffrev1.Terms, safe vault.SafeID, s span, kinds *papers.Catalogue) vault.Terms {
	if t == nil {
		f.refuse("terms", texts.RuleTerms)
		return vault.Terms{}
	}
	terms := vault.Terms{
		Safe:        safe,
		Agent:       f.agent("terms.agent", t.GetAgent()),
		Function:    f.function("terms.function", t.GetFunction()),
		Replacement: replacementWords.parse(f, "terms.replacement", t.GetReplacement()),
		Purpose:     f.purpose("terms.purpose", t.GetPurpose(), kinds),
		Precise:     f.said("terms.precise", t.GetPrecise(), vault.MaxPrecise, texts.RulePrecise),
		Posture:     postureWords.parse(f, "terms.posture", t.GetPosture()),
		Actions:     f.actions(t.GetActions()),
		Scope:       f.scope(t.GetScope(), kinds),
		Arrivals:    arrivalsWords.parse(f, "terms.arrivals", t.GetArrivals()),
		Presence:    presenceWords.parse(f, "terms.presence", t.GetPresence()),
		Language:    f.language("terms.language", t.GetLanguage()),
	}
	// A mandate says why; nothing else does (L-75).
	if terms.Posture == vault.PostureInStead {
		terms.Reason = f.said("terms.reason", t.GetReason(), vault.MaxReason, texts.RuleReason)
	} else if t.GetReason() != "" {
		f.refuse("terms.reason", texts.RuleReason)
	}
	terms.From, terms.Until = f.span(t, s, kinds)
	if t.GetCycle() != "" {
		terms.Cycle = f.cycle("terms.cycle", t.GetCycle())
		if s == spanNone {
			f.refuse("terms.cycle", texts.RuleNoCycle)
		}
	}
	return terms
}

// said reads a line that must say something.
func (f *fields) said(field, s string, n int, rule texts.Rule) string {
	s = f.line(field, s, n, rule)
	if strings.TrimSpace(s) == "" {
		f.refuse(field, rule)
	}
	return s
}

// actions reads one action or more, none twice. Who reads, reveals or describes
// a paper sees it as well: its keys come with its description.
func (f *fields) actions(all []coffrev1.Action) (set vault.Action) {
	before := len(f.bad)
	for _, w := range all {
		a := actionWords.parse(f, "terms.actions", w)
		if set.Has(a) {
			f.refuse("terms.actions", texts.RuleActions)
		}
		set |= a
	}
	if set == 0 && len(f.bad) == before {
		f.refuse("terms.actions", texts.RuleActions)
	}
	if set&(vault.ActionRead|vault.ActionReveal|vault.ActionDescribe) != 0 {
		set |= vault.ActionSee
	}
	return set
}

// scope reads which papers: something, none of it twice, and never all drawers.
func (f *fields) scope(s *coffrev1.Scope, kinds *papers.Catalogue) (scope vault.Scope) {
	n := len(s.GetDocuments()) + len(s.GetKinds()) + len(s.GetDrawers())
	if n == 0 || n > vault.MaxScope || twice(s.GetDocuments()) || twice(s.GetKinds()) || twice(s.GetDrawers()) ||
		len(s.GetDrawers()) >= len(kinds.Drawers()) {
		f.refuse("terms.scope", texts.RuleScope)
		return scope
	}
	scope.Documents = f.documents("terms.scope.documents", s.GetDocuments())
	for _, code := range s.GetKinds() {
		scope.Kinds = append(scope.Kinds, f.kind("terms.scope.kinds", code, kinds))
	}
	for _, code := range s.GetDrawers() {
		scope.Drawers = append(scope.Drawers, f.drawer("terms.scope.drawers", code, kinds))
	}
	return scope
}

func (f *fields) documents(field string, all []string) (docs []vault.DocumentID) {
	for _, s := range all {
		docs = append(docs, parsed(f, field, s, texts.RuleID, vault.ParseDocumentID))
	}
	return docs
}

func twice(all []string) bool {
	sorted := slices.Sorted(slices.Values(all))
	return len(slices.Compact(sorted)) != len(all)
}

// longest is how long a consent lasts at most, whatever the configuration.
const longest = vault.ConsentDaysLong * 24 * time.Hour

// span reads [from, until). Terms that say when they begin, and not when they end,
// end when the démarche usually does.
func (f *fields) span(t *coffrev1.Terms, s span, kinds *papers.Catalogue) (from, until time.Time) {
	switch given := t.HasFromTime() || t.HasUntilTime(); {
	case s == spanNone && given:
		f.refuse("terms.until_time", texts.RuleNoSpan)
		return from, until
	case s == spanNone, s == spanOptional && !given:
		return from, until
	}
	before := len(f.bad)
	from = f.instant("terms.from_time", t.GetFromTime())
	if t.HasFromTime() && !t.HasUntilTime() {
		return from, from.Add(horizon(t.GetPurpose(), kinds))
	}
	until = f.instant("terms.until_time", t.GetUntilTime())
	if len(f.bad) == before && (!until.After(from) || until.Sub(from) > longest) {
		f.refuse("terms.until_time", texts.RuleUntil)
	}
	return from, until
}

// horizon is how long a démarche usually takes; a day where nobody knows it, which
// is refused for that.
func horizon(purpose string, kinds *papers.Catalogue) time.Duration {
	const day = 24 * time.Hour
	info, err := kinds.Purpose(papers.Purpose(purpose))
	if err != nil {
		return day
	}
	return time.Duration(info.Days) * day
}

// giving reads how an agreement was expressed (L-72, L-87).
func (f *fields) giving(g *coffrev1.Giving) vault.Giving {
	if g == nil {
		f.refuse("giving", texts.RuleGiving)
		return vault.Giving{}
	}
	giving := vault.Giving{
		Method:     methodWords.parse(f, "giving.method", g.GetMethod()),
		Company:    companyWords.parse(f, "giving.company", g.GetCompany()),
		Protection: protectionWords.parse(f, "giving.protection", g.GetProtection()),
	}
	needed := giving.Method == vault.MethodOral || giving.Method == vault.MethodPictogram ||
		giving.Protection == vault.ProtectionRepresented
	if g.GetWitness() != "" || needed {
		giving.Witness = f.name("giving.witness", g.GetWitness())
	}
	return giving
}

// shownDigest reads the digest of the text that was shown.
func (f *fields) shownDigest(b []byte) (d vault.Digest) {
	copy(d[:], f.exactly("shown_digest", b, len(d), texts.RuleShown))
	return d
}

func terms(t vault.Terms) *coffrev1.Terms {
	var actions []coffrev1.Action
	for _, a := range vault.Actions() {
		if t.Actions.Has(a) {
			actions = append(actions, actionWords.of(a))
		}
	}
	return coffrev1.Terms_builder{
		Agent:       named(t.Agent),
		Function:    new(t.Function.String()),
		Replacement: new(replacementWords.of(t.Replacement)),
		Purpose:     new(string(t.Purpose)),
		Precise:     &t.Precise,
		Posture:     new(postureWords.of(t.Posture)),
		Reason:      &t.Reason,
		Actions:     actions,
		Scope:       scope(t.Scope),
		Arrivals:    new(arrivalsWords.of(t.Arrivals)),
		Presence:    new(presenceWords.of(t.Presence)),
		FromTime:    stamp(t.From),
		UntilTime:   stamp(t.Until),
		Language:    &t.Language,
		Cycle:       named(t.Cycle),
	}.Build()
}

func scope(s vault.Scope) *coffrev1.Scope {
	out := &coffrev1.Scope{}
	out.SetDocuments(texted(s.Documents))
	out.SetKinds(coded(s.Kinds))
	out.SetDrawers(coded(s.Drawers))
	return out
}

func texted[ID interface{ String() string }](ids []ID) (all []string) {
	for _, id := range ids {
		all = append(all, id.String())
	}
	return all
}

func coded[C ~string](codes []C) (all []string) {
	for _, c := range codes {
		all = append(all, string(c))
	}
	return all
}

func shown(s vault.Shown) *coffrev1.Shown {
	return coffrev1.Shown_builder{Text: &s.Text, Version: &s.Version, Digest: s.Digest[:], PersonSigns: &s.PersonSigns}.Build()
}

func giving(g vault.Giving) *coffrev1.Giving {
	if g.Method == 0 {
		return nil // it is only asked for
	}
	return coffrev1.Giving_builder{
		Method:     new(methodWords.of(g.Method)),
		Witness:    &g.Witness,
		Company:    new(companyWords.of(g.Company)),
		Protection: new(protectionWords.of(g.Protection)),
	}.Build()
}
