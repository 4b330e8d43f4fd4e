package tour

import (
	"context"
	"errors"
	"net"
	"sync"
)

// A badLine is a network whose first connection breaks after some bytes came.
type badLine struct {
	after int

	mu    sync.Mutex
	dials int
	cut   int
}

func (l *badLine) dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err //nolint:wrapcheck // gRPC reads this error
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dials++
	if l.dials > 1 {
		return conn, nil
	}
	return &cutConn{Conn: conn, line: l, left: l.after}, nil
}

func (l *badLine) cuts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

type cutConn struct {
	net.Conn
	line *badLine
	left int // read by one goroutine only, as gRPC does
}

var errCut = errors.New("the line is cut")

// Read implements [net.Conn].
func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left -= n; c.left > 0 || err != nil {
		return n, err //nolint:wrapcheck // a connection passes its error on
	}
	c.line.mu.Lock()
	c.line.cut++
	c.line.mu.Unlock()
	return 0, errors.Join(errCut, c.Conn.Close())
}

// A slowLine is a connection over which only so much arrives until it is let go:
// then the service cannot have sent the rest beforehand, into some buffer.
type slowLine struct {
	after int
	free  chan struct{}
}

func (l *slowLine) dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &slowConn{Conn: conn, line: l, left: l.after, closed: make(chan struct{})}, nil
}

type slowConn struct {
	net.Conn

	line   *slowLine
	left   int // read by one goroutine only, as gRPC does
	once   sync.Once
	closed chan struct{}
}

// Read implements [net.Conn].
func (c *slowConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		select {
		case <-c.line.free:
		case <-c.closed:
			return 0, net.ErrClosed
		}
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// Close implements [net.Conn].
func (c *slowConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
