package localop

import (
	"sync"
	"time"
)

const (
	// freeGuesses is how many wrong passwords in a row an account takes before it locks.
	freeGuesses = 5
	// firstLock doubles with each further wrong password, up to lastLock.
	firstLock = time.Minute
	lastLock  = time.Hour
	// strikesForget is when guesses that locked nothing are forgotten.
	strikesForget = time.Hour
	// maxStrikes bounds the logins watched at once, known or not, and apart from them the invitations.
	// Filling it costs a password hash or an invitation each.
	maxStrikes = 20_000
)

// strikes count wrong passwords for each login, whether or not somebody has it: what is kept, and how the
// answer comes about, must not tell. Safe for concurrent use.
type strikes struct {
	mu sync.Mutex
	by map[string]*strike
}

type strike struct {
	failed int
	until  time.Time // locked until
	last   time.Time
}

// verdict is what a guess may do.
type verdict struct {
	locked bool // refuse, whatever was typed
	locks  bool // being wrong, this guess locks the account until until
	failed int
	until  time.Time
}

func newStrikes() *strikes { return &strikes{by: make(map[string]*strike)} }

// guess counts one guess before it is compared, so that guesses made at the same moment count too. failed
// and until are what the account remembers from before a restart.
func (s *strikes) guess(name string, failed int, until time.Time) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	k := s.by[name]
	if k == nil {
		s.makeRoom(now)
		k = &strike{failed: failed, until: until}
		s.by[name] = k
	}
	if now.Before(k.until) {
		return verdict{locked: true}
	}
	k.failed++
	k.last = now
	if k.failed < freeGuesses {
		return verdict{}
	}
	k.until = now.Add(lockFor(k.failed))
	return verdict{locks: true, failed: k.failed, until: k.until}
}

// lockFor is 1 min, 2 min, 4 min … 1 h.
func lockFor(failed int) time.Duration {
	return min(firstLock<<min(failed-freeGuesses, 6), lastLock)
}

// takeBack undoes one guess that was right and is only the first half of a login: what was counted before
// it stays. A lock that others ran into stays as well, if it is not this guess's own.
func (s *strikes) takeBack(name string, v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.by[name]
	if k == nil || k.failed == 0 {
		return
	}
	k.failed--
	if v.locks && k.until.Equal(v.until) {
		k.until = time.Time{}
	}
}

func (s *strikes) forgive(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, name)
}

// makeRoom drops what is over; if nothing is, anything that does not lock. The caller holds mu.
func (s *strikes) makeRoom(now time.Time) {
	if len(s.by) < maxStrikes {
		return
	}
	for name, k := range s.by {
		if now.Sub(k.last) > strikesForget && !now.Before(k.until) {
			delete(s.by, name)
		}
	}
	for name, k := range s.by {
		if len(s.by) < maxStrikes {
			return
		}
		if k.failed < freeGuesses {
			delete(s.by, name)
		}
	}
}
