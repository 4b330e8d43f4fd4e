package session

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// sweepEvery is how late OnEnd may be told that a session expired. The limits themselves are exact.
	sweepEvery = 5 * time.Second
	// saveEvery is how far the store may lag behind on when a session was last used: after a crash a
	// session looks idle for that much longer, never shorter.
	saveEvery = 30 * time.Second
	// purgeEvery is how often marks of used logins that nobody needs any more are dropped.
	purgeEvery = time.Hour
)

// load takes over what the store holds.
func (s *Sessions) load(ctx context.Context) error {
	now := time.Now()
	for st, err := range s.store.All(ctx) {
		if err != nil {
			return fmt.Errorf("session: read store: %w", err)
		}
		if isUsedMark(st.Value) {
			continue
		}
		rec, err := parseRecord(st.Value)
		if err != nil {
			return err
		}
		ses := &session{key: st.ID, rec: rec, opened: time.Unix(rec.opened, 0), touched: time.Unix(rec.touched, 0)}
		// The nonces spent before the restart are forgotten, so the proofs of that time are refused.
		ses.replay.since = now.Unix() + 1
		if s.expired(ses, now) {
			s.undeleted[ses.key] = struct{}{}
			continue
		}
		s.byToken[ses.key], s.byID[ses.rec.id] = ses, ses
	}
	return nil
}

// sweep ends what expired and keeps the store up to date, until Close. Errors of the store change nothing
// for anybody but a later restart, and are tried again: there is nobody to return them to. While there is
// nothing that could expire it sleeps but for the marks of used logins.
func (s *Sessions) sweep(ctx context.Context) {
	defer close(s.swept)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var saved, purged time.Time
	asleep := false
	for {
		select {
		case <-s.stop:
			s.last = errors.Join(s.forget(ctx), s.save(ctx))
			return
		case <-s.begun:
			if asleep {
				tick.Reset(sweepEvery)
			}
			asleep = false
		case now := <-tick.C:
			_ = s.end(ctx, func(ses *session) bool { return s.expired(ses, time.Now()) })
			if now.Sub(saved) >= saveEvery {
				saved = now
				_ = s.save(ctx)
			}
			if now.Sub(purged) >= purgeEvery {
				purged = now
				_ = s.purge(ctx)
			}
			if !asleep && s.empty() { // a session that begins from now on says so
				tick.Reset(purgeEvery)
				asleep = true
			}
		}
	}
}

// empty reports whether nothing can expire, or waits to be deleted.
func (s *Sessions) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byToken) == 0 && len(s.undeleted) == 0
}

// begin wakes the sweeper: there is something to sweep.
func (s *Sessions) begin() {
	select {
	case s.begun <- struct{}{}:
	default: // it has been told
	}
}

// forget deletes from the store what ended. What cannot be deleted stays noted.
func (s *Sessions) forget(ctx context.Context) error {
	s.mu.Lock()
	keys := make([][32]byte, 0, len(s.undeleted))
	for k := range s.undeleted {
		keys = append(keys, k)
	}
	s.mu.Unlock()
	// What was taken from the person holds even if their call is cancelled.
	ctx = context.WithoutCancel(ctx)
	s.storing.Lock()
	defer s.storing.Unlock()
	var errs []error
	for _, k := range keys {
		if err := s.store.Delete(ctx, k); err != nil {
			errs = append(errs, fmt.Errorf("session: delete: %w", err))
			continue
		}
		s.mu.Lock()
		delete(s.undeleted, k)
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// save writes when the sessions were last used.
func (s *Sessions) save(ctx context.Context) error {
	s.mu.Lock()
	var dirty []*session
	for _, ses := range s.byToken {
		if ses.dirty {
			dirty = append(dirty, ses)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, ses := range dirty {
		if err := s.saveOne(ctx, ses); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Sessions) saveOne(ctx context.Context, ses *session) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	s.mu.Lock()
	if s.byToken[ses.key] != ses { // ended meanwhile
		s.mu.Unlock()
		return nil
	}
	ses.rec.touched = max(ses.touched.Unix(), ses.rec.opened)
	ses.dirty = false
	rec, until := ses.rec.marshal(), ses.opened.Add(s.max)
	s.mu.Unlock()
	if err := s.store.Put(ctx, ses.key, rec, until); err != nil {
		s.mu.Lock()
		ses.dirty = true
		s.mu.Unlock()
		return fmt.Errorf("session: save: %w", err)
	}
	return nil
}

// purge drops the marks of used logins whose time is over.
func (s *Sessions) purge(ctx context.Context) error {
	now := time.Now()
	var over [][32]byte
	for st, err := range s.store.All(ctx) {
		if err != nil {
			return fmt.Errorf("session: read store: %w", err)
		}
		if isUsedMark(st.Value) && !st.Until.IsZero() && now.After(st.Until) {
			over = append(over, st.ID)
		}
	}
	for _, id := range over {
		if err := s.store.Delete(ctx, id); err != nil {
			return fmt.Errorf("session: delete: %w", err)
		}
	}
	return nil
}

// Close stops the sweeper, waits for it and writes when the sessions were last used. The sessions stay in
// the store and are there again after New; until then every call is answered with ErrClosed.
func (s *Sessions) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	<-s.swept
	return s.last
}
