package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/coffre-fort/coffre/storage"
)

// A wire is the transport of both clients. It speaks HTTP/1.1 only: HTTP/2 may
// repeat a request by itself, and nothing of ours may be repeated unseen.
type wire struct {
	base *http.Transport
}

func newWire(caFile string) (*wire, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("s3: %w: CA file: %w", storage.ErrInvalid, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("s3: %w: CA file: %w", storage.ErrInvalid, errors.New("no certificate in it"))
		}
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &wire{base: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       config,
		Protocols:             &protocols,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       time.Minute,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		// Objects are ciphertext: what is decompressed on the way is not what
		// was stored.
		DisableCompression: true,
	}}, nil
}

type dateKey struct{}

// withDate makes the wire put the Date of the last answer into date. The library
// shows headers of objects only, and Date is not among them.
func withDate(ctx context.Context, date *time.Time) context.Context {
	return context.WithValue(ctx, dateKey{}, date)
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if date, ok := req.Context().Value(dateKey{}).(*time.Time); ok {
		if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			*date = t
		}
	}
	return resp, nil
}
