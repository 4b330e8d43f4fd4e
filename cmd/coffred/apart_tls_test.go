package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A signatory is an authority for nodes and keepers, as an operator makes one.
type signatory struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newSignatory(t *testing.T) *signatory {
	t.Helper()
	s := &signatory{file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "coffre, nœuds"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.key.Public(), s.key)
	if err == nil {
		s.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return s
}

// issue makes a certificate and answers the lines that name it, authority included.
func (s *signatory) issue(t *testing.T, use x509.ExtKeyUsage) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}, s.cert, key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	return fmt.Sprintf("ca_file: %s, cert_file: %s/cert.pem, key_file: %s/key.pem", s.file, dir, dir)
}

// overNetwork takes keeper and nodes off their socket.
func (a *apart) overNetwork(t *testing.T, ca *signatory) (address string) {
	t.Helper()
	address, err := freePort(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, a.config, `keeper_listen: .*`, fmt.Sprintf("keeper_listen: {address: %q, %s}", address, ca.issue(t, x509.ExtKeyUsageServerAuth)))
	for _, n := range a.nodes {
		rewrite(t, n.config, `keeper: .*`, fmt.Sprintf("keeper: {dial: %q, %s}", address, ca.issue(t, x509.ExtKeyUsageClientAuth)))
	}
	return address
}

// rewrite replaces a line of a file; everything else stays.
func rewrite(t *testing.T, path, line, by string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, regexp.MustCompile(`(?m)^`+line+`$`).ReplaceAllLiteral(raw, []byte(by)))
}

// doctor answers what coffred doctor says of a node's keeper.
func (s *service) doctor(t *testing.T) string {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), []string{"doctor", "--config", s.config}, &out, &errs)
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "  keeper  ") {
			return line
		}
	}
	return errs.String()
}

// Node and keeper on two machines: contents, consents and printed pages cross, and
// whoever has no certificate of the named authority gets nothing.
func TestNodeAndKeeperOverANetwork(t *testing.T) {
	t.Parallel()
	ca, foreign := newSignatory(t), newSignatory(t)
	a := newApart(t, 2)
	address := a.overNetwork(t, ca)
	a.start(t)
	if says := a.nodes[0].doctor(t); !strings.Contains(says, "ok") {
		t.Fatalf("a node: %s", says)
	}
	s := a.scene(t)
	if got, err := drained(s.read(t, s.owner)); !errors.Is(err, io.EOF) || !bytes.Equal(got, s.body) {
		t.Errorf("%d bytes of %d, %v", len(got), len(s.body), err)
	}
	a.nodes[0].checksPages(t, s, s.agree(t, a.nodes[0].enter(t, "social-fictif")))

	node := a.nodes[0]
	for _, c := range []struct{ name, keeper, says string }{
		{"another authority's keeper", foreign.issue(t, x509.ExtKeyUsageClientAuth), "signed by unknown authority"},
		{"a certificate of another authority", own(foreign.issue(t, x509.ExtKeyUsageClientAuth), ca), "FAILED"},
		{"a certificate that is a keeper's", ca.issue(t, x509.ExtKeyUsageServerAuth), "FAILED"},
		{"no certificate", "ca_file: " + ca.file, "keeper.cert_file: is required"},
	} {
		rewrite(t, node.config, `keeper: .*`, fmt.Sprintf("keeper: {dial: %q, %s}", address, c.keeper))
		if says := node.doctor(t); !strings.Contains(says, c.says) || strings.Contains(says, "serves") {
			t.Errorf("%s: %s", c.name, says)
		}
	}
	rewrite(t, node.config, `keeper: .*`, fmt.Sprintf("keeper: {dial: %q, %s}", address, ca.issue(t, x509.ExtKeyUsageClientAuth)))
	rewrite(t, node.config, `listen: .*`, "realm: dev\nlisten: 127.0.0.1:1")
	if says := node.doctor(t); !strings.Contains(says, "FAILED") || !strings.Contains(says, "are of different realms: let keeper.dial name a keeper") {
		t.Errorf("a node of development: %s", says)
	}
	nothingWithoutCertificate(t, address)
}

// own is the certificate that lines name, with ca as the authority that is believed.
func own(lines string, ca *signatory) string {
	return regexp.MustCompile(`ca_file: [^,]*`).ReplaceAllLiteralString(lines, "ca_file: "+ca.file)
}

// nothingWithoutCertificate looks at the wire: the keeper ends the connection before
// it says a word. In TLS 1.3 the client's handshake is over before it knows.
func nothingWithoutCertificate(t *testing.T, address string) {
	t.Helper()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS13}} // a stranger believes anybody
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Errorf("without a certificate the keeper says %d bytes, %v", n, err)
	}
}

// checksPages follows the code of a printed page through the node, as whoever holds
// the paper does: by the API and with a browser, without a session.
func (s *service) checksPages(t *testing.T, sc scene, consent string) {
	t.Helper()
	page, err := coffrev1.NewPrintServiceClient(sc.owner).PrintConsent(t.Context(), coffrev1.PrintConsentRequest_builder{
		Safe: &sc.safe, Consent: &consent, Form: coffrev1.PrintForm_PRINT_FORM_MANDATE.Enum(), Format: coffrev1.PageFormat_PAGE_FORMAT_HTML.Enum(),
	}.Build())
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`/v/([0-9A-Za-z_-]+)`).FindSubmatch(page.GetHtml())
	if found == nil {
		t.Fatal("the printed page has no address to check it at")
	}
	code, nobody := string(found[1]), s.enter(t, "personne-quelconque").ClientConn // that proves no session
	check := func(want bool) {
		t.Helper()
		said, err := coffrev1.NewPrintServiceClient(nobody).CheckPage(t.Context(), coffrev1.CheckPageRequest_builder{Code: &code}.Build())
		if err != nil || !said.HasGiveTime() || said.GetLive() != want || said.HasEndTime() == want || said.GetMark() == "" {
			t.Errorf("the page is said to be live, or not: %v, %v", said, err)
		}
		words := map[bool]string{true: "Il est en cours.", false: "Il ne vaut plus depuis le"}[want]
		if got := s.browse(t, "/v/"+code); !strings.Contains(got, words) {
			t.Errorf("a browser reads %s", got)
		}
	}
	check(true)
	if _, err := coffrev1.NewConsentServiceClient(sc.owner).WithdrawConsent(t.Context(), coffrev1.WithdrawConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &sc.safe, Consent: &consent,
	}.Build()); err != nil {
		t.Fatal(err)
	}
	check(false)
	none := "nobody-has-this-code-on-paper-00"
	if _, err := coffrev1.NewPrintServiceClient(nobody).CheckPage(t.Context(), coffrev1.CheckPageRequest_builder{Code: &none}.Build()); status.Code(err) != codes.InvalidArgument {
		t.Errorf("what is no code: %v", err)
	}
}

// browse gets a page of the node over HTTP/1.1, as browsers do.
func (s *service) browse(t *testing.T, path string) string {
	t.Helper()
	pem, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	browser := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS13}, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
