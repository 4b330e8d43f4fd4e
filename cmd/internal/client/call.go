package client

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

const (
	// attempts is how often a call that is safe to repeat is made in all.
	attempts = 4
	// firstPause is doubled from one attempt to the next.
	firstPause = 200 * time.Millisecond
	// maxPause bounds a pause that the service asks for: beyond it the user is
	// told, and decides.
	maxPause = 5 * time.Second
)

// method is a generated method of one call and one answer.
type method[Q, A any] func(context.Context, *Q, ...grpc.CallOption) (*A, error)

// once makes a call that may not be repeated.
func once[Q, A any](ctx context.Context, c *Client, call method[Q, A], req *Q) (*A, error) {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := call(limited, req)
	if err != nil {
		return nil, c.failure(ctx, err)
	}
	return answer, nil
}

// repeat makes a call that reads, or that carries a request id: when it was not
// served, or its answer was lost, it is made again.
func repeat[Q, A any](ctx context.Context, c *Client, call method[Q, A], req *Q) (*A, error) {
	var answer *A
	err := c.again(ctx, func(ctx context.Context) (err error) {
		answer, err = once(ctx, c, call, req)
		return err
	})
	return answer, err
}

// Once makes a call that may not be repeated: one in which somebody guesses a
// code or a PIN, because every try counts.
func Once[Q, A any](ctx context.Context, c *Client, call func(context.Context, *Q, ...grpc.CallOption) (*A, error), req *Q) (*A, error) {
	return once(ctx, c, call, req)
}

// Repeat makes a call that reads, or that carries a request id, and makes it
// again when it was not served, or its answer was lost.
func Repeat[Q, A any](ctx context.Context, c *Client, call func(context.Context, *Q, ...grpc.CallOption) (*A, error), req *Q) (*A, error) {
	return repeat(ctx, c, call, req)
}

// Whole asks for a list page by page, and answers it as one.
func Whole[Q, A any, PQ interface {
	*Q
	SetPageToken(string)
}, PA interface {
	*A
	proto.Message
	GetNextPageToken() string
	ClearNextPageToken()
}](ctx context.Context, c *Client, call func(context.Context, *Q, ...grpc.CallOption) (*A, error), req *Q) (*A, error) {
	whole, err := Repeat(ctx, c, call, req)
	if err != nil {
		return nil, err
	}
	for next := PA(whole).GetNextPageToken(); next != ""; {
		PQ(req).SetPageToken(next)
		page, err := Repeat(ctx, c, call, req)
		if err != nil {
			return nil, err
		}
		next = PA(page).GetNextPageToken()
		proto.Merge(PA(whole), PA(page)) // lists are joined
	}
	PA(whole).ClearNextPageToken()
	return whole, nil
}

// NewRequest names one request, so that repeating it does it once.
func NewRequest() *string { return newRequest() }

// again runs f until it ends in something other than an unavailable service, at
// most attempts times. The error of f must be an [*Error].
func (c *Client) again(ctx context.Context, f func(context.Context) error) error {
	for pause, n := firstPause, 1; ; pause, n = 2*pause, n+1 {
		err := f(ctx)
		e, failed := errors.AsType[*Error](err)
		if !failed || !e.repeatable || n == attempts || e.pause > maxPause {
			return err
		}
		if err := c.wait(ctx, max(pause, e.pause)); err != nil {
			return err
		}
	}
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return c.failure(ctx, ctx.Err())
	}
}
