package audit

import (
	"context"
	"fmt"
	"sync/atomic"
)

// A Pending is an intent on record: the capability to act on it once. Only
// [Log.Begin] makes one; a nil or zero Pending refuses everything with
// [ErrNoIntent]. Functions that reveal or change something take one and ask
// [Pending.Live] first.
type Pending struct {
	log   *Log
	pos   Position
	op    Op
	state atomic.Int32
}

// The states of a pending. Zero is not live.
const (
	pendingLive   = 1
	pendingEnding = 2
	pendingEnded  = 3
)

// An ending is an outcome that waits for the next commit.
type ending struct {
	of     Position
	op     Op
	result Result
	detail []byte
}

// maxLate is how many late outcomes may wait before they get a commit of their own.
const maxLate = 256

// Begin records an intent and returns once it is durable. Do not act before, and
// do not act on an error: [ErrTrailUnavailable], [ErrClockBack], [ErrRecord], or
// ctx's own when it ended while the record was waiting for its turn, in which
// case nothing was recorded.
func (l *Log) Begin(ctx context.Context, r Record) (*Pending, error) {
	pos, err := l.record(ctx, r, StageIntent, ResultUnknown)
	if err != nil {
		return nil, err
	}
	p := &Pending{log: l, pos: pos, op: r.Op}
	p.state.Store(pendingLive)
	return p, nil
}

// Note records a fact, intent and outcome in one leaf, and returns once it is
// durable. It is meant for refusals; the result must not be [ResultUnknown].
// The errors are those of [Log.Begin].
func (l *Log) Note(ctx context.Context, r Record, res Result) (Position, error) {
	if res == ResultUnknown || res > ResultFailed {
		return 0, fmt.Errorf("fact with result %v: %w", res, ErrRecord)
	}
	return l.record(ctx, r, StageFact, res)
}

func (l *Log) record(ctx context.Context, r Record, s Stage, res Result) (pos Position, err error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	err = l.submit(ctx, &request{bytes: len(r.Detail), apply: func(w *writing) (err error) {
		pos, err = w.act(r, s, res)
		return err
	}})
	return pos, err
}

func (r Record) check() error {
	if r.Op == 0 {
		return fmt.Errorf("operation 0: %w", ErrRecord)
	}
	if len(r.Detail) > MaxDetail {
		return fmt.Errorf("detail of %d bytes: %w", len(r.Detail), ErrRecord)
	}
	if len(r.Subjects) > MaxSubjects {
		return fmt.Errorf("%d subjects: %w", len(r.Subjects), ErrRecord)
	}
	seen := make(map[TagKey]bool, len(r.Subjects))
	for _, k := range r.Subjects {
		if k == (TagKey{}) || seen[k] {
			return fmt.Errorf("zero or repeated subject: %w", ErrRecord)
		}
		seen[k] = true
	}
	return nil
}

// End records the outcome and returns once it is durable. The first call counts;
// later ones return [ErrNoIntent] and change nothing, so a deferred End is a
// safe default. [ResultUnknown] is for an act whose effect cannot be learned. If
// ctx ends before the record had its turn, nothing was recorded and the pending
// stays live.
func (p *Pending) End(ctx context.Context, res Result, detail []byte) error {
	if err := p.Live(); err != nil {
		return err
	}
	if res > ResultFailed || len(detail) > MaxDetail {
		return fmt.Errorf("outcome %v with %d bytes of detail: %w", res, len(detail), ErrRecord)
	}
	if !p.state.CompareAndSwap(pendingLive, pendingEnding) {
		return ErrNoIntent
	}
	applied := false
	err := p.log.submit(ctx, &request{bytes: len(detail), apply: func(w *writing) error {
		applied = true
		w.outcome(p.pos, p.op, res, detail)
		return nil
	}})
	if err != nil && !applied && p.log.Err() == nil {
		p.state.Store(pendingLive)
		return err
	}
	p.state.Store(pendingEnded)
	return err
}

// EndLater records the outcome with the next commit, at the latest with the
// next checkpoint or at Close; it does not wait. It is for reads, whose intent
// already tells what was shown. A result or detail out of bounds is recorded as
// [ResultUnknown] without detail. The first call counts. The caller must not
// change detail any more.
func (p *Pending) EndLater(res Result, detail []byte) {
	if p == nil || !p.state.CompareAndSwap(pendingLive, pendingEnded) {
		return
	}
	if res > ResultFailed || len(detail) > MaxDetail {
		res, detail = ResultUnknown, nil
	}
	if p.log.addLate(ending{of: p.pos, op: p.op, result: res, detail: detail}) {
		p.log.wake()
	}
}

// Position is where the intent stands in the trail; 0 for a nil or zero Pending,
// so ask [Pending.Live] first.
func (p *Pending) Position() Position {
	if p == nil {
		return 0
	}
	return p.pos
}

// Live returns nil only for a pending that Begin made, that has not been ended,
// and whose trail still accepts its outcome. Otherwise it returns [ErrNoIntent]
// or wraps [ErrTrailUnavailable], and the act must not happen.
func (p *Pending) Live() error {
	if p == nil || p.state.Load() != pendingLive {
		return ErrNoIntent
	}
	return p.log.Err()
}

// addLate queues a late outcome and says whether it is time for a commit.
func (l *Log) addLate(e ending) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return false
	}
	l.late = append(l.late, e)
	return len(l.late) >= maxLate
}

func (l *Log) takeLate() []ending {
	l.mu.Lock()
	defer l.mu.Unlock()
	late := l.late
	l.late = nil
	return late
}

// wake makes the writer commit although no request came.
func (l *Log) wake() {
	select {
	case l.nudge <- struct{}{}:
	default: // it has been woken already
	}
}
