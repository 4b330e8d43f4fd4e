package keeper

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// state is the second bbolt file: what the keeper would otherwise have to read
// from every chain at start. All of it can be rebuilt from bucket and trail, but
// for sessions and remembered answers, which end. Values that speak of anybody
// are sealed under a key derived from the pepper.
//
// Writes are grouped: one writer drains the queue into one transaction.
type state struct {
	db    *bolt.DB
	key   seal.JournalKey
	queue chan write
	over  chan struct{} // closed by Close
	once  sync.Once
	done  sync.WaitGroup
}

type write struct {
	fn  func(*bolt.Tx) error
	err chan error
}

// Buckets of the state file.
//
//nolint:gochecknoglobals // names, never written: bbolt wants bytes, which Go has no constants of
var (
	bMeta    = []byte("meta")
	bHead    = []byte("head")    // safe → confirmed head, summary
	bNext    = []byte("next")    // safe → the entry about to be written
	bOwner   = []byte("owner")   // pseudonym ‖ safe → nothing
	bSession = []byte("session") // hash of token → until, sealed record
	bConsent = []byte("consent") // safe ‖ consent → sealed row
	bGrant   = []byte("grant")   // pseudonym of an agent ‖ safe ‖ consent → nothing
	bRequest = []byte("request") // hash → until, digest of the request, sealed answer
	bTaking  = []byte("taking")  // safe → size of the trail when something was first taken away
	bGuess   = []byte("guess")   // safe → failures, not before
	bLocal   = []byte("local")   // name → sealed blob of the local provider

	bStructure     = []byte("structure")      // structure → head of its chain
	bStructureNext = []byte("structure-next") // structure → the entry about to be written

	bApproval = []byte("approval") // approval → sealed act that waits for a second agent
	bUse      = []byte("use")      // agent → day of the last use
	bOpened   = []byte("opened")   // MAC of an agent ‖ safe → nothing: whose papers they opened
	bRegister = []byte("register") // MAC of structure, birth date and a word of the name ‖ safe → nothing
	bAddress  = []byte("address")  // MAC of an address → safe
	bAnomaly  = []byte("anomaly")  // agent ‖ kind → sealed count
	bCounted  = []byte("counted")  // agent → sealed, what they did within the hour

	bRotated = []byte("rotated") // safe → master epoch under which all of it is
	bPage    = []byte("page")    // MAC of a page's code → safe ‖ consent
	bRelay   = []byte("relay")   // safe ‖ relay → sealed row
	bRelays  = []byte("relays")  // MAC of a structure ‖ safe ‖ relay → nothing

	bWorkshop  = []byte("workshop")  // safe → sealed: the cycle of workshops in which it stands
	bWorkshops = []byte("workshops") // MAC of a cycle ‖ safe → nothing

	bRecovery = []byte("recovery") // safe → something: it waits for the holder of escrow B

	bSpare = []byte("spare") // safe → until, sealed code of its newest sheet

	bTraining = []byte("training") // safe for exercises → structure ‖ until

	bPIN   = []byte("pin")   // safe → since when its PIN is, wrong ones typed
	bLimit = []byte("limit") // agent, or zero for all → since, wrong PINs typed
)

func stateBuckets() [][]byte {
	return [][]byte{
		bMeta, bHead, bNext, bOwner, bSession, bRequest, bGuess, bLocal, bStructure, bStructureNext,
		bApproval, bUse, bOpened, bRegister, bAddress, bAnomaly, bCounted, bPIN, bLimit, bConsent, bGrant, bPage, bRecovery, bRotated,
		bRelay, bRelays, bTaking, bTraining, bWorkshop, bWorkshops, bSpare,
	}
}

// Keys of the meta bucket.
//
//nolint:gochecknoglobals // names, never written: bbolt wants bytes, which Go has no constants of
var (
	metaVersion  = []byte("version")
	metaVault    = []byte("vault")    // head of the vault chain
	metaPosition = []byte("position") // size of the trail when this was written
	metaSettled  = []byte("settled")  // leaves before this one need no settling
	metaSearched = []byte("searched") // open takings before this leaf are looked for in marked safes only
	metaRotated  = []byte("rotated")  // master epoch under which everything was found to be
	metaCopied   = []byte("copied")   // leaves before this one are in the bucket
	metaClock    = []byte("clock")    // how far ahead of the bucket an operator confirmed the clock, seconds
)

const stateVersion = 1

var errState = errors.New("keeper: state file")

func openState(path string, key []byte) (*state, error) {
	jk, err := seal.ParseJournalKey(seal.NewSecret(key))
	if err != nil {
		return nil, fmt.Errorf("state key: %w", err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 5 * time.Second, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errState, err)
	}
	s := &state{db: db, key: jk, queue: make(chan write, 256), over: make(chan struct{})}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range stateBuckets() {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		meta := tx.Bucket(bMeta)
		if v := meta.Get(metaVersion); v != nil && !bytes.Equal(v, []byte{stateVersion}) {
			return fmt.Errorf("version %d is not known here", v[0])
		}
		return meta.Put(metaVersion, []byte{stateVersion})
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errState, err), db.Close())
	}
	s.done.Go(s.run)
	return s, nil
}

// Close waits for the writes under way. Writes after it fail.
func (s *state) Close() error {
	err := error(nil)
	s.once.Do(func() {
		close(s.over)
		s.done.Wait()
		if err = s.db.Close(); err != nil {
			err = fmt.Errorf("%w: %w", errState, err)
		}
	})
	return err
}

// run groups whatever waits into one transaction: alone a write waits for
// nobody, together they share one fsync.
func (s *state) run() {
	for {
		select {
		case first := <-s.queue:
			s.commit(s.gather(first))
		case <-s.over:
			return
		}
	}
}

func (s *state) gather(first write) []write {
	group := []write{first}
	for len(group) < cap(s.queue) {
		select {
		case w := <-s.queue:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

func (s *state) commit(group []write) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, w := range group {
			if err := w.fn(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range group {
		w.err <- err
	}
}

// update runs fn in a durable transaction. When fn fails nothing of its group
// is written, so fn fails only for what makes the file unusable.
func (s *state) update(fn func(*bolt.Tx) error) error {
	w := write{fn, make(chan error, 1)}
	err := bolterrors.ErrDatabaseNotOpen
	select {
	case s.queue <- w:
		select {
		case err = <-w.err:
		case <-s.over:
			s.done.Wait()
			select {
			case err = <-w.err: // it was in the last transaction
			default:
			}
		}
	case <-s.over:
	}
	if err != nil {
		return fmt.Errorf("%w: %w: %w", vault.ErrUnavailable, errState, err)
	}
	return nil
}

func (s *state) view(fn func(*bolt.Tx) error) error {
	if err := s.db.View(fn); err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	return nil
}

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func readU64(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func (s *state) number(key []byte) (n uint64, err error) {
	err = s.view(func(tx *bolt.Tx) error { n = readU64(tx.Bucket(bMeta).Get(key)); return nil })
	return n, err
}

func putHead(h chain.Head) []byte { return append(u64(h.Seq), h.Digest[:]...) }

// readHead reads what putHead wrote. A head of number 0 is none at all, whatever
// digest stands beside it: it must not pass for a chain of which nothing is known.
func readHead(b []byte) (h chain.Head) {
	if len(b) < 40 || readU64(b[:8]) == 0 {
		return chain.Head{}
	}
	h.Seq = readU64(b[:8])
	copy(h.Digest[:], b[8:40])
	return h
}

// seal and open protect values that speak of somebody; what is the row they
// stand in, so that two rows cannot be swapped.
func (s *state) seal(plain []byte, what string) ([]byte, error) {
	b, err := s.key.Seal(plain, []byte(what))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errState, err)
	}
	return b, nil
}

func (s *state) open(raw []byte, what string) ([]byte, error) {
	b, err := s.key.Open(raw, []byte(what))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errState, err)
	}
	return b, nil
}

// known is what the state remembers of one chain.
type known struct {
	confirmed chain.Head
	summary   uint64
	next      chain.Head // zero, or the entry that was about to be written
}

func (s *state) known(id chainID) (k known, err error) {
	head, next := id.rows()
	err = s.view(func(tx *bolt.Tx) error {
		if v := tx.Bucket(head).Get(id.id[:]); len(v) == 48 {
			k.confirmed, k.summary = readHead(v), readU64(v[40:])
		}
		k.next = readHead(tx.Bucket(next).Get(id.id[:]))
		return nil
	})
	return k, err
}

// safes are the safes that the state knows, those included that are about to be
// opened.
func (s *state) safes(ctx context.Context) ([]vault.SafeID, error) {
	all, err := s.chains(ctx, bHead, bNext)
	ids := make([]vault.SafeID, len(all))
	for i, id := range all {
		ids[i] = vault.SafeID(id)
	}
	return ids, err
}

func (s *state) chains(ctx context.Context, head, next []byte) (ids [][16]byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		for _, b := range [][]byte{head, next} {
			c := tx.Bucket(b).Cursor()
			for k, _ := c.First(); k != nil; k, _ = c.Next() {
				if bytes.Equal(b, next) && tx.Bucket(head).Get(k) != nil {
					continue
				}
				ids = append(ids, [16]byte(k))
			}
		}
		return ctx.Err()
	})
	return ids, err
}

// announced are the chains whose last entry was announced and is not confirmed,
// structures first: what safes mean depends on them.
func (s *state) announced() (structures, safes []chainID, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bStructureNext).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			structures = append(structures, structureChain(vault.StructureID(k)))
		}
		c = tx.Bucket(bNext).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			safes = append(safes, safeChain(vault.SafeID(k)))
		}
		return nil
	})
	return structures, safes, err
}
