package keeper

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// hashesAtOnce bounds the Argon2id hashes of codes that run together: each
// takes 19 MiB, and memory is what an attacker would exhaust.
const hashesAtOnce = 2

// derive makes the identity of a code sheet from its code.
func (k *Keeper) derive(ctx context.Context, code seal.Code, sheet vault.WayID) (*seal.Identity, error) {
	return k.deriveAt(ctx, code, sheet.String())
}

// deriveAt is derive for any printed sheet; its number is the salt.
func (k *Keeper) deriveAt(ctx context.Context, code seal.Code, sheet string) (*seal.Identity, error) {
	select {
	case k.hashes <- struct{}{}:
		defer func() { <-k.hashes }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	id, err := code.IdentityAt(sheet, k.codes)
	if err != nil {
		return nil, fmt.Errorf("code sheet: %w", err)
	}
	return id, nil
}

// Unlock opens a safe's identity for one session. See [vault.Keeper].
func (k *Keeper) Unlock(ctx context.Context, who session.Principal, act vault.Unlock) error {
	// The intent is the guess: it is on disk before the code is looked at.
	w, err := k.begin(ctx, deed{who: who, act: vault.ActUnlock, safe: act.Safe})
	if err != nil {
		return err
	}
	if act.Phone != nil {
		return k.unlockByPhone(ctx, w, act)
	}
	if err := k.guess(act.Safe); err != nil {
		return w.end(ctx, err, detail{Reason: notCompared})
	}
	way, ids, err := k.openWithCode(ctx, w, act.Code)
	if way != "" { // it was the right code, whether or not the bucket answered
		err = errors.Join(err, k.sheetOpened(act.Safe, way))
	}
	if err != nil {
		return w.end(ctx, err, detail{Way: way})
	}
	return k.stayOpen(ctx, w, way, ids)
}

// stayOpen leaves a safe unlocked in the caller's session and ends the warrant.
func (k *Keeper) stayOpen(ctx context.Context, w *warrant, way string, ids identities) error {
	who, id := w.deed.who, w.deed.safe
	k.unlocked.put(who.Session(), id, way, ids)
	// The session, or the way in, may have ended meanwhile, and then nobody
	// forgets it.
	err := k.Live(who)
	if err == nil {
		err = w.safe.opensBy(way)
	}
	if err := w.end(ctx, err, detail{Way: way}); err != nil {
		k.unlocked.drop(who.Session(), id)
		return err
	}
	return nil
}

// notCompared is the outcome of a guess that was refused unseen.
const notCompared = "not compared"

// openWithCode tries a code on every live sheet of the safe. It answers the
// safe's identities by epoch, or [vault.ErrCode].
func (k *Keeper) openWithCode(ctx context.Context, w *warrant, code seal.Code) (string, identities, error) {
	if err := w.check(w.deed.safe); err != nil {
		return "", nil, err
	}
	state := w.safe.now()
	for way := range state.Ways() {
		if way.Kind != chain.WaySheet {
			continue
		}
		sheet, err := k.derive(ctx, code, way.ID)
		if err != nil {
			return "", nil, err
		}
		if sheet.Recipient() != way.Recipient {
			continue
		}
		ids, err := k.openWay(ctx, w.safe.id, state, way, sheet)
		return way.ID.String(), ids, err
	}
	return "", nil, vault.ErrCode
}

// openWay opens every epoch of the safe identity that a way in holds.
func (k *Keeper) openWay(ctx context.Context, id vault.SafeID, state chain.Safe, way chain.Way, holder *seal.Identity) (identities, error) {
	return k.openWayWith(ctx, id, state, way, holder, nil)
}

// openWayWith is openWay for any way in; second is the other of two recovery
// sheets, nil where there is one holder.
func (k *Keeper) openWayWith(ctx context.Context, id vault.SafeID, state chain.Safe, way chain.Way, holder, second *seal.Identity) (identities, error) {
	ids := identities{}
	for _, key := range way.Keys {
		master, err := k.master(key.MasterEpoch)
		if err != nil {
			return nil, fmt.Errorf("way in: %w", err)
		}
		raw, err := k.small(ctx, wayKey(id, key.Epoch, way.ID, key.MasterEpoch), key.Digest)
		if err != nil {
			return nil, err
		}
		outer, inner := wayBindings(id, key.Epoch, way.ID, key.MasterEpoch)
		var text seal.Secret
		if second != nil {
			text, err = seal.OpenPaired(raw, outer, master, middleBinding(id, key.Epoch, way.ID), holder, inner, second)
		} else {
			text, err = seal.OpenNested(raw, outer, master, inner, holder)
		}
		if err != nil {
			return nil, fromSeal(err)
		}
		named, ok := epochOf(state, key.Epoch)
		if !ok {
			return nil, fmt.Errorf("%w: epoch %d", vault.ErrTampered, key.Epoch)
		}
		// An opened identity must yield the recipient its entry names.
		identity, err := seal.ParseIdentityFor(text, named.Recipient)
		text.Wipe()
		if err != nil {
			return nil, fromSeal(err)
		}
		ids[key.Epoch] = identity
	}
	return ids, nil
}

func epochOf(state chain.Safe, number uint64) (chain.Epoch, bool) {
	for _, e := range state.Epochs() {
		if e.Number == number {
			return e, true
		}
	}
	return chain.Epoch{}, false
}

// Lock forgets a safe's identity in this session. See [vault.Keeper].
func (k *Keeper) Lock(ctx context.Context, who session.Principal, id vault.SafeID) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActLock, safe: id})
	if err != nil {
		return err
	}
	k.unlocked.drop(who.Session(), id)
	return w.end(ctx, nil, detail{})
}

// identities are a safe's identities by epoch.
type identities map[uint64]*seal.Identity

func (ids identities) epochs() []uint64 { return slices.Sorted(maps.Keys(ids)) }

// The limits on guesses of one safe. The code has 100 bits: they only keep a
// guesser from using up the machine.
const (
	freeGuesses = 5
	guessPause  = time.Minute
	longPause   = time.Hour
)

// guesses are the failures of one safe since the last code that opened it, and
// until when the next guess has to wait, in Unix seconds.
type guesses struct{ failures, notBefore uint64 }

// next counts one more guess at a time, or answers false: it has to wait.
func (g guesses) next(now time.Time) (guesses, bool) {
	at := uint64(max(0, now.Unix()))
	if at < g.notBefore {
		return g, false
	}
	wait := time.Duration(0)
	if g.failures++; g.failures >= freeGuesses {
		wait = min(guessPause<<min(g.failures-freeGuesses, 6), longPause)
	}
	g.notBefore = at + uint64(wait/time.Second)
	return g, true
}

func (g guesses) row() []byte { return append(u64(g.failures), u64(g.notBefore)...) }

func readGuesses(row []byte) (g guesses) {
	if len(row) == 16 {
		g.failures, g.notBefore = readU64(row[:8]), readU64(row[8:])
	}
	return g
}

// guess counts a guess before it is compared, and refuses it while the safe
// has to wait: one transaction, so that guesses at once are counted one by one.
func (k *Keeper) guess(id vault.SafeID) error {
	allowed := false
	err := k.state.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bGuess)
		var g guesses
		if g, allowed = readGuesses(b.Get(id[:])).next(time.Now()); !allowed {
			return nil
		}
		return b.Put(id[:], g.row())
	})
	if err == nil && !allowed {
		return vault.ErrTooManyGuesses
	}
	return err
}

// sheetOpened forgets the failures after a code sheet that opened, and what was kept
// of its code: it was told. The sheet before it opens until the new one's entry is
// there, and says nothing of it. A spare that nobody can read is none.
func (k *Keeper) sheetOpened(id vault.SafeID, sheet string) error {
	one, unread := k.spareOf(id)
	return k.state.update(func(tx *bolt.Tx) error {
		err := tx.Bucket(bGuess).Delete(id[:])
		if unread != nil || one.sheet.String() == sheet {
			err = errors.Join(err, tx.Bucket(bSpare).Delete(id[:]))
		}
		return err
	})
}

// guessed forgets the failures after two recovery sheets that were right.
func (k *Keeper) guessed(id vault.SafeID) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bGuess).Delete(id[:]) })
}

// unlocked holds the identities of safes that are unlocked, each in one session
// of the person. It is memory only.
type unlocked struct {
	idle time.Duration
	mu   sync.Mutex
	open map[place]*opened
}

type place struct {
	session session.ID
	safe    vault.SafeID
}

type opened struct {
	ids  identities // nil: by a PIN, which opens the entrusted drawers only
	way  string     // by which it was opened
	last time.Time
	// descriptions opened in this session, by the digest of their sealed form.
	seen map[seal.Digest]chain.Description
}

func newOpened(way string, ids identities) *opened {
	return &opened{ids: ids, way: way, last: time.Now(), seen: map[seal.Digest]chain.Description{}}
}

// put opens a safe in a session: with its identities all of it, with none the
// entrusted drawers.
func (u *unlocked) put(s session.ID, safe vault.SafeID, way string, ids identities) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open[place{s, safe}] = newOpened(way, ids)
}

// get answers the identities and starts the idle time anew.
func (u *unlocked) get(s session.ID, safe vault.SafeID) (*opened, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	o, ok := u.live(place{s, safe})
	if ok {
		o.last = time.Now()
	}
	return o, ok
}

// reach answers what of a safe is open in a session, without starting the idle
// time anew.
func (u *unlocked) reach(s session.ID, safe vault.SafeID) vault.Reach {
	u.mu.Lock()
	defer u.mu.Unlock()
	o, ok := u.live(place{s, safe})
	if !ok {
		return 0
	}
	return o.reach()
}

// has reports whether the whole safe is unlocked in a session.
func (u *unlocked) has(s session.ID, safe vault.SafeID) bool {
	return u.reach(s, safe) == vault.ReachAll
}

func (o *opened) reach() vault.Reach {
	if o.ids == nil {
		return vault.ReachEntrusted
	}
	return vault.ReachAll
}

func (u *unlocked) live(p place) (*opened, bool) {
	o, ok := u.open[p]
	if ok && time.Since(o.last) >= u.idle {
		delete(u.open, p)
		return nil, false
	}
	return o, ok
}

func (u *unlocked) drop(s session.ID, safe vault.SafeID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.open, place{s, safe})
}

// dropSafe forgets a safe in every session but one, where it was opened by one
// of these ways; by whatever way when none is named.
func (u *unlocked) dropSafe(safe vault.SafeID, but session.ID, ways ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for p, o := range u.open {
		if p.safe == safe && p.session != but && (len(ways) == 0 || slices.Contains(ways, o.way)) {
			delete(u.open, p)
		}
	}
}

// dropBehind forgets a safe where it was unlocked without its newest epoch, by a way
// in that a handover had yet to seal anew.
func (u *unlocked) dropBehind(safe vault.SafeID, epoch uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for p, o := range u.open {
		if p.safe == safe && o.ids != nil && o.ids[epoch] == nil {
			delete(u.open, p)
		}
	}
}

// dropSession forgets everything a session unlocked.
func (u *unlocked) dropSession(s session.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for p := range u.open {
		if p.session == s {
			delete(u.open, p)
		}
	}
}

// sweep forgets what lay unused too long.
func (u *unlocked) sweep() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for p := range u.open {
		u.live(p)
	}
}
