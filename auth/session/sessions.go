package session

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

const (
	defaultIdle       = 15 * time.Minute
	defaultSharedIdle = 5 * time.Minute
	defaultMax        = 10 * time.Hour
	defaultPerUser    = 10
	// maxSessions bounds the sessions of the node, some 50 MB of memory.
	maxSessions = 100_000
)

// Config of Sessions.
type Config struct {
	// Store keeps the sessions over a restart. Required.
	Store Store
	// Idle is how long a session lives without a call: 1 s to 10 h, in whole seconds; 0 means 15 min.
	Idle time.Duration
	// SharedIdle is Idle on a computer that others use too; 0 means 5 min.
	SharedIdle time.Duration
	// Max is how long a session lives at most: up to 10 h; 0 means 10 h.
	Max time.Duration
	// PerUser is how many sessions a person has at once: 1 to 1000; 0 means 10. Opening one more ends the
	// one that was idle longest.
	PerUser int
}

// Sessions are the open sessions of this service. Safe for concurrent use. Close must be called.
type Sessions struct {
	store      Store
	idle       time.Duration
	sharedIdle time.Duration
	max        time.Duration
	perUser    int

	// opening makes "was this login used?" and "it is used now" one step.
	opening sync.Mutex
	// storing keeps a session from being written again while, or after, it is deleted.
	storing sync.Mutex

	mu      sync.Mutex
	byToken map[[32]byte]*session
	byID    map[ID]*session
	budget  budget
	// undeleted are ended sessions that the store would not delete: tried again by the sweeper.
	undeleted map[[32]byte]struct{}
	revoked   revoked
	onEnd     []func(ID)
	closed    bool

	begun chan struct{} // the sweeper is told that a session began
	stop  chan struct{}
	swept chan struct{} // closed when the sweeper is gone
	last  error         // of the sweeper, once swept is closed
}

// session is one open session. Everything but seen is guarded by Sessions.mu.
type session struct {
	key     [32]byte // hash of the token, and id in the store
	rec     record   // as stored; touched may lag behind
	opened  time.Time
	touched time.Time
	replay  replay
	dirty   bool     // touched is newer than in the store
	visit   *visit   // set for a visit: it is in no store
	guest   *session // the visit that this session hosts
}

func (s *session) principal() Principal {
	p := Principal{user: s.rec.user, session: s.rec.id, authTime: s.rec.authTime, second: s.rec.second}
	if s.visit != nil {
		p.holder = s.visit.holder
	}
	return p
}

// New reads the sessions that the store still holds and starts the sweeper. Records that expired are
// dropped; a record that this version did not write is an error, not a lost session.
func New(ctx context.Context, cfg Config) (*Sessions, error) {
	s, err := fromConfig(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	go s.sweep(context.WithoutCancel(ctx))
	return s, nil
}

func fromConfig(cfg Config) (*Sessions, error) {
	s := &Sessions{
		store:      cfg.Store,
		idle:       orDefault(cfg.Idle, defaultIdle),
		sharedIdle: orDefault(cfg.SharedIdle, defaultSharedIdle),
		max:        orDefault(cfg.Max, defaultMax),
		perUser:    orDefault(cfg.PerUser, defaultPerUser),
		byToken:    make(map[[32]byte]*session),
		byID:       make(map[ID]*session),
		undeleted:  make(map[[32]byte]struct{}),
		revoked:    make(revoked),
		begun:      make(chan struct{}, 1),
		stop:       make(chan struct{}),
		swept:      make(chan struct{}),
	}
	if cfg.Store == nil {
		return nil, errors.New("session: no store")
	}
	for _, d := range []time.Duration{s.idle, s.sharedIdle, s.max} {
		if d < time.Second || d > defaultMax || d%time.Second != 0 {
			return nil, fmt.Errorf("session: limit of %v is not whole seconds between 1 s and %v", d, defaultMax)
		}
	}
	if s.perUser < 1 || s.perUser > 1000 {
		return nil, fmt.Errorf("session: %d sessions a person", s.perUser)
	}
	return s, nil
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// Credentials are what each call carries.
type Credentials struct {
	Token Token
	Proof Proof
	// Method is the full name of the method that is called, "/package.Service/Method", as the server
	// knows it and never as the client says it.
	Method string
}

// Authenticate checks the credentials of one call and touches the idle limit. It does no input or output.
//
// The error wraps ErrNoSession, ErrProof or ErrClock (all of them auth.ErrUnauthenticated), ErrBusy or
// ErrClosed. Whoever has no session learns nothing but ErrNoSession.
func (s *Sessions) Authenticate(ctx context.Context, c Credentials) (Principal, error) {
	if err := ctx.Err(); err != nil {
		return Principal{}, err // the caller's own cancellation
	}
	key := c.Token.hash()
	pub, err := s.clientKey(key)
	if err != nil {
		return Principal{}, err
	}
	// The signature is checked outside the lock: it is the only part that costs.
	if !c.Proof.verify(pub, key, c.Method) {
		return Principal{}, ErrProof
	}
	now := time.Now()
	if d := now.Unix() - c.Proof.unix(); d < -windowSeconds || d > windowSeconds {
		return Principal{}, ErrClock
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ses := s.byToken[key]
	if ses == nil || s.expired(ses, now) { // it may have ended meanwhile
		return Principal{}, ErrNoSession
	}
	if err := ses.replay.spend(&s.budget, c.Proof.nonce(), c.Proof.unix(), now.Unix()); err != nil {
		return Principal{}, err
	}
	ses.touch(now)
	return ses.principal(), nil
}

// clientKey returns the key that calls with this token must be proved with.
func (s *Sessions) clientKey(key [32]byte) (ed25519.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	ses := s.byToken[key]
	if ses == nil || s.expired(ses, time.Now()) {
		return nil, ErrNoSession
	}
	return ses.rec.pub[:], nil
}

// Live reports whether the session of p still lives, for calls that take long. It does not touch the idle
// limit: only a new call shows that somebody is there. The error wraps ErrNoSession or ErrClosed.
func (s *Sessions) Live(p Principal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.living(p, time.Now())
	return err
}

// living is the session of p while it lives; the caller holds mu. A visit that was extended since p was
// made is still p's.
func (s *Sessions) living(p Principal, now time.Time) (*session, error) {
	if s.closed {
		return nil, ErrClosed
	}
	ses := s.byID[p.session]
	if p.IsZero() || ses == nil || s.expired(ses, now) {
		return nil, ErrNoSession
	}
	if is := ses.principal(); is.user != p.user || is.holder != p.holder {
		return nil, ErrNoSession
	}
	return ses, nil
}

// OnEnd registers f, to be called once for every session that ends: revoked, crowded out, or at most five
// seconds after it expired. f runs after the session stopped being accepted, in the goroutine that ended
// it; it must be quick and must not call Close. Sessions that Close leaves open do not end.
func (s *Sessions) OnEnd(f func(ID)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEnd = append(s.onEnd, f)
}

// Revoke ends the session of p at once, before it returns and whatever it returns. A nil error says that
// the store knows, so that a restart cannot bring the session back; the sweeper goes on trying otherwise.
// A session that ended already is not an error.
func (s *Sessions) Revoke(ctx context.Context, p Principal) error {
	return s.end(ctx, func(ses *session) bool { return ses.rec.id == p.session && !p.IsZero() })
}

// RevokeUser ends every session of a person at once, as Revoke does. For 20 minutes, or until a restart, no
// login that the person proved before opens one: it may have been under way.
func (s *Sessions) RevokeUser(ctx context.Context, u auth.UserID) error {
	s.mu.Lock()
	s.revoked.note(u, time.Now())
	s.mu.Unlock()
	return s.end(ctx, func(ses *session) bool { return ses.rec.user == u && !u.IsZero() })
}

// end takes the sessions that which names out of memory, tells who wants to know, then the store.
func (s *Sessions) end(ctx context.Context, which func(*session) bool) error {
	s.mu.Lock()
	var ended []*session
	for _, ses := range s.byToken {
		if which(ses) {
			ended = append(ended, s.remove(ses)...)
		}
	}
	s.mu.Unlock()
	s.tell(ended)
	return s.forget(ctx)
}

// remove makes ses unknown, and the visit it hosts, and answers what ended; the caller holds mu.
func (s *Sessions) remove(ses *session) []*session {
	if s.byToken[ses.key] != ses {
		return nil // it went with its host
	}
	ses.replay.clear(&s.budget)
	delete(s.byToken, ses.key)
	delete(s.byID, ses.rec.id)
	if ses.visit != nil {
		ses.visit.host.guest = nil
		return []*session{ses}
	}
	s.undeleted[ses.key] = struct{}{}
	ended := []*session{ses}
	if ses.guest != nil {
		ended = append(ended, s.remove(ses.guest)...)
	}
	return ended
}

// tell calls the registered functions, without the lock.
func (s *Sessions) tell(ended []*session) {
	s.mu.Lock()
	onEnd := s.onEnd[:len(s.onEnd):len(s.onEnd)]
	s.mu.Unlock()
	for _, ses := range ended {
		for _, f := range onEnd {
			f(ses.rec.id)
		}
	}
}

// expired reports whether ses is past its idle or absolute limit, or a visit past its end or its host's.
func (s *Sessions) expired(ses *session, now time.Time) bool {
	if ses.visit != nil && (ses.visit.over(now) || s.expired(ses.visit.host, now)) {
		return true
	}
	idle := time.Duration(ses.rec.idle) * time.Second
	return elapsed(ses.touched, now) >= idle || elapsed(ses.opened, now) >= s.max
}

// elapsed is the time since t by the clock that saw more of it. Inside this process the monotonic clock
// is right when the wall clock is set back; the wall clock is right when the machine slept. A time that
// lies ahead of the clock belongs to a clock that was wrong: it counts as long ago.
func elapsed(t, now time.Time) time.Duration {
	wall := now.Round(0).Sub(t.Round(0))
	if mono := now.Sub(t); mono != wall && mono > wall {
		return mono
	}
	if wall < -2*time.Minute {
		return defaultMax
	}
	return wall
}
