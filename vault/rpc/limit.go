package rpc

import (
	"context"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/tap"
)

// How long a call may take at most. A caller who wants less says so with a
// deadline of their own.
const (
	shortLimit = 30 * time.Second
	longLimit  = 30 * time.Minute // streams: 100 MiB over a line of 0.5 Mbit/s
	// slack is what is left of the caller's own time to tell them what became
	// of the call.
	slack = 20 * time.Millisecond
)

// limit bounds the time of every call. It is a tap and not a step of the chain,
// because only here the limit reaches a handler that waits for the next chunk
// of a client that sends none; for the same reason it is the first to run.
func limit(life context.Context) tap.ServerInHandle {
	return func(ctx context.Context, info *tap.Info) (context.Context, error) {
		ctx, cancel := context.WithDeadline(ctx, deadline(ctx, info.FullMethodName, time.Now()))
		// gRPC ends the parent with the call, and this frees the timer then.
		context.AfterFunc(ctx, cancel)
		if info.FullMethodName == healthpb.Health_Watch_FullMethodName {
			// Whoever watches the health of a server watches for ever, and a
			// graceful stop would wait as long.
			stop := context.AfterFunc(life, cancel)
			context.AfterFunc(ctx, func() { stop() })
		}
		return ctx, nil
	}
}

func deadline(ctx context.Context, method string, now time.Time) time.Time {
	limit := shortLimit
	if r, ok := access[method]; ok {
		limit = r.limit
	}
	end := now.Add(limit)
	if theirs, ok := ctx.Deadline(); ok && theirs.Add(-slack).Before(end) {
		return theirs.Add(-slack)
	}
	return end
}
