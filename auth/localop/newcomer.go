package localop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// maxNewcomers bounds the agents who chose a password and did not prove a first one-time code yet.
	maxNewcomers = 200
	// newcomerGuesses is how many wrong first codes they may type.
	newcomerGuesses = 10
)

// newcomer is somebody with a good invitation who chose what to log in with.
type newcomer struct {
	invitation invitation
	login      string // the account's own where the invitation renews one
	hash       string
	otp        *otp // of an agent, once a first code proved that it arrived
}

// settle turns an invitation into an account, or gives the account that it renews a new password and second
// factor. An invitation is good for one. The error wraps ErrAccountExists, errInvitation or that of the
// store.
func (s *accounts) settle(ctx context.Context, n newcomer) error {
	if n.invitation.forAgent() != (n.otp != nil) {
		return errRecord // an agent never comes in by a password alone
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	inv, err := s.current(ctx, n.invitation)
	if err != nil {
		return err
	}
	if inv.renews != "" {
		n.login = inv.renews
	}
	rec, err := s.load(ctx, n.login)
	switch {
	case errors.Is(err, ErrNoAccount) && inv.renews == "":
		rec = account{Version: 1, Login: n.login, Name: inv.Name, Subject: inv.Subject, Kind: inv.Kind}
	case err != nil:
		return err
	case rec.Subject != inv.Subject: // the same one: it was saved, and the subject was not
		return ErrAccountExists
	}
	rec.Hash, rec.OTP, rec.Invite, rec.Failed, rec.LockedUntil = n.hash, n.otp, "", 0, 0
	ctx = context.WithoutCancel(ctx) // from here on all of it or, at worst, a login that nobody has
	if err := s.save(ctx, rec); err != nil {
		return err
	}
	if err := s.store.Save(ctx, s.subjectName(rec.Subject), []byte(rec.Login)); err != nil {
		return fmt.Errorf("localop: save subject: %w", err)
	}
	s.strikes.forgive(s.name(rec.Login))
	return s.uninvite(ctx, inv.id)
}

// free reports whether a newcomer may take a login.
func (s *accounts) free(ctx context.Context, login string, inv invitation) error {
	rec, err := s.load(ctx, login)
	switch {
	case errors.Is(err, ErrNoAccount):
		return nil
	case err != nil:
		return err
	case rec.Subject != inv.Subject:
		return ErrAccountExists
	}
	return nil
}

// enrolling is an agent who was shown the secret of their one-time codes and did not prove one yet.
type enrolling struct {
	newcomer
	secret  OTPSecret
	browser [sha256.Size]byte
	expires time.Time
	wrong   int
}

// newcomers are the agents on their way, in memory: they live as long as a login under way, and then begin
// again with their code. Safe for concurrent use.
type newcomers struct {
	mu sync.Mutex
	by map[string]*enrolling // by handle
}

func newNewcomers() *newcomers { return &newcomers{by: make(map[string]*enrolling)} }

// add gives an agent on their way the handle that their page carries.
func (s *newcomers) add(e enrolling) (handle string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for handle, old := range s.by {
		if !now.Before(old.expires) || old.invitation.id == e.invitation.id { // who begins again has one place
			delete(s.by, handle)
		}
	}
	if len(s.by) >= maxNewcomers { // each with a good invitation of their own
		return "", errBusy
	}
	e.expires, handle = now.Add(requestLife), rand.Text()
	s.by[handle] = &e
	return handle, nil
}

// prove compares a first code and answers who may settle now. A guess counts before it is compared. With
// errOTP the agent on their way is answered too.
func (s *newcomers) prove(handle string, browser [sha256.Size]byte, typed string) (enrolling, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.by[handle]
	now := time.Now()
	if e == nil || !now.Before(e.expires) || subtle.ConstantTimeCompare(e.browser[:], browser[:]) != 1 {
		return enrolling{}, errHalf
	}
	if e.wrong++; e.wrong > newcomerGuesses {
		delete(s.by, handle)
		return enrolling{}, errHalf
	}
	factor := otp{Secret: e.secret.key[:]}
	step, ok := factor.fits(normalOTP(typed), now)
	if !ok {
		return *e, errOTP
	}
	delete(s.by, handle)
	factor.Spent = step
	e.otp = &factor
	return *e, nil
}
