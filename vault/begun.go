package vault

import (
	"context"
	"slices"
	"sync"
)

// Begun is what one call has begun at the keeper and may not have ended. Whoever
// recovers from the panic of a call says so with [Begun.BrokeOff]: what the call
// held would else be held until the service stops, and a stop would wait for it. It
// is made by [WithBegun] and safe for concurrent use.
type Begun struct {
	mu   sync.Mutex
	ends []func()
}

type begunKey struct{}

// WithBegun answers a context for one call, and what will have begun in it.
func WithBegun(ctx context.Context) (context.Context, *Begun) {
	b := &Begun{}
	return context.WithValue(ctx, begunKey{}, b), b
}

// IfBrokenOff has end called when the call of a context breaks off, from the call's
// own goroutine and with no lock held any more; what ended by then it leaves alone.
// In a context of no call it does nothing: nobody recovers there.
func IfBrokenOff(ctx context.Context, end func()) {
	b, ok := ctx.Value(begunKey{}).(*Begun)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends = append(b.ends, end)
}

// BrokeOff ends what the call began, the newest first.
func (b *Begun) BrokeOff() {
	b.mu.Lock()
	ends := b.ends
	b.ends = nil
	b.mu.Unlock()
	for _, end := range slices.Backward(ends) {
		end()
	}
}
