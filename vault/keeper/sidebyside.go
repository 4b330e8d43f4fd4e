package keeper

import (
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A sideBySide is a côte-à-côte session: two people at one screen, one démarche,
// and the pieces it opens. It is memory only; nothing of it survives its end.
type sideBySide struct {
	consent vault.ConsentID // names it in the journal; no consent of the chain
	agent   vault.AgentID
	purpose papers.Purpose
	actions vault.Action
	began   time.Time
	until   time.Time
	terms   vault.Terms
	docs    map[vault.DocumentID]described
}

// grant is the session as a decision sees it.
func (s *sideBySide) grant(doc vault.DocumentID) consent.Grant {
	_, covers := s.docs[doc]
	return consent.Grant{
		Consent: s.consent, Actions: s.actions, Function: s.terms.Function, Presence: vault.PresenceNot,
		From: s.began, Until: s.until, Covers: covers || doc.IsZero(),
	}
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
	return b, ok && time.Now().Before(b.until)
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

// sweep forgets what ran out.
func (s *sides) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, b := range s.open {
		if !time.Now().Before(b.until) {
			delete(s.open, at)
		}
	}
}

// sideBySide answers the côte-à-côte session about a safe in a session.
func (k *Keeper) sideBySide(s session.ID, safe vault.SafeID) (*sideBySide, bool) {
	return k.sides.get(place{s, safe})
}
