package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// Each test here is about one thing that go-oidc leaves to its caller. Where it is cheap the test also
// shows that it still does.

func jsonAnswer(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}

func TestTrapLogoutTokenIsNoIDToken(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	// Even one that carries the right nonce, which a logout token never should.
	raw := i.TokenWith(t, map[jose.HeaderKey]any{jose.HeaderType: "logout+jwt"}, authtest.Claims{
		"jti": "1", "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	})
	p, err := oidc.NewProvider(t.Context(), i.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verifier(&oidc.Config{ClientID: authtest.ClientID}).Verify(t.Context(), raw); err != nil {
		t.Log("go-oidc refuses logout tokens now:", err)
	}
	refused(t, partyOf(t, i), "logout token", raw)
}

func TestTrapUserinfoIsNeverAsked(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	if _, err := partyOf(t, i).Verify(t.Context(), i.Token(t, nil), nonce); err != nil {
		t.Fatal(err)
	}
	if i.Hits("/userinfo") != 0 || i.Hits(authtest.DiscoveryPath) != 1 || i.Hits(authtest.KeysPath) != 1 {
		t.Error("more was asked than discovery and keys")
	}
}

func TestTrapForgedTokensCostTheIssuerNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, forger := authtest.NewBubbleIssuer(t), authtest.NewBubbleIssuer(t)
		rp := partyOf(t, i)
		good := i.Token(t, nil)
		kid := i.KeySet().Keys[0].KeyID
		if _, err := rp.Verify(t.Context(), good, nonce); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				refused(t, rp, "known key id", forger.TokenWith(t, map[jose.HeaderKey]any{"kid": kid}, nil))
				refused(t, rp, "unknown key id", forger.Token(t, nil))
			})
		}
		wg.Wait()
		if n := i.Hits(authtest.KeysPath); n != 1 {
			t.Errorf("100 forged tokens made %d readings of the keys", n-1)
		}
		time.Sleep(10 * time.Second)
		for range 50 {
			refused(t, rp, "later", forger.Token(t, nil))
		}
		if n := i.Hits(authtest.KeysPath); n != 2 {
			t.Errorf("%d readings in ten seconds", n-1)
		}
	})
}

func TestTrapNewKeyIsFoundAndWithdrawnKeyDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := authtest.NewBubbleIssuer(t)
		rp := partyOf(t, i)
		old := i.Token(t, authtest.Claims{"exp": time.Now().Add(time.Hour).Unix()})
		if _, err := rp.Verify(t.Context(), old, nonce); err != nil {
			t.Fatal(err)
		}
		i.Rotate(t)
		time.Sleep(10 * time.Second)
		if _, err := rp.Verify(t.Context(), i.Token(t, nil), nonce); err != nil {
			t.Errorf("new key: %v", err)
		}
		refused(t, rp, "withdrawn key, once the new one is known", old)
	})
}

func TestTrapKeysAreNotBelievedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := authtest.NewBubbleIssuer(t)
		rp := partyOf(t, i)
		token := func() string { return i.Token(t, nil) }
		if _, err := rp.Verify(t.Context(), token(), nonce); err != nil {
			t.Fatal(err)
		}
		i.Answer(authtest.KeysPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		time.Sleep(10*time.Minute - time.Second)
		if _, err := rp.Verify(t.Context(), token(), nonce); err != nil {
			t.Errorf("within ten minutes the keys are good although the issuer is down: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := rp.Verify(t.Context(), token(), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) || errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("after ten minutes it fails closed, and not as a refusal: %v", err)
		}
		i.Answer(authtest.KeysPath, nil)
		if _, err := rp.Verify(t.Context(), token(), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
			t.Errorf("asked again within ten seconds: %v", err)
		}
		time.Sleep(10 * time.Second)
		if _, err := rp.Verify(t.Context(), token(), nonce); err != nil {
			t.Errorf("the issuer is back: %v", err)
		}
	})
}

func TestTrapRedirectsAreRefused(t *testing.T) {
	t.Parallel()
	i, inside := authtest.NewIssuer(t), authtest.NewIssuer(t)
	for _, path := range []string{authtest.DiscoveryPath, authtest.KeysPath} {
		i.Answer(path, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inside.URL()+r.URL.Path, http.StatusFound)
		})
		if _, err := partyOf(t, i).Verify(t.Context(), i.Token(t, nil), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
			t.Errorf("%s: %v", path, err)
		}
		i.Answer(path, nil)
	}
	if inside.Hits(authtest.DiscoveryPath)+inside.Hits(authtest.KeysPath) != 0 {
		t.Error("a redirect was followed")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestTrapAnswersAreCapped(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	for _, path := range []string{authtest.DiscoveryPath, authtest.KeysPath} {
		var sent int64
		done := make(chan struct{})
		i.Answer(path, func(w http.ResponseWriter, _ *http.Request) {
			defer close(done)
			sent, _ = io.Copy(w, io.LimitReader(zeros{}, 256<<20))
		})
		if _, err := partyOf(t, i).Verify(t.Context(), i.Token(t, nil), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
			t.Errorf("%s: %v", path, err)
		}
		<-done
		if sent > 64<<20 {
			t.Errorf("%s: %d bytes were taken", path, sent)
		}
		i.Answer(path, nil)
	}
}

func TestTrapDiscoveryIsLazyAndBacksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := authtest.NewBubbleIssuer(t)
		i.Answer(authtest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		rp := partyOf(t, i) // an issuer that is down does not keep the service down
		if i.Hits(authtest.DiscoveryPath) != 0 {
			t.Error("asked before it was needed")
		}
		began := time.Now()
		for time.Since(began) < 10*time.Minute {
			if _, err := rp.Verify(t.Context(), i.Token(t, nil), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := i.Hits(authtest.DiscoveryPath); n < 10 || n > 20 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		i.Answer(authtest.DiscoveryPath, nil)
		time.Sleep(time.Minute)
		if _, err := rp.Verify(t.Context(), i.Token(t, nil), nonce); err != nil {
			t.Errorf("the issuer is back: %v", err)
		}
	})
}

func TestTrapHangingIssuerDoesNotHoldTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := authtest.NewBubbleIssuer(t)
		i.Answer(authtest.DiscoveryPath, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		rp := partyOf(t, i)
		var wg sync.WaitGroup
		began := time.Now()
		for range 10 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				if _, err := rp.Verify(ctx, i.Token(t, nil), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 11*time.Second || i.Hits(authtest.DiscoveryPath) != 1 {
			t.Errorf("%v, %d requests", took, i.Hits(authtest.DiscoveryPath))
		}
	})
}

func TestTrapIssuersAreAFixedMap(t *testing.T) {
	t.Parallel()
	a, b, stranger := authtest.NewIssuer(t), authtest.NewIssuer(t), authtest.NewIssuer(t)
	rp := partyOf(t, a, b)
	for _, i := range []*authtest.Issuer{a, b} {
		l, err := rp.Verify(t.Context(), i.Token(t, authtest.Claims{"sub": "same"}), nonce)
		if err != nil || l.User() != i.User(t, "same") {
			t.Errorf("%s: %v", i.URL(), err)
		}
	}
	if a.User(t, "same") == b.User(t, "same") {
		t.Error("the same subject at two issuers is one person")
	}
	refused(t, rp, "stranger", stranger.Token(t, nil))
	if stranger.Hits(authtest.DiscoveryPath) != 0 {
		t.Error("an issuer named by a token was contacted")
	}
	// Mix-up: one accepted issuer speaks in the name of the other.
	refused(t, rp, "a for b", a.Token(t, authtest.Claims{"iss": b.URL()}))
	kid := b.KeySet().Keys[0].KeyID
	refused(t, rp, "a for b, with b's key id", a.TokenWith(t, map[jose.HeaderKey]any{"kid": kid}, authtest.Claims{"iss": b.URL()}))
}

func TestTrapGoogleHasNoSecondSpelling(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	p := i.Profile()
	p.Issuer = "https://accounts.google.com" // go-oidc also takes it without the scheme
	refused(t, partyWith(t, i.Transport(), p), "no scheme", i.Token(t, authtest.Claims{"iss": "accounts.google.com"}))
}

func TestTrapDiscoveryOfAnotherIssuerIsRefused(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	for name, doc := range map[string]map[string]any{
		"other issuer":          {"issuer": "https://other.test", "jwks_uri": i.URL() + authtest.KeysPath},
		"keys over http":        {"issuer": i.URL(), "jwks_uri": "http://issuer.test" + authtest.KeysPath},
		"keys on loopback http": {"issuer": i.URL(), "jwks_uri": "http://127.0.0.1" + authtest.KeysPath},
		"keys in a file":        {"issuer": i.URL(), "jwks_uri": "file:///etc/passwd"},
		"no keys":               {"issuer": i.URL()},
	} {
		i.Answer(authtest.DiscoveryPath, jsonAnswer(doc))
		if _, err := partyOf(t, i).Verify(t.Context(), i.Token(t, nil), nonce); !errors.Is(err, auth.ErrIssuerUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if i.Hits(authtest.KeysPath) != 0 {
		t.Error("keys were read from where they must not be")
	}
}

func TestConfigRefusesWhatCouldLetTooMuchIn(t *testing.T) {
	t.Parallel()
	ok := auth.Generic("test", "https://issuer.test", "client")
	for name, change := range map[string]func(*auth.Config){
		"no profile":         func(c *auth.Config) { c.Profiles = nil },
		"no name":            func(c *auth.Config) { c.Profiles[0].Name = "" },
		"no client":          func(c *auth.Config) { c.Profiles[0].ClientID = "" },
		"empty other client": func(c *auth.Config) { c.Profiles[0].OtherClientIDs = []string{""} },
		"http":               func(c *auth.Config) { c.Profiles[0].Issuer = "http://issuer.test" },
		"no host":            func(c *auth.Config) { c.Profiles[0].Issuer = "https://" },
		"query":              func(c *auth.Config) { c.Profiles[0].Issuer = "https://issuer.test/?x" },
		"fragment":           func(c *auth.Config) { c.Profiles[0].Issuer = "https://issuer.test/#x" },
		"user":               func(c *auth.Config) { c.Profiles[0].Issuer = "https://u@issuer.test" },
		"two spellings":      func(c *auth.Config) { c.Profiles[0].Issuer = "HTTPS://issuer.test" },
		"loopback lookalike": func(c *auth.Config) { c.Profiles[0].Issuer = "http://127.0.0.1.issuer.test" },
		"long":               func(c *auth.Config) { c.Profiles[0].Issuer = "https://" + strings.Repeat("i", 255) },
		"HS256":              func(c *auth.Config) { c.Profiles[0].Algs = []string{"HS256"} },
		"none":               func(c *auth.Config) { c.Profiles[0].Algs = []string{"none"} },
		"negative age":       func(c *auth.Config) { c.Profiles[0].MaxAuthAge = -1 },
		"issuer twice": func(c *auth.Config) {
			c.Profiles = append(c.Profiles, auth.Generic("b", "https://issuer.test", "client"))
		},
		"name twice": func(c *auth.Config) {
			c.Profiles = append(c.Profiles, auth.Generic("test", "https://b.test", "client"))
		},
		"missing CA file": func(c *auth.Config) { c.CAFile = t.TempDir() + "/none.pem" },
	} {
		cfg := auth.Config{Profiles: []auth.Profile{ok}}
		change(&cfg)
		if _, err := auth.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, issuer := range []string{"https://issuer.test", "https://issuer.test/realms/x", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"} {
		if _, err := auth.New(auth.Config{Profiles: []auth.Profile{auth.Local(issuer, "c")}}); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}
