package localop

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Each test here is about one thing that the library, left to itself, gets wrong or leaves open. Where it
// is cheap the test also shows that it still does: once it does not, the wrapper may shrink.

func TestTrapCallbackIsBoundToTheBrowser(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	attacker, victim := newBrowser(t, p), newBrowser(t, p)
	id := attacker.begin() // with the attacker's own PKCE challenge

	if got := victim.get(loginPath + "?r=" + id); got.status != http.StatusForbidden {
		t.Errorf("login page of another browser's request: %d", got.status)
	}
	victim.get(authorization(nil)) // also with a cookie of their own
	if got := victim.login(id, "lea", testPassword); got.status != http.StatusForbidden {
		t.Errorf("login to another browser's request: %d", got.status)
	}
	// Even if the login came about, only the browser that began it gets the code.
	lea, _, err := p.accounts.authenticate(t.Context(), "lea", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.requests.finish(id, lea); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*browser{"no cookie": newBrowser(t, p), "other cookie": victim} {
		if got := b.get(callbackPath + "?id=" + id); got.status != http.StatusForbidden {
			t.Errorf("callback with %s: %d %v", name, got.status, got.to)
		}
	}
	if got := attacker.get(callbackPath + "?id=" + id); got.status != http.StatusFound {
		t.Errorf("callback of the browser itself: %d", got.status)
	}
}

func TestTrapRequestsThatDidNotPassTheFunnelAreRefused(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	_, err := storage{p}.CreateAuthRequest(t.Context(), &oidc.AuthRequest{ResponseType: oidc.ResponseTypeCode}, "")
	if err == nil {
		t.Error("a request without a browser was kept")
	}
}

func TestTrapTokensAreNotMalleable(t *testing.T) {
	t.Parallel()
	var key [32]byte
	flip := func(c op.Crypto) error {
		token, err := op.CreateBearerToken("token-id", "user1", c)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)-1] ^= '1' ^ '2'
		_, err = c.Decrypt(base64.RawURLEncoding.EncodeToString(raw))
		return err
	}
	if flip(op.NewAESCrypto(key)) != nil {
		t.Log("the library's own tokens are authenticated now")
	}
	ours, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	if flip(ours) == nil {
		t.Error("a flipped token opens")
	}
	token, err := ours.Encrypt("token-id:user1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(token) + 1 {
		if _, err := ours.Decrypt(token[:i] + "\r\n" + token[i:]); err == nil {
			t.Fatalf("a token with a line break at %d opens: it has a second spelling", i)
		}
	}
}

func TestTrapTokenEndpointSurvivesWhatPanicsTheLibrary(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	post := func(h http.Handler) (status int, panicked bool) {
		defer func() { panicked = recover() != nil }()
		r := httptest.NewRequest(http.MethodPost, testIssuer+tokenPath, strings.NewReader(redemption("x").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("%zz", "x")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, false
	}
	bare, err := newLibrary(testIssuer, true, "", storage{p})
	if err != nil {
		t.Fatal(err)
	}
	if _, panicked := post(bare); !panicked {
		t.Log("the library's token endpoint no longer panics")
	}
	if status, panicked := post(p.Handler()); panicked || status != http.StatusUnauthorized {
		t.Errorf("ours: %d, panicked %v", status, panicked)
	}
	// Whatever else it may do, a panic ends as an answer.
	h := p.harden(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("library") }))
	if status, panicked := post(h); panicked || status != http.StatusInternalServerError {
		t.Errorf("wrapper: %d, panicked %v", status, panicked)
	}
}

func TestTrapBodiesAreCapped(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	form := redemption("x")
	form.Set("padding", strings.Repeat("x", maxBody))
	if got := newBrowser(t, p).post(tokenPath, form); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("token endpoint: %d", got.status)
	}
}

func TestTrapNoSiteMayRead(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	for _, path := range []string{discoveryPath, keysPath, loginPath, tokenPath} {
		for _, method := range []string{http.MethodGet, http.MethodOptions, http.MethodPost} {
			r := httptest.NewRequest(method, testIssuer+path, nil)
			r.Header.Set("Origin", "https://evil.test")
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s answers with %s", method, path, name)
				}
			}
		}
	}
}

func TestTrapForeignSitesCannotPostOurForms(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	for _, path := range []string{loginPath, devicePath, deviceConfirmPath} {
		r := httptest.NewRequest(http.MethodPost, testIssuer+path, strings.NewReader("login=lea"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestTrapLibraryDefaultsAreNotTouched(t *testing.T) {
	t.Parallel()
	newProvider(t)
	for want, got := range map[string]*op.Endpoint{
		authorizePath: op.DefaultEndpoints.Authorization, tokenPath: op.DefaultEndpoints.Token,
		keysPath: op.DefaultEndpoints.JwksURI, deviceStartPath: op.DefaultEndpoints.DeviceAuthorization,
	} {
		if got.Relative() != want {
			t.Errorf("path %s, want %s: requests would go past the funnel", got.Relative(), want)
		}
	}
}

func TestTrapCodeIsConsumedAtomically(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	code := b.code()
	const tries = 16
	status := make([]int, tries)
	var wg sync.WaitGroup
	for i := range tries {
		wg.Go(func() { status[i] = newBrowser(t, p).post(tokenPath, redemption(code)).status })
	}
	wg.Wait()
	won := 0
	for _, s := range status {
		if s == http.StatusOK {
			won++
		}
	}
	if won != 1 {
		t.Errorf("a code was redeemed %d times", won)
	}
}

func TestTrapCodeIsMadeOnceAndBurntByAWrongVerifier(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	login := b.login(b.begin(), "lea", testPassword)
	first := b.get(login.to.String())
	if again := b.get(login.to.String()); again.to != nil && again.to.Query().Get("code") != "" {
		t.Error("a second code was made")
	}
	code := first.to.Query().Get("code")
	wrong := redemption(code)
	wrong.Set("code_verifier", strings.Repeat("x", 43))
	if got := b.post(tokenPath, wrong); got.status == http.StatusOK {
		t.Error("redeemed without the verifier")
	}
	if got := b.post(tokenPath, redemption(code)); got.status == http.StatusOK {
		t.Error("the thief's try left the code good")
	}
}

func TestTrapPKCEIsForEveryone(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	for name, over := range map[string]map[string]string{
		"no challenge":  {"code_challenge": "", "code_challenge_method": ""},
		"plain":         {"code_challenge_method": "plain"},
		"no method":     {"code_challenge_method": ""},
		"short":         {"code_challenge": "x"},
		"no nonce":      {"nonce": ""},
		"implicit":      {"response_type": "id_token"},
		"hybrid":        {"response_type": "code id_token"},
		"prompt none":   {"prompt": "none"},
		"web, no PKCE":  {"client_id": "portail", "redirect_uri": "https://portail.test/retour", "code_challenge": ""},
		"no redirect":   {"redirect_uri": ""},
		"other client":  {"client_id": "nobody"},
		"foreign place": {"redirect_uri": "https://evil.test/callback"},
	} {
		got := newBrowser(t, p).get(authorization(over))
		if got.to != nil && (got.to.Path == loginPath || got.to.Query().Get("code") != "") {
			t.Errorf("%s: goes on to %v", name, got.to)
		}
		if got.to != nil && got.to.Query().Get("error") == "" && !strings.HasPrefix(got.to.Fragment, "error=") {
			t.Errorf("%s: no error in %v", name, got.to)
		}
	}
}

func TestTrapOnlyWhatIsOfferedAnswers(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	for _, path := range []string{"/healthz", "/ready", "/userinfo", "/oauth/introspect", "/revoke", "/end_session", "/"} {
		if got := b.get(path); got.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, got.status)
		}
		if got := b.post(path, url.Values{"token": {"x"}, "client_id": {testClient}}); got.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, got.status)
		}
	}
	for _, grant := range []string{"refresh_token", "client_credentials", "password",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange"} {
		form := redemption("x")
		form.Set("grant_type", grant)
		if got := b.post(tokenPath, form); got.status != http.StatusBadRequest {
			t.Errorf("grant %s: %d %s", grant, got.status, got.body)
		}
	}
}

func TestTrapRedirectIsComparedAsItIsUsed(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	// The library decodes the address once more before comparing it than before using it.
	twice := "http://127.0.0.1%2Fcallback%23@evil.test/x"
	if op.ValidateAuthReqRedirectURI(libraryClient{p.clients[testClient], ""}, twice, oidc.ResponseTypeCode) != nil {
		t.Log("the library refuses the twice-encoded redirect now")
	}
	for _, redirect := range []string{
		twice,
		"http://127.0.0.1:1%2Fcallback%23@evil.test/callback",
		"http://127.0.0.1:41999/callback#x", "http://127.0.0.1:41999/callback?x=1", "http://127.0.0.1:41999/callback/",
		"http://127.0.0.1:0/callback", "http://127.0.0.1:99999/callback", "http://127.0.0.1:041999/callback",
		"http://127.0.0.1/callback", "http://localhost:41999/callback", "https://127.0.0.1:41999/callback",
		"http://user@127.0.0.1:41999/callback", "http://127.0.0.1:41999@evil.test/callback",
		"http://127.0.0.1.evil.test:41999/callback", "HTTP://127.0.0.1:41999/callback", "coffre://callback",
	} {
		got := newBrowser(t, p).get(authorization(map[string]string{"redirect_uri": redirect}))
		if got.status != http.StatusBadRequest || got.to != nil {
			t.Errorf("%s: %d to %v", redirect, got.status, got.to)
		}
	}
}

func TestTrapParametersAreGivenOnce(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	if got := b.get(authorization(nil) + "&redirect_uri=https://evil.test/"); got.status != http.StatusBadRequest {
		t.Errorf("authorize: %d to %v", got.status, got.to)
	}
	form := redemption("x")
	form.Add("code", "y")
	if got := b.post(tokenPath, form); got.status != http.StatusBadRequest {
		t.Errorf("token: %d", got.status)
	}
}

func TestTrapAnswerNamesItsIssuer(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	login := b.login(b.begin(), "lea", testPassword)
	ok := b.get(login.to.String())
	refused := b.get(authorization(map[string]string{"prompt": "none"}))
	for _, got := range []page{ok, refused} {
		if got.to == nil || got.to.Query().Get("iss") != testIssuer || got.to.Query().Get("state") != "state-1" || got.to.Host != "127.0.0.1:41999" {
			t.Errorf("answer goes to %v", got.to)
		}
	}
}

func TestTrapAccessTokenIsNoIDToken(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	got := b.post(tokenPath, redemption(b.code()))
	_, rest, _ := strings.Cut(got.body, `"access_token":"`)
	access, _, _ := strings.Cut(rest, `"`)
	if access == "" || strings.Contains(access, ".") {
		t.Errorf("access token %q could be taken for a signed one", access)
	}
}
