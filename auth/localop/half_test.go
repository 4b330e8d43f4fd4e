package localop

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// newAgent is newProvider, where lea is asked for a one-time code.
func newAgent(t *testing.T) (p *Provider, subject string, secret OTPSecret) {
	t.Helper()
	p, subject = newProvider(t)
	secret, err := p.EnrolOTP(t.Context(), "Lea")
	if err != nil {
		t.Fatal(err)
	}
	return p, subject, secret
}

// half gives the right password and returns the handle of the page that asks for the code.
func (b *browser) half() (handle string) {
	b.t.Helper()
	asked := b.login(b.begin(), "lea", testPassword)
	if asked.status != http.StatusOK || !strings.Contains(asked.body, `autocomplete="one-time-code"`) {
		b.t.Fatalf("after the password: %d %s", asked.status, asked.body)
	}
	return halfOf(b.t, asked.body)
}

func (b *browser) otp(handle, code string) page {
	b.t.Helper()
	return b.post(otpPath, url.Values{"h": {handle}, "otp": {code}})
}

func halfOf(t *testing.T, body string) (handle string) {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="h" value="`)
	handle, _, ok2 := strings.Cut(rest, `"`)
	if !ok || !ok2 {
		t.Fatalf("nobody asks for a one-time code: %s", body)
	}
	return handle
}

// wrongCode is a code that is not one of those taken now.
func wrongCode(s OTPSecret) string {
	var near []string
	for d := -2; d <= 2; d++ {
		near = append(near, s.Code(time.Now().Add(time.Duration(d)*otpStep)))
	}
	for i := 0; ; i++ {
		if c := fmt.Sprintf("%06d", i); !slices.Contains(near, c) {
			return c
		}
	}
}

func TestSecondFactorReachesTheLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, subject, secret := newAgent(t)
		b := newBrowser(t, p)
		done := b.otp(b.half(), secret.Code(time.Now())[:3]+" "+secret.Code(time.Now())[3:])
		if done.status != http.StatusSeeOther || !strings.HasPrefix(done.to.Path, callbackPath) {
			t.Fatalf("after the code: %d %s", done.status, done.body)
		}
		code := b.get(done.to.String()).to.Query().Get("code")
		l, err := party(t, p).Verify(t.Context(), idTokenOf(t, b.post(tokenPath, redemption(code))), "nonce-1")
		if err != nil {
			t.Fatal(err)
		}
		if got := l.AMR(); !slices.Equal(got, []string{"pwd", "otp"}) || !l.SecondFactor() || l.User().Subject() != subject {
			t.Errorf("methods %v, second factor %v", got, l.SecondFactor())
		}
		// Who was not enrolled is not asked, and has no second factor.
		addAccount(t, p, "omar")
		other := newBrowser(t, p)
		done = other.login(other.begin(), "omar", testPassword)
		code = other.get(done.to.String()).to.Query().Get("code")
		l, err = party(t, p).Verify(t.Context(), idTokenOf(t, other.post(tokenPath, redemption(code))), "nonce-1")
		if err != nil || !slices.Equal(l.AMR(), []string{"pwd"}) || l.SecondFactor() {
			t.Errorf("methods %v, second factor %v, %v", l.AMR(), l.SecondFactor(), err)
		}
	})
}

func TestSecondFactorReachesTheLoginOfADevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, subject, secret := newAgent(t)
		f, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: testIssuer, ClientID: testClient, Transport: authtest.Memory(p.Handler())})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := f.Run(t.Context(), "n", func(d auth.DevicePrompt) error {
			b := newBrowser(t, p)
			asked := b.post(devicePath, url.Values{"code": {d.Code}, "login": {"lea"}, "password": {testPassword}})
			if strings.Contains(asked.body, `name="handle"`) {
				t.Error("the password alone confirms a device")
			}
			handle := halfOf(t, asked.body)
			if got := newBrowser(t, p).otp(handle, secret.Code(time.Now())); got.status != http.StatusForbidden {
				t.Errorf("another browser: %d", got.status)
			}
			c := b.otp(handle, secret.Code(time.Now()))
			if !strings.Contains(c.body, "Léa Martin") {
				t.Errorf("after the code: %s", c.body)
			}
			b.post(deviceConfirmPath, url.Values{"handle": {handleOf(t, c.body)}, "answer": {"yes"}})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := party(t, p).Verify(t.Context(), raw, "n")
		if err != nil || !slices.Equal(l.AMR(), []string{"pwd", "otp"}) || !l.SecondFactor() || l.User().Subject() != subject {
			t.Errorf("methods %v, second factor %v, %v", l.AMR(), l.SecondFactor(), err)
		}
	})
}

// A wrong code of a device is said after the second factor, on the page of the device.
func TestDeviceCodeIsLookedAtAfterTheSecondFactor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, secret := newAgent(t)
		b := newBrowser(t, p)
		asked := b.post(devicePath, url.Values{"code": {"ZZZZ-ZZZZ"}, "login": {"lea"}, "password": {testPassword}})
		handle := halfOf(t, asked.body)
		got := b.otp(handle, secret.Code(time.Now()))
		if got.status != http.StatusUnauthorized || !strings.Contains(got.body, `name="password"`) || strings.Contains(got.body, "ZZZZ") {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

func TestPasswordAloneOpensNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, secret := newAgent(t)
		b := newBrowser(t, p)
		id := b.begin()
		asked := b.login(id, "lea", testPassword)
		handle := halfOf(t, asked.body)
		for name, got := range map[string]page{
			"no code":              b.otp(handle, ""),
			"a wrong code":         b.otp(handle, wrongCode(secret)),
			"another's spelling":   b.otp(handle, secret.Code(time.Now())+"0"),
			"somebody's page":      b.otp("", secret.Code(time.Now())),
			"another browser":      newBrowser(t, p).otp(handle, secret.Code(time.Now())),
			"no cookie at the end": newBrowser(t, p).get(callbackPath + "?id=" + id),
		} {
			if got.status != http.StatusUnauthorized && got.status != http.StatusForbidden {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		// The half login has not ended the request either: the library makes no code for it.
		if got := b.get(callbackPath + "?id=" + id); got.to != nil && got.to.Query().Has("code") {
			t.Errorf("a code without the second factor: %v", got.to)
		}
		if err := p.requests.finish(id, identified{}); !errors.Is(err, errRequest) {
			t.Errorf("nobody finished a login: %v", err)
		}
		if got := b.otp(handle, secret.Code(time.Now())); got.status != http.StatusSeeOther {
			t.Errorf("the right code afterwards: %d", got.status)
		}
		if got := b.otp(handle, secret.Code(time.Now().Add(otpStep))); got.status != http.StatusForbidden {
			t.Errorf("the page of a login that is over: %d", got.status)
		}
	})
}

// RFC 6238 §5.2: a code is taken once, and no earlier one after it.
func TestUsedCodeIsNeverTakenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, secret := newAgent(t)
		b := newBrowser(t, p)
		before, now, after := secret.Code(time.Now().Add(-otpStep)), secret.Code(time.Now()), secret.Code(time.Now().Add(otpStep))
		for _, step := range []struct {
			name, code string
			want       int
		}{
			{"now", now, http.StatusSeeOther},
			{"replayed", now, http.StatusUnauthorized},
			{"earlier", before, http.StatusUnauthorized},
			{"later", after, http.StatusSeeOther},
			{"now, after the later one", now, http.StatusUnauthorized},
		} {
			if got := b.otp(b.half(), step.code); got.status != step.want {
				t.Errorf("%s: %d", step.name, got.status)
			}
		}
		// A restart forgets nothing of it.
		again, err := New(t.Context(), Config{Issuer: testIssuer, Store: p.accounts.store, Clients: testClients()})
		if err != nil {
			t.Fatal(err)
		}
		r := newBrowser(t, again)
		if got := r.otp(r.half(), after); got.status != http.StatusUnauthorized {
			t.Errorf("replayed after a restart: %d", got.status)
		}
		time.Sleep(otpStep * 2)
		if got := r.otp(r.half(), secret.Code(time.Now())); got.status != http.StatusSeeOther {
			t.Errorf("a minute later: %d", got.status)
		}
	})
}

// Of twenty who bring one code at the same moment, one comes in.
func TestCodeIsTakenOnceAlsoAtTheSameMoment(t *testing.T) {
	t.Parallel()
	p, _, secret := newAgent(t)
	rec, err := p.accounts.load(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	step := stepOf(time.Now())
	if got, ok := rec.OTP.fits(secret.code(step), time.Now()); !ok || got != step {
		t.Fatalf("step %d, want %d", got, step)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 20 {
		wg.Go(func() {
			ok, err := p.accounts.spend(t.Context(), rec, step)
			if err != nil {
				t.Error(err)
			}
			if ok {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("%d came in", in)
	}
}

func TestClockOfATelephoneMayBeOneStepOff(t *testing.T) {
	t.Parallel()
	for d := -3; d <= 3; d++ {
		synctest.Test(t, func(t *testing.T) {
			p, _, secret := newAgent(t)
			time.Sleep(10 * otpStep)
			want := http.StatusUnauthorized
			if -otpTolerance <= d && d <= otpTolerance {
				want = http.StatusSeeOther
			}
			b := newBrowser(t, p)
			if got := b.otp(b.half(), secret.Code(time.Now().Add(time.Duration(d)*otpStep))); got.status != want {
				t.Errorf("%d steps off: %d", d, got.status)
			}
		})
	}
}

func TestWrongCodesLockLikeWrongPasswords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, secret := newAgent(t)
		b := newBrowser(t, p)
		handle := b.half()
		// Giving the password again and again starts nothing anew.
		for range freeGuesses {
			if got := b.otp(handle, wrongCode(secret)); got.status != http.StatusUnauthorized || !strings.Contains(got.body, `role="alert"`) {
				t.Fatalf("wrong code: %d %s", got.status, got.body)
			}
			if id := b.begin(); b.login(id, "lea", testPassword).status == http.StatusOK {
				handle = b.half()
			}
		}
		wrong := b.otp(handle, wrongCode(secret))
		if got := b.otp(handle, secret.Code(time.Now())); got.status != wrong.status || got.body != wrong.body {
			t.Error("a locked account reads otherwise than a wrong code")
		}
		if got := b.login(b.begin(), "lea", testPassword); got.status != http.StatusUnauthorized {
			t.Errorf("the password of a locked account: %d", got.status)
		}
		// The lock survives a restart.
		again, err := New(t.Context(), Config{Issuer: testIssuer, Store: p.accounts.store, Clients: testClients()})
		if err != nil {
			t.Fatal(err)
		}
		r := newBrowser(t, again)
		if got := r.login(r.begin(), "lea", testPassword); got.status != http.StatusUnauthorized {
			t.Errorf("the password after a restart: %d", got.status)
		}
		time.Sleep(firstLock)
		if got := r.otp(r.half(), secret.Code(time.Now())); got.status != http.StatusSeeOther {
			t.Errorf("after the lock-out: %d", got.status)
		}
		if rec, err := again.accounts.load(t.Context(), "lea"); err != nil || rec.Failed != 0 || rec.OTP.Spent == 0 {
			t.Errorf("forgiven: %d, %v", rec.Failed, err)
		}
	})
}

// What was counted against the password is still there when the password is right: the two share one count.
func TestRightPasswordForgivesNothingBeforeTheCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _, secret := newAgent(t)
		b := newBrowser(t, p)
		for range freeGuesses - 1 {
			b.login(b.begin(), "lea", "wrong-password")
		}
		handle := b.half()
		b.otp(handle, wrongCode(secret))
		if got := b.otp(handle, secret.Code(time.Now())); got.status != http.StatusUnauthorized {
			t.Errorf("after five mistakes in all: %d", got.status)
		}
	})
}

func TestHalfLoginEndsWithPasswordSecretAndTime(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*testing.T, *Provider){
		"new password": func(t *testing.T, p *Provider) {
			if err := p.SetPassword(t.Context(), "lea", GeneratePassword()); err != nil {
				t.Error(err)
			}
		},
		"eleven minutes": func(*testing.T, *Provider) { time.Sleep(requestLife + time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, _, secret := newAgent(t)
				b := newBrowser(t, p)
				handle := b.half()
				between(t, p)
				if got := b.otp(handle, secret.Code(time.Now())); got.status != http.StatusForbidden {
					t.Errorf("%d %s", got.status, got.body)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a new secret: only its codes count
		p, _, old := newAgent(t)
		b := newBrowser(t, p)
		handle := b.half()
		next, err := p.EnrolOTP(t.Context(), "lea")
		if err != nil {
			t.Fatal(err)
		}
		if got := b.otp(handle, old.Code(time.Now())); got.status != http.StatusUnauthorized {
			t.Errorf("code of the old secret: %d", got.status)
		}
		if got := b.otp(handle, next.Code(time.Now())); got.status != http.StatusSeeOther {
			t.Errorf("code of the new secret: %d", got.status)
		}
		if _, err := p.EnrolOTP(t.Context(), "nobody"); !errors.Is(err, ErrNoAccount) {
			t.Errorf("nobody's secret: %v", err)
		}
	})
}

// A new password keeps the second factor: whoever has sheet and PIN has not the telephone.
func TestNewPasswordKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	p, subject, _ := newAgent(t)
	next := GeneratePassword()
	if err := p.ResetPassword(t.Context(), subject, next); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, p)
	if got := b.login(b.begin(), "lea", next.Reveal()); !strings.Contains(got.body, `name="otp"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestHalfLoginsAreBoundedAndTheOldestGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHalves()
		first := s.add(half{login: "lea"})
		time.Sleep(time.Second)
		second := s.add(half{login: "lea"})
		for range maxHalves - 1 {
			s.add(half{login: "omar"})
		}
		if len(s.by) != maxHalves {
			t.Errorf("%d half logins", len(s.by))
		}
		if _, err := s.of(first, [sha256.Size]byte{}); !errors.Is(err, errHalf) {
			t.Errorf("the oldest: %v", err)
		}
		if h, err := s.of(second, [sha256.Size]byte{}); err != nil || h.login != "lea" {
			t.Errorf("the one after: %v", err)
		}
	})
}

func TestPageOfTheCodeIsForEverybody(t *testing.T) {
	t.Parallel()
	p, _, _ := newAgent(t)
	b := newBrowser(t, p)
	asked := b.login(b.begin(), "lea", testPassword)
	for _, want := range []string{
		`<html lang="fr">`, `<label for="otp">`, `inputmode="numeric"`, `autocomplete="one-time-code"`, `aria-describedby="otp-help"`, "<h1>Votre code à six chiffres</h1>",
	} {
		if !strings.Contains(asked.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(asked.body, "<script") || strings.Contains(asked.body, "lea") {
		t.Errorf("%s", asked.body)
	}
	// Browsers hold a form to where its redirects lead as well.
	if csp := asked.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:41999;") {
		t.Errorf("the way back to the program is blocked: %s", csp)
	}
}
