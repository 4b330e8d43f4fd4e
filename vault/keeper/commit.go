package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// A change is what one act wants to write to one chain: its operations are
// applied together or not at all.
type change struct {
	intent audit.Position
	ops    []chain.Op
	// answer is remembered for a retry of the same request; nil for none.
	answer *answer
	// spare is kept of a new sheet's code, should the answer be lost; nil for nothing.
	spare []byte
	// service is the record that one of ops makes count; nil for none.
	service *serviceRecord
	// takes says that the change only takes away: it holds since its intent was
	// recorded, so it stays in the queue until it is written. What it removes is
	// looked up when its entry is made, whatever came before it.
	takes *taking
	// along says that ops only go along with what it takes away, and were made
	// before: where they do not fit any more the entry is made without them.
	along bool
	// origin is by what right its papers come. Once that ended they are refused,
	// and gone if their entry was on its way.
	origin origin
	// kit is the opening of a recovery kit that it finishes; zero for none. Once
	// that was stopped it finishes nothing.
	kit kitOpening
	// records are those of the agents whom ops add or change.
	records map[vault.AgentID]agentRecord
	// structure is the record of the structure that one of ops makes count; nil for
	// none.
	structure *structureRecord
	// cycles are those of the cycles of workshops.
	cycles map[vault.CycleID]cycleRecord
	// ready says for which state of its chain the objects were written that a
	// taking's entry names.
	ready chain.Head
	// rotates says that the change replaces objects by the same things sealed
	// otherwise: those before may be being read, and stay for a while.
	rotates bool
	// landed is called once, by the chain's writer, when the entry counts and
	// before anybody is told; nil for nothing.
	landed func()
	// settled is called once, when the entry is known to have landed or never
	// to land, or when the keeper stops before that. It may run long after the
	// caller was told "unavailable".
	settled func(chain.Head, error)
	failed  func() // called when it is known that the entry never lands; may be nil
	done    chan struct{}
	err     error // valid once done is closed
}

// leaveOut leaves out what only goes along.
func (c *change) leaveOut() { c.ops, c.service, c.along = nil, nil, false }

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

// A ledger is a chain that acts write to: a safe's, or a structure's.
type ledger interface {
	// permits refuses a warrant that does not cover this chain.
	permits(w *warrant) error
	// enqueue hands a change to the chain's only writer.
	enqueue(k *Keeper, c *change) error
}

// commit hands a change to the only writer of its chain and waits until it is
// written. It takes the proofs that the act was decided and recorded. While an
// entry of the chain is undecided every other change is [vault.ErrUnavailable];
// what takes away waits instead, and counts already.
func (k *Keeper) commit(ctx context.Context, w *warrant, l ledger, c *change) error {
	if err := l.permits(w); err != nil {
		return err
	}
	c.intent = w.pending.Position()
	w.queued.Store(true) // before its writer may end it
	if err := l.enqueue(k, c); err != nil {
		w.queued.Store(false)
		return err
	}
	return k.await(ctx, c)
}

// await waits until a change that was handed over is written.
func (k *Keeper) await(ctx context.Context, c *change) error {
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

// settle commits a change and records how it ended, whether the caller still
// waits for it or not.
func (k *Keeper) settle(ctx context.Context, w *warrant, l ledger, c *change) error {
	ended := make(chan error, 1)
	c.settled = func(head chain.Head, err error) {
		if c.open() {
			w.leave()
			ended <- c.told()
			return
		}
		note := w.result
		if err == nil {
			note.Seq, note.Head = head.Seq, head.Digest.String()
		} else if c.failed != nil {
			c.failed()
		}
		ended <- w.end(context.WithoutCancel(ctx), err, note)
	}
	switch err := k.commit(ctx, w, l, c); {
	case isClosed(c.done):
		return <-ended
	case c.done == nil: // never queued: nobody else will end it
		if c.failed != nil {
			c.failed()
		}
		return w.end(ctx, err, detail{})
	case err == nil:
		return nil // it takes away, and holds; its outcome follows its entry
	default:
		return err // undecided: the outcome is recorded when it is known
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return c != nil
	default:
		return false
	}
}

// A chainID names a chain that acts write to, for the rows of the state file.
type chainID struct {
	id        [16]byte
	structure bool // and not a safe
}

func safeChain(id vault.SafeID) chainID { return chainID{id: id} }

func structureChain(id vault.StructureID) chainID { return chainID{id: id, structure: true} }

func (c chainID) name() chain.Name {
	if c.structure {
		return chain.StructureChain(c.id)
	}
	return chain.SafeChain(c.id)
}

// rows are the buckets of the state file that hold a chain's confirmed head and
// the entry about to be written.
func (c chainID) rows() (head, next []byte) {
	if c.structure {
		return bStructure, bStructureNext
	}
	return bHead, bNext
}

// announce makes durable which entry is about to be written and what its
// requests are to be answered, together with the heads confirmed since: after a
// crash only announced numbers have to be settled.
func (k *Keeper) announce(id chainID, head chain.Head, group []*change) error {
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
			if err := tx.Bucket(bRequest).Put(c.answer.key[:], c.answer.row(id.id, head)); err != nil {
				return err
			}
			if c.spare == nil {
				continue
			}
			if err := tx.Bucket(bSpare).Put(id.id[:], c.spare); err != nil {
				return err
			}
		}
		_, next := id.rows()
		return tx.Bucket(next).Put(id.id[:], putHead(head))
	})
}

// confirm notes that an announced entry landed. It becomes durable with the
// next announcement, or at Close.
func (k *Keeper) confirm(id chainID, head chain.Head, summary uint64) {
	k.confirmedMu.Lock()
	defer k.confirmedMu.Unlock()
	k.confirmed[id] = confirmation{head, summary}
}

type confirmation struct {
	head    chain.Head
	summary uint64
}

func (k *Keeper) takeConfirmed() map[chainID]confirmation {
	k.confirmedMu.Lock()
	defer k.confirmedMu.Unlock()
	taken := k.confirmed
	k.confirmed = map[chainID]confirmation{}
	return taken
}

func putConfirmed(tx *bolt.Tx, confirmed map[chainID]confirmation) error {
	for id, c := range confirmed {
		head, next := id.rows()
		if err := tx.Bucket(head).Put(id.id[:], append(putHead(c.head), u64(c.summary)...)); err != nil {
			return err
		}
		if readHead(tx.Bucket(next).Get(id.id[:])) != c.head {
			continue
		}
		if err := tx.Bucket(next).Delete(id.id[:]); err != nil {
			return err
		}
	}
	return nil
}
