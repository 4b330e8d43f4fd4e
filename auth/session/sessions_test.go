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
		closed(t, d)
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

func closed(t *testing.T, d *authtest.Desk) {
	t.Helper()
	if err := d.Sessions.Close(); err != nil {
		t.Fatal(err)
	}
}

func reopen(t *testing.T, d *authtest.Desk) *session.Sessions {
	t.Helper()
	s, err := session.New(t.Context(), session.Config{Store: d.Store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
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
		closed(t, d)
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
