package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

const (
	// chunkSize is the most that one message of a document carries.
	chunkSize = 256 << 10
	// maxAnswer bounds what the service may send in one message: a full page of
	// a thousand documents with long titles fits.
	maxAnswer = 8 << 20
	// callTimeout bounds a call that is not a transfer. Unlocking hashes a code
	// at the service and may wait its turn.
	callTimeout = time.Minute
)

// Config says where the service is.
type Config struct {
	// Address is host:port or https://host:port, always with TLS 1.3. A service
	// without TLS is spoken to as http://127.0.0.1:port: a loopback address only.
	Address string
	// CAFile, when set, names a PEM file of the only certification authorities
	// trusted for the service. Empty means those of the system.
	CAFile string
	// Dial, when set, makes the connections instead of the network.
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// A Client is a connection to one service. It is safe for concurrent use.
type Client struct {
	conn      *grpc.ClientConn
	handshake *handshake
	documents coffrev1.DocumentServiceClient
	safes     coffrev1.SafeServiceClient
	sessions  coffrev1.SessionServiceClient
	trail     coffrev1.TrailServiceClient

	// The services whose calls need nothing done to them here: they are made with
	// [Repeat], or with [Once] when every try counts.
	Structures  coffrev1.StructureServiceClient
	Partners    coffrev1.PartnerServiceClient
	Register    coffrev1.RegisterServiceClient
	Consents    coffrev1.ConsentServiceClient
	Presence    coffrev1.PresenceServiceClient
	Relays      coffrev1.RelayServiceClient
	Trainings   coffrev1.TrainingServiceClient
	Workshops   coffrev1.WorkshopServiceClient
	Memos       coffrev1.MemoServiceClient
	Recoveries  coffrev1.RecoveryServiceClient
	Papers      coffrev1.PapersServiceClient
	Handovers   coffrev1.HandoverServiceClient
	Passports   coffrev1.PassportServiceClient
	Locks       coffrev1.LockServiceClient
	Prints      coffrev1.PrintServiceClient
	Information coffrev1.InformationServiceClient
}

// New prepares a connection and contacts nobody yet. The client may make the
// calls that need no session; [Client.As] gives one that may make the others.
func New(cfg Config) (*Client, error) {
	host, plain, err := parseAddress(cfg.Address)
	if err != nil {
		return nil, err
	}
	hs := &handshake{TransportCredentials: insecure.NewCredentials()}
	if !plain {
		if hs.TransportCredentials, err = transport(cfg.CAFile); err != nil {
			return nil, err
		}
	}
	target := "dns:///" + host
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(hs),
		// A call is repeated here, with the same request id and a new proof, or
		// not at all: gRPC would repeat a proof that counts once.
		grpc.WithDisableRetry(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
	}
	if cfg.Dial != nil {
		target = "passthrough:///" + host
		opts = append(opts, grpc.WithContextDialer(cfg.Dial))
	}
	conn, err := grpc.NewClient(target, opts...)
	if err != nil {
		return nil, badAddress(err)
	}
	return (&Client{conn: conn, handshake: hs}).As(Credentials{}), nil
}

// As gives a client that calls with a session, over the same connection.
func (c *Client) As(cred Credentials) *Client {
	through := caller{conn: c.conn, cred: cred}
	return &Client{
		conn:      c.conn,
		handshake: c.handshake,
		documents: coffrev1.NewDocumentServiceClient(through),
		safes:     coffrev1.NewSafeServiceClient(through),
		sessions:  coffrev1.NewSessionServiceClient(through),
		trail:     coffrev1.NewTrailServiceClient(through),

		Structures:  coffrev1.NewStructureServiceClient(through),
		Partners:    coffrev1.NewPartnerServiceClient(through),
		Register:    coffrev1.NewRegisterServiceClient(through),
		Consents:    coffrev1.NewConsentServiceClient(through),
		Presence:    coffrev1.NewPresenceServiceClient(through),
		Relays:      coffrev1.NewRelayServiceClient(through),
		Trainings:   coffrev1.NewTrainingServiceClient(through),
		Workshops:   coffrev1.NewWorkshopServiceClient(through),
		Memos:       coffrev1.NewMemoServiceClient(through),
		Recoveries:  coffrev1.NewRecoveryServiceClient(through),
		Papers:      coffrev1.NewPapersServiceClient(through),
		Handovers:   coffrev1.NewHandoverServiceClient(through),
		Passports:   coffrev1.NewPassportServiceClient(through),
		Locks:       coffrev1.NewLockServiceClient(through),
		Prints:      coffrev1.NewPrintServiceClient(through),
		Information: coffrev1.NewInformationServiceClient(through),
	}
}

// Close ends the connection, for every client made from it by [Client.As].
func (c *Client) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("client: close: %w", err)
	}
	return nil
}

// parseAddress says where to connect, and whether without TLS.
func parseAddress(address string) (hostPort string, plain bool, err error) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		scheme, rest = "https", address
	}
	host, port, err := net.SplitHostPort(strings.TrimSuffix(rest, "/"))
	if _, errPort := strconv.ParseUint(port, 10, 16); err != nil || errPort != nil || host == "" {
		return "", false, badAddress(errors.New("want host:port"))
	}
	switch scheme {
	case "https":
		return net.JoinHostPort(host, port), false, nil
	case "http":
		// A name could lead anywhere: only a literal address is surely here.
		if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
			return net.JoinHostPort(host, port), true, nil
		}
		return "", false, badAddress(errors.New("without TLS only a loopback address will do"))
	default:
		return "", false, badAddress(errors.New("want https"))
	}
}

func badAddress(cause error) *Error {
	return &Error{
		Class:    ClassUsage,
		Reason:   "ADDRESS",
		Sentence: "L'adresse du service n'est pas valable : écrivez-la sous la forme nom:port, par exemple coffre.exemple.fr:443.",
		Err:      cause,
	}
}

func transport(caFile string) (credentials.TransportCredentials, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS13}
	if caFile == "" {
		return credentials.NewTLS(cfg), nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, FileError("lire", caFile, err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, &Error{
			Class:    ClassUsage,
			Reason:   "CA_FILE",
			Sentence: fmt.Sprintf("Le fichier %s ne contient aucun certificat : donnez avec --ca le fichier PEM remis par votre service.", caFile),
			Err:      errors.New("no certificate in the file"),
		}
	}
	return credentials.NewTLS(cfg), nil
}
