package rpc

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const (
	beat      = 5 * time.Second // between two checks
	beatLimit = 4 * time.Second // for one check
)

// A heart asks every few seconds whether the service can work, and says so
// under grpc.health.v1: for each service and for all of them (""). Until the
// first check passed, nothing serves.
type heart struct {
	health   *health.Server
	services []string
	check    func(context.Context) error
	log      *slog.Logger
	done     chan struct{}
}

// newHeart speaks for every service registered so far.
func newHeart(g *grpc.Server, check func(context.Context) error, log *slog.Logger) *heart {
	h := &heart{
		health:   health.NewServer(),
		services: append(slices.Sorted(maps.Keys(g.GetServiceInfo())), ""),
		check:    check,
		log:      log,
		done:     make(chan struct{}),
	}
	h.say(healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(g, h.health)
	return h
}

// start begins to ask; it stops when life ends.
func (h *heart) start(life context.Context) {
	go func() {
		defer close(h.done)
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for last := healthpb.HealthCheckResponse_UNKNOWN; ; {
			last = h.ask(life, last)
			select {
			case <-tick.C:
			case <-life.Done():
				return
			}
		}
	}()
}

// wait returns when nothing asks any more.
func (h *heart) wait() { <-h.done }

func (h *heart) ask(life context.Context, last healthpb.HealthCheckResponse_ServingStatus) healthpb.HealthCheckResponse_ServingStatus {
	ctx, cancel := context.WithTimeout(life, beatLimit)
	defer cancel()
	err := h.check(ctx)
	now := healthpb.HealthCheckResponse_SERVING
	if err != nil {
		now = healthpb.HealthCheckResponse_NOT_SERVING
	}
	if now == last || life.Err() != nil {
		return last
	}
	h.say(now)
	if err != nil {
		h.log.LogAttrs(life, slog.LevelError, "not serving", slog.Any("cause", err))
	} else {
		h.log.LogAttrs(life, slog.LevelInfo, "serving")
	}
	return now
}

func (h *heart) say(s healthpb.HealthCheckResponse_ServingStatus) {
	for _, name := range h.services {
		h.health.SetServingStatus(name, s)
	}
}
