package auth_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
)

// startCertifiedIssuer runs npm's oidc-provider, which FranceConnect and ProConnect are built on, until
// the test ends. It needs Node and `npm ci --prefix auth/testdata/npm-op`; without them the test is
// skipped, except where CI is "true".
func startCertifiedIssuer(t *testing.T) (issuer string) {
	t.Helper()
	absent := t.Skipf
	if os.Getenv("CI") == "true" {
		absent = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		absent("Node is not installed: %v", err)
	}
	if _, err := os.Stat("testdata/npm-op/node_modules/oidc-provider"); err != nil {
		absent("oidc-provider is not installed: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), node, "server.mjs")
	cmd.Dir = "testdata/npm-op"
	in, err := cmd.StdinPipe() // the server ends with it, also if this test is killed
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // killed by the test's context, or gone by itself
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the issuer did not start: %v", err)
	}
	return strings.TrimSpace(line)
}

func TestInteropCertifiedIssuer(t *testing.T) {
	t.Parallel()
	issuer := startCertifiedIssuer(t)
	flow, err := auth.NewCodeFlow(auth.FlowConfig{Issuer: issuer, ClientID: "coffre-cli", MaxAge: time.Hour, ACRs: []string{"eidas1"}})
	if err != nil {
		t.Fatal(err)
	}
	key := session.NewClientKey()
	nonce := session.NewNonce(key.Public())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	raw, err := flow.Run(ctx, nonce, func(login string) error {
		go func() {
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := (&http.Client{Jar: jar}).Get(login)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("login page: %s", resp.Status)
				cancel()
			}
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	party := func(change func(*auth.Profile)) *auth.RelyingParty {
		p := auth.Generic("certified", issuer, "coffre-cli")
		p.ACRs = []string{"eidas1"}
		change(&p)
		return partyWith(t, nil, p)
	}
	ours := party(func(*auth.Profile) {})
	l, err := ours.Verify(t.Context(), raw, nonce)
	if err != nil {
		t.Fatal(err)
	}
	if l.User().Subject() != "person-1" || l.ACR() != "eidas1" || time.Since(l.AuthTime()) > time.Minute {
		t.Errorf("login %s %v", l.ACR(), l.AuthTime())
	}
	sessions, err := session.New(t.Context(), session.Config{Store: authtest.NewMemoryStore()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	if _, p, err := sessions.Open(t.Context(), l, key.Public()); err != nil || p.User() != l.User() {
		t.Errorf("session: %v", err)
	}
	for name, rp := range map[string]*auth.RelyingParty{
		"other client":    party(func(p *auth.Profile) { p.ClientID = "other" }),
		"other class":     party(func(p *auth.Profile) { p.ACRs = []string{"eidas2"} }),
		"other algorithm": party(func(p *auth.Profile) { p.Algs = []string{"RS256"} }),
	} {
		if _, err := rp.Verify(t.Context(), raw, nonce); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ours.Verify(t.Context(), raw, session.NewNonce(key.Public())); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("other nonce: %v", err)
	}
}
