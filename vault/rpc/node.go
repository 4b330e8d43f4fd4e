package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// headerNetwork is where a call came from, in the words of the node it came by.
// Only the keeper's own listener reads it.
const headerNetwork = "coffre-network"

// An Upstream is the keeper, seen from an API node (package link). It is an
// interface because it is a trust boundary: the keeper believes nothing of what a
// node says but where a call came from.
type Upstream interface {
	// Calls to it reach the keeper's own listener. One that did not reach it fails
	// with a gRPC status of the transport.
	grpc.ClientConnInterface
	// Hold presents the credentials of one call that moves content. The caller
	// calls end once, when the call is over; what was begun by then and not ended
	// has failed. Errors are as [FromKeeper] reads them.
	Hold(ctx context.Context, c session.Credentials, network string) (at vault.Hold, end func(), err error)
}

// NodeConfig is what an API node works with. Fields are required unless they say
// so; those that [Config] has too mean the same.
type NodeConfig struct {
	// Keeper decides, records, and answers everything but contents.
	Keeper Upstream
	// Contents moves contents between callers and the bucket.
	Contents *vault.Contents
	// Kinds are the kinds of papers and the drawers accepted.
	Kinds *papers.Catalogue
	// TLS as in [Config].
	TLS *tls.Config
	// Log as in [Config].
	Log *slog.Logger
	// Reflection as in [Config].
	Reflection Reflection
	// Drain as in [Config].
	Drain time.Duration
	// Pages as in [Config].
	Pages Pages
}

// NewNode makes a server that holds no key: it moves contents itself, on the
// keeper's word for each, and relays every other call as it is, bytes and answer
// alike. It serves while the keeper does and its own way to the bucket works.
func NewNode(cfg NodeConfig) (*Server, error) {
	switch {
	case cfg.Keeper == nil:
		return nil, errors.New("rpc: no keeper")
	case cfg.Contents == nil:
		return nil, errors.New("rpc: no contents")
	case cfg.Kinds == nil:
		return nil, errors.New("rpc: no catalogue of papers")
	case cfg.Log == nil:
		return nil, errors.New("rpc: no logger")
	case cfg.Reflection > ReflectionOn || cfg.Drain < 0:
		return nil, errors.New("rpc: a setting out of bounds")
	}
	made := making{
		tls: cfg.TLS, log: cfg.Log, reflection: cfg.Reflection, drain: cfg.Drain,
		admit: []step{admitAtNode(cfg.Keeper)}, streams: maxStreams, healthy: nodeHealth(cfg), anchors: nodeAnchors(cfg.Keeper),
		pages: cfg.Pages, public: beyond{cfg.Keeper},
	}
	moves := &nodeDocuments{contentService: contentService{contents: cfg.Contents, kinds: cfg.Kinds}}
	return made.server(func(g *grpc.Server) {
		for _, d := range apiOfNode(cfg.Keeper) {
			g.RegisterService(d, moves)
		}
	})
}

// nodeDocuments answers the methods of the document service that move content;
// the others are relayed before they come here.
type nodeDocuments struct {
	contentService
	elsewhere
}

var _ coffrev1.DocumentServiceServer = (*nodeDocuments)(nil)

// elsewhere lies one deeper, so that the methods of contents come first.
type elsewhere struct {
	coffrev1.UnimplementedDocumentServiceServer
}

// admitAtNode lets a call through that meets its row of the access table as far
// as a node can tell: whoever moves content is presented to the keeper, and
// whatever is relayed is the keeper's to admit.
func admitAtNode(k Upstream) step {
	return func(ctx context.Context, c call, next func(context.Context) error) error {
		switch access[c.method].need {
		case public, withSession:
			return next(ctx)
		case withHold:
			creds, malformed := presented(ctx, c.method)
			at, end, err := k.Hold(ctx, creds, network(ctx))
			if err != nil {
				return err
			}
			defer end()
			if malformed != nil {
				return malformed
			}
			return next(context.WithValue(ctx, holdKey{}, at))
		default:
			return errNoRow
		}
	}
}

type networkKey struct{}

// greeted lets the calls of nodes of the same kind through, health included: a
// node of another kind has to know that it does not serve. It is a step of the
// keeper's own server only.
func greeted(same func(context.Context) error) step {
	return func(ctx context.Context, _ call, next func(context.Context) error) error {
		if err := same(ctx); err != nil {
			return err
		}
		return next(ctx)
	}
}

// told believes a node about where a call came from. It is a step of the keeper's
// own server only.
func told(ctx context.Context, _ call, next func(context.Context) error) error {
	md, _ := metadata.FromIncomingContext(ctx)
	where := vault.NetworkUnknown
	if v := md.Get(headerNetwork); len(v) == 1 {
		where = vault.NetworkOf(v[0])
	}
	return next(context.WithValue(ctx, networkKey{}, where))
}

// apiOfNode describes the public API as a node serves it, from the access table:
// what moves content as it is, every other method relayed.
func apiOfNode(k Upstream) map[string]*grpc.ServiceDesc {
	documents := coffrev1.DocumentService_ServiceDesc
	documents.HandlerType = (*any)(nil)
	documents.Methods = slices.DeleteFunc(slices.Clone(documents.Methods), func(m grpc.MethodDesc) bool {
		return access["/"+documents.ServiceName+"/"+m.MethodName].need != withHold
	})
	all := map[string]*grpc.ServiceDesc{documents.ServiceName: &documents}
	for method, r := range access {
		service, name := path.Split(method)
		service = strings.Trim(service, "/")
		if !strings.HasPrefix(service, "coffre.v1.") || r.need == withHold {
			continue
		}
		d, ok := all[service]
		if !ok {
			d = &grpc.ServiceDesc{ServiceName: service, HandlerType: (*any)(nil)}
			all[service] = d
		}
		d.Methods = append(d.Methods, grpc.MethodDesc{MethodName: name, Handler: relay(method, k)})
	}
	return all
}

// relay carries one call to the keeper and its answer back. A message is read as
// one that has no fields of its own: all of it is unknown, and is kept and written
// byte for byte. The keeper parses it. Its answers have no metadata to bring back.
func relay(method string, k Upstream) grpc.MethodHandler {
	call := func(ctx context.Context, in any) (any, error) {
		out := new(emptypb.Empty)
		if err := k.Invoke(onward(ctx), method, in, out); err != nil {
			return nil, FromKeeper(err)
		}
		return out, nil
	}
	info := &grpc.UnaryServerInfo{FullMethod: method}
	return func(_ any, ctx context.Context, read func(any) error, steps grpc.UnaryServerInterceptor) (any, error) {
		in := new(emptypb.Empty)
		if err := read(in); err != nil {
			return nil, err
		}
		return steps(ctx, in, info, call)
	}
}

// onward is what of a call's metadata goes to the keeper: what proves the
// session, as it came, and where the call came from, as this node saw it.
func onward(ctx context.Context) context.Context {
	in, _ := metadata.FromIncomingContext(ctx)
	out := metadata.Pairs(headerNetwork, network(ctx))
	for _, name := range []string{session.HeaderToken, session.HeaderProof} {
		out.Append(name, in.Get(name)...)
	}
	return metadata.NewOutgoingContext(ctx, out)
}

// nodeHealth asks the keeper and the bucket.
func nodeHealth(cfg NodeConfig) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := keeperServes(ctx, cfg.Keeper, ""); err != nil {
			return err
		}
		return cfg.Contents.Healthy(ctx)
	}
}

// nodeAnchors asks the keeper about the second place, of which a node knows nothing.
func nodeAnchors(k grpc.ClientConnInterface) func(context.Context) error {
	return func(ctx context.Context) error { return keeperServes(ctx, k, anchorsService) }
}

// keeperServes asks the keeper's health by name.
func keeperServes(ctx context.Context, k grpc.ClientConnInterface, name string) error {
	answer, err := healthpb.NewHealthClient(k).Check(ctx, &healthpb.HealthCheckRequest{Service: name})
	if err != nil {
		return fmt.Errorf("keeper: %w", FromKeeper(err))
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("%w: the keeper does not serve", vault.ErrUnavailable)
	}
	return nil
}
