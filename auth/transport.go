package auth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// maxAnswer bounds what an issuer can make us read: go-oidc reads discovery and keys to the end.
	maxAnswer = 1 << 20
	// issuerTimeout bounds one exchange with an issuer, body included.
	issuerTimeout = 10 * time.Second
)

var errRedirect = errors.New("auth: issuer answered with a redirect")

// newClient returns the only kind of client that talks to issuers: bounded in time and size, never
// following a redirect (which could lead anywhere inside our network), never leaving TLS unless the
// issuer itself lives on loopback.
func newClient(issuer, caFile string, transport http.RoundTripper) (*http.Client, error) {
	if transport != nil && caFile != "" {
		return nil, errors.New("auth: a transport and a CA file exclude each other")
	}
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if caFile != "" {
			pool, err := readPool(caFile)
			if err != nil {
				return nil, err
			}
			t.TLSClientConfig.RootCAs = pool
		}
		transport = t
	}
	u, err := checkEndpoint(issuer)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     guard{next: transport, scheme: u.Scheme},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}, nil
}

func readPool(caFile string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("auth: CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("auth: CA file holds no certificate")
	}
	return pool, nil
}

// guard checks every request, also those made by go-oidc and x/oauth2 with addresses read from discovery.
type guard struct {
	next   http.RoundTripper
	scheme string // of the issuer
}

// RoundTrip also sets the time limit: http.Client's own stays behind until the body is closed, and x/oauth2
// leaves the body of a device authorization open.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := checkEndpoint(r.URL.String()); err != nil {
		return nil, err
	}
	if g.scheme == "https" && r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: an https issuer names an http endpoint", errIssuer)
	}
	ctx, cancel := context.WithTimeout(r.Context(), issuerTimeout)
	resp, err := g.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err // a RoundTripper hands its error on; the client adds method and address.
	}
	resp.Body = &limitedBody{ReadCloser: http.MaxBytesReader(nil, resp.Body, maxAnswer), cancel: cancel}
	return resp, nil
}

// limitedBody gives its time limit back when it is read to the end, or closed.
type limitedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.cancel()
	}
	return n, err // a Reader hands io.EOF on as it is.
}

// Close implements io.Closer.
func (b *limitedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close() // nothing to add.
}
