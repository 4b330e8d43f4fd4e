package localop

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

func TestKeysArePersistedAndRotated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryStore()
		cfg := Config{Issuer: testIssuer, Store: store, Clients: testClients()}
		p, err := New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		addAccount(t, p, "lea")
		first := p.keys.signing(t.Context()).id
		b := newBrowser(t, p)
		before := idTokenOf(t, b.post(tokenPath, redemption(b.code())))
		if err := p.RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		// A restart changes nothing: same keys, same accounts.
		if p, err = New(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if got := p.keys.signing(t.Context()).id; got == first {
			t.Error("the old key signs")
		}
		rp := party(t, p)
		if _, err := rp.Verify(t.Context(), before, "nonce-1"); err != nil {
			t.Errorf("token from before the rotation: %v", err)
		}
		b = newBrowser(t, p)
		after := idTokenOf(t, b.post(tokenPath, redemption(b.code())))
		if _, err := rp.Verify(t.Context(), after, "nonce-1"); err != nil {
			t.Errorf("token from after the rotation: %v", err)
		}
		time.Sleep(keyLinger)
		if got := len(p.keys.published()); got != 1 {
			t.Errorf("%d keys published an hour later", got)
		}
	})
}

func TestOldKeyIsReplacedUnasked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		first := p.keys.signing(t.Context()).id
		time.Sleep(keyLife - time.Second)
		if p.keys.signing(t.Context()).id != first {
			t.Error("replaced too early")
		}
		time.Sleep(2 * time.Second)
		store := p.keys.store.(*memoryStore)
		store.err = errors.New("disk")
		if p.keys.signing(t.Context()).id != first {
			t.Error("a key signs that was not saved")
		}
		store.err = nil
		if p.keys.signing(t.Context()).id == first {
			t.Error("not replaced")
		}
	})
}

func TestProviderRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	ok := Config{Issuer: testIssuer, Store: newMemoryStore(), Clients: testClients()}
	broken := newMemoryStore()
	broken.values[keysName] = []byte(`{"version":1}`)
	for name, change := range map[string]func(*Config){
		"http elsewhere":     func(c *Config) { c.Issuer = "http://op.test" },
		"path":               func(c *Config) { c.Issuer = "https://op.test/op/x" },
		"slash":              func(c *Config) { c.Issuer = "https://op.test/" },
		"loopback lookalike": func(c *Config) { c.Issuer = "http://127.0.0.1.evil.test" },
		"no store":           func(c *Config) { c.Store = nil },
		"no client":          func(c *Config) { c.Clients = nil },
		"twice":              func(c *Config) { c.Clients = append(testClients(), testClients()...) },
		"http redirect":      func(c *Config) { c.Clients[0].Redirects = []string{"http://exemple.fr/"} },
		"localhost redirect": func(c *Config) { c.Clients[0].Redirects = []string{"http://localhost/callback"} },
		"port in loopback":   func(c *Config) { c.Clients[0].Redirects = []string{"http://127.0.0.1:80/callback"} },
		"encoded redirect":   func(c *Config) { c.Clients[0].Redirects = []string{"https://exemple.fr/%2e%2e"} },
		"fragment":           func(c *Config) { c.Clients[0].Redirects = []string{"https://exemple.fr/#x"} },
		"malformed keys":     func(c *Config) { c.Store = broken },
	} {
		cfg := ok
		cfg.Clients = testClients()
		change(&cfg)
		if _, err := New(t.Context(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, issuer := range []string{"http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"} {
		cfg := ok
		cfg.Issuer = issuer
		if _, err := New(t.Context(), cfg); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

// TestFormat reads the values shown in FORMAT.md.
func TestFormat(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	keys, nameKey, err := parseKeys(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || keys[0].id != "KEY2" || keys[1].retired.Unix() != 1790000000 {
		t.Errorf("keys %v", keys)
	}
	a := newAccounts(newMemoryStore(), nameKey, nil)
	if got, want := a.name("lea"), "account.tf2dnhjgaqv7utpvvldoau3vbw5526fouq34jv4jz3wmhjrtdaga"; got != want {
		t.Errorf("name of an account %s", got)
	}
	if b, err = os.ReadFile("testdata/account.json"); err != nil {
		t.Fatal(err)
	}
	rec, err := parseAccount(b, "lea")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := a.hasher.matches(t.Context(), rec.Hash, testPassword); err != nil || !ok {
		t.Errorf("password of the vector: %v %v", ok, err)
	}
	if _, err := parseAccount(b, "omar"); !errors.Is(err, errRecord) {
		t.Error("an account fits another login")
	}
	if rec.OTP == nil || rec.OTP.Spent != stepOf(time.Unix(1790000060, 0)) || string(rec.OTP.Secret) != rfcSecret {
		t.Errorf("second factor of the vector: %v", rec.OTP)
	}
	short := bytes.Replace(b, []byte("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="), []byte("MTIzNDU2Nzg5MDEyMzQ1Njc4"), 1)
	if _, err := parseAccount(short, "lea"); !errors.Is(err, errRecord) {
		t.Error("a short secret is accepted")
	}
}

func TestPagesAreInFrenchWithoutScriptsAndLabelled(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	id := b.begin()
	pages := map[string]page{
		"login":   b.get(loginPath + "?r=" + id),
		"wrong":   b.login(id, `"><script>`, "x"),
		"device":  b.get(devicePath),
		"problem": b.get("/nowhere"),
		"foreign": newBrowser(t, p).get(loginPath + "?r=" + id),
	}
	for name, pg := range pages {
		if !strings.Contains(pg.body, `<html lang="fr">`) || strings.Contains(pg.body, "<script") || strings.Contains(pg.body, "style=") {
			t.Errorf("%s: %s", name, pg.body)
		}
		csp := pg.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; form-action 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %s", name, csp)
		}
		if strings.Count(pg.body, "<input ")-strings.Count(pg.body, `type="hidden"`) != strings.Count(pg.body, "<label for=") {
			t.Errorf("%s: a field has no label", name)
		}
		if strings.Count(pg.body, "<h1>") != 1 || !strings.Contains(pg.body, "<title>") {
			t.Errorf("%s: no title", name)
		}
	}
	for _, want := range []string{`autocomplete="username"`, `autocomplete="current-password"`} {
		if !strings.Contains(pages["login"].body, want) {
			t.Errorf("login page lacks %s", want)
		}
	}
	if !strings.Contains(pages["wrong"].body, `role="alert"`) {
		t.Error("a mistake is not announced")
	}
	// Browsers hold a form to where its redirects lead as well.
	if csp := pages["login"].header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:41999;") {
		t.Errorf("the way back to the program is blocked: %s", csp)
	}
	css := b.get(stylePath)
	if !strings.Contains(css.body, ":focus-visible") || css.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Error("no visible focus")
	}
}

func TestCookieIsBoundToHostOverTLS(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	got := newBrowser(t, p).get(authorization(nil)).header.Get("Set-Cookie")
	for _, want := range []string{"__Host-coffre-login=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(got, want) {
			t.Errorf("cookie %q lacks %q", got, want)
		}
	}
}

func TestErrorsOfAForeignIssuerAreNotOurs(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	q, _ := newProvider(t)
	b := newBrowser(t, q)
	raw := idTokenOf(t, b.post(tokenPath, redemption(b.code())))
	if _, err := party(t, p).Verify(t.Context(), raw, "nonce-1"); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("token of another provider with the same name: %v", err)
	}
}
