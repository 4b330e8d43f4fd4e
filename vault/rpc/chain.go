package rpc

import (
	"context"
	"slices"

	"google.golang.org/grpc"
)

// A call is what a step knows about the call it handles.
type call struct{ method string }

// A step does its part of every call, then the next one, at most once. Steps
// are written once for single calls and streams alike.
type step func(ctx context.Context, c call, next func(context.Context) error) error

// chain makes one step of several, the outermost first.
func chain(steps ...step) step {
	return func(ctx context.Context, c call, handler func(context.Context) error) error {
		for _, s := range slices.Backward(steps) {
			next := handler
			handler = func(ctx context.Context) error { return s(ctx, c, next) }
		}
		return handler(ctx)
	}
}

func (s step) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	var answer any
	err := s(ctx, call{info.FullMethod}, func(ctx context.Context) (err error) {
		answer, err = handler(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (s step) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return s(ss.Context(), call{info.FullMethod}, func(ctx context.Context) error {
		return handler(srv, &streamWith{ServerStream: ss, ctx: ctx})
	})
}

// streamWith is a stream with what the steps put into its context.
type streamWith struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // gRPC hands a stream's context over in the stream
}

func (s *streamWith) Context() context.Context { return s.ctx }
