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

// anchorsService is the name under which grpc.health.v1 says whether checkpoints
// reach the second place. Acts go on while they do not.
const anchorsService = "anchors"

// A vital is one thing that is asked for, and who is said to serve by it.
type vital struct {
	services []string
	check    func(context.Context) error
	level    slog.Level // of the line that says that it broke
	last     healthpb.HealthCheckResponse_ServingStatus
}

// A heart asks every few seconds whether the service can work, and says so
// under grpc.health.v1: for each service and for all of them (""), and by a name of
// its own for the second place. Until the first check passed, nothing serves.
type heart struct {
	health *health.Server
	vitals []*vital
	log    *slog.Logger
	done   chan struct{}
}

// newHeart speaks for every service registered so far, and for the second place
// where anchors is set.
func newHeart(g *grpc.Server, check, anchors func(context.Context) error, log *slog.Logger) *heart {
	h := &heart{health: health.NewServer(), log: log, done: make(chan struct{})}
	h.vitals = []*vital{{services: append(slices.Sorted(maps.Keys(g.GetServiceInfo())), ""), check: check, level: slog.LevelError}}
	if anchors != nil {
		h.vitals = append(h.vitals, &vital{services: []string{anchorsService}, check: anchors, level: slog.LevelWarn})
	}
	for _, v := range h.vitals {
		h.say(v, healthpb.HealthCheckResponse_NOT_SERVING)
	}
	healthpb.RegisterHealthServer(g, h.health)
	return h
}

// start begins to ask; it stops when life ends.
func (h *heart) start(life context.Context) {
	go func() {
		defer close(h.done)
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			for _, v := range h.vitals {
				h.ask(life, v)
			}
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

func (h *heart) ask(life context.Context, v *vital) {
	ctx, cancel := context.WithTimeout(life, beatLimit)
	defer cancel()
	err := v.check(ctx)
	now := healthpb.HealthCheckResponse_SERVING
	if err != nil {
		now = healthpb.HealthCheckResponse_NOT_SERVING
	}
	if now == v.last || life.Err() != nil {
		return
	}
	v.last = now
	h.say(v, now)
	what := slog.String("health", v.services[len(v.services)-1])
	if err != nil {
		h.log.LogAttrs(life, v.level, "not serving", what, slog.Any("cause", err))
	} else {
		h.log.LogAttrs(life, slog.LevelInfo, "serving", what)
	}
}

func (h *heart) say(v *vital, s healthpb.HealthCheckResponse_ServingStatus) {
	for _, name := range v.services {
		h.health.SetServingStatus(name, s)
	}
}
