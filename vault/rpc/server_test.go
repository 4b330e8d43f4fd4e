package rpc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// serve runs the transport of the service, with what needs no vault: health,
// reflection and the issuers.
func serve(t *testing.T, check func(context.Context) error) (*Server, *grpc.ClientConn) {
	t.Helper()
	return serveAnchored(t, check, nil)
}

func serveAnchored(t *testing.T, check, anchors func(context.Context) error, client ...grpc.DialOption) (*Server, *grpc.ClientConn) {
	t.Helper()
	made := making{log: slog.New(slog.DiscardHandler), reflection: ReflectionOn, admit: []step{admit(nil)}, streams: maxStreams, healthy: check, anchors: anchors}
	s, err := made.server(func(g *grpc.Server) {
		coffrev1.RegisterSessionServiceServer(g, &sessionService{issuers: []Issuer{{"local", "Compte local", "https://issuer.test", "coffre"}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	lis := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- s.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:///buf", append(client, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(conn.Close(), s.Shutdown(context.WithoutCancel(t.Context())), <-served); err != nil {
			t.Error(err)
		}
	})
	return s, conn
}

func healthy(context.Context) error { return nil }

func TestHealthFollowsTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		_, conn := serve(t, func(context.Context) error {
			if broken.Load() {
				return vault.ErrTrail
			}
			return nil
		})
		c := healthpb.NewHealthClient(conn)
		want := func(want healthpb.HealthCheckResponse_ServingStatus) {
			t.Helper()
			for _, name := range []string{"", "coffre.v1.SessionService"} {
				got, err := c.Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
				if err != nil || got.GetStatus() != want {
					t.Errorf("%q: %v, %v, want %v", name, got.GetStatus(), err, want)
				}
			}
		}
		want(healthpb.HealthCheckResponse_NOT_SERVING)
		broken.Store(false)
		time.Sleep(beat + time.Second)
		want(healthpb.HealthCheckResponse_SERVING)
		broken.Store(true)
		time.Sleep(beat)
		want(healthpb.HealthCheckResponse_NOT_SERVING)
	})
}

func TestACheckThatHangsIsNotHealthy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hang atomic.Bool
		_, conn := serve(t, func(ctx context.Context) error {
			if !hang.Load() {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		time.Sleep(time.Second)
		hang.Store(true)
		time.Sleep(beat + beatLimit)
		got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
			t.Errorf("%v, %v", got.GetStatus(), err)
		}
	})
}

// A client that opens a stream and then says nothing is cut, although its
// connection answers every ping.
func TestAStreamThatStallsIsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, conn := serve(t, healthy)
		start := time.Now()
		stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = stream.Recv()
		if took := time.Since(start); status.Code(err) != codes.DeadlineExceeded || took > longLimit+time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestShutdownDoesNotWaitForWhoeverWatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, conn := serve(t, healthy)
		s.drain = 3 * time.Second
		watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var seen []healthpb.HealthCheckResponse_ServingStatus
		ended := make(chan error, 1)
		go func() {
			for {
				got, err := watch.Recv()
				if err != nil {
					ended <- err
					return
				}
				seen = append(seen, got.GetStatus())
			}
		}()
		time.Sleep(time.Second)
		start := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != s.drain {
			t.Errorf("shutdown took %v, want the drain of %v", took, s.drain)
		}
		if err := <-ended; err == nil {
			t.Error("the watch has no end")
		}
		if last := seen[len(seen)-1]; last != healthpb.HealthCheckResponse_NOT_SERVING {
			t.Errorf("the watcher last saw %v", seen)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("the second time: %v", err)
		}
	})
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, conn := serve(t, healthy)
		stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("calls were cut, and Shutdown says %v", err)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		if _, err := stream.Recv(); err == nil {
			t.Error("the stream goes on")
		}
	})
}

func TestIssuersNeedNoSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, conn := serve(t, healthy)
		got, err := coffrev1.NewSessionServiceClient(conn).ListIssuers(t.Context(), &coffrev1.ListIssuersRequest{})
		if err != nil || len(got.GetIssuers()) != 1 || got.GetIssuers()[0].GetUrl() != "https://issuer.test" ||
			got.GetIssuers()[0].GetClientId() != "coffre" || got.GetIssuers()[0].GetDisplayName() != "Compte local" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestWithoutTLSOnlyThisMachineIsServed(t *testing.T) {
	t.Parallel()
	for addr, want := range map[net.Addr]bool{
		&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}: true,
		&net.TCPAddr{IP: net.IPv6loopback}:       true,
		&net.UnixAddr{Net: "unix"}:               true,
		&net.TCPAddr{IP: net.IPv4zero}:           false,
		&net.TCPAddr{IP: net.IPv6unspecified}:    false,
		&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}: false,
		&net.TCPAddr{}:                           false,
		&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}: false,
	} {
		if got := local(addr); got != want {
			t.Errorf("%v: %v", addr, got)
		}
	}
	lis, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{grpc: grpc.NewServer(), plain: true}
	if err := s.Serve(lis); err == nil {
		t.Error("plain text was served to everybody")
	}
	if err := lis.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener was left open: %v", err)
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"coffre.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLSIsVersion13(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	for name, cfg := range map[string]*tls.Config{
		"no certificate": {},
		"a way round it": {Certificates: []tls.Certificate{cert}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil }},
	} {
		if _, err := transport(cfg, nil); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	creds, err := transport(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(leaf)
	for version, ok := range map[uint16]bool{tls.VersionTLS12: false, tls.VersionTLS13: true} {
		here, there := net.Pipe()
		go func() {
			conn, _, err := creds.ServerHandshake(there)
			if err == nil {
				err = conn.Close()
			}
			_ = err // the client's half is the one that is looked at
		}()
		client := credentials.NewTLS(&tls.Config{RootCAs: pool, ServerName: "coffre.test", MinVersion: tls.VersionTLS12, MaxVersion: version})
		_, info, err := client.ClientHandshake(t.Context(), "coffre.test", here)
		if (err == nil) != ok {
			t.Errorf("version %x: %v", version, err)
		}
		if ok && info.(credentials.TLSInfo).State.NegotiatedProtocol != "h2" {
			t.Error("not HTTP/2")
		}
		if ok && info.(credentials.TLSInfo).State.CurveID != tls.X25519MLKEM768 {
			t.Error("the key exchange is not hybrid")
		}
		_ = here.Close()
		_ = there.Close()
	}
}

func TestAnIncompleteConfigIsRefused(t *testing.T) {
	t.Parallel()
	if s, err := NewServer(Config{}); err == nil || s != nil {
		t.Error("the zero Config makes a server")
	}
}
