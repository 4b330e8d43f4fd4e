package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// At an address the header names no safe, and the receipts none either.
func TestPutAtAnAddressNamesNoSafe(t *testing.T) {
	t.Parallel()
	path, at := write(t, t.TempDir(), "attestation.txt", "attestation"), vault.NewAddressID().String()
	p := &peer{}
	u := p.serve(t)
	out := u.must("", "put", "--output", "json", "--address", at, path)
	if !strings.Contains(out, `"address": "`+at+`"`) || !strings.Contains(out, `"safe": ""`) {
		t.Errorf("it says %s", out)
	}
	if code, _, problems := u.run("", "put", "--address", at, "--safe", vault.NewSafeID().String(), path); code != 2 {
		t.Errorf("both: exit %d, %s", code, problems)
	}
}

func pemOf(t *testing.T, kind string, key any) string {
	t.Helper()
	marshal := x509.MarshalPKIXPublicKey
	if kind == "PRIVATE KEY" {
		marshal = x509.MarshalPKCS8PrivateKey
	}
	der, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, t.TempDir(), "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

// The keys of a program are the files that openssl writes, of the two kinds; a
// private key is never taken for what is registered.
func TestTheKeysOfAProgramAreReadFromPEM(t *testing.T) {
	t.Parallel()
	_, edwards, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for what, good := range map[string][2]string{
		"Ed25519": {pemOf(t, "PUBLIC KEY", edwards.Public()), pemOf(t, "PRIVATE KEY", edwards)},
		"P-256":   {pemOf(t, "PUBLIC KEY", curve.Public()), pemOf(t, "PRIVATE KEY", curve)},
	} {
		public, err := readPublicKey(good[0])
		private, failed := readPrivateKey(good[1])
		if err != nil || failed != nil || public.IsZero() || private == nil {
			t.Errorf("%s: %v, %v", what, err, failed)
		}
		if _, err := readPublicKey(good[1]); err == nil {
			t.Errorf("%s: the private half is registered", what)
		}
		if _, err := readPrivateKey(good[0]); err == nil {
			t.Errorf("%s: the public half signs", what)
		}
	}
	if _, err := readPublicKey(pemOf(t, "PUBLIC KEY", big.Public())); err == nil {
		t.Error("RSA is registered")
	}
	if _, err := readPrivateKey(pemOf(t, "PRIVATE KEY", big)); err == nil {
		t.Error("RSA signs")
	}
	if _, err := readPublicKey(write(t, t.TempDir(), "x", "x")); err == nil {
		t.Error("anything is a key")
	}
}

// What a command lacks is said before anything is sent.
func TestPartnerCommandsSayWhatTheyLack(t *testing.T) {
	t.Parallel()
	u := (&peer{}).serve(t)
	for _, args := range [][]string{
		{"partners", "register", "--name", "x"}, {"partners", "login", "--client", "x"}, {"partners", "end", "x"}, {"address", "issue"},
	} {
		if code, _, problems := u.run("", args...); code != 2 {
			t.Errorf("%v: exit %d, %s", args, code, problems)
		}
	}
}
