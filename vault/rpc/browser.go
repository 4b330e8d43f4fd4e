package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A Public answers the public methods that web pages are made of, for a reader
// at an address (host:port). In one process it is the API itself, at a node the
// keeper. Its errors are those of the domain, or statuses of gRPC.
type Public interface {
	CheckPage(ctx context.Context, req *coffrev1.CheckPageRequest, reader string) (*coffrev1.CheckPageResponse, error)
	GetServiceInformation(ctx context.Context, req *coffrev1.GetServiceInformationRequest) (*coffrev1.GetServiceInformationResponse, error)
}

// Pages makes what browsers get on the API's own port: they speak HTTP/1.1,
// which no client of the API does.
type Pages func(Public) (http.Handler, error)

// within is the API of this process.
type within struct {
	print       *printService
	information informationService
}

func (w within) CheckPage(ctx context.Context, req *coffrev1.CheckPageRequest, reader string) (*coffrev1.CheckPageResponse, error) {
	return w.print.CheckPage(context.WithValue(ctx, networkKey{}, networkAt(reader)), req)
}

func (w within) GetServiceInformation(ctx context.Context, req *coffrev1.GetServiceInformationRequest) (*coffrev1.GetServiceInformationResponse, error) {
	return w.information.GetServiceInformation(ctx, req)
}

// beyond is the keeper behind a node.
type beyond struct{ conn grpc.ClientConnInterface }

func (b beyond) CheckPage(ctx context.Context, req *coffrev1.CheckPageRequest, reader string) (*coffrev1.CheckPageResponse, error) {
	return coffrev1.NewPrintServiceClient(b.conn).CheckPage(metadata.AppendToOutgoingContext(ctx, headerNetwork, networkAt(reader)), req)
}

func (b beyond) GetServiceInformation(ctx context.Context, req *coffrev1.GetServiceInformationRequest) (*coffrev1.GetServiceInformationResponse, error) {
	return coffrev1.NewInformationServiceClient(b.conn).GetServiceInformation(ctx, req)
}

func networkAt(reader string) string {
	addr, err := net.ResolveTCPAddr("tcp", reader) // digits only: nothing is looked up
	if err != nil {
		return networkOf(nil)
	}
	return networkOf(addr)
}

// Times and sizes of a page: small, and read at once.
const (
	pageHeaders = 8 << 10
	pageRead    = 5 * time.Second
	pageWrite   = 20 * time.Second
	pageIdle    = 30 * time.Second
)

// A browsing serves pages on connections that the handshake found to be a
// browser's. It is the listener of its own HTTP server. A nil browsing is none.
type browsing struct {
	http  *http.Server
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
	done  sync.WaitGroup
}

func newBrowsing(h http.Handler, log *slog.Logger) *browsing {
	b := &browsing{
		conns: make(chan net.Conn), over: make(chan struct{}),
		http: &http.Server{
			Handler: h, ReadHeaderTimeout: pageRead, ReadTimeout: pageRead, WriteTimeout: pageWrite, IdleTimeout: pageIdle,
			MaxHeaderBytes: pageHeaders, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
	b.done.Go(func() { _ = b.http.Serve(b) }) // it ends when it is stopped, and fails at nothing else
	return b
}

// take serves one connection; it is closed when nothing is served any more.
func (b *browsing) take(conn net.Conn) {
	select {
	case b.conns <- conn:
	case <-b.over:
		_ = conn.Close() // nothing was promised
	}
}

// Accept implements [net.Listener].
func (b *browsing) Accept() (net.Conn, error) {
	select {
	case conn := <-b.conns:
		return conn, nil
	case <-b.over:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (b *browsing) Close() error {
	b.once.Do(func() { close(b.over) })
	return nil
}

// Addr implements [net.Listener].
func (b *browsing) Addr() net.Addr { return &net.TCPAddr{} }

// abandon ends what never served.
func (b *browsing) abandon() {
	if b == nil {
		return
	}
	_ = b.http.Close() // nobody was served
	_ = b.Close()
	b.done.Wait()
}

func (b *browsing) stop(ctx context.Context) error {
	if b == nil {
		return nil
	}
	err := b.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("rpc: pages were cut: %w", err), b.http.Close())
	}
	_ = b.Close() // it may not have served yet
	b.done.Wait()
	return err
}

// shared tells browsers from clients of the API in the TLS handshake: a client
// offers h2 alone, a browser HTTP/1.1 as well, and gets it.
type shared struct {
	credentials.TransportCredentials
	pages *browsing
}

// ServerHandshake implements [credentials.TransportCredentials].
func (s shared) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := s.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return conn, info, err
	}
	if t, ok := info.(credentials.TLSInfo); !ok || t.State.NegotiatedProtocol != protocolPages {
		return conn, info, nil
	}
	if ours, ok := raw.(*handed); ok {
		ours.away.Store(true)
	}
	s.pages.take(conn)
	return nil, nil, credentials.ErrConnDispatched
}

// Clone implements [credentials.TransportCredentials].
func (s shared) Clone() credentials.TransportCredentials {
	return shared{s.TransportCredentials.Clone(), s.pages}
}

// protocolPages is what only browsers offer (RFC 7301).
const protocolPages = "http/1.1"

// A handing is a listener whose connections may be handed to the pages.
type handing struct{ net.Listener }

// Accept implements [net.Listener].
func (l handing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &handed{Conn: conn}, nil
}

// A handed connection that went to the pages is no longer gRPC's, which takes
// the deadline of the handshake off it at some moment: it would take off that of
// the page's reader.
type handed struct {
	net.Conn
	away atomic.Bool
}

// SetDeadline implements [net.Conn].
func (c *handed) SetDeadline(t time.Time) error {
	if c.away.Load() {
		return nil
	}
	return c.Conn.SetDeadline(t)
}
