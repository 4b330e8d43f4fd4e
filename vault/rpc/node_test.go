package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
)

// Whatever the keeper answers a node passes on as it is, from the row to the last
// detail: there is one table of errors, and each error of the domain survives the
// way. In a batch the node adds which document it was.
func TestEachRowPassesThroughANode(t *testing.T) {
	t.Parallel()
	for _, r := range table {
		answer := answerTo(r.err, "KEEPERS-OWN")
		again := answerTo(errors.Join(FromKeeper(answer.Err()), nil), "NODES-OWN")
		if !proto.Equal(answer.Proto(), again.Proto()) {
			t.Errorf("%s became %v", r.reason, again.Proto())
		}
		numbered := answerTo(&documentError{number: 7, err: FromKeeper(answer.Err())}, "NODES-OWN")
		if info := infoOf(numbered.Details()); info.GetReason() != r.reason || info.GetMetadata()["document"] != "7" {
			t.Errorf("%s of the seventh document became %v", r.reason, numbered.Proto())
		}
	}
}

// What the keeper did not answer is not passed on as if it had; what this process
// found comes before what the keeper said of it.
func TestWhatTheKeeperDidNotAnswer(t *testing.T) {
	t.Parallel()
	refused := FromKeeper(answerTo(vault.ErrTrail, "x").Err())
	for name, c := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"nothing there":        {FromKeeper(status.Error(codes.Unavailable, "connection refused")), codes.Unavailable, "KEEPER_UNAVAILABLE"},
		"the caller left":      {FromKeeper(status.Error(codes.Canceled, "context canceled")), codes.Canceled, "CANCELED"},
		"too late":             {FromKeeper(status.Error(codes.DeadlineExceeded, "")), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"another version":      {FromKeeper(status.Error(codes.Unimplemented, "unknown method")), codes.Internal, "INTERNAL"},
		"a stream that ended":  {FromKeeper(io.EOF), codes.Internal, "INTERNAL"},
		"refused here as well": {errors.Join(vault.ErrDigest, refused), codes.InvalidArgument, "DIGEST_MISMATCH"},
	} {
		st := answerTo(c.err, "x")
		if info := infoOf(st.Details()); st.Code() != c.code || info.GetReason() != c.reason {
			t.Errorf("%s: %v", name, st.Proto())
		}
	}
	if FromKeeper(nil) != nil {
		t.Error("no error became one")
	}
}

// A node serves every method of the public API and none of the private one: what
// streams moves content, and has its own row.
func TestANodeServesWhatHasARow(t *testing.T) {
	t.Parallel()
	if holdMethod != keeperv1.KeeperService_Hold_FullMethodName {
		t.Errorf("the table speaks of %s", holdMethod)
	}
	served := map[string]bool{}
	for _, d := range apiOfNode(nil) {
		for _, m := range d.Methods {
			served["/"+d.ServiceName+"/"+m.MethodName] = true
		}
		for _, m := range d.Streams {
			name := "/" + d.ServiceName + "/" + m.StreamName
			if served[name] = true; access[name].need != withHold {
				t.Errorf("%s streams, and a node does not move it", name)
			}
		}
	}
	for name := range access {
		if public := strings.HasPrefix(name, "/coffre.v1."); served[name] != public {
			t.Errorf("%s: a node serves it: %v", name, served[name])
		}
	}
}

// A network that a caller claims is believed on the keeper's own server only, and
// there in one form.
func TestOnlyNodesAreBelievedAboutTheNetwork(t *testing.T) {
	t.Parallel()
	for claimed, want := range map[string]string{
		"192.0.2.0/24": "192.0.2.0/24", "2001:db8::/48": "2001:db8::/48", "unix": "unix", "unknown": "unknown",
		"192.0.2.7/24": "unknown", "192.0.2.0/8": "unknown", "192.0.2.7": "unknown", "2001:DB8::/48": "unknown", "chez Personne Fictive": "unknown", "": "unknown",
	} {
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(headerNetwork, claimed))
		if have := network(ctx); have != vault.NetworkUnknown {
			t.Errorf("a caller says %q and is believed: %q", claimed, have)
		}
		err := told(ctx, call{}, func(ctx context.Context) error {
			if have := network(ctx); have != want {
				t.Errorf("a node says %q: %q, want %q", claimed, have, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	twice := metadata.NewIncomingContext(t.Context(), metadata.Pairs(headerNetwork, "192.0.2.0/24", headerNetwork, "198.51.100.0/24"))
	_ = told(twice, call{}, func(ctx context.Context) error {
		if have := network(ctx); have != vault.NetworkUnknown {
			t.Errorf("two networks: %q", have)
		}
		return nil
	})
	out, _ := metadata.FromOutgoingContext(onward(metadata.NewIncomingContext(t.Context(), metadata.Pairs(
		headerNetwork, "198.51.100.0/24", "coffre-session", "a", "coffre-session", "b", "coffre-proof", "c", "authorization", "d"))))
	if len(out.Get(headerNetwork)) != 1 || out.Get(headerNetwork)[0] == "198.51.100.0/24" || len(out.Get("coffre-session")) != 2 || len(out.Get("authorization")) > 0 {
		t.Errorf("a node passes on %v", out)
	}
}

// A node without one of its parts is not made, nor one that would serve plain
// text to a network.
func TestNewNodeChecks(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]NodeConfig{
		"zero":      {},
		"no keeper": {Log: slog.New(slog.DiscardHandler)},
	} {
		if _, err := NewNode(cfg); err == nil {
			t.Errorf("%s: made", name)
		}
	}
}
