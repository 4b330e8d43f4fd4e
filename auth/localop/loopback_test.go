package localop

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
)

// TestCommandLineLogsInOverLoopback is a login as on a developer's machine: real sockets, a generated
// password, a browser that follows every redirect, and a session at the end.
func TestCommandLineLogsInOverLoopback(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://" + ln.Addr().String()
	p, err := New(t.Context(), Config{Issuer: issuer, Store: newMemoryStore(), Clients: testClients()})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: p.Handler(), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close(); <-served })

	pw := GeneratePassword()
	subject, err := p.AddAccount(t.Context(), Account{Login: "lea", Name: "Léa", Password: pw})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := auth.NewCodeFlow(auth.FlowConfig{Issuer: issuer, ClientID: testClient})
	if err != nil {
		t.Fatal(err)
	}
	key := session.NewClientKey()
	nonce := session.NewNonce(key.Public())
	raw, err := flow.Run(t.Context(), nonce, func(login string) error {
		go typePassword(t, issuer, login, pw)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rp, err := auth.New(auth.Config{Profiles: []auth.Profile{auth.Local(issuer, testClient)}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := rp.Verify(t.Context(), raw, nonce)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(t.Context(), session.Config{Store: authtest.NewMemoryStore()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	_, who, err := sessions.Open(t.Context(), l, key.Public())
	if err != nil || who.User().Subject() != subject {
		t.Errorf("session: %v", err)
	}
}

func typePassword(t *testing.T, issuer, login string, pw Password) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Error(err)
		return
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute}
	form, err := c.Get(login)
	if err != nil {
		t.Error(err)
		return
	}
	form.Body.Close()
	id := form.Request.URL.Query().Get("r")
	done, err := c.PostForm(issuer+loginPath, url.Values{"r": {id}, "login": {"lea"}, "password": {pw.Reveal()}})
	if err != nil {
		t.Error(err)
		return
	}
	defer done.Body.Close()
	if body, err := io.ReadAll(done.Body); done.StatusCode != http.StatusOK || done.Request.URL.Path != "/callback" || err != nil {
		t.Errorf("ended at %s: %s %s", done.Request.URL.Path, done.Status, body)
	}
}
