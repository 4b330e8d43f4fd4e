package localop

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Standing says what somebody with an account for agents is to the service. The zero Standing is of
// whom it knows nothing.
type Standing uint8

// The standings.
const (
	StandingUnknown Standing = iota // never an agent
	StandingInPost                  // or has other rights of their own
	StandingIdle                    // in post, and has not used it for too long
	StandingLeft
)

// A Why says why a sweep ended something. The zero Why is no reason.
type Why uint8

// The reasons.
const (
	_            Why = iota
	WhyUnclaimed     // an invitation ran out before it was used
	WhyIdle
	WhyLeft
)

// A Sweeping is what a sweep asks and tells. Every field is required.
type Sweeping struct {
	// Standing says what the person behind an agent's account, or its invitation, is now.
	Standing func(ctx context.Context, subject string) (Standing, error)
	// Record is told of each end before it happens; with an error it does not.
	Record func(ctx context.Context, subject string, why Why) error
	// Idle is how long the account of somebody who is no agent stays unused.
	Idle time.Duration
}

// retired stands where an account names its invitation: it waits for one, and there is none yet. No code
// has this name.
const retired = "-"

// Sweep ends what nobody uses: invitations that ran out, unless they are an agent's, who is given a new
// code for the same subject; the accounts of agents who left; password and second factor of agents who did
// not use theirs for too long, until they are given a new code. Persons' accounts stay. What one value
// lacks does not keep the others: the errors are joined. It may be called at any time, and repeats what was
// interrupted.
func (p *Provider) Sweep(ctx context.Context, by Sweeping) error {
	s := p.accounts
	names, err := s.store.Names(ctx)
	if err != nil {
		return fmt.Errorf("localop: names: %w", err)
	}
	var errs []error
	for _, name := range names {
		switch {
		case ctx.Err() != nil:
			return errors.Join(append(errs, ctx.Err())...)
		case strings.HasPrefix(name, invitePrefix):
			errs = append(errs, s.sweepInvitation(ctx, name, by))
		case strings.HasPrefix(name, accountPrefix) && name != decoyName:
			errs = append(errs, s.sweepAccount(ctx, name, by))
		}
	}
	return errors.Join(errs...)
}

// sweepInvitation forgets an invitation that ran out. What names it goes first: whatever is interrupted
// leaves one that nothing names, which the next sweep forgets.
func (s *accounts) sweepInvitation(ctx context.Context, name string, by Sweeping) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	raw, err := s.store.Load(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return nil // used meanwhile
	}
	if err != nil {
		return fmt.Errorf("localop: load invitation: %w", err)
	}
	inv, err := parseInvitation(raw)
	if err != nil || time.Now().Before(time.Unix(inv.Until, 0)) {
		return err
	}
	named, open, err := s.names(ctx, name, inv.Subject)
	if err != nil {
		return err
	}
	if open && inv.forAgent() {
		switch standing, err := by.Standing(ctx, inv.Subject); {
		case err != nil:
			return err
		case standing == StandingInPost, standing == StandingIdle:
			return nil // Reissue makes a new one of it
		}
	}
	if named {
		if err := by.Record(ctx, inv.Subject, WhyUnclaimed); err != nil {
			return err
		}
	}
	if open {
		if err := s.forget(ctx, s.subjectName(inv.Subject)); err != nil {
			return err
		}
	}
	return s.forget(ctx, name)
}

// names reports whether a subject, or the account that it names, waits for the invitation that lies under
// name; open says that there is no account yet.
func (s *accounts) names(ctx context.Context, name, subject string) (named, open bool, err error) {
	lies, err := s.store.Load(ctx, s.subjectName(subject))
	if errors.Is(err, ErrNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("localop: load subject: %w", err)
	}
	if id, open := strings.CutPrefix(string(lies), openMark); open {
		named = s.inviteName(id) == name
		return named, named, nil
	}
	rec, err := s.load(ctx, string(lies))
	if errors.Is(err, ErrNoAccount) {
		return false, false, nil
	}
	return err == nil && rec.Invite != "" && s.inviteName(rec.Invite) == name, false, err
}

// sweepAccount ends the account of an agent who left, or has not used it for too long, and one that its
// subject does not name.
func (s *accounts) sweepAccount(ctx context.Context, name string, by Sweeping) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	rec, named, err := s.lying(ctx, name)
	if err != nil || rec.Kind == "" || named && rec.Kind != ForAgent.word() {
		return err
	}
	if !named {
		return s.forget(ctx, name) // nobody logs in with it, and its login may be taken again
	}
	standing, err := by.Standing(ctx, rec.Subject)
	if err != nil {
		return err
	}
	switch {
	case standing == StandingLeft:
		return s.end(ctx, rec, by, WhyLeft)
	case standing == StandingIdle && rec.Invite == "":
		return s.retire(ctx, rec, by)
	case standing == StandingUnknown && time.Since(rec.OTP.last()) >= by.Idle:
		return s.end(ctx, rec, by, WhyIdle)
	}
	return nil
}

// lying reads the account that lies under a name, and whether its subject names it, or may still. The zero
// account is none.
func (s *accounts) lying(ctx context.Context, name string) (rec account, named bool, err error) {
	raw, err := s.store.Load(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return account{}, false, nil
	}
	if err != nil {
		return account{}, false, fmt.Errorf("localop: load account: %w", err)
	}
	var head struct {
		Login string `json:"login"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return account{}, false, fmt.Errorf("%w: %w", errRecord, err)
	}
	if rec, err = parseAccount(raw, head.Login); err != nil {
		return account{}, false, err
	}
	lies, err := s.store.Load(ctx, s.subjectName(rec.Subject))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return account{}, false, fmt.Errorf("localop: load subject: %w", err)
	}
	// With an open invitation somebody is on their way to it, or was interrupted and may come again.
	return rec, string(lies) == rec.Login || strings.HasPrefix(string(lies), openMark), nil
}

// end forgets an account: its subject first, after which nobody logs in with what is left.
func (s *accounts) end(ctx context.Context, rec account, by Sweeping, why Why) error {
	if err := by.Record(ctx, rec.Subject, why); err != nil {
		return err
	}
	if err := s.forget(ctx, s.subjectName(rec.Subject)); err != nil {
		return err
	}
	if err := s.forget(ctx, s.name(rec.Login)); err != nil {
		return err
	}
	s.strikes.forgive(s.name(rec.Login))
	return s.uninvite(ctx, rec.Invite)
}

// retire ends what an account logs in with. Its subject stays, for a new code.
func (s *accounts) retire(ctx context.Context, rec account, by Sweeping) error {
	if err := by.Record(ctx, rec.Subject, WhyIdle); err != nil {
		return err
	}
	rec.Hash, rec.Invite, rec.OTP = hashPrefix(), retired, &otp{Secret: make([]byte, otpKeySize)}
	_, _ = rand.Read(rec.OTP.Secret) // never fails
	return s.save(ctx, rec)
}

func (s *accounts) forget(ctx context.Context, name string) error {
	if err := s.store.Delete(ctx, name); err != nil {
		return fmt.Errorf("localop: forget: %w", err)
	}
	return nil
}

// last is when a code was last taken, as far as it is known.
func (o *otp) last() time.Time {
	return time.Unix(int64(o.Spent)*int64(otpStep/time.Second), 0)
}
