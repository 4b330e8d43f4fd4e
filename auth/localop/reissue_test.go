package localop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What a person lost is set anew with sheet and PIN: nobody is given a code for an account of theirs, nor for
// one on its way.
func TestAPersonsAccountIsNeverReissued(t *testing.T) {
	t.Parallel()
	p, lea := newProvider(t)
	made, open := invite(t, p, ForPerson), invite(t, p, ForPerson)
	newBrowser(t, p).choose(made.Code.Reveal(), "awa", chosen)
	if _, err := p.EnrolOTP(t.Context(), "awa"); err != nil {
		t.Fatal(err)
	}
	for what, subject := range map[string]string{"added": lea, "with a second factor": made.Subject, "on its way": open.Subject} {
		if _, err := p.Reissue(t.Context(), subject); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s: %v, want %v", what, err, ErrNoAccount)
		}
	}
	if _, halfway, err := p.accounts.authenticate(t.Context(), "awa", chosen); err != nil || halfway == nil {
		t.Errorf("the password goes on: %v", err)
	}
	if page := newBrowser(t, p).choose(open.Code.Reveal(), "omar", chosen); page.status != http.StatusOK {
		t.Errorf("the code goes on: %d", page.status)
	}
}

// startDevice begins a device login.
func (b *browser) startDevice() (device, user string) {
	b.t.Helper()
	var d struct {
		Device string `json:"device_code"`
		User   string `json:"user_code"`
	}
	if err := json.Unmarshal([]byte(b.post(deviceStartPath, url.Values{"client_id": {testClient}, "nonce": {"n"}}).body), &d); err != nil {
		b.t.Fatal(err)
	}
	return d.Device, d.User
}

// A new code, and a new password, end what was under way: half a login, one that waits for its program, a
// code on its way to it, and a device that was confirmed.
func TestALoginUnderWayEndsWithWhatItWasMadeWith(t *testing.T) {
	t.Parallel()
	for what, renew := range map[string]func(context.Context, *Provider, string) error{
		"new code": func(ctx context.Context, p *Provider, subject string) error {
			_, err := p.Reissue(ctx, subject)
			return err
		},
		"new password": func(ctx context.Context, p *Provider, subject string) error {
			return p.ResetPassword(ctx, subject, GeneratePassword())
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, subject, secret := newAgent(t)
			code := func() string { time.Sleep(otpStep); return secret.Code(time.Now()) } // each is taken once
			halfway, staged, coded, confirmed := newBrowser(t, p), newBrowser(t, p), newBrowser(t, p), newBrowser(t, p)
			handle := halfway.half()
			back := staged.otp(staged.half(), code())
			to := coded.get(coded.otp(coded.half(), code()).to.String()).to
			device, user := confirmed.startDevice()
			typed := confirmed.post(devicePath, url.Values{"code": {user}, "login": {"lea"}, "password": {testPassword}})
			shown := confirmed.otp(halfOf(t, typed.body), code())
			confirmed.post(deviceConfirmPath, url.Values{"handle": {handleOf(t, shown.body)}, "answer": {"yes"}})
			if err := renew(t.Context(), p, subject); err != nil {
				t.Fatal(err)
			}
			if got := staged.get(back.to.String()); got.to != nil && got.to.Query().Has("code") {
				t.Errorf("%s: a code is made: %v", what, got.to)
			}
			for name, form := range map[string]url.Values{
				"code":   redemption(to.Query().Get("code")),
				"device": {"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {testClient}, "device_code": {device}},
			} {
				if got := coded.post(tokenPath, form); got.status == http.StatusOK || strings.Contains(got.body, "id_token") {
					t.Errorf("%s: %s: %d", what, name, got.status)
				}
			}
			if got := halfway.otp(handle, code()); got.status != http.StatusForbidden {
				t.Errorf("%s: half a login: %d", what, got.status)
			}
		})
	}
}

// Between looking and spending a new code may come.
func TestACodeIsNotSpentOnAnAccountToBeRenewed(t *testing.T) {
	t.Parallel()
	p, subject, secret := newAgent(t)
	rec, err := p.accounts.load(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Reissue(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	step, fits := rec.OTP.fits(secret.Code(time.Now()), time.Now())
	if ok, err := p.accounts.spend(t.Context(), rec, step); !fits || ok || err != nil {
		t.Errorf("fits %v, spent %v, %v", fits, ok, err)
	}
}
