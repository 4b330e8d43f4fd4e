package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
)

var somebody = [16]byte{1}

func TestVisitIsNobodysLoginOnTheHostsClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		host := d.Open(t, "agent")
		time.Sleep(time.Minute)
		v := d.Visit(t, host, somebody, time.Now().Add(45*time.Minute))
		p := v.Principal
		holder, ok := p.Visit()
		if !ok || holder != somebody || p.IsZero() || !p.User().IsZero() || p.SecondFactor() || !p.AuthTime().Equal(time.Now()) {
			t.Errorf("%v %v, second factor %v, %v", holder, ok, p.SecondFactor(), p.AuthTime())
		}
		if err := authenticate(t, d, v); err != nil {
			t.Error(err)
		}
		thief := session.NewClientKey()
		if _, err := d.Sessions.Authenticate(t.Context(), session.Credentials{Token: v.Token, Proof: thief.Prove(v.Token, method, time.Now()), Method: method}); !errors.Is(err, session.ErrProof) {
			t.Errorf("with another key: %v", err)
		}
		if by, err := d.Sessions.Host(p); err != nil || by != host.Principal {
			t.Errorf("vouched for by %v: %v", by, err)
		}
		if _, err := d.Sessions.Host(host.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("a login has a host: %v", err)
		}
		if _, ok := host.Principal.Visit(); ok || !host.Principal.SecondFactor() {
			t.Error("the host became a visit")
		}
		if d.Store.Len() != 2 { // the host's session and its used login
			t.Errorf("%d records: a visit was stored", d.Store.Len())
		}
	})
}

// A visit ends with its time, its idle time, its host, the next visit and itself; OnEnd hears of each once.
func TestVisitEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, d *authtest.Desk, host, v authtest.Visitor){
		"at its time": func(t *testing.T, d *authtest.Desk, _, v authtest.Visitor) {
			for range 4 {
				time.Sleep(11 * time.Minute)
				if err := authenticate(t, d, v); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Minute)
		},
		"idle": func(*testing.T, *authtest.Desk, authtest.Visitor, authtest.Visitor) {
			time.Sleep(15 * time.Minute)
		},
		"with its host": func(t *testing.T, d *authtest.Desk, host, _ authtest.Visitor) {
			if err := d.Sessions.Revoke(t.Context(), host.Principal); err != nil {
				t.Error(err)
			}
		},
		"with its host's user": func(t *testing.T, d *authtest.Desk, host, _ authtest.Visitor) {
			if err := d.Sessions.RevokeUser(t.Context(), host.Principal.User()); err != nil {
				t.Error(err)
			}
		},
		"with the host's oldest session": func(t *testing.T, d *authtest.Desk, _, _ authtest.Visitor) {
			time.Sleep(time.Second)
			for range 10 {
				d.Open(t, "agent")
			}
		},
		"by itself": func(t *testing.T, d *authtest.Desk, host, v authtest.Visitor) {
			if err := d.Sessions.Revoke(t.Context(), v.Principal); err != nil {
				t.Error(err)
			}
			if err := authenticate(t, d, host); err != nil {
				t.Errorf("the host ended too: %v", err)
			}
		},
		"by the next": func(t *testing.T, d *authtest.Desk, host, _ authtest.Visitor) {
			d.Visit(t, host, [16]byte{2}, time.Now().Add(time.Minute))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := authtest.NewDesk(t)
				var mu sync.Mutex
				var told []session.ID
				d.Sessions.OnEnd(func(id session.ID) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, id)
				})
				host := d.Open(t, "agent")
				v := d.Visit(t, host, somebody, time.Now().Add(45*time.Minute))
				end(t, d, host, v)
				if err := authenticate(t, d, v); !errors.Is(err, session.ErrNoSession) {
					t.Errorf("it goes on: %v", err)
				}
				if err := d.Sessions.Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
					t.Errorf("it lives: %v", err)
				}
				if err := d.Sessions.ExtendVisit(v.Principal, time.Now().Add(time.Minute)); !errors.Is(err, session.ErrNoSession) {
					t.Errorf("it was extended: %v", err)
				}
				time.Sleep(10 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				if n := len(slices.DeleteFunc(told, func(id session.ID) bool { return id != v.Principal.Session() })); n != 1 {
					t.Errorf("told %d times", n)
				}
			})
		})
	}
}

func TestVisitKeepsItsHostAwake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		host := d.Open(t, "agent")
		v := d.Visit(t, host, somebody, time.Now().Add(45*time.Minute))
		for range 3 {
			time.Sleep(14 * time.Minute)
			if err := authenticate(t, d, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := authenticate(t, d, host); err != nil {
			t.Errorf("the host fell asleep: %v", err)
		}
	})
}

func TestVisitIsExtendedByNewProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		host := d.Open(t, "agent")
		v := d.Visit(t, host, somebody, time.Now().Add(10*time.Minute))
		time.Sleep(9 * time.Minute)
		if err := authenticate(t, d, v); err != nil {
			t.Fatal(err)
		}
		if err := d.Sessions.ExtendVisit(v.Principal, time.Now().Add(14*time.Minute)); err != nil {
			t.Fatal(err)
		}
		at := time.Now()
		// A call that began before goes on.
		if err := d.Sessions.Live(v.Principal); err != nil {
			t.Error(err)
		}
		time.Sleep(13 * time.Minute)
		p, err := d.Sessions.Authenticate(t.Context(), v.Credentials(method))
		if err != nil || !p.AuthTime().Equal(at) {
			t.Errorf("authenticated at %v: %v", p.AuthTime(), err)
		}
		time.Sleep(time.Minute)
		if err := d.Sessions.Live(p); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("after its end: %v", err)
		}
	})
}

func TestVisitIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		host := d.Open(t, "agent")
		later := time.Now().Add(time.Minute)
		v := d.Visit(t, host, somebody, later)
		for name, c := range map[string]struct {
			host   session.Principal
			holder [16]byte
			until  time.Time
			want   error
		}{
			"nobody hosts":     {session.Principal{}, somebody, later, session.ErrNoSession},
			"a visit hosts":    {v.Principal, somebody, later, session.ErrNoSession},
			"a stranger hosts": {authtest.Principal(t, "agent"), somebody, later, session.ErrNoSession},
			"held for nobody":  {host.Principal, [16]byte{}, later, session.ErrNoSession},
			"over":             {host.Principal, somebody, time.Now(), session.ErrNoSession},
		} {
			if _, p, err := d.Sessions.OpenVisit(t.Context(), c.host, c.holder, c.until); !errors.Is(err, c.want) || !p.IsZero() {
				t.Errorf("%s: %v", name, err)
			}
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, p, err := d.Sessions.OpenVisit(cancelled, host.Principal, somebody, later); !errors.Is(err, context.Canceled) || !p.IsZero() {
			t.Errorf("cancelled: %v", err)
		}
		if err := d.Sessions.Live(v.Principal); err != nil {
			t.Errorf("a refusal ended a visit: %v", err)
		}
		if err := d.Sessions.ExtendVisit(host.Principal, later); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("a login was extended: %v", err)
		}
		if err := d.Sessions.ExtendVisit(v.Principal, time.Now()); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("to the past: %v", err)
		}
	})
}

func TestVisitSurvivesNoRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		host := d.Open(t, "agent")
		weak := d.OpenWith(t, "agent", "pwd")
		v := d.Visit(t, host, somebody, time.Now().Add(45*time.Minute))
		if err := d.Sessions.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := session.New(t.Context(), session.Config{Store: d.Store})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		}()
		if err := again.Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("it came back: %v", err)
		}
		time.Sleep(2 * time.Second) // proofs of the second of the restart are refused
		for _, c := range []struct {
			v      authtest.Visitor
			second bool
		}{{host, true}, {weak, false}} {
			p, err := again.Authenticate(t.Context(), c.v.Credentials(method))
			if err != nil || p.SecondFactor() != c.second {
				t.Errorf("second factor %v: %v", p.SecondFactor(), err)
			}
		}
		if _, _, err := d.Sessions.OpenVisit(t.Context(), host.Principal, somebody, time.Now().Add(time.Hour)); !errors.Is(err, session.ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	})
}

func TestVisitorsAtOnce(t *testing.T) {
	t.Parallel()
	d := authtest.NewDesk(t)
	host := d.Open(t, "agent")
	var wg sync.WaitGroup
	for n := range byte(20) {
		wg.Go(func() {
			token, p, err := d.Sessions.OpenVisit(t.Context(), host.Principal, [16]byte{1 + n}, time.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
				return
			}
			v := authtest.Visitor{Principal: p, Key: host.Key, Token: token}
			if _, err := d.Sessions.Authenticate(t.Context(), v.Credentials(method)); err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
				t.Error(err)
			}
			if err := d.Sessions.ExtendVisit(p, time.Now().Add(time.Hour)); err != nil && !errors.Is(err, session.ErrNoSession) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := d.Sessions.Revoke(t.Context(), host.Principal); err != nil || d.Store.Len() != 1 {
		t.Errorf("%d records: %v", d.Store.Len(), err)
	}
}
