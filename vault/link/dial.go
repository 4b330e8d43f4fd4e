package link

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// maxAnswer bounds an answer of the public API that a node relays, in bytes.
const maxAnswer = 16 << 20

// Dial makes a connection to the keeper: address is unix:// and an absolute path,
// or host:port with tc, which says who the keeper is and who this node is. Nothing
// is sent before the first call; a connection that broke is made again by itself,
// at most two seconds after the keeper is back. Every call says that it comes from
// a node of this version and of realm r, which the keeper compares ([Greeted]).
// Close must be called.
func Dial(address string, tc *tls.Config, r Realm) (*grpc.ClientConn, error) {
	if r != RealmProduction && r != RealmDev {
		return nil, errors.New("link: a node is of one realm")
	}
	creds, target := insecure.NewCredentials(), address
	switch unix := strings.HasPrefix(address, "unix:///"); {
	case unix && tc != nil:
		return nil, errors.New("link: a unix socket has no TLS")
	case unix:
	case tc == nil || tc.RootCAs == nil || tc.InsecureSkipVerify || len(tc.Certificates) == 0 && tc.GetClientCertificate == nil:
		return nil, errors.New("link: over a network either end shows a certificate of a named authority")
	default:
		tc = tc.Clone()
		tc.MinVersion, tc.MaxVersion = tls.VersionTLS13, 0
		creds, target = credentials.NewTLS(tc), "dns:///"+address
	}
	conn, err := grpc.NewClient(target, append(greets(r),
		grpc.WithTransportCredentials(creds),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true}),
	)...)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	return conn, nil
}
