package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/portal"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/link"
	"github.com/coffre-fort/coffre/vault/rpc"
)

// openNode puts an API node together: the bucket, a way to the keeper, and no key.
// The keeper need not be there yet.
func (s *Server) openNode(ctx context.Context, cfg Config) error {
	cert, err := loadCertificate(cfg.File)
	if err != nil {
		return err
	}
	kinds, err := Catalogue(cfg.File.Papers.Local)
	if err != nil {
		return fmt.Errorf("papers.local: %w", err)
	}
	if s.stores.Bucket, err = OpenPlace(ctx, cfg.File.Bucket); err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	if s.upstream, err = DialKeeper(cfg.File); err != nil {
		return err
	}
	if err := greet(ctx, s.upstream); err != nil {
		return err
	}
	contents, err := vault.NewContents(s.stores.Bucket, cfg.File.Limits.MaxDocumentMiB<<20)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	if s.lis, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.File.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.rpc, err = rpc.NewNode(rpc.NodeConfig{
		Keeper: link.NewNode(s.upstream, rpc.FromKeeper), Contents: contents, Kinds: kinds, Log: cfg.Log,
		TLS: &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS13}, Reflection: reflection(cfg.File), Pages: portal.New,
	})
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	cfg.Log.InfoContext(ctx, "this is an API node: it holds no key")
	return nil
}

// DialKeeper makes a node's connection to the keeper, as its configuration says.
func DialKeeper(cfg config.Config) (*grpc.ClientConn, error) {
	var tc *tls.Config
	if config.Socket(cfg.Keeper.Dial) == "" {
		roots, cert, err := between(cfg.Keeper.Pair, "keeper")
		if err != nil {
			return nil, err
		}
		tc = &tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: roots,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert.get(nil) },
		}
	}
	conn, err := link.Dial(cfg.Keeper.Dial, tc, realmOf(cfg))
	if err != nil {
		return nil, fmt.Errorf("keeper: %w", err)
	}
	return conn, nil
}

func realmOf(cfg config.Config) link.Realm {
	switch chain.Realm(cfg.Realm) {
	case chain.RealmProduction:
		return link.RealmProduction
	case chain.RealmDev:
		return link.RealmDev
	default:
		return 0
	}
}

// greetTime is how long the start of a node waits to hear what the keeper thinks of
// it.
const greetTime = 3 * time.Second

// greet does not start a node that the keeper refuses. A keeper that does not
// answer may come later, and one that is replaced later refuses then: the node's
// health asks again and again.
func greet(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	_, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	err = rpc.FromKeeper(err)
	if err == nil || errors.Is(err, vault.ErrKeeper) || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("keeper.dial: %w", err)
}

// AnchorsHealth is the name of the second place in a keeper's health.
const AnchorsHealth = "anchors"

// AskKeeper asks the keeper of a node's configuration whether it serves, as a whole
// or, by its name in the keeper's health, one part of it.
func AskKeeper(ctx context.Context, cfg config.Config, part string) (err error) {
	conn, err := DialKeeper(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: part})
	if err != nil {
		return fmt.Errorf("keeper.dial: %w", rpc.FromKeeper(err))
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return errors.New("keeper.dial: the keeper answers that it does not serve now")
	}
	return nil
}

// between reads what node and keeper know each other by.
func between(p config.Pair, field string) (*x509.CertPool, *certificate, error) {
	raw, err := os.ReadFile(p.CAFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%s.ca_file: %w", field, err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, nil, fmt.Errorf("%s.ca_file: no certificate in it", field)
	}
	cert, err := loadPair(p.TLS, field, func(*x509.Certificate) error { return nil })
	return roots, cert, err
}

// listenNodes takes the keeper's own listener. tc is nil for a unix socket.
func listenNodes(ctx context.Context, cfg config.Config) (lis net.Listener, tc *tls.Config, err error) {
	address := cfg.KeeperListen.Address
	if path := config.Socket(address); path != "" {
		lis, err = listenSocket(ctx, path)
		return lis, nil, err
	}
	roots, cert, err := between(cfg.KeeperListen.Pair, "keeper_listen")
	if err != nil {
		return nil, nil, err
	}
	if lis, err = new(net.ListenConfig).Listen(ctx, "tcp", address); err != nil {
		return nil, nil, fmt.Errorf("keeper_listen: %w", err)
	}
	return lis, &tls.Config{
		MinVersion: tls.VersionTLS13, GetCertificate: cert.get, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}

// socketMode lets the group in: a node may run as another user of the same group.
const socketMode = 0o660

// listenSocket takes a socket, from a keeper that was killed if need be: a keeper
// that still answers there is left alone.
func listenSocket(ctx context.Context, path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("keeper_listen: more than %d bytes in the path of a socket", maxSocketPath)
	}
	if conn, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
		return nil, errors.Join(errors.New("keeper_listen: another keeper answers on this socket"), conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keeper_listen: %w", err)
	}
	lis, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("keeper_listen: %w", err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("keeper_listen: %w", err), lis.Close())
	}
	return lis, nil
}

func reflection(cfg config.Config) rpc.Reflection {
	if cfg.Reflection {
		return rpc.ReflectionOn
	}
	return rpc.ReflectionOff
}
