package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// A gate counts the deeds under way, so that a stop can wait for them. The
// zero gate is open.
type gate struct {
	mu     sync.Mutex
	closed bool
	in     sync.WaitGroup
}

// enter reports whether one more deed may begin; whoever entered leaves once.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.in.Add(1)
	}
	return !g.closed
}

func (g *gate) leave() { g.in.Done() }

// shut lets nobody in any more and answers when the last one left. The first
// call answers true.
func (g *gate) shut() (first bool, empty <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	first, g.closed = !g.closed, true
	done := make(chan struct{})
	go func() { g.in.Wait(); close(done) }()
	return first, done
}

// ErrSuperseded means that another keeper has started on the same bucket: this
// one reveals and writes nothing any more. A client that asks again reaches the
// other one.
var ErrSuperseded = fmt.Errorf("keeper: a later keeper has started: %w", vault.ErrUnavailable)

// fit says whether this keeper may serve at all: the trail accepts records, the
// clock is believable, and no other keeper has taken over.
func (k *Keeper) fit() error {
	if halted := k.halted.Load(); halted != nil {
		return *halted
	}
	if err := k.trail.Err(); err != nil {
		return fromTrail(err)
	}
	if ahead := k.ahead.Load(); ahead != nil {
		return *ahead
	}
	return k.clock.check(k.trail.LastTime())
}

// halt stops this keeper for good; the first reason counts.
func (k *Keeper) halt(ctx context.Context, why error) error {
	if k.halted.CompareAndSwap(nil, &why) {
		k.log.ErrorContext(ctx, "this keeper serves nothing any more", slog.Any("error", why))
	}
	return *k.halted.Load()
}

// admit asks whether who may try anything at all. A call whose session is over
// is counted like one without a session.
func (k *Keeper) admit(ctx context.Context, who session.Principal) error {
	if err := k.fit(); err != nil {
		return err
	}
	err := k.Live(who)
	if errors.Is(err, auth.ErrUnauthenticated) {
		return errors.Join(err, k.countStranger(ctx, vault.ActUnauthenticated, endedSession))
	}
	return err
}

// endedSession stands for the network of a call whose session is over.
const endedSession = "ended session"

// A fault is nil, or why nothing is served.
type fault = atomic.Pointer[error]

// grace is how long a stop waits for acts under way before it ends them.
const grace = patience + 2*time.Second

// Close lets nothing new begin, waits for what is under way, ends what waits
// for its caller (deposits and readings), records the stop, anchors the last
// checkpoint, and closes the files. What was taken away and is not written yet
// stays open in the trail: the next start finishes it. Calls after it fail; a
// second Close does nothing.
func (k *Keeper) Close() error {
	first, empty := k.gate.shut()
	if !first {
		return nil
	}
	k.endAll()
	t := time.NewTimer(grace)
	select {
	case <-empty:
	case <-t.C:
	}
	t.Stop()
	k.stop()
	<-empty
	k.work.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), opTimeout)
	defer cancel()
	if halted := k.halted.Load(); halted != nil {
		return errors.Join(*halted, k.shut()) // the history goes on elsewhere
	}
	err := k.serviceFact(ctx, vault.ActStop, audit.ResultDone, detail{})
	return errors.Join(err, k.anchorInTime(ctx), k.keepLimits(), k.flush(), k.shut())
}
