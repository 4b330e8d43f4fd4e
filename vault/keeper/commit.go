package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A change is what one act wants to write to one safe: its operations are
// applied together or not at all.
type change struct {
	intent audit.Position
	ops    []chain.Op
	// answer is remembered for a retry of the same request; nil for none.
	answer *answer
	// service is the record that one of ops makes count; nil for none.
	service *serviceRecord
	// takes says that the change only takes away: it holds since its intent was
	// recorded, so it stays in the queue until it is written. What it removes is
	// looked up when its entry is made, whatever came before it.
	takes *taking
	// settled is called once, when the entry is known to have landed or never
	// to land, or when the keeper stops before that. It may run long after the
	// caller was told "unavailable".
	settled func(chain.Head, error)
	failed  func() // called when it is known that the entry never lands; may be nil
	done    chan struct{}
	err     error // valid once done is closed
}

// operations are what the change does to a safe in this state.
func (c *change) operations(state chain.Safe, r serviceRecord) []chain.Op {
	if c.takes == nil {
		return c.ops
	}
	ops := slices.Clone(c.ops)
	if _, ok := state.Document(c.takes.document); ok {
		ops = append(ops, chain.Destroy{Document: c.takes.document})
	}
	for _, e := range r.entrust {
		if _, live := state.Bundle(e.bundle); live && c.takes.ends(e) {
			ops = append(ops, chain.EndBundle{Bundle: e.bundle})
		}
	}
	return ops
}

// told is what the caller of an open change is answered. What takes away holds,
// whatever became of its entry, unless the chain it belongs to is not ours.
func (c *change) told() error {
	if c.takes != nil && !errors.Is(c.err, vault.ErrTampered) {
		return nil
	}
	return c.err
}

// errLeft marks what a stopping keeper leaves to the next start.
var errLeft = errors.New("left to the next start")

// open reports whether how a change ends is not known: its entry may land, or
// it holds and is yet to be written. Its intent then stays without an outcome,
// and the next start settles it.
func (c *change) open() bool {
	return errors.Is(c.err, storage.ErrUndecided) || c.takes != nil && errors.Is(c.err, errLeft)
}

const (
	patience  = 8 * time.Second       // how long a caller waits for its entry
	firstTry  = 50 * time.Millisecond // between two tries of the same bytes
	longTry   = 5 * time.Second       // at most
	groupSize = 700 << 10             // bytes of operations in one entry, below storage.MaxCommit
	perOp     = 1 << 10               // what an operation costs beside its bytes
	opTimeout = 30 * time.Second      // for one request to the bucket
)

// commit hands a change to the safe's only writer and waits until it is
// written. It takes the proofs that the act was decided and recorded. While an
// entry of the safe is undecided every other change is [vault.ErrUnavailable];
// what takes away waits instead, and counts already.
func (k *Keeper) commit(ctx context.Context, w *warrant, s *safe, c *change) error {
	if err := w.check(s.id); err != nil {
		return err
	}
	c.intent = w.pending.Position()
	if err := k.enqueue(s, c); err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-c.done:
		return c.err
	case <-wait.Done():
		if c.takes != nil {
			return nil // it holds; the entry follows
		}
		return fmt.Errorf("%w: the entry is undecided", vault.ErrUnavailable)
	}
}

// enqueue hands a change to the writer of its safe; c.done stays nil when it
// was not taken.
func (k *Keeper) enqueue(s *safe, c *change) error {
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
		k.work.Go(func() { k.drain(s) })
	}
	return nil
}

// check refuses a warrant that does not cover this safe: the zero warrant, one
// whose intent is not on disk, one for another safe.
func (w *warrant) check(id vault.SafeID) error {
	if w == nil || !w.permit.Allows(w.deed.act, id, w.deed.doc) {
		return consent.Unknown.Err()
	}
	if err := w.pending.Live(); err != nil {
		return fmt.Errorf("%w: %w", vault.ErrTrail, err)
	}
	return nil
}

// drain writes what waits, group by group, until nothing does.
func (k *Keeper) drain(s *safe) {
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
		group, entry, next := s.take(k)
		s.mu.Unlock()
		if len(group) > 0 && k.write(s, group, entry, next) {
			k.summarise(s)
		}
	}
}

// take builds one entry of what fits. A change that the chain's rules refuse is
// finished with that error and does not spoil the others. The caller holds mu.
func (s *safe) take(k *Keeper) (group []*change, e chain.Entry, next chain.Safe) {
	e = s.entry(k)
	next = s.state
	record, size := s.service, 0
	for len(s.queue) > 0 {
		c := s.queue[0]
		ops := c.operations(next, record)
		n := opsSize(ops)
		if len(group) > 0 && (size+n > groupSize || len(e.Ops)+len(ops) > chain.MaxOps) {
			break
		}
		s.queue = s.queue[1:]
		if len(ops) == 0 { // what it takes away is gone already
			k.drop(s, c, nil)
			continue
		}
		try := e
		try.Ops = append(slices.Clip(e.Ops), ops...)
		state, err := s.state.Apply(try)
		if err != nil {
			k.drop(s, c, err)
			continue
		}
		if len(group) == 0 {
			try.Intent = uint64(c.intent)
		}
		if c.service != nil {
			record = *c.service
		}
		e, next, size, group = try, state, size+n, append(group, c)
	}
	s.flight = group
	return group, e, next
}

// drop finishes a change that nothing has to be written for, or that the
// chain's rules refuse. The caller holds mu.
func (k *Keeper) drop(s *safe, c *change, err error) {
	if errors.Is(err, chain.ErrUnknown) { // somebody took away meanwhile what it is about
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
		case chain.OpenSafe, chain.AddWay, chain.AddBundle:
			n += 2 << 10 // a recipient
		case chain.AddPieces:
			n += 20 * len(op.Documents)
		}
	}
	return n
}

// summarise writes a summary when one is due, so that reading the safe stays
// cheap. A summary that fails half way counts for nothing and is due again.
func (k *Keeper) summarise(s *safe) {
	state := s.now()
	if !state.SummaryDue() {
		return
	}
	parts, err := state.Summarise()
	if err != nil {
		k.log.WarnContext(k.closing, "no summary", slog.Any("error", err))
		return
	}
	for _, part := range parts {
		s.mu.Lock()
		e := s.entry(k)
		e.Ops = []chain.Op{part}
		next, err := s.state.Apply(e)
		s.mu.Unlock()
		if err != nil || !k.write(s, nil, e, next) {
			return
		}
	}
}

// entry begins the next entry. The caller holds mu.
func (s *safe) entry(k *Keeper) chain.Entry {
	return chain.Entry{
		Chain: chain.SafeChain(s.id), Seq: s.head.Seq + 1, Prev: s.head.Digest,
		Keeper: k.start, Time: time.Now().UTC().Truncate(time.Second), Intent: k.trail.Size(),
	}
}

// write brings one entry into the bucket and settles its changes. It reports
// whether the entry landed.
func (k *Keeper) write(s *safe, group []*change, e chain.Entry, next chain.Safe) bool {
	signed, err := chain.Sign(k.secrets.Signing, e)
	head := chain.Head{Seq: e.Seq}
	if err == nil {
		head.Digest = signed.Digest()
		err = k.announceAlone(s.id, head, group)
	}
	if err == nil {
		err = k.land(s, storage.Key(e.Chain.Key(e.Seq)), signed)
	}
	if err != nil && !errors.Is(err, storage.ErrUndecided) { // it may land: then the answer is wanted
		err = errors.Join(err, k.forget(group))
	}
	if errors.Is(err, vault.ErrTampered) {
		_ = k.alone(k.closing) // it halts everything when another keeper did this
	}
	again := s.adopt(k, group, err, e.Ops, head, next)
	for _, c := range group {
		if !slices.Contains(again, c) {
			k.work.Go(func() { k.finish(c, head, err) })
		}
	}
	if len(again) > 0 {
		k.pause(longTry) // what takes away is tried again, in a while
	}
	return err == nil
}

// announceAlone announces an entry and, meanwhile, makes sure that no other
// keeper has started.
func (k *Keeper) announceAlone(id vault.SafeID, head chain.Head, group []*change) error {
	var g errgroup.Group
	g.Go(func() error { return k.announce(id, head, group) })
	g.Go(func() error {
		ctx, cancel := context.WithTimeout(k.closing, opTimeout)
		defer cancel()
		return k.alone(ctx)
	})
	return g.Wait()
}

// adopt takes over the state after an entry that landed. After one that did
// not it answers the changes that stay: what takes away is tried again.
func (s *safe) adopt(k *Keeper, group []*change, err error, ops []chain.Op, head chain.Head, next chain.Safe) (again []*change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undecided, s.flight = false, nil
	switch {
	case err == nil:
		k.discard(k.unnamed(s.id, ops, s.state, next))
		s.state, s.head = next, head
		k.confirm(s.id, head, next.Summary())
	case errors.Is(err, vault.ErrTampered):
		s.broken = err
		k.log.ErrorContext(k.closing, "a safe's chain was written by somebody else: the safe is shut", slog.Any("error", err))
	}
	for _, c := range group {
		switch {
		case err == nil && c.service != nil:
			s.service = *c.service
		case err != nil && c.takes != nil:
			again = append(again, c) // drain ends it when the safe is broken
			continue
		}
		if c.takes != nil {
			delete(s.takes, c.takes)
		}
	}
	s.queue = append(slices.Clip(again), s.queue...)
	return again
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
func (k *Keeper) land(s *safe, key storage.Key, signed *seal.Signed) error {
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

// announce makes durable which entry is about to be written and what its
// requests are to be answered, together with the heads confirmed since: after a
// crash only announced numbers have to be settled.
func (k *Keeper) announce(id vault.SafeID, head chain.Head, group []*change) error {
	confirmed := k.takeConfirmed()
	position := k.trail.Size()
	return k.state.update(func(tx *bolt.Tx) error {
		if err := tx.Bucket(bMeta).Put(metaPosition, u64(position)); err != nil {
			return err
		}
		if err := putConfirmed(tx, confirmed); err != nil {
			return err
		}
		for _, c := range group {
			if c.answer == nil {
				continue
			}
			if err := tx.Bucket(bRequest).Put(c.answer.key[:], c.answer.row(id, head)); err != nil {
				return err
			}
		}
		return tx.Bucket(bNext).Put(id[:], putHead(head))
	})
}

// confirm notes that an announced entry landed. It becomes durable with the
// next announcement, or at Close.
func (k *Keeper) confirm(id vault.SafeID, head chain.Head, summary uint64) {
	k.confirmedMu.Lock()
	defer k.confirmedMu.Unlock()
	k.confirmed[id] = confirmation{head, summary}
}

type confirmation struct {
	head    chain.Head
	summary uint64
}

func (k *Keeper) takeConfirmed() map[vault.SafeID]confirmation {
	k.confirmedMu.Lock()
	defer k.confirmedMu.Unlock()
	taken := k.confirmed
	k.confirmed = map[vault.SafeID]confirmation{}
	return taken
}

func putConfirmed(tx *bolt.Tx, confirmed map[vault.SafeID]confirmation) error {
	for id, c := range confirmed {
		if err := tx.Bucket(bHead).Put(id[:], append(putHead(c.head), u64(c.summary)...)); err != nil {
			return err
		}
		next := tx.Bucket(bNext)
		if readHead(next.Get(id[:])) == c.head {
			if err := next.Delete(id[:]); err != nil {
				return err
			}
		}
	}
	return nil
}
