package localop

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A sweeper is a service that knows what its agents are, and writes down what ends.
type sweeper struct {
	standings map[string]Standing
	ended     map[string]Why
	err       error // instead of recording
}

func (s *sweeper) by() Sweeping {
	return Sweeping{
		Standing: func(_ context.Context, subject string) (Standing, error) { return s.standings[subject], nil },
		Record: func(_ context.Context, subject string, why Why) error {
			if s.err == nil {
				s.ended[subject] = why
			}
			return s.err
		},
		Idle: 182 * 24 * time.Hour,
	}
}

func (s *sweeper) sweep(t *testing.T, p *Provider, want map[string]Why) {
	t.Helper()
	s.ended = map[string]Why{}
	if err := p.Sweep(t.Context(), s.by()); err != nil {
		t.Error(err)
	}
	if !maps.Equal(s.ended, want) {
		t.Errorf("ended: %v, want %v", s.ended, want)
	}
}

// kept are the kinds of what lies in a store, but the keys.
func kept(m *memoryStore) (all []string) {
	for name := range m.values {
		if kind, _, found := strings.Cut(name, "."); found {
			all = append(all, kind)
		}
	}
	slices.Sort(all)
	return all
}

func newEmpty(t *testing.T) (*Provider, *memoryStore) {
	t.Helper()
	store := newMemoryStore()
	p, err := New(t.Context(), Config{Issuer: testIssuer, Store: store, Clients: testClients()})
	if err != nil {
		t.Fatal(err)
	}
	return p, store
}

// An invitation that nobody used in time is forgotten, unless it is an agent's, who
// may still be given a new code for it; one that was replaced goes without a word.
func TestAnInvitationThatNobodyUsedIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, store := newEmpty(t)
		person, early, agent := invite(t, p, ForPerson), invite(t, p, ForAgent), invite(t, p, ForAgent)
		s := sweeper{standings: map[string]Standing{agent.Subject: StandingInPost}}
		time.Sleep(invitationLife - time.Second)
		s.sweep(t, p, map[string]Why{})
		time.Sleep(time.Second)
		s.sweep(t, p, map[string]Why{person.Subject: WhyUnclaimed, early.Subject: WhyUnclaimed})
		if got := kept(store); !slices.Equal(got, []string{"invite", "subject"}) {
			t.Errorf("left: %v", got)
		}
		again, err := p.Reissue(t.Context(), agent.Subject)
		if err != nil {
			t.Fatal(err)
		}
		newBrowser(t, p).enrol(p, again.Code.Reveal(), "agent")
		s.sweep(t, p, map[string]Why{})
		if _, err := p.Reissue(t.Context(), early.Subject); !errors.Is(err, ErrNoAccount) {
			t.Errorf("a code for an invitation that is forgotten: %v", err)
		}
	})
}

// An account ends when its agent left; the login may be taken by somebody else.
// While nothing can be recorded nothing ends, and what was interrupted goes on.
func TestTheAccountOfAnAgentWhoLeftEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, store := newEmpty(t)
		left, stays, person := invite(t, p, ForAgent), invite(t, p, ForAgent), invite(t, p, ForPerson)
		newBrowser(t, p).enrol(p, left.Code.Reveal(), "part")
		newBrowser(t, p).enrol(p, stays.Code.Reveal(), "reste")
		newBrowser(t, p).choose(person.Code.Reveal(), "personne", chosen)
		s := sweeper{standings: map[string]Standing{left.Subject: StandingLeft, stays.Subject: StandingInPost}, err: errors.New("no trail")}
		before := len(store.values)
		if err := p.Sweep(t.Context(), s.by()); !errors.Is(err, s.err) || len(store.values) != before {
			t.Errorf("ended without a record: %v, %d values of %d", err, len(store.values), before)
		}
		s.err = nil
		delete(store.values, p.accounts.subjectName(left.Subject)) // interrupted there
		s.sweep(t, p, map[string]Why{})
		if got, want := kept(store), []string{"account", "account", "subject", "subject"}; !slices.Equal(got, want) {
			t.Errorf("left: %v", got)
		}
		other := invite(t, p, ForAgent)
		newBrowser(t, p).enrol(p, other.Code.Reveal(), "part")
		s.standings[other.Subject] = StandingLeft
		s.sweep(t, p, map[string]Why{other.Subject: WhyLeft})
		if got, want := kept(store), []string{"account", "account", "subject", "subject"}; !slices.Equal(got, want) {
			t.Errorf("left: %v", got)
		}
		time.Sleep(20 * 365 * 24 * time.Hour)
		s.sweep(t, p, map[string]Why{})
	})
}

// Of an agent in post who did not use it for too long the password and the second
// factor end; a new code for the same subject brings them back. The account of
// somebody who never was an agent goes altogether.
func TestAnAccountThatIsNotUsedEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, store := newEmpty(t)
		idle, never := invite(t, p, ForAgent), invite(t, p, ForAgent)
		newBrowser(t, p).enrol(p, idle.Code.Reveal(), "absent")
		newBrowser(t, p).enrol(p, never.Code.Reveal(), "jamais")
		s := sweeper{standings: map[string]Standing{idle.Subject: StandingIdle}}
		s.sweep(t, p, map[string]Why{idle.Subject: WhyIdle})
		s.sweep(t, p, map[string]Why{})
		if _, _, err := p.accounts.authenticate(t.Context(), "absent", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("logs in: %v", err)
		}
		time.Sleep(182 * 24 * time.Hour)
		s.sweep(t, p, map[string]Why{never.Subject: WhyIdle})
		if got := kept(store); !slices.Equal(got, []string{"account", "subject"}) {
			t.Errorf("left: %v", got)
		}
		again, err := p.Reissue(t.Context(), idle.Subject)
		if err != nil {
			t.Fatal(err)
		}
		newBrowser(t, p).enrol(p, again.Code.Reveal(), "absent")
		if _, halfway, err := p.accounts.authenticate(t.Context(), "absent", chosen); err != nil || halfway == nil {
			t.Errorf("with a new code: %v", err)
		}
		s.standings[idle.Subject] = StandingInPost
		s.sweep(t, p, map[string]Why{})
	})
}
