package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/chain"
)

// certify writes a certificate and its key, and answers its serial number.
func certify(t *testing.T, files config.TLS, organisation string, until time.Time) *big.Int {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{Organization: []string{organisation}},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	}
	raw, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		files.CertFile: {Type: "CERTIFICATE", Bytes: raw}, files.KeyFile: {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c.SerialNumber
}

// A certificate serves its own realm only, while it is good, from a key that
// others cannot read.
func TestCertificateFitsItsRealm(t *testing.T) {
	t.Parallel()
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, tt := range map[string]struct {
		organisation string
		realm        chain.Realm
		until        time.Time
		mode         os.FileMode
		ok           bool
	}{
		"production":                {"CCAS", chain.RealmProduction, later, 0o600, true},
		"production, key for group": {"CCAS", chain.RealmProduction, later, 0o640, true},
		"production, key for all":   {"CCAS", chain.RealmProduction, later, 0o644, false},
		"production, over":          {"CCAS", chain.RealmProduction, before, 0o600, false},
		"development":               {config.DevMark, chain.RealmDev, later, 0o600, true},
		"development serving real":  {config.DevMark, chain.RealmProduction, later, 0o600, false},
		"real serving development":  {"CCAS", chain.RealmDev, later, 0o600, false},
	} {
		dir := t.TempDir()
		cfg := config.Config{Realm: config.Realm(tt.realm), TLS: config.TLS{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}}
		certify(t, cfg.TLS, tt.organisation, tt.until)
		if err := os.Chmod(cfg.TLS.KeyFile, tt.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := loadCertificate(cfg); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Renewing a certificate needs no restart; one that cannot serve leaves the one
// before in use.
func TestCertificateIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := config.Config{Realm: config.Realm(chain.RealmProduction), TLS: config.TLS{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}}
	first := certify(t, cfg.TLS, "CCAS", time.Now().Add(time.Hour))
	c, err := loadCertificate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want *big.Int, when string) {
		t.Helper()
		got, err := c.get(nil)
		if err != nil || got.Leaf.SerialNumber.Cmp(want) != 0 {
			t.Errorf("%s: serves %v, %v", when, got.Leaf.SerialNumber, err)
		}
	}
	second := certify(t, cfg.TLS, "CCAS", time.Now().Add(time.Hour))
	touch(t, cfg.TLS.CertFile, time.Minute)
	serves(first, "asked a moment ago")
	c.asked = time.Time{}
	serves(second, "renewed")
	certify(t, cfg.TLS, "CCAS", time.Now().Add(-time.Hour))
	touch(t, cfg.TLS.CertFile, 2*time.Minute)
	c.asked = time.Time{}
	serves(second, "renewed with one that is over")
}

// touch sets a file's time apart from the one before, whatever the clock of the
// file system can tell.
func touch(t *testing.T, path string, later time.Duration) {
	t.Helper()
	at := time.Now().Add(later)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestLocalProviderIsForDevelopmentOnly(t *testing.T) {
	t.Parallel()
	file := config.Config{Realm: config.Realm(chain.RealmProduction)}
	if _, err := Open(t.Context(), Config{File: file, LocalIssuer: "http://127.0.0.1:1", Log: slog.New(slog.DiscardHandler)}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("have %v", err)
	}
}
