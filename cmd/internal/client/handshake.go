package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"

	"google.golang.org/grpc/credentials"
)

// handshake remembers how the last TLS handshake ended: gRPC answers a
// certificate that is not trusted and a machine that is switched off with one
// and the same code, and people have to do different things about them.
type handshake struct {
	credentials.TransportCredentials

	untrusted atomic.Bool
}

// ClientHandshake implements [credentials.TransportCredentials].
func (h *handshake) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ClientHandshake(ctx, authority, raw)
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	h.untrusted.Store(bad)
	return conn, info, err // gRPC reads this error
}

// Clone implements [credentials.TransportCredentials]. gRPC clones what it is
// given before use, and the answer is wanted here: the clone is the same one.
func (h *handshake) Clone() credentials.TransportCredentials { return h }
