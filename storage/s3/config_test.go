package s3_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/vault/seal"
)

func TestConfigIsCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	whole := s3.Config{
		Endpoint: "https://s3.invalid", Bucket: "coffre", AccessKey: "a", SecretKey: seal.NewSecret([]byte("hunter22")),
	}
	for name, change := range map[string]func(*s3.Config){
		"endpoint":          func(c *s3.Config) { c.Endpoint = "" },
		"no scheme":         func(c *s3.Config) { c.Endpoint = "s3.invalid" },
		"port for a scheme": func(c *s3.Config) { c.Endpoint = "s3.invalid:443" },
		"other scheme":      func(c *s3.Config) { c.Endpoint = "ftp://s3.invalid" },
		"path":              func(c *s3.Config) { c.Endpoint = "https://s3.invalid/bucket" },
		"password":          func(c *s3.Config) { c.Endpoint = "https://u:hunter22@s3.invalid" },
		"bad URL":           func(c *s3.Config) { c.Endpoint = "https://u:hunter22@%zz" },
		"query":             func(c *s3.Config) { c.Endpoint = "https://s3.invalid?x=1" },
		"no host":           func(c *s3.Config) { c.Endpoint = "https://" },
		"bucket":            func(c *s3.Config) { c.Bucket = "" },
		"access key":        func(c *s3.Config) { c.AccessKey = "" },
		"secret key":        func(c *s3.Config) { c.SecretKey = seal.Secret{} },
		"prefix no slash":   func(c *s3.Config) { c.Prefix = "a" },
		"prefix upwards":    func(c *s3.Config) { c.Prefix = "../" },
		"prefix root":       func(c *s3.Config) { c.Prefix = "/" },
		"prefix too long":   func(c *s3.Config) { c.Prefix = strings.Repeat("a", 256) + "/" },
		"CA file missing":   func(c *s3.Config) { c.CAFile = filepath.Join(t.TempDir(), "none") },
	} {
		cfg := whole
		change(&cfg)
		_, err := s3.Open(t.Context(), cfg)
		if !errors.Is(err, storage.ErrInvalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, cfg.SecretKey), "hunter22") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func TestBucketMustExist(t *testing.T) {
	t.Parallel()
	server := newScript(t, func(w http.ResponseWriter, s sent) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	if _, err := s3.Open(t.Context(), server.config()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("open = %v, want unavailable", err)
	}
}

// TestOwnCertificate: only the certificates in CAFile are trusted, and without
// the file an unknown one is refused.
func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	cfg := s3.Config{
		Endpoint: server.URL, Bucket: "coffre", AccessKey: "a", SecretKey: seal.NewSecret([]byte("secret")),
	}
	if _, err := s3.Open(t.Context(), cfg); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("unknown certificate = %v, want unavailable", err)
	}
	cfg.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	for _, test := range []struct {
		pem  []byte
		want error
	}{
		{[]byte("no certificate"), storage.ErrInvalid},
		{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), nil},
	} {
		if err := os.WriteFile(cfg.CAFile, test.pem, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s3.Open(t.Context(), cfg); !errors.Is(err, test.want) {
			t.Errorf("own certificate = %v, want %v", err, test.want)
		}
	}
}
