package rpc

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/coffre-fort/coffre/vault"
)

// observe gives each call an id, turns its error into the answer, and writes
// one line. The line says which method, how it ended and how long it took;
// never who called, nor about what. It is the outermost step, so that no error
// leaves without passing the table, and the only place where one is logged.
func observe(log *slog.Logger) step {
	return func(ctx context.Context, c call, next func(context.Context) error) error {
		id, start := rand.Text(), time.Now()
		err := next(ctx)
		answer := answerTo(err, id)
		attrs := []slog.Attr{
			slog.String("method", c.method),
			slog.String("code", answer.Code().String()),
			slog.Duration("took", time.Since(start)),
			slog.String("request", id),
		}
		level := levelOf(c.method, answer.Code())
		if level >= slog.LevelWarn {
			// Only what failed in the service itself: elsewhere the cause speaks
			// of what the caller sent.
			attrs = append(attrs, slog.Any("cause", err))
		}
		log.LogAttrs(ctx, level, "call", attrs...)
		return answer.Err()
	}
}

func levelOf(method string, code codes.Code) slog.Level {
	switch code {
	case codes.Internal, codes.DataLoss, codes.Unknown:
		return slog.LevelError
	case codes.Unavailable:
		return slog.LevelWarn
	default:
		if strings.HasPrefix(method, "/"+healthpb.Health_ServiceDesc.ServiceName+"/") {
			return slog.LevelDebug // a balancer asks every few seconds
		}
		return slog.LevelInfo
	}
}

// recovered turns a panic into an error, so that one call cannot end the
// service for everybody, and ends what the call began at the keeper. It stands just inside observe: everything below is
// covered, and the log still says what happened. It is our own because the
// usual one answers the caller with the stack.
func recovered(ctx context.Context, _ call, next func(context.Context) error) (err error) {
	ctx, began := vault.WithBegun(ctx)
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
			began.BrokeOff()
		}
	}()
	return next(ctx)
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }
