package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Op names a method of a [storage.Bucket].
type Op string

// The methods that a rule can meet.
const (
	OpPut        Op = "put"
	OpCommit     Op = "commit"
	OpGet        Op = "get"
	OpStat       Op = "stat"
	OpList       Op = "list"
	OpDelete     Op = "delete"
	OpClock      Op = "clock"
	OpAbortStale Op = "abort-stale"
)

// A Fault is what becomes of one call.
type Fault uint8

const (
	// None: the call goes through.
	None Fault = iota
	// NotApplied: nothing happens, and the caller is told: ErrUnavailable.
	NotApplied
	// Vanishes: the request is lost on its way there. A write is never applied,
	// and the caller cannot know: ErrUndecided. Otherwise as NotApplied.
	Vanishes
	// AppliedButLost: the answer is lost on its way back. A write is applied, and
	// the caller cannot know: ErrUndecided; a Delete, ErrUnavailable.
	AppliedButLost
	// LandsLate: as Vanishes, but the bytes are still under way, and arrive when
	// the test calls Land. Put, Commit and Delete; otherwise as NotApplied.
	LandsLate
)

// ErrFault is the cause in every error that a rule made.
var ErrFault = errors.New("storagetest: injected fault")

// A Call is one line of the log of a [Hostile] bucket.
type Call struct {
	Op    Op
	Key   storage.Key // of a List, its prefix
	Fault Fault
	Err   error // what the caller was told
}

// A Hostile bucket is a real one, seen by its users through rules that fail their
// calls, and open to the test underneath: it holds the raw bytes and changes
// them as whoever owns the bucket could. It is safe for concurrent use.
type Hostile struct {
	*Attacker

	inner storage.Bucket

	mu   sync.Mutex // guards what follows
	rule func(Op, storage.Key) Fault
	slow time.Duration
	log  []Call
	held []func(context.Context) error
}

var _ storage.Bucket = (*Hostile)(nil)

// NewHostile wraps b, whose objects lie as files below folder: the Path of a
// directory bucket, or [Server].Folder and the bucket's prefix. Without rules it
// does what b does.
func NewHostile(t testing.TB, b storage.Bucket, folder string) *Hostile {
	t.Helper()
	return &Hostile{Attacker: NewAttacker(t, folder), inner: b}
}

// HostileDir is a hostile bucket in a new folder, closed when the test ends.
func HostileDir(t testing.TB) *Hostile {
	t.Helper()
	folder := t.TempDir()
	b, err := dir.Open(dir.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // the test may have closed it
	return NewHostile(t, b, folder)
}

// SetRule makes rule decide about every call from now on; nil lets all through.
// It is called by one goroutine at a time and must not use the bucket.
func (h *Hostile) SetRule(rule func(Op, storage.Key) Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rule = rule
}

// FailNext applies one fault to the next call of op, and lets all others through.
func (h *Hostile) FailNext(op Op, f Fault) {
	done := false
	h.SetRule(func(o Op, _ storage.Key) Fault {
		if o != op || done {
			return None
		}
		done = true
		return f
	})
}

// FailWritesAfter lets n writes (puts and commits) through and applies f to all
// that come after them. It answers how many have come so far.
func (h *Hostile) FailWritesAfter(n int, f Fault) (writes func() int) {
	var seen atomic.Int64 // whoever was refused goes on trying while the test looks
	h.SetRule(func(op Op, _ storage.Key) Fault {
		if op != OpPut && op != OpCommit || seen.Add(1) <= int64(n) {
			return None
		}
		return f
	})
	return func() int { return int(seen.Load()) }
}

// Slow delays every call by d, or until its context ends.
func (h *Hostile) Slow(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow = d
}

// Calls is the log so far.
func (h *Hostile) Calls() []Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

// Held is the number of writes that are still under way.
func (h *Hostile) Held() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.held)
}

// Land lets the writes that are under way arrive, in the order they were sent,
// and returns what each came to: nil, or ErrExist when something was there first.
func (h *Hostile) Land(ctx context.Context) []error {
	h.mu.Lock()
	held := h.held
	h.held = nil
	h.mu.Unlock()
	errs := make([]error, len(held))
	for i, arrive := range held {
		errs[i] = arrive(ctx)
	}
	return errs
}

// begin waits, and asks the rule.
func (h *Hostile) begin(ctx context.Context, op Op, k storage.Key) (Fault, error) {
	h.mu.Lock()
	slow, rule, f := h.slow, h.rule, None
	if rule != nil {
		f = rule(op, k)
	}
	h.mu.Unlock()
	if slow > 0 {
		timer := time.NewTimer(slow)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return NotApplied, fmt.Errorf("storagetest: %s %s: %w: %w", op, k, storage.ErrUnavailable, ctx.Err())
		}
	}
	return f, nil
}

func (h *Hostile) note(op Op, k storage.Key, f Fault, err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, Call{Op: op, Key: k, Fault: f, Err: err})
	return err
}

func (h *Hostile) hold(arrive func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = append(h.held, arrive)
}

func faulty(op Op, k storage.Key, kind error) error {
	return fmt.Errorf("storagetest: %s %s: %w: %w", op, k, kind, ErrFault)
}

// Put implements [storage.Bucket]. A ciphertext that vanishes or lands late is
// read to its end, as one that was sent has been.
func (h *Hostile) Put(ctx context.Context, k storage.Key, c *seal.Ciphertext) error {
	return h.write(ctx, OpPut, k,
		func(ctx context.Context) error { return h.inner.Put(ctx, k, c) },
		func() ([]byte, error) { return io.ReadAll(c) })
}

// Commit implements [storage.Bucket].
func (h *Hostile) Commit(ctx context.Context, k storage.Key, s *seal.Signed) error {
	return h.write(ctx, OpCommit, k,
		func(ctx context.Context) error { return h.inner.Commit(ctx, k, s) },
		func() ([]byte, error) { return s.Bytes(), nil })
}

// write is one write under the rule: apply does it, sent is what was under way.
func (h *Hostile) write(ctx context.Context, op Op, k storage.Key,
	apply func(context.Context) error, sent func() ([]byte, error),
) error {
	f, err := h.begin(ctx, op, k)
	if err != nil {
		return h.note(op, k, f, err)
	}
	switch f {
	case NotApplied:
		err = faulty(op, k, storage.ErrUnavailable)
	case Vanishes, LandsLate:
		raw, serr := sent()
		if serr != nil {
			return h.note(op, k, f, serr)
		}
		if f == LandsLate {
			h.hold(func(context.Context) error { return h.create(k, raw) })
		}
		err = faulty(op, k, storage.ErrUndecided)
	case AppliedButLost:
		if err = apply(ctx); err == nil {
			err = faulty(op, k, storage.ErrUndecided)
		}
	case None:
		err = apply(ctx)
	}
	return h.note(op, k, f, err)
}

// Delete implements [storage.Bucket].
func (h *Hostile) Delete(ctx context.Context, k storage.Key) error {
	f, err := h.begin(ctx, OpDelete, k)
	if err != nil {
		return h.note(OpDelete, k, f, err)
	}
	switch f {
	case None:
		return h.note(OpDelete, k, f, h.inner.Delete(ctx, k))
	case AppliedButLost:
		err = h.inner.Delete(ctx, k)
	case LandsLate:
		h.hold(func(ctx context.Context) error { return h.inner.Delete(ctx, k) })
	case NotApplied, Vanishes:
	}
	if err == nil {
		err = faulty(OpDelete, k, storage.ErrUnavailable)
	}
	return h.note(OpDelete, k, f, err)
}

// read is one call that changes nothing: it goes through or it does not.
func read[T any](ctx context.Context, h *Hostile, op Op, k storage.Key, do func() (T, error)) (T, error) {
	var none T
	f, err := h.begin(ctx, op, k)
	if err == nil && f != None {
		err = faulty(op, k, storage.ErrUnavailable)
	}
	if err != nil {
		return none, h.note(op, k, f, err)
	}
	v, err := do()
	return v, h.note(op, k, f, err)
}

// Get implements [storage.Bucket].
func (h *Hostile) Get(ctx context.Context, k storage.Key, off, n int64) ([]byte, error) {
	return read(ctx, h, OpGet, k, func() ([]byte, error) { return h.inner.Get(ctx, k, off, n) })
}

// Stat implements [storage.Bucket].
func (h *Hostile) Stat(ctx context.Context, k storage.Key) (storage.Info, error) {
	return read(ctx, h, OpStat, k, func() (storage.Info, error) { return h.inner.Stat(ctx, k) })
}

// List implements [storage.Bucket]. A fault meets the whole listing.
func (h *Hostile) List(ctx context.Context, prefix, after storage.Key) iter.Seq2[storage.Info, error] {
	return func(yield func(storage.Info, error) bool) {
		seq, err := read(ctx, h, OpList, prefix, func() (iter.Seq2[storage.Info, error], error) {
			return h.inner.List(ctx, prefix, after), nil
		})
		if err != nil {
			yield(storage.Info{}, err)
			return
		}
		seq(yield)
	}
}

// Clock implements [storage.Bucket].
func (h *Hostile) Clock(ctx context.Context) (time.Time, bool, error) {
	var ok bool
	t, err := read(ctx, h, OpClock, "", func() (t time.Time, err error) {
		t, ok, err = h.inner.Clock(ctx)
		return t, err
	})
	return t, ok, err
}

// AbortStale implements [storage.Bucket].
func (h *Hostile) AbortStale(ctx context.Context, olderThan time.Time) (int, error) {
	return read(ctx, h, OpAbortStale, "", func() (int, error) { return h.inner.AbortStale(ctx, olderThan) })
}

// Close implements [storage.Bucket].
func (h *Hostile) Close() error { return h.inner.Close() }
