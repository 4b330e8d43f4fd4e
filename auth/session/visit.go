package session

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// visit is what makes a session a visit: somebody else's session on the host's client.
type visit struct {
	host   *session
	holder [16]byte
	// begun and length give the end by both clocks, like the other limits.
	begun  time.Time
	length time.Duration
}

func (v *visit) over(now time.Time) bool { return elapsed(v.begun, now) >= v.length }

// touch starts the idle time anew. Somebody who calls in a visit sits at its host's client.
func (s *session) touch(now time.Time) {
	s.touched = now
	if s.visit != nil {
		s = s.visit.host
		s.touched = now
	}
	s.dirty = true
}

// OpenVisit makes a session without a login, on the client of host: calls in it are proved with the host's
// client key. What it is held for, holder, is for the caller to say and to have decided; it must not be
// zero. The visit ends at until, after the host's idle time without a call in it, and with the host's
// session. A host has one visit at a time: the next one ends it. It is in memory only and no restart
// brings it back.
//
// The token is returned here and never again. The error wraps ErrNoSession where host does not live, is
// itself a visit or until is over, ErrBusy or ErrClosed.
func (s *Sessions) OpenVisit(ctx context.Context, host Principal, holder [16]byte, until time.Time) (Token, Principal, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, Principal{}, err // the caller's own cancellation
	}
	now := time.Now()
	if holder == [16]byte{} || !until.After(now) {
		return Token{}, Principal{}, fmt.Errorf("%w: a visit of nobody, or over", ErrNoSession)
	}
	if err := s.room(); err != nil {
		return Token{}, Principal{}, err
	}
	s.mu.Lock()
	at, err := s.living(host, now)
	if err != nil || at.visit != nil {
		s.mu.Unlock()
		return Token{}, Principal{}, fmt.Errorf("%w: it hosts no visit", ErrNoSession)
	}
	var ended []*session
	if at.guest != nil {
		ended = s.remove(at.guest)
	}
	token := newToken()
	ses := &session{
		key: token.hash(), opened: now, touched: now,
		rec:   record{pub: at.rec.pub, opened: now.Unix(), touched: now.Unix(), authTime: now.Unix(), idle: at.rec.idle},
		visit: &visit{host: at, holder: holder, begun: now, length: until.Sub(now)},
	}
	_, _ = rand.Read(ses.rec.id[:]) // never fails
	at.guest = ses
	s.byToken[ses.key], s.byID[ses.rec.id] = ses, ses
	p := ses.principal()
	s.mu.Unlock()
	s.tell(ended)
	return token, p, nil
}

// ExtendVisit moves the end of p's visit, because what opened it was proved again now: AuthTime starts
// anew. The error wraps ErrNoSession where p is not a live visit or until is over, or ErrClosed.
func (s *Sessions) ExtendVisit(p Principal, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	ses, err := s.visiting(p, now)
	if err != nil {
		return err
	}
	if !until.After(now) {
		return fmt.Errorf("%w: the end is over", ErrNoSession)
	}
	ses.visit.begun, ses.visit.length, ses.rec.authTime = now, until.Sub(now), now.Unix()
	return nil
}

// Host is who vouches for the visit p. The error wraps ErrNoSession where p is not a live visit, or
// ErrClosed.
func (s *Sessions) Host(p Principal) (Principal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ses, err := s.visiting(p, time.Now())
	if err != nil {
		return Principal{}, err
	}
	return ses.visit.host.principal(), nil
}

// visiting is the live visit of p; the caller holds mu.
func (s *Sessions) visiting(p Principal, now time.Time) (*session, error) {
	ses, err := s.living(p, now)
	if err != nil {
		return nil, err
	}
	if ses.visit == nil {
		return nil, fmt.Errorf("%w: not a visit", ErrNoSession)
	}
	return ses, nil
}
