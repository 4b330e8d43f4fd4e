package auth_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

// flowIssuer is an issuer whose login page says yes at once; change alters its answer to the browser.
func flowIssuer(t *testing.T, says bool, change func(url.Values)) (*authtest.Issuer, *auth.CodeFlow) {
	t.Helper()
	i := authtest.NewIssuer(t)
	var challenge, asked string
	i.Answer(authtest.DiscoveryPath, jsonAnswer(map[string]any{
		"issuer": i.URL(), "jwks_uri": i.URL() + authtest.KeysPath,
		"authorization_endpoint": i.URL() + "/authorize", "token_endpoint": i.URL() + "/token",
		"authorization_response_iss_parameter_supported": says,
	}))
	i.Answer("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		challenge, asked = q.Get("code_challenge"), q.Get("nonce")
		if q.Get("code_challenge_method") != "S256" || q.Get("scope") != "openid" || q.Get("client_id") != authtest.ClientID {
			t.Errorf("request %v", q)
		}
		back := url.Values{"code": {"the-code"}, "state": {q.Get("state")}}
		if says {
			back.Set("iss", i.URL())
		}
		if change != nil {
			change(back)
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	})
	i.Answer("/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.PostFormValue("client_id") != authtest.ClientID || r.PostFormValue("code") != "the-code" ||
			r.PostFormValue("code_verifier") == "" || r.PostFormValue("code_verifier") == challenge {
			t.Errorf("redemption %v", r.PostForm)
		}
		jsonAnswer(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.Token(t, authtest.Claims{"nonce": asked})})(w, r)
	})
	f, err := auth.NewCodeFlow(auth.FlowConfig{Issuer: i.URL(), ClientID: authtest.ClientID, MaxAge: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return i, f
}

// visit is the person's browser; it follows redirects.
func visit(t *testing.T, address string) (status int) {
	resp, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("page with policy %q", csp)
	}
	return resp.StatusCode
}

func TestCodeFlowBringsATokenForTheNonce(t *testing.T) {
	t.Parallel()
	for _, says := range []bool{false, true} {
		i, f := flowIssuer(t, says, nil)
		raw, err := f.Run(t.Context(), "the-nonce", func(login string) error {
			if u, err := url.Parse(login); err != nil || u.Query().Get("max_age") != "300" {
				t.Errorf("login page %s", login)
			}
			go visit(t, login)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := partyOf(t, i).Verify(t.Context(), raw, "the-nonce"); err != nil {
			t.Error(err)
		}
	}
}

// TestTrapMixUp covers state and the issuer's own name in the answer (RFC 9207).
func TestTrapMixUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says   bool
		change func(url.Values)
	}{
		"other state":                   {false, func(v url.Values) { v.Set("state", "other") }},
		"no state":                      {false, func(v url.Values) { v.Del("state") }},
		"two states":                    {false, func(v url.Values) { v.Add("state", "other") }},
		"two codes":                     {false, func(v url.Values) { v.Add("code", "other") }},
		"other issuer":                  {true, func(v url.Values) { v.Set("iss", "https://evil.test") }},
		"announced and not named":       {true, func(v url.Values) { v.Del("iss") }},
		"named wrong, though unneeded":  {false, func(v url.Values) { v.Set("iss", "https://evil.test") }},
		"empty issuer, though unneeded": {false, func(v url.Values) { v.Set("iss", "") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, f := flowIssuer(t, c.says, c.change)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := f.Run(ctx, "n", func(login string) error {
				go func() {
					if status := visit(t, login); status != http.StatusBadRequest {
						t.Errorf("answered %d", status)
					}
					cancel() // the flow goes on waiting for its own answer
				}()
				return nil
			})
			if !errors.Is(err, auth.ErrFlow) || !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

func TestCodeFlowHearsARefusal(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"access_denied": "access_denied", "x\x1b[31m": ""} {
		_, f := flowIssuer(t, false, func(v url.Values) { v.Del("code"); v.Set("error", code) })
		_, err := f.Run(t.Context(), "n", func(login string) error { go visit(t, login); return nil })
		e, ok := errors.AsType[*auth.IssuerError](err)
		if ok != (want != "") || ok && e.Code != want || !errors.Is(err, auth.ErrFlow) {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestCodeFlowGivesUpWithItsContextAndLeavesNothing(t *testing.T) {
	t.Parallel()
	_, f := flowIssuer(t, false, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var back string
	_, err := f.Run(ctx, "n", func(login string) error {
		u, err := url.Parse(login)
		if err != nil {
			return err
		}
		back = u.Query().Get("redirect_uri")
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", u.Host); err == nil {
		t.Error("the port is still open")
	}
}

func TestFlowsRefuseWhatTheyCannotUse(t *testing.T) {
	t.Parallel()
	broken := errors.New("no browser")
	_, f := flowIssuer(t, false, nil)
	if _, err := f.Run(t.Context(), "n", func(string) error { return broken }); !errors.Is(err, broken) || !errors.Is(err, auth.ErrFlow) {
		t.Error(err)
	}
	if _, err := f.Run(t.Context(), "", nil); !errors.Is(err, auth.ErrFlow) {
		t.Errorf("no nonce: %v", err)
	}
	for _, cfg := range []auth.FlowConfig{
		{}, {Issuer: "http://issuer.test", ClientID: "c"}, {Issuer: "https://issuer.test"},
		{Issuer: "https://issuer.test", ClientID: "c", MaxAge: -1},
	} {
		if _, err := auth.NewCodeFlow(cfg); err == nil {
			t.Errorf("code flow with %+v", cfg)
		}
		if _, err := auth.NewDeviceFlow(cfg); err == nil {
			t.Errorf("device flow with %+v", cfg)
		}
	}
}

func TestFlowsAcceptNoAnswerWithoutAnIDToken(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"no ID token": jsonAnswer(map[string]any{"access_token": "x", "token_type": "Bearer"}),
		"not a text":  jsonAnswer(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": 7}),
		"an error": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
	} {
		i, f := flowIssuer(t, false, nil)
		i.Answer("/token", answer)
		if raw, err := f.Run(t.Context(), "n", func(login string) error { go visit(t, login); return nil }); !errors.Is(err, auth.ErrFlow) || raw != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeviceFlowShowsOnlyWhatCanBeTypedSafely(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]map[string]any{
		"control characters": {"device_code": "d", "user_code": "A\x1b[31m", "verification_uri": "https://issuer.test/device"},
		"long code":          {"device_code": "d", "user_code": strings.Repeat("A", 33), "verification_uri": "https://issuer.test/device"},
		"http page":          {"device_code": "d", "user_code": "ABCD", "verification_uri": "http://issuer.test/device"},
		"no page":            {"device_code": "d", "user_code": "ABCD"},
	} {
		i := authtest.NewBubbleIssuer(t)
		i.Answer(authtest.DiscoveryPath, jsonAnswer(map[string]any{
			"issuer": i.URL(), "jwks_uri": i.URL() + authtest.KeysPath,
			"token_endpoint": i.URL() + "/token", "device_authorization_endpoint": i.URL() + "/device",
		}))
		i.Answer("/device", jsonAnswer(answer))
		f, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: i.URL(), ClientID: "c", Transport: i.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Run(t.Context(), "n", func(d auth.DevicePrompt) error { t.Errorf("%s: shown %+v", name, d); return nil })
		if !errors.Is(err, auth.ErrFlow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	i := authtest.NewBubbleIssuer(t) // announces no device flow
	f, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: i.URL(), ClientID: "c", Transport: i.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run(t.Context(), "n", nil); !errors.Is(err, auth.ErrFlow) {
		t.Error(err)
	}
}

func TestIssuerBehindItsOwnAuthority(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	rp, err := auth.New(auth.Config{Profiles: []auth.Profile{auth.Generic("x", srv.URL, "c")}})
	if err != nil {
		t.Fatal(err)
	}
	i := authtest.NewBubbleIssuer(t)
	_, err = rp.Verify(t.Context(), i.Token(t, authtest.Claims{"iss": srv.URL}), nonce)
	if !errors.Is(err, auth.ErrIssuerUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v", err)
	}
}
