package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A chained is one chain in memory: the state that its entries add up to, and
// what waits to be written to it. There is one for each chain, and one writer
// for each. S is a value; see [chain.Safe].
type chained[S folded[S]] struct {
	is     chainID
	what   subject[S]
	mu     sync.Mutex
	state  S
	head   chain.Head
	queue  []*change
	flight []*change // what the entry under way is made of
	// writing says that the writer runs.
	writing bool
	// undecided says that the last entry may or may not have landed: until that
	// is known nothing else is written to this chain.
	undecided bool
	// broken says that the chain in the bucket is not ours any more.
	broken error
	// takes are the takings of recorded intents whose entries are not written
	// yet: they count already.
	takes map[*taking]bool
}

// folded is a state that entries add to.
type folded[S any] interface {
	Apply(e chain.Entry) (S, error)
}

// A subject is what a chain is about: it knows what changes mean. The chain's
// writer calls it; for single, operations and adopted it holds the lock, the
// others may take their time.
type subject[S any] interface {
	// prepare writes the objects that a taking's entry will name, and adds the
	// operations that name them.
	prepare(k *Keeper, c *change) error
	// single reports whether a change shares its entry with no other.
	single(c *change) bool
	// outdated says why a change that was built a while ago must not be written any
	// more in this state; nil when it may.
	outdated(c *change, state S) error
	// operations are what a change does to the chain in this state.
	operations(c *change, state S) []chain.Op
	// landed is called when an entry is in the bucket, before it counts and
	// anybody is told.
	landed(k *Keeper, group []*change, ops []chain.Op, before, after S)
	// adopted takes over what an entry of these changes did, and answers where
	// the newest summary begins.
	adopted(k *Keeper, group []*change, ops []chain.Op, before, after S) (summary uint64)
	// wrote is called after an entry that landed, by the writer.
	wrote(k *Keeper)
}

// hold makes a taking count.
func (s *chained[S]) hold(t *taking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes[t] = true
	t.is(true)
}

// unhold ends that: the taking is written, or was refused.
func (s *chained[S]) unhold(t *taking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.takes, t)
	t.is(false)
}

// now is a consistent look at a chain.
func (s *chained[S]) now() S {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// end is the last entry that counts.
func (s *chained[S]) end() chain.Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// reached reports whether the chain has an entry of this number.
func (s *chained[S]) reached(seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head.Seq >= seq
}

// idle reports whether nothing is under way.
func (s *chained[S]) idle() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	return len(s.queue) == 0 && !s.writing && len(s.takes) == 0 && s.broken == nil
}

// settled refuses to build on a chain while an entry is under way that changes
// what it names, or that takes something away: what is built now would speak of
// a record that is not the last one. The caller holds what keeps others from
// building at the same time.
func (s *chained[S]) settled() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	moves := func(c *change) bool {
		return c.service != nil || c.takes != nil || c.rotates || slices.ContainsFunc(c.ops, rewrites) || s.what.single(c)
	}
	if s.undecided || slices.ContainsFunc(s.queue, moves) || slices.ContainsFunc(s.flight, moves) {
		return fmt.Errorf("%w: an earlier change is under way", vault.ErrUnavailable)
	}
	return nil
}

// rewrites reports whether an operation puts something in the place of what was
// there: whoever builds on the older one would bring it back.
func rewrites(op chain.Op) bool {
	switch op.(type) {
	case chain.Describe, chain.Reseal, chain.EndPieces:
		return true
	default:
		return false
	}
}

// enqueue hands a change to the chain's writer; c.done stays nil when it was not
// taken.
func (s *chained[S]) enqueue(k *Keeper, c *change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.broken != nil:
		return s.broken
	case s.undecided && c.takes == nil:
		return fmt.Errorf("%w: an entry is undecided", vault.ErrUnavailable)
	}
	c.done = make(chan struct{})
	s.queue = append(s.queue, c)
	if !s.writing {
		s.writing = true
		k.work.Go(func() { s.drain(k) })
	}
	return nil
}

// drain writes what waits, group by group, until nothing does.
func (s *chained[S]) drain(k *Keeper) {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 || s.broken != nil || k.closing.Err() != nil {
			left, why := s.queue, s.broken
			s.queue, s.writing = nil, false
			s.mu.Unlock()
			if why == nil {
				why = fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
			}
			for _, c := range left {
				k.finish(c, chain.Head{}, fmt.Errorf("%w: %w", why, errLeft))
			}
			return
		}
		first, head := s.queue[0], s.head
		s.mu.Unlock()
		if first.takes != nil && first.ready != head {
			if err := s.what.prepare(k, first); err != nil {
				k.log.WarnContext(k.closing, "what was taken away is not written yet", slog.Any("error", err))
				k.pause(longTry)
				continue
			}
			first.ready = head
		}
		s.mu.Lock()
		group, entry, next := s.take(k)
		s.mu.Unlock()
		if len(group) > 0 && s.write(k, group, entry, next) {
			s.what.wrote(k)
		}
	}
}

// take builds one entry of what fits. A change that the chain's rules refuse is
// finished with that error and does not spoil the others. The caller holds mu.
func (s *chained[S]) take(k *Keeper) (group []*change, e chain.Entry, next S) {
	e, next = s.entry(k), s.state
	size := 0
	for len(s.queue) > 0 {
		c := s.queue[0]
		if len(s.stoppedBy(c)) > 0 {
			s.queue = s.queue[1:]
			s.drop(k, c, vault.ErrNotFound)
			continue
		}
		if c.takes != nil && s.what.single(c) && c.ready != s.head {
			break // those before it were dropped: it is prepared first
		}
		if len(group) > 0 && (s.what.single(c) || s.what.single(group[0])) {
			break
		}
		if err := s.what.outdated(c, next); err != nil && c.along {
			c.leaveOut()
		} else if err != nil {
			s.queue = s.queue[1:]
			s.drop(k, c, err)
			continue
		}
		ops := s.what.operations(c, next)
		n := opsSize(ops)
		if len(group) > 0 && (size+n > groupSize || len(e.Ops)+len(ops) > chain.MaxOps) {
			break
		}
		s.queue = s.queue[1:]
		if len(ops) == 0 { // what it takes away is gone already
			s.drop(k, c, nil)
			continue
		}
		try := e
		try.Ops = append(slices.Clip(e.Ops), ops...)
		state, err := s.state.Apply(try)
		if err != nil && c.along {
			c.leaveOut()
			s.queue = slices.Insert(s.queue, 0, c) // what it takes away holds
			continue
		}
		if err != nil {
			s.drop(k, c, err)
			continue
		}
		if len(group) == 0 {
			try.Intent = uint64(c.intent)
		}
		e, next, size, group = try, state, size+n, append(group, c)
	}
	s.flight = group
	return group, e, next
}

// drop finishes a change that nothing has to be written for, or that the
// chain's rules refuse. The caller holds mu.
func (s *chained[S]) drop(k *Keeper, c *change, err error) {
	if errors.Is(err, chain.ErrEpoch) { // the safe's key was turned meanwhile: it is made anew
		err = fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	if errors.Is(err, chain.ErrUnknown) || errors.Is(err, chain.ErrErased) { // somebody took away meanwhile what it is about
		err = fmt.Errorf("%w: %w", vault.ErrNotFound, err)
	}
	if c.takes != nil {
		delete(s.takes, c.takes)
	}
	head := s.head
	k.work.Go(func() { k.finish(c, head, err) })
}

func opsSize(ops []chain.Op) (n int) {
	for _, op := range ops {
		n += perOp
		switch op := op.(type) {
		case chain.AddDocument:
			n += len(op.Inline) + len(op.Description) + 32*len(op.Stored.Segments)
		case chain.Describe:
			n += len(op.Description)
		case chain.Reseal:
			n += len(op.Inline) + len(op.Description) + 32*len(op.Stored.Segments)
		case chain.AddWay:
			n += 4 << 10 // one recipient, or two
		case chain.OpenSafe, chain.AddBundle, chain.AddAgent, chain.TurnEpoch:
			n += 2 << 10 // a recipient
		case chain.AddPieces:
			n += 20 * len(op.Documents)
		}
	}
	return n
}

// entry begins the next entry. The caller holds mu.
func (s *chained[S]) entry(k *Keeper) chain.Entry {
	return chain.Entry{
		Chain: s.is.name(), Seq: s.head.Seq + 1, Prev: s.head.Digest,
		Keeper: k.start, Time: time.Now().UTC().Truncate(time.Second), Intent: k.trail.Size(),
	}
}

// write brings one entry into the bucket and settles its changes. It reports
// whether the entry landed.
func (s *chained[S]) write(k *Keeper, group []*change, e chain.Entry, next S) bool {
	signed, err := chain.Sign(k.secrets.Signing, e)
	head := chain.Head{Seq: e.Seq}
	if err == nil {
		head.Digest = signed.Digest()
		err = k.announceAlone(s.is, head, group)
	}
	if err == nil {
		err = s.land(k, storage.Key(e.Chain.Key(e.Seq)), signed)
	}
	switch {
	case err == nil:
		s.what.landed(k, group, e.Ops, s.now(), next)
	case !errors.Is(err, storage.ErrUndecided): // else it may land, and then the answer is wanted
		err = errors.Join(err, k.forget(group))
	}
	if errors.Is(err, vault.ErrTampered) {
		_ = k.alone(k.closing) // it halts everything when another keeper did this
	}
	again, late := s.adopt(k, group, err, e.Ops, head, next)
	for _, c := range group {
		if slices.Contains(again, c) {
			continue
		}
		by := late[c]
		k.work.Go(func() {
			end := err
			if len(by) > 0 {
				end = s.verdict(k, by)
			}
			k.finish(c, head, end)
		})
	}
	if len(again) > 0 {
		k.pause(longTry) // what takes away is tried again, in a while
	}
	return err == nil
}

// announceAlone announces an entry and, meanwhile, makes sure that no other
// keeper has started.
func (k *Keeper) announceAlone(id chainID, head chain.Head, group []*change) error {
	var g errgroup.Group
	g.Go(func() error { return k.announce(id, head, group) })
	g.Go(func() error {
		ctx, cancel := context.WithTimeout(k.closing, opTimeout)
		defer cancel()
		return k.alone(ctx)
	})
	return g.Wait()
}

// adopt takes over the state after an entry that landed, and answers which of
// its changes came too late, and by which takings. After one that did not it answers the changes that
// stay: what takes away is tried again.
func (s *chained[S]) adopt(k *Keeper, group []*change, err error, ops []chain.Op, head chain.Head, next S) (again []*change, late map[*change][]*taking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undecided, s.flight, late = false, nil, map[*change][]*taking{}
	for _, c := range group {
		if by := s.stoppedBy(c); err == nil && len(by) > 0 {
			late[c] = by
		}
	}
	switch {
	case err == nil:
		before := s.state
		s.state, s.head = next, head
		k.confirm(s.is, head, s.what.adopted(k, group, ops, before, next))
	case errors.Is(err, vault.ErrTampered):
		s.broken = err
		k.log.ErrorContext(k.closing, "a chain was written by somebody else: it is shut", slog.Any("error", err))
	}
	for _, c := range group {
		switch {
		case err == nil && c.landed != nil:
			c.landed()
		case err != nil && c.takes != nil:
			again = append(again, c) // drain ends it when the chain is broken
			continue
		}
		if c.takes != nil {
			delete(s.takes, c.takes)
		}
	}
	s.queue = append(slices.Clip(again), s.queue...)
	return again, late
}

func (k *Keeper) finish(c *change, head chain.Head, err error) {
	c.err = err
	if c.settled != nil {
		c.settled(head, err)
	}
	close(c.done)
}

// land sends the very same bytes until the bucket says what became of them. An
// answer that was lost makes the number undecided until these bytes, or others,
// are found there: that a later try was not applied says nothing of the first.
func (s *chained[S]) land(k *Keeper, key storage.Key, signed *seal.Signed) error {
	undecided := false
	for wait := firstTry; ; wait = min(2*wait, longTry) {
		ctx, cancel := context.WithTimeout(k.closing, opTimeout)
		err := k.settleOnce(ctx, key, signed)
		cancel()
		undecided = undecided || errors.Is(err, storage.ErrUndecided)
		if !undecided || err == nil || errors.Is(err, vault.ErrTampered) {
			return err
		}
		s.mu.Lock()
		s.undecided = true
		s.mu.Unlock()
		if k.closing.Err() != nil {
			return fmt.Errorf("%w: %w: %w", vault.ErrUnavailable, storage.ErrUndecided, err)
		}
		k.pause(wait)
	}
}

// settleOnce tries once: nil when the entry is in the bucket with these bytes.
func (k *Keeper) settleOnce(ctx context.Context, key storage.Key, signed *seal.Signed) error {
	err := k.bucket.Commit(ctx, key, signed)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrExist):
		found, err := k.bucket.Get(ctx, key, 0, -1)
		if err != nil {
			// It is there, and cannot be read now: ask again.
			return fmt.Errorf("%w: %w", storage.ErrUndecided, err)
		}
		if !bytes.Equal(found, signed.Bytes()) {
			return fmt.Errorf("%w: another entry has this number", vault.ErrTampered)
		}
		return nil
	case errors.Is(err, storage.ErrUndecided):
		return err
	default:
		return fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
}

// pause waits, or less when the keeper closes.
func (k *Keeper) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-k.closing.Done():
	}
}
