package auth

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
)

// FuzzCallback: nothing but the right state and issuer gets a code out, and never from two readings.
func FuzzCallback(f *testing.F) {
	want := expectation{state: "STATE", issuer: "https://issuer.test", issuerSays: true}
	good := "code=abc&state=STATE&iss=https%3A%2F%2Fissuer.test"
	for _, s := range []string{good, "", "code=abc", good + "&state=STATE", "state=STATE&iss=https://issuer.test&error=access_denied", "%", "state=STATE;code=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		code, err := want.parse(query)
		if err == nil == (code == "") {
			t.Fatalf("code %q with error %v", code, err)
		}
		if e, ok := errors.AsType[*IssuerError](err); ok && !validErrorCode(e.Code) {
			t.Fatalf("error code %q", e.Code)
		}
		if err != nil {
			return
		}
		v, err := url.ParseQuery(query)
		if err != nil || v.Get("state") != want.state || v.Get("iss") != want.issuer || len(v["code"]) != 1 || v.Has("error") {
			t.Fatalf("accepted %q", query)
		}
	})
}

// FuzzIssuerOf: what selects an issuer is read from tokens that nobody has verified yet.
func FuzzIssuerOf(f *testing.F) {
	enc := base64.RawURLEncoding.EncodeToString
	for _, s := range []string{
		enc([]byte(`{"alg":"ES256"}`)) + "." + enc([]byte(`{"iss":"https://issuer.test"}`)) + ".AAAA",
		"..", "a.b.c", "." + enc([]byte(`{"iss":["x"]}`)) + ".", "." + enc([]byte(`[]`)) + ".",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		iss, err := issuerOf(raw)
		if err != nil {
			if iss != "" || !errors.Is(err, ErrUnauthenticated) {
				t.Fatalf("issuer %q with error %v", iss, err)
			}
			return
		}
		if strings.Count(raw, ".") != 2 || strings.ContainsAny(raw, " \r\n\t") || len(raw) > maxToken {
			t.Fatalf("accepted %q", raw)
		}
	})
}

// FuzzUserID: what is accepted comes out as it went in.
func FuzzUserID(f *testing.F) {
	f.Add("https://issuer.test", "subject")
	f.Add("http://127.0.0.1:8080", "s")
	f.Add("https://issuer.test/", "")
	f.Add("https://issuer.test?", "x")
	f.Fuzz(func(t *testing.T, issuer, subject string) {
		u, err := NewUserID(issuer, subject)
		if err != nil {
			if !u.IsZero() || !errors.Is(err, ErrUserID) {
				t.Fatalf("%v", err)
			}
			return
		}
		if u.Issuer() != issuer || u.Subject() != subject || u.IsZero() {
			t.Fatal("changed on the way")
		}
		if !strings.HasPrefix(issuer, "https://") && !strings.HasPrefix(issuer, "http://") {
			t.Fatalf("issuer %q", issuer)
		}
	})
}
