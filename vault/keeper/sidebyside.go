package keeper

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A sideBySide is a côte-à-côte session: two people at one screen, one démarche,
// and the pieces it opens. It is memory only; nothing of it survives its end. It
// is never changed once it is there.
type sideBySide struct {
	consent vault.ConsentID // names it in the journal; no consent of the chain
	agent   vault.AgentID
	terms   vault.Terms // from its beginning to its end
	after   uint64      // leaves of the trail before it began
	docs    map[vault.DocumentID]described
}

func newSideBySide(a agreement, docs []described, after uint64) *sideBySide {
	s := &sideBySide{consent: a.id, agent: a.terms.Agent, terms: a.terms, after: after, docs: map[vault.DocumentID]described{}}
	s.terms.From = instant()
	s.terms.Until = s.terms.From.Add(vault.PresenceTime)
	for _, d := range docs {
		s.docs[d.id] = a.piece(d)
	}
	return s
}

func (s *sideBySide) over(now time.Time) bool { return !now.Before(s.terms.Until) }

// grant is the session as a decision sees it.
func (s *sideBySide) grant(doc vault.DocumentID) consent.Grant {
	_, covers := s.docs[doc]
	return consent.Grant{
		Consent: s.consent, Actions: s.terms.Actions, Function: s.terms.Function, Presence: vault.PresenceNot,
		From: s.terms.From, Until: s.terms.Until, Covers: covers || doc.IsZero(),
		Names: slices.Contains(s.terms.Scope.Documents, doc),
	}
}

// comeBack are the terms of the one question at the end: these papers, for this
// démarche, without the person, until a date.
func (s *sideBySide) comeBack(until time.Time) vault.Terms {
	t := s.terms
	t.Arrivals, t.Presence, t.Replacement = vault.ArrivalsToday, vault.PresenceNot, vault.ReplacementNone
	t.Until = until
	return t
}

// sides are the côte-à-côte sessions there are, each in one session of an agent
// and about one safe.
type sides struct {
	mu   sync.Mutex
	open map[place]*sideBySide
}

func (s *sides) get(at place) (*sideBySide, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.open[at]
	return b, ok && !b.over(time.Now())
}

// last answers one that may be over: its summary can still be asked for.
func (s *sides) last(at place) (*sideBySide, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.open[at]
	return b, ok
}

// put refuses a second one in the same session: an agent sits beside one person.
func (s *sides) put(at place, b *sideBySide) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, there := range s.open {
		if other.session == at.session && !there.over(time.Now()) {
			return invalid("terms.safe", "une séance côte à côte à la fois : terminez l'autre d'abord")
		}
	}
	s.open[at] = b
	return nil
}

func (s *sides) drop(at place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, at)
}

// withdraw ends the one that a person names by its consent.
func (s *sides) withdraw(safe vault.SafeID, id vault.ConsentID) (ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, b := range s.open {
		if at.safe == safe && b.consent == id {
			delete(s.open, at)
			ended = true
		}
	}
	return ended
}

// amend lets the sessions that show a paper show it as it is now: a memo's new
// secret only to the one that changed it. What their terms do not cover any more
// leaves them, as it leaves a consent.
func (s *sides) amend(safe vault.SafeID, now described, under vault.ConsentID) {
	s.replace(safe, now.id, func(b *sideBySide, docs map[vault.DocumentID]described) {
		a := agreement{id: b.consent, terms: b.terms}
		if !a.covers(now.id, papers.Drawer(now.description.Drawer), papers.Kind(now.description.Kind)) {
			delete(docs, now.id)
			return
		}
		piece := a.piece(now)
		switch {
		case now.key.IsZero(): // the secret is the same
			piece.key = docs[now.id].key
		case b.consent != under:
			piece.key = seal.FileKey{}
		}
		docs[now.id] = piece
	})
}

// forget takes a memo out of the sessions that show it.
func (s *sides) forget(safe vault.SafeID, doc vault.DocumentID) {
	s.replace(safe, doc, func(_ *sideBySide, docs map[vault.DocumentID]described) { delete(docs, doc) })
}

// replace puts another in the place of each session that shows a paper: what
// somebody holds of one never changes under them.
func (s *sides) replace(safe vault.SafeID, doc vault.DocumentID, edit func(*sideBySide, map[vault.DocumentID]described)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, b := range s.open {
		if _, there := b.docs[doc]; at.safe != safe || !there {
			continue
		}
		next := *b
		next.docs = maps.Clone(b.docs)
		edit(b, next.docs)
		s.open[at] = &next
	}
}

func (s *sides) dropSession(id session.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range s.open {
		if at.session == id {
			delete(s.open, at)
		}
	}
}

func (s *sides) leave(id vault.SafeID, whose func(session.ID, vault.AgentID) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, b := range s.open {
		if at.safe == id && whose(at.session, b.agent) {
			delete(s.open, at)
		}
	}
}

// summaryLife is how long after a hard end the summary can be asked for.
const summaryLife = time.Hour

// sweep forgets the pieces of what is over, and then that it was.
func (s *sides) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for at, b := range s.open {
		switch {
		case b.over(now.Add(-summaryLife)):
			delete(s.open, at)
		case b.over(now) && b.docs != nil:
			husk := *b
			husk.docs = nil
			s.open[at] = &husk
		}
	}
}

// sideBySide answers the côte-à-côte session about a safe in a session.
func (k *Keeper) sideBySide(s session.ID, safe vault.SafeID) (*sideBySide, bool) {
	return k.sides.get(place{s, safe})
}
