package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/chain"
)

// A certificate is read again when its file changes, so that renewing it needs
// no restart. What cannot be read leaves the one before in use.
type certificate struct {
	files config.TLS
	field string                        // where the configuration names them
	fits  func(*x509.Certificate) error // whether one may serve here

	mu      sync.Mutex
	current *tls.Certificate
	from    time.Time // when its file was last changed
	asked   time.Time
}

// askAgain keeps handshakes from looking at the disk each time.
const askAgain = 10 * time.Second

// loadCertificate loads the one that people's programs see.
func loadCertificate(cfg config.Config) (*certificate, error) {
	return loadPair(cfg.TLS, "tls", func(leaf *x509.Certificate) error {
		if config.IsDev(leaf) != (chain.Realm(cfg.Realm) == chain.RealmDev) {
			return errors.New("tls.cert_file: a certificate of development serves no real data, and no other serves development")
		}
		return nil
	})
}

func loadPair(files config.TLS, field string, fits func(*x509.Certificate) error) (*certificate, error) {
	c := &certificate{files: files, field: field, fits: fits}
	info, err := os.Stat(files.CertFile)
	if err != nil {
		return nil, fmt.Errorf("%s.cert_file: %w", field, err)
	}
	if c.current, err = c.read(); err != nil {
		return nil, err
	}
	c.from, c.asked = info.ModTime(), time.Now()
	return c, nil
}

func (c *certificate) read() (*tls.Certificate, error) {
	key, err := os.Stat(c.files.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%s.key_file: %w", c.field, err)
	}
	if key.Mode().Perm()&0o007 != 0 { // a group for certificates is common
		return nil, fmt.Errorf("%s.key_file: %w (mode %04o)", c.field, config.ErrExposed, key.Mode().Perm())
	}
	pair, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.field, err)
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("%s.cert_file: the certificate ended on %s", c.field, pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	if err := c.fits(pair.Leaf); err != nil {
		return nil, err
	}
	return &pair, nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) < askAgain {
		return c.current, nil
	}
	c.asked = time.Now()
	info, err := os.Stat(c.files.CertFile)
	if err != nil || info.ModTime().Equal(c.from) {
		return c.current, nil
	}
	if next, err := c.read(); err == nil {
		c.current, c.from = next, info.ModTime()
	}
	return c.current, nil
}
