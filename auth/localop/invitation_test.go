package localop

import (
	"bytes"
	"context"
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

func invite(t *testing.T, p *Provider, kind Kind) Invited {
	t.Helper()
	made, err := p.Invite(t.Context(), Invitation{Kind: kind, Name: "Personne Fictive"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// choose is what somebody with a code types.
func (b *browser) choose(code, login, password string) page {
	b.t.Helper()
	return b.post(invitationPath, url.Values{"code": {code}, "login": {login}, "password": {password}, "again": {password}})
}

const chosen = "quatre mots sans rapport"

func TestAPersonChoosesLoginAndPasswordOnce(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	made, b := invite(t, p, ForPerson), newBrowser(t, p)
	if page := b.choose(strings.ToUpper(strings.ReplaceAll(made.Code.Reveal(), "-", " ")), "Awa.7", chosen); page.status != http.StatusOK || !strings.Contains(page.body, "awa.7") {
		t.Fatalf("%d %s", page.status, page.body)
	}
	who, halfway, err := p.accounts.authenticate(t.Context(), "awa.7", chosen)
	if err != nil || halfway != nil || who.subject != made.Subject || who.name != "Personne Fictive" {
		t.Fatalf("log in: %+v %v %v", who, halfway, err)
	}
	if page := b.choose(made.Code.Reveal(), "autre", chosen); page.status != http.StatusUnauthorized || !strings.Contains(page.body, sayInvitation) {
		t.Errorf("a second time: %d", page.status)
	}
	if n := len(p.accounts.store.(*memoryStore).values); n != 5 { // keys; account and subject of two
		t.Errorf("%d values lie in the store: the invitation is not forgotten", n)
	}
}

// Whoever has no good code learns nothing of who has an account.
func TestAnInvitationIsAskedForBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	made, b := invite(t, p, ForPerson), newBrowser(t, p)
	for what, code := range map[string]string{
		"none": "", "nonsense": "x", "nobody's": newInvitationCode().Reveal(), "another secret": made.Code.Reveal()[:10] + newInvitationCode().Reveal()[10:],
	} {
		if page := b.choose(code, "lea", chosen); page.status != http.StatusUnauthorized || !strings.Contains(page.body, sayInvitation) {
			t.Errorf("%s: %d", what, page.status)
		}
	}
	for what, c := range map[string]struct{ login, password, say string }{
		"a login that is taken": {"lea", chosen, sayTaken},
		"no login":              {"", chosen, sayLogin},
		"a short password":      {"awa", "court", sayPassword},
	} {
		if page := b.choose(made.Code.Reveal(), c.login, c.password); !strings.Contains(page.body, c.say) {
			t.Errorf("%s: %d %s", what, page.status, page.body)
		}
	}
	differs := url.Values{"code": {made.Code.Reveal()}, "login": {"awa"}, "password": {chosen}, "again": {chosen + "x"}}
	if page := b.post(invitationPath, differs); !strings.Contains(page.body, sayTwice) {
		t.Errorf("two passwords: %d", page.status)
	}
	if page := b.choose(made.Code.Reveal(), "awa", chosen); page.status != http.StatusOK {
		t.Errorf("after all that the code is still good: %d", page.status)
	}
}

func TestGuessesAtAnInvitationCountBeforeTheyAreCompared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		made := invite(t, p, ForPerson)
		wrong := made.Code.Reveal()[:10] + newInvitationCode().Reveal()[10:]
		for range freeGuesses {
			if _, err := p.accounts.invited(t.Context(), wrong); !errors.Is(err, errInvitation) {
				t.Fatal(err)
			}
		}
		if _, err := p.accounts.invited(t.Context(), made.Code.Reveal()); !errors.Is(err, errInvitation) {
			t.Errorf("the right one while it is locked: %v", err)
		}
		time.Sleep(firstLock)
		if _, err := p.accounts.invited(t.Context(), made.Code.Reveal()); err != nil {
			t.Errorf("after the lock: %v", err)
		}
		time.Sleep(invitationLife)
		if _, err := p.accounts.invited(t.Context(), made.Code.Reveal()); !errors.Is(err, errInvitation) {
			t.Errorf("after its life: %v", err)
		}
	})
}

// enrol lets an agent choose a password and prove a first code; it answers the secret of their codes.
func (b *browser) enrol(p *Provider, code, login string) OTPSecret {
	b.t.Helper()
	shown := b.choose(code, login, chosen)
	_, rest, found := strings.Cut(shown.body, "<code>")
	text, _, _ := strings.Cut(rest, "</code>")
	secret, err := ParseOTPSecret(strings.ReplaceAll(text, " ", ""))
	if !found || err != nil {
		b.t.Fatalf("%d %v %s", shown.status, err, shown.body)
	}
	_, rest, _ = strings.Cut(shown.body, `name="h" value="`)
	handle, _, _ := strings.Cut(rest, `"`)
	if page := b.post(firstCodePath, url.Values{"h": {handle}, "otp": {secret.Code(time.Now().Add(time.Hour))}}); page.status != http.StatusUnauthorized {
		b.t.Errorf("a wrong first code: %d", page.status)
	}
	if page := newBrowser(b.t, p).post(firstCodePath, url.Values{"h": {handle}, "otp": {secret.Code(time.Now())}}); page.status != http.StatusForbidden {
		b.t.Errorf("from another browser: %d", page.status)
	}
	if page := b.post(firstCodePath, url.Values{"h": {handle}, "otp": {secret.Code(time.Now())}}); page.status != http.StatusOK {
		b.t.Fatalf("first code: %d %s", page.status, page.body)
	}
	return secret
}

func TestAnAgentComesInByPasswordAndCodeOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		made, b := invite(t, p, ForAgent), newBrowser(t, p)
		if page := b.choose(made.Code.Reveal(), "agent", chosen); page.status != http.StatusOK {
			t.Fatalf("%d", page.status)
		}
		if _, _, err := p.accounts.authenticate(t.Context(), "agent", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("before the first code there is an account: %v", err)
		}
		secret := b.enrol(p, made.Code.Reveal(), "agent") // from the beginning: nothing was used up
		_, halfway, err := p.accounts.authenticate(t.Context(), "agent", chosen)
		if err != nil || halfway == nil {
			t.Fatalf("password: %v", err)
		}
		if _, err := p.accounts.prove(t.Context(), *halfway, secret.Code(time.Now())); !errors.Is(err, errOTP) {
			t.Errorf("the first code again: %v", err)
		}
		time.Sleep(time.Minute)
		who, err := p.accounts.prove(t.Context(), *halfway, secret.Code(time.Now()))
		if err != nil || who.subject != made.Subject || len(who.methods) != 2 {
			t.Errorf("log in: %+v %v", who, err)
		}
	})
}

// An agent who is none any more is told what everybody is told who cannot log in.
func TestAnAgentWhoIsNotAdmittedCannotLogIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		admitted := true
		p, err := New(t.Context(), Config{
			Issuer: testIssuer, Store: newMemoryStore(), Clients: testClients(),
			Admits: func(context.Context, string) bool { return admitted },
		})
		if err != nil {
			t.Fatal(err)
		}
		secret := newBrowser(t, p).enrol(p, invite(t, p, ForAgent).Code.Reveal(), "agent")
		time.Sleep(time.Minute)
		_, halfway, err := p.accounts.authenticate(t.Context(), "agent", chosen)
		if err != nil || halfway == nil {
			t.Fatal(err)
		}
		admitted = false
		if _, err := p.accounts.prove(t.Context(), *halfway, secret.Code(time.Now())); !errors.Is(err, errHalf) {
			t.Errorf("ended between password and code: %v", err)
		}
		if _, _, err := p.accounts.authenticate(t.Context(), "agent", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("ended: %v", err)
		}
	})
}

func TestANewCodeEndsPasswordAndFormerCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		first, b := invite(t, p, ForAgent), newBrowser(t, p)
		second, err := p.Reissue(t.Context(), first.Subject)
		if err != nil || second.Subject != first.Subject {
			t.Fatal(second, err)
		}
		if page := b.choose(first.Code.Reveal(), "agent", chosen); page.status != http.StatusUnauthorized {
			t.Errorf("the code that was replaced: %d", page.status)
		}
		old := b.enrol(p, second.Code.Reveal(), "agent")
		third, err := p.Reissue(t.Context(), first.Subject)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.accounts.authenticate(t.Context(), "agent", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("the password from before: %v", err)
		}
		fresh := b.enrol(p, third.Code.Reveal(), "") // the login stays
		time.Sleep(time.Minute)
		_, halfway, err := p.accounts.authenticate(t.Context(), "agent", chosen)
		if err != nil || halfway == nil {
			t.Fatal(err)
		}
		if _, err := p.accounts.prove(t.Context(), *halfway, old.Code(time.Now())); !errors.Is(err, errOTP) {
			t.Errorf("the telephone that was lost: %v", err)
		}
		who, err := p.accounts.prove(t.Context(), *halfway, fresh.Code(time.Now()))
		if err != nil || who.subject != first.Subject {
			t.Errorf("log in: %+v %v", who, err)
		}
		if _, err := p.Reissue(t.Context(), "nobody"); !errors.Is(err, ErrNoAccount) {
			t.Errorf("nobody's: %v", err)
		}
	})
}

// What lies in the store is of no use to whoever reads it: no code stands there.
func TestNoInvitationCodeIsKept(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	made := invite(t, p, ForAgent)
	for name, value := range p.accounts.store.(*memoryStore).values {
		for _, part := range []string{made.Code.Reveal(), strings.ReplaceAll(made.Code.Reveal(), "-", ""), made.Code.text[codeNameSize:]} {
			if bytes.Contains(value, []byte(part)) || strings.Contains(name, part) {
				t.Errorf("%s holds the code", name)
			}
		}
	}
}

// FuzzInvitationCode: a code is one of our 24 characters, however it is typed, and prints as nothing.
func FuzzInvitationCode(f *testing.F) {
	f.Add(newInvitationCode().Reveal())
	f.Add("ABCD-EFGH-JKMN-PQRS-TVWX-YZ0o")
	f.Fuzz(func(t *testing.T, typed string) {
		c, ok := parseInvitationCode(typed)
		if !ok {
			return
		}
		again, ok := parseInvitationCode(c.Reveal())
		if !ok || again != c || len(c.text) != codeNameSize+codeSecretSize {
			t.Errorf("%q", c.text)
		}
	})
}

// A provider below a path of the service's own address works like one that has an address to itself.
func TestAProviderBelowAPath(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), Config{Issuer: testIssuer + "/compte", Store: newMemoryStore(), Clients: testClients()})
	if err != nil {
		t.Fatal(err)
	}
	addAccount(t, p, "lea")
	b := newBrowser(t, p)
	for _, outside := range []string{"/login", discoveryPath, "/comptes/login", "/compte%2Flogin", "/compte"} {
		if page := b.get(outside); page.status != http.StatusNotFound {
			t.Errorf("%s: %d", outside, page.status)
		}
	}
	flow, err := auth.NewDeviceFlow(auth.FlowConfig{Issuer: testIssuer + "/compte", ClientID: testClient, Transport: authtest.Memory(p.Handler())})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := flow.Run(t.Context(), "nonce-1", func(prompt auth.DevicePrompt) error {
		if prompt.URL != testIssuer+"/compte/device" {
			t.Errorf("people are sent to %s", prompt.URL)
		}
		shown := b.post("/compte/device", url.Values{"code": {prompt.Code}, "login": {"lea"}, "password": {testPassword}})
		_, rest, _ := strings.Cut(shown.body, `name="handle" value="`)
		handle, _, _ := strings.Cut(rest, `"`)
		if page := b.post("/compte/device/confirm", url.Values{"handle": {handle}, "answer": {"yes"}}); page.status != http.StatusOK {
			t.Errorf("confirm: %d %s", page.status, page.body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rp, err := auth.New(auth.Config{Profiles: []auth.Profile{auth.Local(testIssuer+"/compte", testClient)}, Transport: authtest.Memory(p.Handler())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rp.Verify(t.Context(), raw, "nonce-1"); err != nil {
		t.Error(err)
	}
	begun := b.get("/compte" + authorization(nil))
	if begun.status != http.StatusFound || begun.to.Path != "/compte/login" {
		t.Fatalf("authorize: %d %v", begun.status, begun.to)
	}
	back := b.post("/compte/login", url.Values{"r": {begun.to.Query().Get("r")}, "login": {"lea"}, "password": {testPassword}})
	if back.status != http.StatusSeeOther || back.to.Path != "/compte/authorize/callback" {
		t.Fatalf("login: %d %v", back.status, back.to)
	}
	if page := b.get(back.to.String()); page.to == nil || page.to.Query().Get("code") == "" {
		t.Errorf("callback: %d %v", page.status, page.to)
	}
	for _, bad := range []string{"/", "/a/b", "/A", "/compte/", "/é"} {
		if _, _, err := checkIssuer(testIssuer + bad); err == nil {
			t.Errorf("%q is taken as a path", bad)
		}
	}
}
