package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
)

// startHoused founds a service with accounts of its own in the folder d, and serves it
// until the script ends; SERVER and CA say where: housed
func startHoused(ts *testscript.TestScript, _ bool, _ []string) {
	alias := coffredIn(ts)
	address, err := freePort(context.Background(), "127.0.0.1:0")
	ts.Check(err)
	dir := ts.MkAbs("d")
	conf := filepath.Join(dir, fileConfig)
	out, err := exec.Command(alias, "init", "--dir", dir, "--data", filepath.Join(dir, dirData), "--listen", address, "--public-url", "https://"+address).CombinedOutput()
	if err != nil {
		ts.Fatalf("init: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(conf)
	ts.Check(err)
	ts.Check(os.WriteFile(conf, []byte(strings.NewReplacer(
		"\nlimits:\n", "\nlocal: {persons: true, agents: true}\n\nlimits:\n", "\n# trail_retention: 6y", "\ntrail_retention: 6y",
	).Replace(string(raw))), 0o600))
	ca, err := writeCertificate(filepath.Join(dir, filepath.Dir(fileCert)))
	ts.Check(err)
	log, err := os.Create(filepath.Join(dir, fileLog))
	ts.Check(err)
	defer func() { _ = log.Close() }() // the process has its own
	cmd := exec.Command(alias, "serve", "--config", conf)
	cmd.Stderr = log
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // the script has seen what it wanted to see
	})
	c, err := client.New(client.Config{Address: address, CAFile: ca})
	ts.Check(err)
	defer func() { _ = c.Close() }()
	up, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, err = c.Issuers(up); err != nil; _, err = c.Issuers(up) {
		if up.Err() != nil {
			ts.Fatalf("the service does not come up: %v\n%s", err, ts.ReadFile(log.Name()))
		}
	}
	ts.Setenv("SERVER", address)
	ts.Setenv("CA", ca)
}

// choose turns the code in a file into an account, as its person does on the pages of
// the service, and keeps how they log in for the browser: choose CODEFILE LOGIN
func choose(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: choose CODEFILE LOGIN")
	}
	way, err := trustingIn(ts.Getenv("CA"))
	ts.Check(err)
	defer way.CloseIdleConnections()
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	browser := &http.Client{Jar: jar, Transport: way, Timeout: time.Minute}
	post := func(path string, form url.Values) (status int, shown string) {
		resp, err := browser.PostForm("https://"+ts.Getenv("SERVER")+"/compte"+path, form)
		ts.Check(err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		ts.Check(err)
		return resp.StatusCode, string(body)
	}
	p := account{Login: args[1], Password: localop.GeneratePassword().Reveal()}
	status, shown := post("/invitation", url.Values{
		"code": {strings.TrimSpace(ts.ReadFile(args[0]))}, "login": {p.Login}, "password": {p.Password}, "again": {p.Password},
	})
	if status != http.StatusOK {
		ts.Fatalf("invitation: %d\n%s", status, shown)
	}
	if found := telephone.FindStringSubmatch(shown); found != nil {
		otp, err := localop.ParseOTPSecret(strings.ReplaceAll(found[1], " ", ""))
		ts.Check(err)
		p.OTP = otp.Reveal()
		if status, shown = firstCode(otp, found[2], post); status != http.StatusOK {
			ts.Fatalf("first code: %d\n%s", status, shown)
		}
	}
	raw, err := json.Marshal(p)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".json"), raw, 0o600))
}

// firstCode types an agent's first code: the oldest that is put up with, so that the
// next two are left for logging in; and where its time ran out on the way, the next.
func firstCode(otp localop.OTPSecret, handle string, post func(path string, form url.Values) (status int, shown string)) (status int, shown string) {
	for _, ago := range []time.Duration{30 * time.Second, 0} {
		status, shown = post("/invitation/code", url.Values{"h": {handle}, "otp": {otp.Code(time.Now().Add(-ago))}})
		if status != http.StatusUnauthorized {
			break
		}
	}
	return status, shown
}

// telephone finds what an agent's page shows for the one-time-code application.
var telephone = regexp.MustCompile(`(?s)<svg.*<code>(.*?)</code>.*name="h" value="(.*?)"`)

// An account is how somebody logs in at a service with accounts of its own.
type account struct{ Login, Password, OTP string }

// housedPerson is the account that ACCOUNT names, and the way to the service's pages.
func housedPerson(path string) (p tour.Person, way http.RoundTripper, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return p, nil, err
	}
	var a account
	if err := json.Unmarshal(raw, &a); err != nil {
		return p, nil, err
	}
	if p.Password, err = localop.NewPassword(a.Password); err != nil {
		return p, nil, err
	}
	if p.Login = a.Login; a.OTP != "" {
		if p.OTP, err = localop.ParseOTPSecret(a.OTP); err != nil {
			return p, nil, err
		}
	}
	way, err = trustingIn(os.Getenv("CA"))
	return p, way, err
}

// trustingIn reaches the service whose certificate is in a file.
func trustingIn(ca string) (*http.Transport, error) {
	raw, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	return &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}, nil
}
