package rpc

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// errNoRow cannot happen in a server that started; it is there so that the
// table refuses by itself.
var errNoRow = errors.New("method has no row in the access table")

// admit lets a call through that meets its row of the access table. Requests
// are parsed behind it: whoever has no session learns nothing about them.
func admit(v *vault.Vault) step {
	return func(ctx context.Context, c call, next func(context.Context) error) error {
		switch access[c.method].need {
		case public:
			return next(ctx)
		case withSession:
			who, err := authenticate(ctx, v, c.method)
			if err != nil {
				return err
			}
			return next(context.WithValue(ctx, callerKey{}, who))
		case withHold:
			who, err := authenticate(ctx, v, c.method)
			if err != nil {
				return err
			}
			return next(context.WithValue(ctx, holdKey{}, v.Hold(who)))
		case fromNode:
			return next(ctx) // registered on the keeper's own listener only
		default:
			return errNoRow
		}
	}
}

// authenticate asks the keeper who calls. Credentials that cannot even be read
// go there as well, empty: the keeper counts refusals, and refuses these.
func authenticate(ctx context.Context, v *vault.Vault, method string) (session.Principal, error) {
	creds, malformed := presented(ctx, method)
	who, err := v.Authenticate(ctx, creds, network(ctx))
	switch {
	case err != nil:
		return session.Principal{}, err
	case malformed != nil:
		return session.Principal{}, malformed
	case who.IsZero():
		return session.Principal{}, session.ErrNoSession
	}
	return who, nil
}

// presented reads the metadata of a call (auth/session/PROOF.md).
func presented(ctx context.Context, method string) (session.Credentials, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	token, err := only(md, session.HeaderToken, session.ParseToken)
	if err != nil {
		return session.Credentials{Method: method}, err
	}
	proof, err := only(md, session.HeaderProof, session.ParseProof)
	if err != nil {
		return session.Credentials{Method: method}, err
	}
	return session.Credentials{Token: token, Proof: proof, Method: method}, nil
}

// only reads a header that must stand there exactly once: two values would let
// two readers disagree on who calls.
func only[T any](md metadata.MD, name string, parse func(string) (T, error)) (T, error) {
	if v := md.Get(name); len(v) == 1 {
		if t, err := parse(v[0]); err == nil {
			return t, nil
		}
	}
	var zero T
	return zero, errors.Join(session.ErrNoSession, auth.ErrUnauthenticated)
}

type callerKey struct{}

// caller is who proved their session for this call. Without one it is the zero
// principal, whom the keeper refuses.
func caller(ctx context.Context) session.Principal {
	who, _ := ctx.Value(callerKey{}).(session.Principal)
	return who
}

type holdKey struct{}

// holding is the standing of this call, where it moves content.
func holding(ctx context.Context) vault.Hold {
	at, _ := ctx.Value(holdKey{}).(vault.Hold)
	return at
}

// network is where a call comes from, as far as the trail may know: the /24 or
// /48 around the peer. Behind a proxy everybody comes from the proxy; behind an
// API node everybody comes from where the node says.
func network(ctx context.Context) string {
	if told, ok := ctx.Value(networkKey{}).(string); ok {
		return told
	}
	p, ok := peer.FromContext(ctx)
	if !ok {
		return networkOf(nil)
	}
	return networkOf(p.Addr)
}

func networkOf(from net.Addr) string {
	if from == nil {
		return "unknown"
	}
	tcp, ok := from.(*net.TCPAddr)
	if !ok {
		return from.Network() // a socket of this machine
	}
	addr, ok := netip.AddrFromSlice(tcp.IP)
	if !ok {
		return "unknown"
	}
	addr, bits := addr.Unmap(), 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
