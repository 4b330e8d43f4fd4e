package keeper

import (
	"context"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
)

const (
	maxBehind = 2 * time.Minute
	maxDrift  = time.Hour
	// maxRead is how far an operator's own time may lie from the machine's: they
	// read it off a watch, and type it to the minute.
	maxRead = 2 * time.Minute
)

// A clock tells whether the machine's time can be believed. It is safe for
// concurrent use. The zero clock believes nothing.
type clock struct {
	mu        sync.Mutex
	wall      time.Time // when the base was taken, as the wall clock gave it
	monotonic time.Time // the same instant, with its monotonic reading
	ahead     time.Duration

	turn sync.Mutex // one judgement about the bucket's clock at a time
}

// begin takes a new base. ahead is how far ahead of the bucket's clock an operator
// confirmed this one; zero where nobody had to.
func (c *clock) begin(now time.Time, ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.monotonic, c.ahead = now.Round(0), now, ahead
}

// check refuses a clock that jumped: more than two minutes behind the last
// record, or more than an hour away from where the monotonic clock says it
// should be. A start begins anew, and so does an operator's confirmation.
func (c *clock) check(last time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return believable(now, last, now.Round(0).Sub(c.wall), now.Sub(c.monotonic))
}

// believable judges the time since the base as the wall clock and as the
// monotonic clock give it.
func believable(now, last time.Time, wall, monotonic time.Duration) error {
	drift := wall - monotonic
	if now.Before(last.Add(-maxBehind)) || drift > maxDrift || drift < -maxDrift {
		return vault.ErrClock
	}
	return nil
}

// confirmed is how far ahead of the bucket's clock this one may be beside an hour.
func (c *clock) confirmed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// forget ends a confirmation: the two clocks agree again.
func (c *clock) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = 0
}

// startClock judges the clock at a start: against the bucket's, less what an
// operator confirmed then or confirms now. It answers how far ahead it is.
func (k *Keeper) startClock(ctx context.Context, read time.Time) (time.Duration, error) {
	stored, err := k.state.number(metaClock)
	if err != nil {
		return 0, err
	}
	k.clock.begin(time.Now(), time.Duration(stored)*time.Second)
	if read.IsZero() {
		return 0, k.checkBucketClock(ctx)
	}
	return k.readClock(ctx, read)
}

// watchClock makes the keeper refuse everything while its clock is ahead of the
// bucket's. That the bucket cannot be asked says nothing of the clock.
func (k *Keeper) watchClock(ctx context.Context) error {
	ahead, err := k.aheadOfBucket(ctx)
	if err != nil {
		return err
	}
	k.clock.turn.Lock()
	defer k.clock.turn.Unlock()
	if ahead <= maxDrift && k.clock.confirmed() > 0 {
		k.clock.forget()
		err = k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaClock, u64(0)) })
	}
	if unsure := k.clock.compare(ahead); unsure != nil {
		k.ahead.Store(&unsure)
		return unsure
	}
	k.ahead.Store(nil)
	return err
}

// checkBucketClock refuses a clock that is further ahead of the bucket's than an
// hour, or than was confirmed.
func (k *Keeper) checkBucketClock(ctx context.Context) error {
	ahead, err := k.aheadOfBucket(ctx)
	if err != nil {
		return err
	}
	return k.clock.compare(ahead)
}

// compare refuses to be further ahead of the bucket's clock than an hour, or than
// an hour more than was confirmed.
func (c *clock) compare(ahead time.Duration) error {
	if ahead > maxDrift+c.confirmed() {
		return fmt.Errorf("%w: more than an hour ahead of the bucket, or of what was confirmed", vault.ErrClock)
	}
	return nil
}

// aheadOfBucket is how far this clock is ahead of the bucket's; zero or less where
// it is not. A directory has no clock of its own and is believed.
func (k *Keeper) aheadOfBucket(ctx context.Context) (time.Duration, error) {
	t, ok, err := k.bucket.Clock(ctx)
	if err != nil {
		return 0, fromBucket(err)
	}
	if !ok {
		return 0, nil
	}
	return -time.Until(t), nil
}

// ConfirmClock makes the keeper believe the machine's clock again: read is the time
// that an operator read elsewhere a moment ago. It answers how far the clock is
// ahead of the bucket's, which stays accepted until the two agree again. It is an
// operator's act and stands in every journal.
//
// A time that is not the machine's is a [vault.InvalidError]: the machine's clock is
// to be set, not confirmed. A clock behind the last record is [vault.ErrClock] and
// cannot be confirmed: the trail does not run backwards.
func (k *Keeper) ConfirmClock(ctx context.Context, read time.Time) (ahead time.Duration, err error) {
	if halted := k.halted.Load(); halted != nil {
		return 0, *halted
	}
	if !k.gate.enter() {
		return 0, fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	defer k.gate.leave()
	if ahead, err = k.readClock(ctx, read); err != nil {
		return 0, err
	}
	return ahead, k.recordClock(ctx, ahead)
}

// ClockAhead is how far ahead of the bucket's clock this one was confirmed to be;
// zero where nobody had to.
func (k *Keeper) ClockAhead() time.Duration { return k.clock.confirmed() }

// readClock compares the machine's clock with what an operator read elsewhere.
func (k *Keeper) readClock(ctx context.Context, read time.Time) (time.Duration, error) {
	if off := time.Until(read); off.Abs() > maxRead {
		return 0, &vault.InvalidError{Field: "now", Rule: "l'heure de la machine, à deux minutes près : sinon réglez-la"}
	}
	ahead, err := k.aheadOfBucket(ctx)
	if err != nil {
		return 0, err
	}
	return max(ahead, 0).Truncate(time.Second), nil
}

// recordClock records that the clock was confirmed, and believes it from then on.
func (k *Keeper) recordClock(ctx context.Context, ahead time.Duration) error {
	if ahead <= maxDrift {
		ahead = 0 // nothing to accept
	}
	if err := k.serviceFact(ctx, vault.ActConfirmClock, audit.ResultDone, detail{Count: uint64(ahead / time.Second)}); err != nil {
		return err
	}
	k.clock.turn.Lock()
	defer k.clock.turn.Unlock()
	err := k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaClock, u64(uint64(ahead/time.Second))) })
	if err != nil {
		return err
	}
	k.clock.begin(time.Now(), ahead)
	k.ahead.Store(nil)
	return nil
}
