package client

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// serveTLS serves p over TLS and gives its address and the file of its authority.
func serveTLS(t *testing.T, p *peer, highest uint16) (address, caFile string) {
	t.Helper()
	borrowed := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer borrowed.Close()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: borrowed.TLS.Certificates, MaxVersion: highest,
	})))
	coffrev1.RegisterSessionServiceServer(srv, p)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // a test may end before it serves
			t.Error(err)
		}
	})
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: borrowed.Certificate().Raw})
	if err := os.WriteFile(caFile, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return lis.Addr().String(), caFile
}

func unlockOver(t *testing.T, address, caFile string) error {
	t.Helper()
	c, err := New(Config{Address: address, CAFile: caFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.Unlock(t.Context(), "s", "code")
}

func TestOnlyATrustedCertificateIsSpokenTo(t *testing.T) {
	t.Parallel()
	p := &peer{unlock: func(*coffrev1.UnlockRequest) error { return nil }}
	address, ca := serveTLS(t, p, tls.VersionTLS13)
	if err := unlockOver(t, address, ca); err != nil {
		t.Errorf("trusted: %v", err)
	}
	e := wantClass(t, unlockOver(t, address, ""), ClassUnavailable)
	if e.Reason != "CERTIFICATE" || !strings.Contains(e.Sentence, "--ca") {
		t.Errorf("not trusted: %+v", e)
	}
}

func TestAnOlderTLSIsNotSpoken(t *testing.T) {
	t.Parallel()
	p := &peer{unlock: func(*coffrev1.UnlockRequest) error { return nil }}
	address, ca := serveTLS(t, p, tls.VersionTLS12)
	wantClass(t, unlockOver(t, address, ca), ClassUnavailable)
}

// A trusted service that is down is not a certificate that is not trusted.
func TestAServiceThatIsDownIsToldAsSuch(t *testing.T) {
	t.Parallel()
	p := &peer{unlock: func(*coffrev1.UnlockRequest) error { return status.Error(codes.Unavailable, "down") }}
	address, ca := serveTLS(t, p, tls.VersionTLS13)
	if e := wantClass(t, unlockOver(t, address, ca), ClassUnavailable); e.Reason == "CERTIFICATE" {
		t.Errorf("%+v", e)
	}
}

func TestAnIssuerIsChosenByName(t *testing.T) {
	t.Parallel()
	issuer := func(name string) *coffrev1.Issuer {
		url := "https://" + name + ".example"
		return coffrev1.Issuer_builder{Name: &name, Url: &url}.Build()
	}
	two := []*coffrev1.Issuer{issuer("local"), issuer("other")}
	for name, test := range map[string]struct {
		issuers []*coffrev1.Issuer
		asked   string
		want    string
		class   Class
	}{
		"the only one":  {two[:1], "", "local", 0},
		"by name":       {two, "other", "other", 0},
		"by address":    {two, "https://local.example", "local", 0},
		"not said":      {two, "", "", ClassUsage},
		"unknown":       {two, "third", "", ClassUsage},
		"wrong the one": {two[:1], "other", "", ClassUsage},
		"none at all":   {nil, "", "", ClassUnavailable},
	} {
		got, err := choose(test.issuers, test.asked)
		if test.class == 0 && (err != nil || got.GetName() != test.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if test.class != 0 {
			wantClass(t, err, test.class)
		}
	}
}
