package session_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
)

func TestRevocationHoldsAtOnceAndOverARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		a, b, omar := d.Open(t, "lea"), d.Open(t, "lea"), d.Open(t, "omar")
		if err := d.Sessions.Revoke(t.Context(), a.Principal); err != nil {
			t.Fatal(err)
		}
		if err := authenticate(t, d, a); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("revoked: %v", err)
		}
		if err := authenticate(t, d, b); err != nil {
			t.Errorf("the other session of the person: %v", err)
		}
		if err := d.Sessions.RevokeUser(t.Context(), d.Issuer.User(t, "lea")); err != nil {
			t.Fatal(err)
		}
		if err := d.Sessions.Live(b.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("user revoked: %v", err)
		}
		// Nobody is not everybody.
		if err := errors.Join(d.Sessions.RevokeUser(t.Context(), auth.UserID{}), d.Sessions.Revoke(t.Context(), session.Principal{})); err != nil {
			t.Error(err)
		}
		closed(t, d)
		s := reopen(t, d)
		for name, v := range map[string]authtest.Visitor{"a": a, "b": b} {
			if err := s.Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("%s is back after a restart: %v", name, err)
			}
		}
		if err := s.Live(omar.Principal); err != nil {
			t.Errorf("somebody else's session: %v", err)
		}
	})
}

// A login that was under way when its person's sessions were revoked opens none; one that they prove
// afterwards does, and so does anybody else's.
func TestALoginFromBeforeARevocationOpensNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		key := session.NewClientKey()
		before, others := d.Login(t, "lea", key), d.Login(t, "omar", key)
		time.Sleep(time.Minute)
		if err := d.Sessions.RevokeUser(t.Context(), d.Issuer.User(t, "lea")); err != nil {
			t.Fatal(err)
		}
		if _, p, err := d.Sessions.Open(t.Context(), before, key.Public()); !errors.Is(err, session.ErrLogin) || !p.IsZero() {
			t.Errorf("from before: %v", err)
		}
		if _, _, err := d.Sessions.Open(t.Context(), others, key.Public()); err != nil {
			t.Errorf("somebody else's: %v", err)
		}
		d.Open(t, "lea")
		time.Sleep(19 * time.Minute)
		nonce := session.NewNonce(key.Public())
		claims := authtest.Claims{"sub": "lea", "nonce": nonce, "auth_time": time.Now().Add(-20 * time.Minute).Unix()}
		late, err := d.Party.Verify(t.Context(), d.Issuer.Token(t, claims), nonce)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Sessions.OpenShared(t.Context(), late, key.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("from before, 19 minutes later: %v", err)
		}
	})
}

func TestRevocationHoldsThoughTheStoreIsBroken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		broken := errors.New("disk")
		d.Store.Fail(broken)
		if err := d.Sessions.Revoke(t.Context(), v.Principal); !errors.Is(err, broken) {
			t.Errorf("the store knows? %v", err)
		}
		if err := authenticate(t, d, v); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("revoked: %v", err)
		}
		d.Store.Fail(nil)
		time.Sleep(10 * time.Second) // the sweeper tries again
		closed(t, d)
		if err := reopen(t, d).Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("back after a restart: %v", err)
		}
	})
}

func TestBrokenStoreOpensNothing(t *testing.T) {
	t.Parallel()
	d := authtest.NewDesk(t)
	key := session.NewClientKey()
	login := d.Login(t, "lea", key)
	broken := errors.New("disk")
	d.Store.Fail(broken)
	token, p, err := d.Sessions.Open(t.Context(), login, key.Public())
	if !errors.Is(err, broken) || !p.IsZero() || token != (session.Token{}) {
		t.Error(err)
	}
	d.Store.Fail(nil)
	unreadable := authtest.NewMemoryStore()
	unreadable.Fail(broken)
	if _, err := session.New(t.Context(), session.Config{Store: unreadable}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestEveryEndIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		var mu sync.Mutex
		told := make(map[session.ID]time.Time)
		d.Sessions.OnEnd(func(id session.ID) {
			mu.Lock()
			defer mu.Unlock()
			if !told[id].IsZero() {
				t.Error("told twice")
			}
			told[id] = time.Now()
		})
		was := func(v authtest.Visitor) time.Time {
			mu.Lock()
			defer mu.Unlock()
			return told[v.Principal.Session()]
		}
		idle, revoked, user := d.Open(t, "idle"), d.Open(t, "revoked"), d.Open(t, "user")
		began := time.Now()
		if err := d.Sessions.Revoke(t.Context(), revoked.Principal); err != nil || was(revoked).IsZero() {
			t.Error("a revoked session was not told at once")
		}
		if err := d.Sessions.RevokeUser(t.Context(), user.Principal.User()); err != nil || was(user).IsZero() {
			t.Error("a revoked user was not told at once")
		}
		time.Sleep(16 * time.Minute)
		if late := was(idle).Sub(began) - 15*time.Minute; late < 0 || late > 5*time.Second {
			t.Errorf("an idle session was told %v late", late)
		}
		if d.Store.Len() != 3 { // the three used logins
			t.Errorf("%d records left", d.Store.Len())
		}
		time.Sleep(3 * time.Hour)
		if d.Store.Len() != 0 {
			t.Errorf("%d marks of used logins left", d.Store.Len())
		}
	})
}

func TestOneTooManyEndsTheOneIdleLongest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		omar := d.Open(t, "omar")
		var vs []authtest.Visitor
		for range 10 {
			vs = append(vs, d.Open(t, "lea"))
			time.Sleep(time.Second)
		}
		if err := authenticate(t, d, vs[0]); err != nil {
			t.Fatal(err)
		}
		ended := make(chan session.ID, 10)
		d.Sessions.OnEnd(func(id session.ID) { ended <- id })
		d.Open(t, "lea")
		if got := <-ended; got != vs[1].Principal.Session() {
			t.Error("another one ended")
		}
		for i, v := range append(vs, omar) {
			if err := d.Sessions.Live(v.Principal); (err == nil) == (i == 1) {
				t.Errorf("session %d: %v", i, err)
			}
		}
	})
}

func TestUseIsRememberedOverARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		time.Sleep(14 * time.Minute)
		if err := authenticate(t, d, v); err != nil {
			t.Fatal(err)
		}
		closed(t, d)
		s := reopen(t, d)
		time.Sleep(14 * time.Minute)
		if _, err := s.Authenticate(t.Context(), v.Credentials(method)); err != nil {
			t.Errorf("idle since before the restart: %v", err)
		}
	})
}

func TestOneSessionCannotFillTheMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		lea, omar := d.Open(t, "lea"), d.Open(t, "omar")
		var err error
		n := 0
		for ; err == nil && n < 9000; n++ {
			err = authenticate(t, d, lea)
		}
		if !errors.Is(err, session.ErrBusy) || n != 8193 {
			t.Errorf("after %d calls: %v", n, err)
		}
		if err := authenticate(t, d, omar); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		time.Sleep(3 * time.Minute)
		if err := authenticate(t, d, lea); err != nil {
			t.Errorf("three minutes later: %v", err)
		}
	})
}

func TestConfigIsBounded(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]session.Config{
		"no store":       {},
		"short idle":     {Idle: time.Millisecond},
		"negative":       {SharedIdle: -time.Minute},
		"longer than 10": {Max: 11 * time.Hour},
		"fraction":       {Idle: 1500 * time.Millisecond},
		"no sessions":    {PerUser: -1},
		"many sessions":  {PerUser: 1001},
	} {
		if name != "no store" {
			cfg.Store = authtest.NewMemoryStore()
		}
		if _, err := session.New(t.Context(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestForeignRecordIsAnErrorNotALostSession(t *testing.T) {
	t.Parallel()
	store := authtest.NewMemoryStore()
	if err := store.Put(t.Context(), [32]byte{1}, []byte("S\x02future"), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := session.New(t.Context(), session.Config{Store: store}); err == nil {
		t.Error("accepted")
	}
}

// The sweeper sleeps while nobody is logged in, and is awake again in time for
// whoever comes then, however many come.
func TestASessionAfterALongNightEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		closed(t, d)
		const idle = 20 * time.Second
		sessions, err := session.New(t.Context(), session.Config{Store: d.Store, Idle: idle})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sessions.Close() })
		d.Sessions = sessions
		var mu sync.Mutex
		told := make(map[session.ID]time.Time)
		d.Sessions.OnEnd(func(id session.ID) {
			mu.Lock()
			defer mu.Unlock()
			told[id] = time.Now()
		})
		for night := range 3 {
			time.Sleep(10*time.Hour + time.Duration(night)*17*time.Minute)
			began := make(map[session.ID]time.Time)
			for range 8 { // more often than it sweeps
				began[d.Open(t, "lea").Principal.Session()] = time.Now()
				time.Sleep(4 * time.Second)
			}
			time.Sleep(time.Minute)
			mu.Lock()
			for id, at := range began {
				if late := told[id].Sub(at) - idle; told[id].IsZero() || late > 5*time.Second {
					t.Errorf("night %d: told %v late", night, late)
				}
			}
			mu.Unlock()
		}
	})
}
