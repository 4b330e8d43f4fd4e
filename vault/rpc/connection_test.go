package rpc

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// One connection has so many calls at once and no more: the next waits until one
// ends.
func TestOneConnectionHasSoManyStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, conn := serve(t, healthy)
		health, ends := healthpb.NewHealthClient(conn), make([]context.CancelFunc, maxStreams)
		for i := range ends {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			watch, err := health.Watch(ctx, &healthpb.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := watch.Recv(); err != nil {
				t.Fatalf("stream %d: %v", i, err)
			}
			ends[i] = cancel
		}
		check := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := health.Check(ctx, &healthpb.HealthCheckRequest{})
			return err
		}
		if err := check(); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("one more: %v", err)
		}
		ends[0]()
		if err := check(); err != nil {
			t.Errorf("once one ended: %v", err)
		}
	})
}

// A connection that pings more often than every twenty seconds is closed; one that
// keeps to it stays.
func TestAConnectionThatPingsTooOftenIsClosed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every time.Duration
		stays bool
	}{"too often": {10 * time.Second, false}, "seldom enough": {30 * time.Second, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, conn := serveAnchored(t, healthy, nil, grpc.WithKeepaliveParams(keepalive.ClientParameters{
					Time: c.every, Timeout: 5 * time.Second, PermitWithoutStream: true,
				}))
				if _, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
					t.Fatal(err)
				}
				for range 60 {
					time.Sleep(5 * time.Second)
					synctest.Wait()
					if conn.GetState() != connectivity.Ready {
						break
					}
				}
				if stays := conn.GetState() == connectivity.Ready; stays != c.stays {
					t.Errorf("stays: %v", stays)
				}
			})
		})
	}
}
