package tour

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault"
)

// A marker is found in every form and at every alignment in which it could have
// been stored, and in nothing else.
func TestMarkerIsFoundInEveryForm(t *testing.T) {
	t.Parallel()
	const value = "Attestation CAF de Personne Fictive Un"
	m := NewMarker("title", []byte(value))
	var little, big bytes.Buffer
	for _, u := range utf16.Encode([]rune(value)) {
		little.Write([]byte{byte(u), byte(u >> 8)})
		big.Write([]byte{byte(u >> 8), byte(u)})
	}
	forms := map[string]string{"utf-8": value, "utf-16 le": little.String(), "utf-16 be": big.String()}
	for shift := range 3 {
		around := "xyz"[:shift] + value + "and what follows"
		forms[fmt.Sprintf("base64, %d bytes in", shift)] = base64.StdEncoding.EncodeToString([]byte(around))
		forms[fmt.Sprintf("base64url, %d bytes in", shift)] = base64.RawURLEncoding.EncodeToString([]byte(around))
	}
	for name, form := range forms {
		if !m.In([]byte("before " + form + " after")) {
			t.Errorf("not found as %s", name)
		}
	}
	if m.In([]byte(strings.ToUpper(value))) || m.In([]byte(value[:len(value)-1])) || m.In(nil) {
		t.Error("found where it is not")
	}
}

func TestLedgerNamesWhatAJournalLacks(t *testing.T) {
	t.Parallel()
	want, have := ledger{}, ledger{}
	want.done("read", you)
	want.refused("read", other)
	have.done("read", you)
	have.refused("read", other)
	if err := want.compare(have); err != nil {
		t.Errorf("equal: %v", err)
	}
	have.done("destroy", anAgent)
	delete(have, deed{"read", other, 2})
	err := want.compare(have)
	if err == nil || !strings.Contains(err.Error(), "destroy by agent, done: 1 lines, want 0") || !strings.Contains(err.Error(), "read by other, refused: 0 lines, want 1") {
		t.Errorf("have %v", err)
	}
}

// The tour plays on servers marked DEV only, and says nothing to any other.
func TestUnmarkedServerIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	asked := false
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Run(t.Context(), Config{
		Address: srv.Listener.Addr().String(), CAFile: ca, Prints: t.TempDir(),
		Report: func(r Result) { t.Errorf("step %s was played", r.Step) },
	})
	if !errors.Is(err, ErrNotDev) || asked {
		t.Errorf("have %v, want ErrNotDev; asked %v", err, asked)
	}
}

func TestRefusalMustBeTheRightOne(t *testing.T) {
	t.Parallel()
	no := &client.Error{Class: client.ClassNotFound}
	if err := refused(no, client.ClassNotFound, "x"); err != nil {
		t.Errorf("right refusal: %v", err)
	}
	for name, err := range map[string]error{"none": nil, "another": &client.Error{Class: client.ClassRefused}, "no refusal": context.Canceled} {
		if refused(err, client.ClassNotFound, "x") == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestPeopleComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	want := Cast()
	want.Issuer, want.Structure = "http://127.0.0.1:1", vault.NewStructureID()
	secret, err := localop.ParseOTPSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range want.Roles() {
		p.Password, p.Subject = localop.GeneratePassword(), "sub of "+p.Login
		if p.IsAgent() {
			p.Agent, p.OTP = vault.NewAgentID(), secret
		}
	}
	path := filepath.Join(t.TempDir(), "people.json")
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	if err := want.Write(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("written twice: %v", err)
	}
	have, err := ReadPeople(path)
	if err != nil || have != want {
		t.Errorf("have %v, %v", have, err)
	}
	if printed := fmt.Sprintf("%v %+v", have, have); strings.Contains(printed, want.Owner.Password.Reveal()) || strings.Contains(printed, secret.Reveal()) {
		t.Error("a secret is printed")
	}
}

func TestFormIsReadAsABrowserReadsIt(t *testing.T) {
	t.Parallel()
	at := &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/login"}
	action, fields, err := parseForm(at, []byte(`<p><form method=post action="/login"><input type=hidden name=r value="a&amp;b"><input name=login value=""/><input type=submit></form><form action=/other><input name=x></form>`))
	if err != nil || action != "http://127.0.0.1:1/login" || fields.Get("r") != "a&b" || !fields.Has("login") || fields.Has("x") || len(fields) != 2 {
		t.Errorf("have %q %v %v", action, fields, err)
	}
	for _, page := range []string{"", "<p>no form", "<form action='/x'><input name=r>"} {
		if _, _, err := parseForm(at, []byte(page)); err == nil {
			t.Errorf("%q passed", page)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add([]byte(`<form action="/login"><input name=r value=1></form>`))
	at := &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/login"}
	f.Fuzz(func(t *testing.T, page []byte) {
		if _, fields, err := parseForm(at, page); err == nil && fields == nil {
			t.Error("a form without fields to fill")
		}
	})
}
