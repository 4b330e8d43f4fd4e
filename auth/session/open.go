package session

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// errRevoked refuses a login that was under way when its person's sessions were revoked.
var errRevoked = fmt.Errorf("%w: from before a revocation", ErrLogin)

// usedFor is how long a used login is remembered after it expired, so that a clock that steps back does
// not make it fresh.
const usedFor = time.Hour

// Open makes a session of a login, on a device of the person's own. The login must have been made for pub
// (its nonce is Nonce(pub, …)), and opens one session only.
//
// The token is returned here and never again. The error wraps ErrLogin, ErrBusy, ErrClosed or that of the
// store; after an error the login is spent.
func (s *Sessions) Open(ctx context.Context, l auth.Login, pub ed25519.PublicKey) (Token, Principal, error) {
	return s.open(ctx, l, pub, s.idle)
}

// OpenShared is Open on a computer that others use too: the session ends after SharedIdle.
func (s *Sessions) OpenShared(ctx context.Context, l auth.Login, pub ed25519.PublicKey) (Token, Principal, error) {
	return s.open(ctx, l, pub, s.sharedIdle)
}

func (s *Sessions) open(ctx context.Context, l auth.Login, pub ed25519.PublicKey, idle time.Duration) (Token, Principal, error) {
	now := time.Now()
	switch {
	case l.IsZero():
		return Token{}, Principal{}, fmt.Errorf("%w: not a verified login", ErrLogin)
	case !boundTo(l.Nonce(), pub):
		return Token{}, Principal{}, fmt.Errorf("%w: made for another client key", ErrLogin)
	case !now.Before(l.Expiry()):
		return Token{}, Principal{}, fmt.Errorf("%w: expired", ErrLogin)
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	if err := s.room(); err != nil {
		return Token{}, Principal{}, err
	}
	if err := s.fresh(l); err != nil {
		return Token{}, Principal{}, err
	}
	if err := s.use(ctx, l); err != nil {
		return Token{}, Principal{}, err
	}
	token := newToken()
	ses := newSession(token, l, pub, idle, now)
	if err := s.store.Put(ctx, ses.key, ses.rec.marshal(), ses.opened.Add(s.max)); err != nil {
		return Token{}, Principal{}, fmt.Errorf("session: keep: %w", err)
	}
	if err := s.add(ctx, ses, l); err != nil {
		return Token{}, Principal{}, err
	}
	return token, ses.principal(), nil
}

func newSession(t Token, l auth.Login, pub ed25519.PublicKey, idle time.Duration, now time.Time) *session {
	ses := &session{
		key: t.hash(),
		rec: record{
			pub:     [ed25519.PublicKeySize]byte(pub),
			opened:  now.Unix(),
			touched: now.Unix(),
			idle:    int64(idle / time.Second),
			second:  l.SecondFactor(),
			user:    l.User(),
		},
		opened:  now,
		touched: now,
	}
	if at := l.AuthTime(); !at.IsZero() {
		ses.rec.authTime = at.Unix()
	}
	_, _ = rand.Read(ses.rec.id[:]) // never fails
	return ses
}

// room refuses early, before a login is spent.
func (s *Sessions) room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if len(s.byToken) >= maxSessions {
		return fmt.Errorf("%w: %d sessions", ErrBusy, maxSessions)
	}
	return nil
}

// fresh refuses a login from before its person's sessions were revoked.
func (s *Sessions) fresh(l auth.Login) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revoked.covers(l.User(), l.AuthTime(), time.Now()) {
		return errRevoked
	}
	return nil
}

// use spends the login; the caller holds opening. A login is known by its issuer and nonce and not by the
// token's bytes: ECDSA signatures have two spellings.
func (s *Sessions) use(ctx context.Context, l auth.Login) error {
	id := sha256.Sum256([]byte("coffre/login-used/v1\x00" + l.User().Issuer() + "\x00" + l.Nonce()))
	_, err := s.store.Get(ctx, id)
	if err == nil {
		return fmt.Errorf("%w: it opened a session already", ErrLogin)
	}
	if !errors.Is(err, ErrNoRecord) {
		return fmt.Errorf("session: look up login: %w", err)
	}
	if err := s.store.Put(ctx, id, usedMark(), l.Expiry().Add(usedFor)); err != nil {
		return fmt.Errorf("session: spend login: %w", err)
	}
	return nil
}

// add lets the session of a login in, if its person's were not revoked meanwhile; the longest idle one goes
// if there are too many.
func (s *Sessions) add(ctx context.Context, ses *session, l auth.Login) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	if s.revoked.covers(l.User(), l.AuthTime(), time.Now()) {
		s.undeleted[ses.key] = struct{}{}
		s.mu.Unlock()
		s.begin()
		return errors.Join(errRevoked, s.forget(ctx))
	}
	var ended []*session
	if oldest, n := s.oldest(ses.rec.user); n >= s.perUser {
		ended = s.remove(oldest)
	}
	s.byToken[ses.key], s.byID[ses.rec.id] = ses, ses
	s.mu.Unlock()
	s.begin()
	s.tell(ended)
	// The one that goes is out of memory; the sweeper deletes it if the store cannot now.
	_ = s.forget(ctx)
	return nil
}

// oldest returns how many sessions the person has and which was idle longest; the caller holds mu.
func (s *Sessions) oldest(u auth.UserID) (*session, int) {
	var oldest *session
	n := 0
	for _, ses := range s.byToken {
		if ses.rec.user != u {
			continue
		}
		n++
		if oldest == nil || ses.touched.Before(oldest.touched) {
			oldest = ses
		}
	}
	return oldest, n
}
