package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
)

// Bounds on what one commit takes in, so that the first to come does not wait
// for the last.
const (
	maxGroup      = 1024
	maxGroupBytes = 8 << 20
)

// A Log is an open trail. One goroutine writes it: it takes every request that
// is waiting into one transaction, syncs, and answers them all; no timer is
// involved, so a caller alone waits for its own sync only. All methods are safe
// for concurrent use. The zero Log refuses everything.
type Log struct {
	db     *bolt.DB
	file   *os.File
	origin string
	signer note.Signer

	requests chan *request
	nudge    chan struct{} // work that no request brings: late outcomes, a scrub
	closing  chan struct{}
	done     chan struct{} // closed when the writer has ended
	closed   sync.Once

	// readers is held for reading by every read transaction. The writer takes it
	// to overwrite freed pages, when nobody can be looking at them.
	readers  sync.RWMutex
	scrubDue atomic.Bool

	size atomic.Uint64
	last atomic.Int64

	mu     sync.Mutex // guards what follows
	broken error      // first failed write: nothing is accepted after it
	late   []ending   // outcomes that wait for the next commit

	// Owned by the writer goroutine (by Open before it starts).
	head  head
	count map[TagKey]uint64
	waits []chan error // for the scrub
}

// A request is something to do in the next transaction.
type request struct {
	// apply runs in the writer. What it returns concerns this request alone.
	apply func(*writing) error
	bytes int  // of detail, roughly
	after bool // a checkpoint: to be applied after everything else
	// taken decides between the writer, who may commit it, and the caller, who may
	// give up: exactly one of them sets it.
	taken atomic.Bool
	reply chan error
}

// submit queues a request and waits until it is durable. A caller may give up
// while it waits for its turn, and then nothing was recorded; once its commit
// has begun the answer is awaited, being a matter of milliseconds.
func (l *Log) submit(ctx context.Context, r *request) error {
	if l == nil || l.requests == nil {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	r.reply = make(chan error, 1)
	select {
	case <-l.closing:
		return l.unavailable()
	default:
	}
	select {
	case l.requests <- r:
	case <-l.done:
		return l.unavailable()
	case <-ctx.Done():
		return fmt.Errorf("record: %w", ctx.Err())
	}
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return fmt.Errorf("record: %w", ctx.Err())
		}
	case <-l.done:
	}
	// The writer has taken the request, or has ended with it still in the queue.
	select {
	case err := <-r.reply:
		return err
	case <-l.done:
	}
	select {
	case err := <-r.reply: // answered just before it ended
		return err
	default:
		return l.unavailable()
	}
}

// write is the writer goroutine.
func (l *Log) write() {
	defer close(l.done)
	for {
		select {
		case r := <-l.requests:
			l.commit(l.gather(r))
		case <-l.nudge:
			l.commit(nil)
		case <-l.closing:
			for {
				group := l.gather(nil)
				l.commit(group)
				if len(group) == 0 {
					return
				}
			}
		}
	}
}

// gather takes what is waiting behind the first request, without waiting itself.
func (l *Log) gather(first *request) []*request {
	var group []*request
	bytes := 0
	for r := first; ; {
		if r != nil && r.taken.CompareAndSwap(false, true) {
			group = append(group, r)
			bytes += r.bytes
		}
		if len(group) >= maxGroup || bytes >= maxGroupBytes {
			return group
		}
		select {
		case r = <-l.requests:
		default:
			return group
		}
	}
}

// commit makes one transaction of the group and of the late outcomes, and
// answers the group.
func (l *Log) commit(group []*request) {
	refusals := make([]error, len(group))
	err := l.transact(func(w *writing) error {
		for _, e := range l.takeLate() {
			w.outcome(e.of, e.op, e.result, e.detail)
		}
		for _, after := range []bool{false, true} {
			for i, r := range group {
				if r.after == after {
					refusals[i] = r.apply(w)
				}
			}
		}
		return nil
	})
	for i, r := range group {
		if err != nil {
			r.reply <- err
			continue
		}
		r.reply <- refusals[i]
	}
	l.scrubIfQuiet()
}

var errUnchanged = errors.New("nothing to write")

// transact runs one transaction. Any failure closes the log for good: after a
// failed sync nobody knows what is on the disk, and only a fresh Open may look.
func (l *Log) transact(fn func(*writing) error) error {
	if err := l.Err(); err != nil {
		return err
	}
	var next head
	err := guard(func() error {
		return l.db.Update(func(tx *bolt.Tx) error {
			w := newWriting(tx, l.origin, l.head, l.count)
			if err := fn(w); err != nil {
				return err
			}
			next = w.head
			if w.err == nil && !w.dirty {
				return errUnchanged
			}
			return w.err
		})
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil {
		return l.fail(err)
	}
	l.head = next
	l.size.Store(next.tree.Size())
	l.last.Store(next.last)
	return nil
}

// fail closes the log for good and says why, now and to everybody after.
func (l *Log) fail(cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = cause
		if !errors.Is(cause, ErrTrailUnavailable) {
			l.broken = fmt.Errorf("%w: %w", ErrTrailUnavailable, cause)
		}
	}
	l.late = nil // they become unknown when the trail is opened again
	return l.broken
}

// Err is nil while the trail accepts records. After a failed write it wraps
// [ErrTrailUnavailable] and the cause, until the trail is opened anew; after
// Close it is [ErrClosed].
func (l *Log) Err() error {
	if l == nil || l.requests == nil {
		return ErrClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

func (l *Log) unavailable() error {
	if err := l.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Close records what still waits, ends the writer and closes the file; it waits
// for reads and exports under way. It returns the error that broke the trail,
// if one did. Pendings not ended by now become unknown at the next Open.
func (l *Log) Close() error {
	if l == nil || l.requests == nil {
		return ErrClosed
	}
	err := ErrClosed
	l.closed.Do(func() {
		close(l.closing)
		<-l.done
		l.readers.Lock()
		defer l.readers.Unlock()
		l.scrub() // nobody reads any more: an export can no longer delay it
		err = l.Err()
		closeErr := guard(l.db.Close)
		if err == nil && closeErr != nil {
			err = fmt.Errorf("close trail file: %w", closeErr)
		}
		_ = l.fail(ErrClosed)
	})
	return err
}

// Size is the number of durable leaves.
func (l *Log) Size() uint64 {
	if l == nil {
		return 0
	}
	return l.size.Load()
}

// LastTime is the time of the last durable leaf, to the second; zero when there
// is none. A clock that has jumped ahead is the caller's to judge: compare with
// this before recording.
func (l *Log) LastTime() time.Time {
	if l.Size() == 0 {
		return time.Time{}
	}
	return time.Unix(l.last.Load(), 0).UTC()
}
