package keeper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A safe is one safe in memory: its folded chain and what waits to be written
// to it. There is one for each id.
type safe struct {
	chained[chain.Safe]
	id      vault.SafeID
	service serviceRecord // guarded by mu; never changed in place

	// changing is held by acts that read the service record and write a newer
	// one; deposits, which only add to what it names, share it.
	changing sync.RWMutex

	// terms are what its consents say, opened once; guarded by termsMu.
	termsMu sync.Mutex
	terms   map[seal.Digest]agreement

	joins atomic.Bool // somebody joins what is scattered in its bundles
	// pins counts who works with this safe; guarded by the keeper's safesMu. A
	// pinned safe stays in memory: there must never be two writers for one.
	pins int
}

func newSafe(id vault.SafeID) *safe {
	s := &safe{chained: chained[chain.Safe]{is: safeChain(id), takes: map[*taking]bool{}}, id: id}
	s.what = s
	return s
}

// A taking is what an act takes away: one of the things below. It holds from its
// recorded intent on.
type taking struct {
	document vault.DocumentID // destroyed
	drawer   papers.Drawer    // taken back, as far as it was entrusted
	by       time.Time        // until then; of a freeze, since then

	consent  vault.ConsentID    // a request refused, or a consent ended
	consents []vault.ConsentID  // several, at once
	why      vault.EndReason    // for that reason
	freeze   bool               // the safe frozen
	erase    bool               // all of it
	way      vault.WayID        // a way in ended
	address  vault.AddressID    // an address revoked
	arriving []vault.DocumentID // and the papers that were being written there
	shutOut  shutOut            // an agent or a structure shut out
	relays   relayBan           // a relay forbidden, or all of them
	copy     int                // a copy of the digital passport lost, with its address
	kit      bool               // an opening of the recovery kit stopped

	handover *handover // the safe handed over to its person

	leaves leaving // the person dropped out of a cycle of workshops

	agent  vault.AgentID // of a structure: an agent ended
	cycle  vault.CycleID // or a cycle of workshops
	leader vault.AgentID // or that goes on, led by this agent

	// tried is closed once it is known whether something comes of it: it stops what
	// is being written from before its intent on. Nil for one that counts already.
	// Both are guarded by the lock of its chain.
	tried chan struct{}
	void  bool // nothing came of it; it says so once tried is closed
}

func (t *taking) ends(e entrusted) bool {
	if t.handover != nil {
		return e.handover && !e.since.After(t.by)
	}
	return t.drawer != "" && e.drawer == t.drawer && !e.since.After(t.by)
}

// edit is what a taking does to the service record, and whether that is
// anything: the entry that carries it out then names a new record.
func (t *taking) edit(r serviceRecord) (serviceRecord, bool) {
	switch {
	case t.copy != 0:
		return r.lose(t.copy, t.by)
	case !t.address.IsZero():
		is := func(a address) bool { return a.id == t.address }
		if !slices.ContainsFunc(r.addresses, is) {
			return r, false
		}
		r.addresses = slices.DeleteFunc(slices.Clone(r.addresses), is)
	case t.shutOut != shutOut{}:
		if r.bans(t.shutOut.agent, t.shutOut.structure) { // that they had the safe from them is no ban: it may end
			return r, false
		}
		r.shutOut = append(slices.Clone(r.shutOut), t.shutOut)
		r, _ = t.shutOut.away(r)
	case t.freeze:
		waited := !r.recovery.isZero() || !r.relink.isZero() || !r.kitOpening.isZero()
		r.recovery, r.relink, r.kitOpening = recovering{}, relinking{}, kitOpening{} // whatever waited is void
		r, ended := r.ending(vault.EndedFreeze, t.by, func(relay) bool { return true })
		return r, waited || ended
	case t.relays != relayBan{}:
		return t.relays.apply(r)
	case t.handover != nil:
		return t.handover.apply(r)
	case t.kit:
		if r.kitOpening.isZero() || r.kitOpening.since.After(t.by) {
			return r, false
		}
		r.kitOpening = kitOpening{}
	case t.leaves != leaving{}:
		return t.leaves.apply(r)
	default:
		return r, false
	}
	return r, true
}

// gone reports whether a document was destroyed by a recorded intent. The
// caller holds mu.
func (s *safe) gone(id vault.DocumentID) bool {
	for t := range s.takes {
		if t.destroys(id) {
			return true
		}
	}
	return false
}

// maxSafes bounds how many folded safes stay in memory. One with a few consents
// takes some 40 KiB; reading it again takes milliseconds and eight requests.
const maxSafes = 4096

// safe answers the safe with this id, read and verified from its chain when it
// is not in memory, and pins it: the caller, or the warrant it is handed to,
// unpins it. Unknown ids are [vault.ErrNotFound], without a word to the bucket:
// what exists is what the state knows. A safe whose chain in the bucket is not
// ours any more is [vault.ErrTampered].
func (k *Keeper) safe(ctx context.Context, id vault.SafeID) (*safe, error) {
	s, ok := k.pinned(id)
	if !ok {
		known, err := k.known(safeChain(id))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
		}
		if known.confirmed.IsZero() {
			return nil, vault.ErrNotFound
		}
		if s, err = k.load(ctx, id, known); err != nil {
			return nil, err
		}
		s = k.keep(s)
	}
	if err := cmp.Or(k.finished(ctx, s), s.usable()); err != nil {
		k.unpin(s)
		return nil, err
	}
	return s, nil
}

// usable refuses a safe that is broken, one whose opening is not written, and one
// that was erased.
func (s *safe) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil && (s.head.IsZero() || s.erased()) {
		return vault.ErrNotFound
	}
	return s.broken
}

// erased reports whether the safe was erased, by its chain or by a recorded
// intent. The caller holds mu.
func (s *safe) erased() bool {
	for t := range s.takes {
		if t.erase {
			return true
		}
	}
	return s.state.Erased()
}

// there reports whether it is neither erased nor at the end of its time.
func (s *safe) there(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.service.training
	return !s.erased() && (e.isZero() || now.Before(e.until))
}

func (k *Keeper) pinned(id vault.SafeID) (*safe, bool) {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	s, ok := k.safes[id]
	if ok {
		s.pins++
	}
	return s, ok
}

func (k *Keeper) unpin(s *safe) {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	s.pins--
}

// keep remembers s, or answers the one somebody else loaded meanwhile; pinned.
func (k *Keeper) keep(s *safe) *safe {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	if other, ok := k.safes[s.id]; ok {
		other.pins++
		return other
	}
	for id, old := range k.safes { // any idle one: the map's order is random enough
		if len(k.safes) < k.maxSafes {
			break
		}
		if old.pins == 0 && old.idle() {
			delete(k.safes, id)
		}
	}
	s.pins++
	k.safes[s.id] = s
	return s
}

// disown forgets a safe whose opening did not come true.
func (k *Keeper) disown(s *safe) {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	if k.safes[s.id] == s {
		delete(k.safes, s.id)
	}
}

// load replays the chain of one safe and opens its service record.
func (k *Keeper) load(ctx context.Context, id vault.SafeID, known known) (*safe, error) {
	state, head, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(),
		chain.Known{Head: known.confirmed, Summary: known.summary})
	if err != nil {
		return nil, fromChain(err)
	}
	s := newSafe(id)
	s.state, s.head = state, head
	if !state.Erased() {
		if s.service, err = k.readService(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := k.reindex(ctx, s); err != nil {
		k.log.WarnContext(ctx, "the index of consents is behind", slog.Any("error", err))
	}
	return s, nil
}

// fetch reads entries of one chain.
func (k *Keeper) fetch(name chain.Name) chain.Fetch {
	return func(ctx context.Context, seq uint64) ([]byte, error) {
		raw, err := k.bucket.Get(ctx, storage.Key(name.Key(seq)), 0, -1)
		if errors.Is(err, storage.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", chain.ErrNoEntry, err)
		}
		return raw, fromBucket(err)
	}
}

// document answers a live document that nobody took away.
func (s *safe) document(id vault.DocumentID) (chain.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.state.Document(id)
	if !ok || s.gone(id) {
		return chain.Document{}, vault.ErrNotFound
	}
	return d, nil
}

// documents answers the live documents that nobody took away, oldest first.
func (s *safe) documents() iter.Seq[chain.Document] {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, gone := s.state, map[vault.DocumentID]bool{}
	for t := range s.takes {
		gone[t.document] = true
		for _, id := range t.arriving {
			gone[id] = true
		}
	}
	return func(yield func(chain.Document) bool) {
		for d := range state.Documents() {
			if !gone[d.ID] && !yield(d) {
				return
			}
		}
	}
}

func (s *safe) record() serviceRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.based()
}

// based is the service record with the number of the one it is. The caller holds
// mu.
func (s *safe) based() serviceRecord {
	r := s.service
	now, _ := s.state.Service()
	r.base = now.N
	return r
}

// current is the service record without what was taken away since: agreements
// and ways in count while the chain has them, the rest as far as no recorded
// intent says otherwise.
func (s *safe) current() serviceRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.based()
	for t := range s.takes {
		r, _ = t.edit(r)
	}
	r.entrust = slices.DeleteFunc(slices.Clone(r.entrust), func(e entrusted) bool {
		_, live := s.state.Bundle(e.bundle)
		for t := range s.takes {
			live = live && !t.ends(e)
		}
		return !live
	})
	r.ways = slices.DeleteFunc(slices.Clone(r.ways), func(n wayNote) bool {
		_, live := s.state.Way(n.way)
		return !live || s.takesWay(n.way)
	})
	if !s.hasKit() {
		r = r.withoutKit()
	}
	return r
}

// hasKit reports whether the ways in of a recovery kit are there. The caller
// holds mu.
func (s *safe) hasKit() bool {
	for way := range s.state.Ways() {
		if isRecovery(way) && !s.takesWay(way.ID) {
			return true
		}
	}
	return false
}

// stopped reports whether an opening of the recovery kit is not the one that
// waits any more. The caller holds mu.
func (s *safe) stopped(o kitOpening) bool {
	r := s.service
	for t := range s.takes {
		r, _ = t.edit(r)
	}
	return r.kitOpening != o || !s.hasKit()
}

// takesWay reports whether a recorded intent ended a way in. The caller holds
// mu.
func (s *safe) takesWay(id vault.WayID) bool {
	way, ok := s.state.Way(id)
	for t := range s.takes {
		if t.handover.endsWay(id) || ok && t.closes(s.state, way) {
			return true
		}
	}
	return false
}

// closes reports whether a taking ends a way in. The pairs of a recovery kit end
// together: a kit of which one pair opens and another does not is none.
func (t *taking) closes(state chain.Safe, way chain.Way) bool {
	if t.way.IsZero() {
		return false
	}
	named, ok := state.Way(t.way)
	return ok && (way.ID == t.way || isRecovery(named) && isRecovery(way))
}

// live reports whether a consent counts: its bundle is in the chain, and no
// recorded intent ended it or froze the safe. Dates are for the decision.
func (s *safe) live(consent vault.ConsentID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.state.Bundle(vault.BundleID(consent))
	if !ok || b.Kind != chain.BundleConsent {
		return false
	}
	for t := range s.takes {
		if t.freeze || t.over(consent) {
			return false
		}
	}
	return true
}

// frozen reports whether the safe is frozen, by its chain or by a recorded
// intent.
func (s *safe) frozen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.takes {
		if t.freeze {
			return true
		}
	}
	return s.state.Frozen()
}

// ways answers the live ways in that nobody took away.
func (s *safe) ways() (all []chain.Way) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.state.Ways() {
		if !s.takesWay(w.ID) {
			all = append(all, w)
		}
	}
	return all
}

// small reads a small sealed object and checks it against the digest that its
// signed entry holds, before anybody opens it.
func (k *Keeper) small(ctx context.Context, key storage.Key, want seal.Digest) ([]byte, error) {
	raw, err := k.bucket.Get(ctx, key, 0, -1)
	if err != nil {
		return nil, fromBucket(err)
	}
	if seal.DigestOf(raw) != want {
		return nil, fmt.Errorf("%w: digest", vault.ErrTampered)
	}
	return raw, nil
}

// fromBucket turns an error of the bucket into one of the domain. What a signed
// entry names and the bucket does not have was taken away behind our back.
func fromBucket(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotExist), errors.Is(err, storage.ErrShort), errors.Is(err, storage.ErrTooLarge):
		return fmt.Errorf("%w: %w", vault.ErrTampered, err)
	default:
		return fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
}

// fromChain turns what a replay found into an error of the domain.
func fromChain(err error) error {
	if errors.Is(err, vault.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", vault.ErrTampered, err)
}

// fromSeal turns an error of opening into one of the domain.
func fromSeal(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", vault.ErrTampered, err)
}
