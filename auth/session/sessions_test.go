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

const method = "/coffre.v1.SafeService/OpenSafe"

func authenticate(t *testing.T, d *authtest.Desk, v authtest.Visitor) error {
	t.Helper()
	p, err := d.Sessions.Authenticate(t.Context(), v.Credentials(method))
	if err == nil && p != v.Principal {
		t.Error("somebody else came out")
	}
	if err != nil && !p.IsZero() {
		t.Error("a principal came back with the refusal")
	}
	return err
}

func TestSessionOfOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		if err := authenticate(t, d, v); err != nil {
			t.Fatal(err)
		}
		if v.Principal.User() != d.Issuer.User(t, "lea") || v.Principal.Session().IsZero() || v.Principal.IsZero() {
			t.Error("principal lacks something")
		}
		if got := v.Principal.AuthTime(); !got.Equal(time.Now()) {
			t.Errorf("authenticated at %v", got)
		}
		if err := d.Sessions.Live(v.Principal); err != nil {
			t.Error(err)
		}
	})
}

// TestCredentialsNegativeMatrix: one thing wrong in otherwise good credentials.
func TestCredentialsNegativeMatrix(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		lea, omar := d.Open(t, "lea"), d.Open(t, "omar")
		thief := session.NewClientKey()
		at := func(shift time.Duration) session.Proof {
			return lea.Key.Prove(lea.Token, method, time.Now().Add(shift))
		}
		for name, c := range map[string]struct {
			cred session.Credentials
			want error
		}{
			"nothing":                   {session.Credentials{}, session.ErrNoSession},
			"no token":                  {session.Credentials{Proof: at(0), Method: method}, session.ErrNoSession},
			"no proof":                  {session.Credentials{Token: lea.Token, Method: method}, session.ErrProof},
			"stolen token":              {session.Credentials{Token: lea.Token, Proof: thief.Prove(lea.Token, method, time.Now()), Method: method}, session.ErrProof},
			"other method":              {session.Credentials{Token: lea.Token, Proof: at(0), Method: method + "x"}, session.ErrProof},
			"no method":                 {session.Credentials{Token: lea.Token, Proof: at(0)}, session.ErrProof},
			"proof for another token":   {session.Credentials{Token: lea.Token, Proof: lea.Key.Prove(omar.Token, method, time.Now()), Method: method}, session.ErrProof},
			"another's token and proof": {session.Credentials{Token: omar.Token, Proof: at(0), Method: method}, session.ErrProof},
			"too old":                   {session.Credentials{Token: lea.Token, Proof: at(-61 * time.Second), Method: method}, session.ErrClock},
			"too new":                   {session.Credentials{Token: lea.Token, Proof: at(61 * time.Second), Method: method}, session.ErrClock},
			"oldest":                    {session.Credentials{Token: lea.Token, Proof: at(-60 * time.Second), Method: method}, nil},
			"newest":                    {session.Credentials{Token: lea.Token, Proof: at(60 * time.Second), Method: method}, nil},
		} {
			p, err := d.Sessions.Authenticate(t.Context(), c.cred)
			if !errors.Is(err, c.want) || c.want != nil && (!errors.Is(err, auth.ErrUnauthenticated) || !p.IsZero()) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestProofIsGoodOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		// Dated as late as is accepted, a proof could be replayed for two minutes.
		c := session.Credentials{Token: v.Token, Proof: v.Key.Prove(v.Token, method, time.Now().Add(time.Minute)), Method: method}
		if _, err := d.Sessions.Authenticate(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for range 125 {
			if _, err := d.Sessions.Authenticate(t.Context(), c); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Fatalf("replayed: %v", err)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestProofIsGoodOnceAlsoAtTheSameMoment(t *testing.T) {
	t.Parallel()
	d := authtest.NewDesk(t)
	v := d.Open(t, "lea")
	c := v.Credentials(method)
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := d.Sessions.Authenticate(t.Context(), c); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("accepted %d times", won)
	}
}

func TestProofIsNotGoodAgainAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		c := v.Credentials(method)
		if _, err := d.Sessions.Authenticate(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := d.Sessions.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Sessions.Authenticate(t.Context(), v.Credentials(method)); !errors.Is(err, session.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		s := reopen(t, d)
		if _, err := s.Authenticate(t.Context(), c); !errors.Is(err, session.ErrClock) {
			t.Errorf("replayed after a restart: %v", err)
		}
		time.Sleep(time.Second)
		if p, err := s.Authenticate(t.Context(), v.Credentials(method)); err != nil || p != v.Principal {
			t.Errorf("the session did not survive: %v", err)
		}
	})
}

func reopen(t *testing.T, d *authtest.Desk) *session.Sessions {
	t.Helper()
	s, err := session.New(t.Context(), session.Config{Store: d.Store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestIdleAndAbsoluteLimits(t *testing.T) { // architecture §9: 15 min, shared 5 min, 10 h
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		time.Sleep(15*time.Minute - time.Nanosecond)
		if err := authenticate(t, d, v); err != nil {
			t.Fatalf("in use: %v", err)
		}
		time.Sleep(15 * time.Minute)
		if err := authenticate(t, d, v); !errors.Is(err, session.ErrNoSession) {
			t.Fatalf("idle: %v", err)
		}
		v = d.Open(t, "lea")
		began := time.Now()
		for time.Since(began) < 10*time.Hour-14*time.Minute {
			time.Sleep(14 * time.Minute)
			if err := authenticate(t, d, v); err != nil {
				t.Fatalf("after %v: %v", time.Since(began), err)
			}
		}
		time.Sleep(time.Until(began.Add(10 * time.Hour)))
		if err := authenticate(t, d, v); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("after ten hours: %v", err)
		}
	})
}

func TestSharedComputerIsIdleSooner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		key := session.NewClientKey()
		token, p, err := d.Sessions.OpenShared(t.Context(), d.Login(t, "lea", key), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		v := authtest.Visitor{Principal: p, Key: key, Token: token}
		time.Sleep(5*time.Minute - time.Second)
		if err := authenticate(t, d, v); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Minute)
		if err := authenticate(t, d, v); !errors.Is(err, session.ErrNoSession) {
			t.Error(err)
		}
	})
}

func TestLongCallsAskAgainAndKeepNothingAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		for range 14 {
			time.Sleep(time.Minute)
			if err := d.Sessions.Live(v.Principal); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if err := d.Sessions.Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("asking kept it alive: %v", err)
		}
		if err := d.Sessions.Live(session.Principal{}); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("nobody lives: %v", err)
		}
		if err := d.Sessions.Live(authtest.Principal(t, "lea")); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("a principal of other sessions lives: %v", err)
		}
	})
}

func TestALoginOpensOneSessionForOneKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		key, thief := session.NewClientKey(), session.NewClientKey()
		login := d.Login(t, "lea", key)
		if _, _, err := d.Sessions.Open(t.Context(), login, thief.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("the thief of an ID token: %v", err)
		}
		if _, _, err := d.Sessions.Open(t.Context(), login, nil); !errors.Is(err, session.ErrLogin) {
			t.Errorf("no key: %v", err)
		}
		if _, _, err := d.Sessions.Open(t.Context(), auth.Login{}, key.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("no login: %v", err)
		}
		if _, _, err := d.Sessions.Open(t.Context(), login, key.Public()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Sessions.Open(t.Context(), login, key.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("used again: %v", err)
		}
		d.Sessions.Close()
		s := reopen(t, d)
		if _, _, err := s.Open(t.Context(), login, key.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("used again after a restart: %v", err)
		}
		late := d.Login(t, "lea", key)
		time.Sleep(5 * time.Minute)
		if _, _, err := s.Open(t.Context(), late, key.Public()); !errors.Is(err, session.ErrLogin) {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestALoginWhoseNonceNamesNoKeyOpensNothing(t *testing.T) {
	t.Parallel()
	d := authtest.NewDesk(t)
	key := session.NewClientKey()
	l, err := d.Party.Verify(t.Context(), d.Issuer.Token(t, nil), "nonce-of-a-test")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Sessions.Open(t.Context(), l, key.Public()); !errors.Is(err, session.ErrLogin) {
		t.Error(err)
	}
}

func TestOneLoginOpensOneSessionAlsoAtTheSameMoment(t *testing.T) {
	t.Parallel()
	d := authtest.NewDesk(t)
	key := session.NewClientKey()
	login := d.Login(t, "lea", key)
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, _, err := d.Sessions.Open(t.Context(), login, key.Public()); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("opened %d sessions", won)
	}
}

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
		d.Sessions.Close()
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
		d.Sessions.Close()
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
		d.Sessions.Close()
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
