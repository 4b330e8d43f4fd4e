package link

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/coffre-fort/coffre/vault"
)

// Version is what the two ends speak. It changes with coffre.keeper.v1 and with
// what either end means by it: the wire is not kept compatible, so another number
// is refused.
const Version = 1

// A Realm says whose data both ends serve. The zero Realm fits none.
type Realm uint8

// The realms: real people's data, and what a development server made.
const (
	RealmProduction Realm = iota + 1
	RealmDev
)

// String is the word of the greeting.
func (r Realm) String() string {
	switch r {
	case RealmProduction:
		return "production"
	case RealmDev:
		return "DEV"
	default:
		return "none"
	}
}

// headerGreeting says with every call what the node is. It goes with the call and
// not once with the connection, which is made again by itself, maybe to a keeper
// that was replaced meanwhile.
const headerGreeting = "coffre-node"

// greeting is what a node of that realm says.
func greeting(r Realm) string { return strconv.Itoa(Version) + " " + r.String() }

// Greeted is what the keeper asks of each call, be it relayed, a hold or health:
// that it comes from a node of this version and of realm r. It keeps nobody out who
// wants in, certificates and sockets do: it keeps mistakes apart. It returns
// [vault.ErrNodeVersion] or [vault.ErrNodeRealm].
func Greeted(r Realm) func(context.Context) error {
	return func(ctx context.Context) error {
		md, _ := metadata.FromIncomingContext(ctx)
		said := md.Get(headerGreeting)
		if len(said) != 1 {
			return fmt.Errorf("%w: no greeting", vault.ErrNodeVersion)
		}
		version, realm, _ := strings.Cut(said[0], " ")
		switch {
		case version != strconv.Itoa(Version):
			return fmt.Errorf("%w: the keeper's is %d", vault.ErrNodeVersion, Version)
		case r != RealmProduction && r != RealmDev || realm != r.String():
			return fmt.Errorf("%w: the keeper's is %s", vault.ErrNodeRealm, r)
		}
		return nil
	}
}

// greets makes every call of a connection say what this node is.
func greets(r Realm) []grpc.DialOption {
	with := func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, headerGreeting, greeting(r))
	}
	return []grpc.DialOption{
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, next grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return next(with(ctx), method, req, reply, cc, opts...)
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, next grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return next(with(ctx), desc, cc, method, opts...)
		}),
	}
}
