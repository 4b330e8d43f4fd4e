package link_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/link"
	"github.com/coffre-fort/coffre/vault/rpc"
)

// A node of another version or realm is refused whatever it asks, and the refusal
// says what to do.
func TestTheKeeperRefusesNodesOfAnotherKind(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	raw, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	t.Cleanup(func() { _ = raw.Close() })
	other, err := link.Dial(s.address, nil, link.RealmProduction)
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	for name, c := range map[string]struct {
		conn  *grpc.ClientConn
		says  []string
		want  string
		advis string
	}{
		"nothing said":     {raw, nil, "are of different versions", "install the keeper's version"},
		"a later version":  {raw, []string{"coffre-node", "2 DEV"}, "are of different versions", "install the keeper's version"},
		"no version":       {raw, []string{"coffre-node", "DEV"}, "are of different versions", "install the keeper's version"},
		"said twice":       {raw, []string{"coffre-node", "1 DEV", "coffre-node", "1 DEV"}, "are of different versions", "stop the nodes"},
		"no realm":         {raw, []string{"coffre-node", "1"}, "are of different realms", "keeper.dial"},
		"the zero realm":   {raw, []string{"coffre-node", "1 none"}, "are of different realms", "keeper.dial"},
		"more than needed": {raw, []string{"coffre-node", "1 DEV "}, "are of different realms", "keeper.dial"},
		"real people's":    {other, nil, "are of different realms", "keeper.dial"},
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), c.says...)
		_, health := healthpb.NewHealthClient(c.conn).Check(ctx, &healthpb.HealthCheckRequest{})
		_, relayed := coffrev1.NewSessionServiceClient(c.conn).ListIssuers(ctx, &coffrev1.ListIssuersRequest{})
		for what, err := range map[string]error{"health": health, "a relayed call": relayed, "a hold": holds(ctx, c.conn)} {
			err = rpc.FromKeeper(err)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.advis) || errors.Is(err, vault.ErrKeeper) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	if _, err := link.Dial(s.address, nil, 0); err == nil {
		t.Error("a node of no realm dialled")
	}
	if err := link.Greeted(0)(metadata.NewIncomingContext(t.Context(), metadata.Pairs("coffre-node", "1 none"))); !errors.Is(err, vault.ErrNodeRealm) {
		t.Errorf("a keeper of no realm: %v", err)
	}
}

func holds(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := keeperv1.NewKeeperServiceClient(conn).Hold(ctx)
	if err == nil {
		_, err = stream.Recv()
	}
	return err
}

// Whoever changes what crosses changes the version: two ends that differ refuse
// each other instead of misunderstanding.
func TestTheVersionChangesWithTheWire(t *testing.T) {
	t.Parallel()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(protodesc.ToFileDescriptorProto(keeperv1.File_coffre_keeper_v1_keeper_proto))
	must(t, err)
	have := sha256.Sum256(raw)
	const version, want = 1, "2ad5afb68c89b85e59f27760694ce5ff846739c67fd7f78280ade8a9f3275d80"
	if link.Version != version || hex.EncodeToString(have[:]) != want {
		t.Errorf("version %d with the descriptor %x: raise link.Version, and write both here", link.Version, have)
	}
}
