package client

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/coffre-fort/coffre/auth/session"
)

// Credentials are one session: its token, and the key that proves each call.
// The zero value signs nothing; the service then refuses all but the calls that
// need no session. It prints as a fixed word.
type Credentials struct {
	token session.Token
	key   *session.ClientKey
}

// NewCredentials joins a token with the key that its session was opened for.
func NewCredentials(token session.Token, key *session.ClientKey) Credentials {
	return Credentials{token: token, key: key}
}

// Visit answers the credentials of a counter session that was opened in this
// one: its token, proved with this session's key.
func (c Credentials) Visit(token string) (Credentials, error) {
	t, err := session.ParseToken(token)
	if err != nil {
		return Credentials{}, fmt.Errorf("client: counter session: %w", err)
	}
	return Credentials{token: t, key: c.key}, nil
}

// IsZero reports whether there is no session.
func (c Credentials) IsZero() bool { return c.key == nil }

// String never shows the session.
func (c Credentials) String() string { return "[session]" }

// Format never shows the session, whatever the verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue never shows the session.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText never shows the session: [Store.Save] writes it on purpose.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// caller adds to each call the proof that is good for this call alone. It is
// not [credentials.PerRPCCredentials]: those do not learn the full method.
type caller struct {
	conn *grpc.ClientConn
	cred Credentials
}

// Invoke implements [grpc.ClientConnInterface].
func (c caller) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return c.conn.Invoke(c.sign(ctx, method), method, args, reply, opts...) // read as a status by the caller
}

// NewStream implements [grpc.ClientConnInterface].
func (c caller) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.conn.NewStream(c.sign(ctx, method), desc, method, opts...) // read as a status by the caller
}

func (c caller) sign(ctx context.Context, method string) context.Context {
	if c.cred.IsZero() {
		return ctx
	}
	proof := c.cred.key.Prove(c.cred.token, method, time.Now())
	return metadata.AppendToOutgoingContext(ctx,
		session.HeaderToken, c.cred.token.Reveal(),
		session.HeaderProof, proof.Encode())
}
