package localop

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

func idTokenOf(t *testing.T, p page) string {
	t.Helper()
	var answer struct {
		IDToken string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(p.body), &answer); err != nil || answer.IDToken == "" {
		t.Fatalf("token endpoint: %d %s", p.status, p.body)
	}
	if answer.Refresh != "" {
		t.Error("a refresh token was issued")
	}
	return answer.IDToken
}

func TestCodeAndPKCELogSomebodyIn(t *testing.T) {
	t.Parallel()
	p, subject := newProvider(t)
	b := newBrowser(t, p)
	raw := idTokenOf(t, b.post(tokenPath, redemption(b.code())))
	l, err := party(t, p).Verify(t.Context(), raw, "nonce-1")
	if err != nil {
		t.Fatal(err)
	}
	if l.User().Subject() != subject || l.User().Issuer() != testIssuer {
		t.Error("token of somebody else")
	}
	if age := time.Since(l.AuthTime()); age < 0 || age > time.Minute {
		t.Errorf("authenticated %v ago", age)
	}
	if got := l.AMR(); len(got) != 1 || got[0] != "pwd" {
		t.Errorf("methods %v", got)
	}
}

func TestTokenSaysNothingAboutThePerson(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	raw := idTokenOf(t, b.post(tokenPath, redemption(b.code())))
	payload, err := decodeSegment(strings.Split(raw, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(payload, "lea") || strings.Contains(payload, "Martin") {
		t.Errorf("payload %s", payload)
	}
}

func TestDeviceFlowLogsSomebodyIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, subject := newProvider(t)
		f, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: testIssuer, ClientID: testClient, Transport: authtest.Memory(p.Handler())})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := f.Run(t.Context(), "device-nonce", func(d auth.DevicePrompt) error {
			if d.URL != testIssuer+devicePath {
				t.Errorf("page %s", d.URL)
			}
			go func() {
				time.Sleep(7 * time.Second) // the device polls meanwhile
				b := newBrowser(t, p)
				typed := strings.ToLower(strings.ReplaceAll(d.Code, "-", " "))
				c := b.post(devicePath, url.Values{"code": {typed}, "login": {"Lea "}, "password": {testPassword}})
				if !strings.Contains(c.body, "Coffre en ligne de commande") || !strings.Contains(c.body, "Léa Martin") {
					t.Errorf("confirmation does not say what is authorised: %s", c.body)
				}
				if done := b.post(deviceConfirmPath, url.Values{"handle": {handleOf(t, c.body)}, "answer": {"yes"}}); done.status != http.StatusOK {
					t.Errorf("confirm: %d", done.status)
				}
			}()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := party(t, p).Verify(t.Context(), raw, "device-nonce")
		if err != nil {
			t.Fatal(err)
		}
		if l.User().Subject() != subject {
			t.Error("token of somebody else")
		}
	})
}

func TestDeviceCodeRunsOutAndCanBeRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(*testing.T, *Provider, string)
		want string
	}{
		"nobody types it": {func(*testing.T, *Provider, string) {}, "expired_token"},
		"the person says no": {func(t *testing.T, p *Provider, code string) {
			b := newBrowser(t, p)
			c := b.post(devicePath, url.Values{"code": {code}, "login": {"lea"}, "password": {testPassword}})
			b.post(deviceConfirmPath, url.Values{"handle": {handleOf(t, c.body)}, "answer": {"no"}})
		}, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, _ := newProvider(t)
				f, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: testIssuer, ClientID: testClient, Transport: authtest.Memory(p.Handler())})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = f.Run(t.Context(), "n", func(d auth.DevicePrompt) error { c.act(t, p, d.Code); return nil })
				e, ok := errors.AsType[*auth.IssuerError](err)
				if !ok || e.Code != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
				if took := time.Since(began); took > deviceLife+10*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestDeviceCodeIsTypedNotPrefilledAndGuessedFiveTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		addAccount(t, p, "omar")
		b := newBrowser(t, p)
		if pre := b.get(devicePath + "?user_code=BCDF-GHJK"); strings.Contains(pre.body, `value="BCDF`) {
			t.Error("the code is filled in")
		}
		started := b.post(deviceStartPath, url.Values{"client_id": {testClient}, "nonce": {"n"}})
		var d struct {
			User    string `json:"user_code"`
			Expires int    `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(started.body), &d); err != nil {
			t.Fatal(err)
		}
		if code := strings.ReplaceAll(d.User, "-", ""); len(code) != 8 || strings.Trim(code, "BCDFGHJKLMNPQRSTVWXZ") != "" || d.Expires != 300 {
			t.Errorf("code %q for %d s", d.User, d.Expires)
		}
		typed := func(login, code string) page {
			return b.post(devicePath, url.Values{"code": {code}, "login": {login}, "password": {testPassword}})
		}
		for range codeGuesses {
			if got := typed("lea", "ZZZZ-ZZZZ"); !strings.Contains(got.body, "pas le bon") {
				t.Fatalf("wrong code: %s", got.body)
			}
		}
		if got := typed("lea", d.User); got.status != http.StatusTooManyRequests {
			t.Errorf("sixth code: %d", got.status)
		}
		time.Sleep(time.Minute)
		if got := typed("omar", d.User); !strings.Contains(got.body, "Confirmer") {
			t.Errorf("somebody else's guesses count: %s", got.body)
		}
	})
}

func TestDevicePollingTooFastIsToldToSlowDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		b := newBrowser(t, p)
		var d struct {
			Device string `json:"device_code"`
		}
		if err := json.Unmarshal([]byte(b.post(deviceStartPath, url.Values{"client_id": {testClient}, "nonce": {"n"}}).body), &d); err != nil {
			t.Fatal(err)
		}
		poll := func() string {
			return b.post(tokenPath, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {testClient}, "device_code": {d.Device}}).body
		}
		if got := poll(); !strings.Contains(got, "authorization_pending") {
			t.Errorf("first poll: %s", got)
		}
		if got := poll(); !strings.Contains(got, "slow_down") {
			t.Errorf("second poll at once: %s", got)
		}
		time.Sleep(pollEvery)
		if got := poll(); !strings.Contains(got, "authorization_pending") {
			t.Errorf("poll in time: %s", got)
		}
	})
}

func TestClientWithoutDeviceFlowHasNone(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	got := newBrowser(t, p).post(deviceStartPath, url.Values{"client_id": {"portail"}, "nonce": {"n"}})
	if got.status != http.StatusBadRequest || strings.Contains(got.body, "device_code") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func handleOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="handle" value="`)
	handle, _, ok2 := strings.Cut(rest, `"`)
	if !ok || !ok2 {
		t.Fatalf("no confirmation: %s", body)
	}
	return handle
}
