package localop

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRedirect: what is accepted leads to this machine, or to an address registered byte for byte.
func FuzzRedirect(f *testing.F) {
	c := Client{ID: "c", Name: "c", Redirects: []string{"http://127.0.0.1/callback", "http://[::1]/callback", "https://portail.test/retour"}}
	for _, s := range []string{
		testRedirect, "http://[::1]:1/callback", "https://portail.test/retour", "http://127.0.0.1:1%2Fcallback@evil.test/callback",
		"http://127.0.0.1:00001/callback", "http://127.0.0.1:+1/callback",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !c.accepts(s) || s == "https://portail.test/retour" {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) || u.User != nil || u.RequestURI() != "/callback" || u.Fragment != "" || u.String() != s {
			t.Fatalf("accepted %q", s)
		}
	})
}

// FuzzEndpoints: whatever arrives, no endpoint panics or hands out a code, a token or somebody's page.
func FuzzEndpoints(f *testing.F) {
	p, err := New(context.Background(), Config{Issuer: testIssuer, Store: newMemoryStore(), Clients: testClients()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(0), strings.TrimPrefix(authorization(nil), authorizePath+"?"))
	f.Add(uint8(1), redemption("x").Encode())
	f.Add(uint8(1), "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=coffre-cli&device_code=x")
	f.Add(uint8(2), "client_id=coffre-cli&nonce=n&scope=openid")
	f.Add(uint8(3), "handle=x&answer=yes")
	f.Add(uint8(4), "id=x")
	f.Add(uint8(5), "h=x&otp=123456")
	f.Fuzz(func(t *testing.T, which uint8, form string) {
		paths := []string{authorizePath, tokenPath, deviceStartPath, deviceConfirmPath, callbackPath, otpPath}
		path := paths[int(which)%len(paths)]
		var r *http.Request
		if path == authorizePath || path == callbackPath {
			r = httptest.NewRequest(http.MethodGet, testIssuer+path, nil)
			r.URL.RawQuery = form
		} else {
			r = httptest.NewRequest(http.MethodPost, testIssuer+path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError && path != deviceStartPath { // which may be crowded
			t.Fatalf("%s %q: %d %s", path, form, w.Code, w.Body)
		}
		if s := w.Body.String(); strings.Contains(s, "id_token\"") || strings.Contains(s, "access_token\"") {
			t.Fatalf("%s %q: %s", path, form, s)
		}
		if to, err := w.Result().Location(); err == nil && to.Query().Has("code") {
			t.Fatalf("%s %q leads to %v", path, form, to)
		}
	})
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$jCy626hqWw4HYvqmiaHBnQ$zFsBsoKniyDrT7FCU0DV5R5jjdkefRC9BsOhJ3+rRR8")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$000000000000000000000A$0000000000000000000\r000000000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		salt, sum, err := parseHash(s)
		if err == nil && hashPrefix()+encode(salt)+"$"+encode(sum) != s {
			t.Fatalf("%q has a second spelling", s)
		}
	})
}
