package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A housed is a service with accounts of its own and no other issuer, as its people
// reach it: by the pages on its public port, and by the API.
type housed struct {
	*service
	web *http.Client
}

func newHoused(t *testing.T) *housed {
	t.Helper()
	address, err := freePort(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{binary: built(t), folder: t.TempDir(), address: address}
	s.config = filepath.Join(s.folder, "coffred.yaml")
	h := &housed{service: s}
	h.operator(t, "init", "--dir", s.folder, "--listen", address, "--public-url", "https://"+address)
	raw, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.config, []byte(strings.NewReplacer(
		"\nlimits:\n", "\nlocal: {persons: true, agents: true}\n\nlimits:\n", "\n# trail_retention: 6y", "\ntrail_retention: 6y",
	).Replace(string(raw))))
	s.ca = certify(t, filepath.Join(s.folder, filepath.Dir(fileCert)))
	h.web = &http.Client{Timeout: time.Minute, Transport: trusting(t, s.ca)}
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.Process.Kill()
			_ = s.process.Wait()
		}
		if t.Failed() {
			t.Logf("log of the service:\n%s", &s.log)
		}
	})
	return h
}

// operator runs one of the operator's commands and answers its JSON.
func (h *housed) operator(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), h.binary, append(args, "--output", "json")...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// page posts a form of the account pages with a browser, and answers what it shows.
func (h *housed) page(t *testing.T, browser *http.Client, path string, form url.Values) string {
	t.Helper()
	status, shown := h.answer(t, browser, path, form)
	if status != http.StatusOK {
		t.Fatalf("%s: %d\n%s", path, status, shown)
	}
	return shown
}

func (h *housed) answer(t *testing.T, browser *http.Client, path string, form url.Values) (status int, shown string) {
	t.Helper()
	resp, err := browser.PostForm("https://"+h.address+"/compte"+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (h *housed) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: h.web.Transport, Timeout: time.Minute}
}

// choose turns a code into an account: login and password chosen by its person, and
// for an agent the secret of the telephone.
func (h *housed) choose(t *testing.T, code, login string) tour.Person {
	t.Helper()
	p, b := tour.Person{Login: login, Password: localop.GeneratePassword()}, h.browser(t)
	shown := h.page(t, b, "/invitation", url.Values{
		"code": {code}, "login": {login}, "password": {p.Password.Reveal()}, "again": {p.Password.Reveal()},
	})
	found := telephone.FindStringSubmatch(shown)
	if found == nil {
		return p
	}
	var err error
	if p.OTP, err = localop.ParseOTPSecret(strings.ReplaceAll(found[1], " ", "")); err != nil {
		t.Fatal(err)
	}
	status, shown := firstCode(p.OTP, found[2], func(path string, form url.Values) (int, string) { return h.answer(t, b, path, form) })
	if status != http.StatusOK {
		t.Fatalf("first code: %d\n%s", status, shown)
	}
	return p
}

// enter logs somebody in as coffre login does, with a browser that has no screen.
func (h *housed) enter(t *testing.T, p tour.Person) (*client.Client, error) {
	t.Helper()
	anyone := h.client(t)
	session, err := anyone.Login(t.Context(), client.Login{
		Transport: h.web.Transport, Place: coffrev1.Place_PLACE_OWN,
		Browser: func(address string) error { return tour.BrowseThrough(t.Context(), h.web.Transport, address, p) },
	})
	if err != nil {
		return nil, err
	}
	return anyone.As(session.Credentials), nil
}

func (h *housed) entered(t *testing.T, p tour.Person) *client.Client {
	t.Helper()
	c, err := h.enter(t, p)
	if err != nil {
		t.Fatalf("%s logs in: %v", p.Login, err)
	}
	return c
}

// invited is what the operator's command answers.
func (h *housed) invited(t *testing.T, name string) (made server.Invited) {
	t.Helper()
	if err := json.Unmarshal(h.operator(t, "account", "invite", "--config", h.config, "--name", name), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

// From nothing to somebody helped, without any other issuer: the operator gives the
// first agents codes, the access manager enrols one more, and somebody at the counter
// gives a person a code, who makes the safe theirs with sheet and agent. All of it goes
// on after a restart and after the state file was lost.
func TestAServiceThatKeepsItsOwnAccounts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs real processes")
	}
	h, until := newHoused(t), time.Now().AddDate(0, 1, 0)
	day := until.Format(time.DateOnly)
	first, second, third := h.invited(t, "Responsable Fictive"), h.invited(t, "Guichet Fictif"), h.invited(t, "Social Fictif")
	agents := filepath.Join(h.folder, "agents.yaml")
	write(t, agents, []byte("- {issuer: local, subject: "+second.Subject+", name: Guichet Fictif, functions: [reception], until: "+day+"}\n"+
		"- {issuer: local, subject: "+third.Subject+", name: Social Fictif, functions: [social-worker], until: "+day+"}\n"))
	h.operator(t, "structure", "add", "--config", h.config, "--siret", tour.StructureSIRET, "--name", tour.StructureName,
		"--issuer", config.LocalName, "--subject", first.Subject, "--manager", "Responsable Fictive", "--until", day, "--agents", agents)
	h.start(t)
	manager := h.choose(t, first.Code, "responsable")
	counter := h.choose(t, second.Code, "guichet")
	worker := h.choose(t, third.Code, "social")
	helper := h.enrolled(t, h.entered(t, manager), h.entered(t, counter), until)
	h.stop(t)
	h.start(t)

	desk := h.entered(t, counter)
	told, err := desk.Information.GetServiceInformation(t.Context(), &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := desk.OpenSafe(t.Context(), client.NewSafe{Information: told.GetVersion()})
	if err != nil {
		t.Fatal(err)
	}
	person := h.choose(t, invitedBy(t, desk, coffrev1.AccountKind_ACCOUNT_KIND_PERSON).GetCode(), "awa.7")
	if person.OTP != (localop.OTPSecret{}) {
		t.Error("a person is asked for a telephone")
	}
	owner := h.entered(t, person)
	ask := coffrev1.ActivateLoginRequest_builder{RequestId: client.NewRequest(), Safe: new(opened.GetSafe()), Code: new(opened.GetCode())}.Build()
	approved(t, h.entered(t, worker), func(approval *string) error {
		ask.SetApproval(*approval)
		return failed(client.Once(t.Context(), owner, owner.Locks.ActivateLogin, ask))
	})
	h.stop(t)

	// The state file is lost: logins are rebuilt from bucket and trail.
	cfg, err := config.Load(h.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(server.StatePath(cfg)); err != nil {
		t.Fatal(err)
	}
	h.operator(t, "rebuild", "--config", h.config, "--key-card", cfg.Genesis.Fingerprint())
	h.start(t)
	if err := h.entered(t, person).Unlock(t.Context(), opened.GetSafe(), opened.GetCode()); err != nil {
		t.Errorf("the person unlocks: %v", err)
	}
	self, err := h.entered(t, helper).Structures.GetSelf(t.Context(), &coffrev1.GetSelfRequest{})
	if err != nil || len(self.GetAgents()) != 1 {
		t.Errorf("the agent who was enrolled: %v %v", self, err)
	}
	h.stop(t)
	h.operator(t, "verify", "--config", h.config)
}

// enrolled lets the access manager give one more agent an account and functions, with
// a second agent. Before that the account opens nothing, and after the agent's end
// neither.
func (h *housed) enrolled(t *testing.T, manager, second *client.Client, until time.Time) tour.Person {
	t.Helper()
	enrol := func(login string) (tour.Person, *coffrev1.EnrolAgentResponse) {
		invitation := invitedBy(t, manager, coffrev1.AccountKind_ACCOUNT_KIND_AGENT)
		p := h.choose(t, invitation.GetCode(), login)
		if _, err := h.enter(t, p); err == nil {
			t.Errorf("%s logs in without being an agent", login)
		}
		ask := coffrev1.EnrolAgentRequest_builder{
			RequestId: client.NewRequest(), Login: invitation.GetLogin(), Name: new("Autre Agent Fictif"),
			Functions: []string{"social-worker"}, UntilTime: timestamppb.New(until.Truncate(time.Second)),
		}.Build()
		var made *coffrev1.EnrolAgentResponse
		approved(t, second, func(approval *string) (err error) {
			ask.SetApproval(*approval)
			made, err = client.Once(t.Context(), manager, manager.Structures.EnrolAgent, ask)
			return err
		})
		return p, made
	}
	leaves, made := enrol("passage")
	if _, err := client.Once(t.Context(), manager, manager.Structures.EndAgent, coffrev1.EndAgentRequest_builder{RequestId: client.NewRequest(), Agent: new(made.GetAgent())}.Build()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.enter(t, leaves); err == nil {
		t.Error("an agent who left logs in")
	}
	stays, _ := enrol("autre")
	return stays
}

func invitedBy(t *testing.T, c *client.Client, kind coffrev1.AccountKind) *coffrev1.AccountInvitation {
	t.Helper()
	made, err := client.Once(t.Context(), c, c.Structures.InviteAccount, coffrev1.InviteAccountRequest_builder{RequestId: client.NewRequest(), Kind: &kind, Name: new("Personne Fictive")}.Build())
	if err != nil {
		t.Fatal(err)
	}
	return made.GetInvitation()
}

// approved does an act that waits for a second agent, who says yes.
func approved(t *testing.T, second *client.Client, act func(approval *string) error) {
	t.Helper()
	waits, ok := errors.AsType[*client.Error](act(new("")))
	if !ok || waits.Facts["approval"] == "" {
		t.Fatalf("waits for nobody: %v", waits)
	}
	approval := waits.Facts["approval"]
	if err := failed(client.Once(t.Context(), second, second.Structures.Approve, coffrev1.ApproveRequest_builder{Approval: &approval}.Build())); err != nil {
		t.Fatal(err)
	}
	if err := act(&approval); err != nil {
		t.Fatal(err)
	}
}

func failed[A any](_ A, err error) error { return err }

// trusting reaches servers whose certificate is in a file.
func trusting(t *testing.T, ca string) *http.Transport {
	t.Helper()
	raw, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		t.Fatal("no certificate")
	}
	way := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	t.Cleanup(way.CloseIdleConnections)
	return way
}
