package rpc

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/coffre-fort/coffre/vault"
)

// The second place has a name of its own in health, on the keeper's server and on
// every node; what serves without it goes on serving.
func TestTheSecondPlaceHasAHealthOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		_, keeper := serveAnchored(t, healthy, func(context.Context) error {
			if down.Load() {
				return errors.Join(vault.ErrUnavailable, errors.New("no checkpoint reaches the second place"))
			}
			return nil
		})
		_, node := serveAnchored(t, func(ctx context.Context) error { return keeperServes(ctx, keeper, "") }, nodeAnchors(keeper))
		says := func(conn *grpc.ClientConn, name string) healthpb.HealthCheckResponse_ServingStatus {
			t.Helper()
			got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
			if err != nil {
				t.Errorf("%q: %v", name, err)
			}
			return got.GetStatus()
		}
		for _, is := range []bool{false, true, false} {
			down.Store(is)
			time.Sleep(2*beat + time.Second)
			want := map[bool]healthpb.HealthCheckResponse_ServingStatus{
				false: healthpb.HealthCheckResponse_SERVING, true: healthpb.HealthCheckResponse_NOT_SERVING,
			}[is]
			for where, conn := range map[string]*grpc.ClientConn{"keeper": keeper, "node": node} {
				if got := says(conn, anchorsService); got != want {
					t.Errorf("%s: the second place is %v, want %v", where, got, want)
				}
				if got := says(conn, ""); got != healthpb.HealthCheckResponse_SERVING {
					t.Errorf("%s: the service is %v", where, got)
				}
			}
		}
	})
}
