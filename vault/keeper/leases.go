package keeper

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// leases are what may be decrypted right now, at most one lease for a release.
// They are what an act that takes away waits for, so that nothing is decrypted
// once it was answered: the act holds first and looks at the leases then, and a
// lease is there before what it rests on is decided. Whichever of the two comes
// first, either the decision sees the act or the act sees the lease.
type leases struct {
	mu  sync.Mutex
	out map[vault.ReleaseID]lease
}

type lease struct {
	warrant *warrant
	until   time.Time     // with its monotonic reading
	back    chan struct{} // closed when it is given back
}

// put lends a release a lease, in the place of the one it may have.
func (l *leases) put(id vault.ReleaseID, w *warrant) time.Time {
	until := time.Now().Add(vault.LeaseTime)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(id)
	l.out[id] = lease{warrant: w, until: until, back: make(chan struct{})}
	return until
}

// giveBack ends the lease of a release; without one it does nothing.
func (l *leases) giveBack(id vault.ReleaseID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(id)
}

// end is giveBack for a caller that holds mu.
func (l *leases) end(id vault.ReleaseID) {
	if had, ok := l.out[id]; ok {
		close(had.back)
		delete(l.out, id)
	}
}

// sweep forgets the leases that ran out, and answers the others.
func (l *leases) sweep() []lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for id, one := range l.out {
		if !now.Before(one.until) {
			l.end(id)
		}
	}
	return slices.Collect(maps.Values(l.out))
}

// wait answers when a lease is given back, has run out, or nobody waits any more.
func (l lease) wait(ctx context.Context) {
	t := time.NewTimer(time.Until(l.until))
	defer t.Stop()
	select {
	case <-l.back:
	case <-t.C:
	case <-ctx.Done():
	}
}

// recall waits for the leases of every release that does not hold any more: at
// most [vault.LeaseTime], and with no lock held that a reader needs. Methods that
// can take something from a reader defer it first of all, so that it comes last:
// what they took away holds by then. When ctx ends first the caller is not told
// that nothing is decrypted any more; that it holds is so all the same.
func (k *Keeper) recall(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, vault.LeaseTime) // all of them have run out then
	defer cancel()
	for _, l := range k.leases.sweep() {
		if !k.holds(ctx, l.warrant) {
			l.wait(ctx)
		}
	}
}

// holds reports whether what was decided once would be decided now.
func (k *Keeper) holds(ctx context.Context, w *warrant) bool {
	if k.Live(w.deed.who) != nil {
		return false
	}
	_, err := k.decideAgain(ctx, w)
	return err == nil
}

// Continue leases one more step of a release: everything that was decided is
// decided again, with what is known now, and on the consent it rests on alone. A
// read is use: it keeps the safe unlocked. It does not keep the session alive, so
// a read that outlasts the session's idle time ends with it. No lease goes beyond
// the instant at which the right to read ends by itself. See [vault.Keeper].
func (k *Keeper) Continue(ctx context.Context, id vault.ReleaseID) (time.Time, error) {
	r, ok := k.releases.get(id)
	if !ok {
		return time.Time{}, vault.ErrTicket
	}
	until := k.leases.put(id, r.warrant)
	left, err := k.continues(ctx, r)
	if err != nil {
		k.leases.giveBack(id)
		return time.Time{}, err
	}
	r.use()
	if ends := time.Now().Add(left); ends.Before(until) {
		until = ends
	}
	return until, nil
}

// continues says whether a release still holds, and how much longer it can.
func (k *Keeper) continues(ctx context.Context, r *release) (time.Duration, error) {
	if err := k.fit(); err != nil {
		return 0, err
	}
	if err := k.Live(r.warrant.deed.who); err != nil {
		return 0, err
	}
	left, err := k.decideAgain(ctx, r.warrant)
	if err != nil {
		r.stopped.CompareAndSwap(nil, &err)
		return 0, err
	}
	if d := r.warrant.deed; r.warrant.permit.Consent().IsZero() {
		k.unlocked.get(d.who.Session(), d.safe)
	}
	return left, nil
}

// GiveBack ends the lease of a release early. See [vault.Keeper].
func (k *Keeper) GiveBack(id vault.ReleaseID) { k.leases.giveBack(id) }

// decideAgain decides the deed of a warrant as of now, and answers how long the
// answer can stay the same if nobody does anything.
func (k *Keeper) decideAgain(ctx context.Context, w *warrant) (time.Duration, error) {
	if err := w.check(w.deed.safe); err != nil {
		return 0, err
	}
	return k.decideNow(ctx, w)
}

// decideNow is decideAgain for a warrant that may have ended: of what was opened
// under it and has not left yet. Its safe is pinned by the caller.
func (k *Keeper) decideNow(ctx context.Context, w *warrant) (time.Duration, error) {
	d := w.deed
	for _, doc := range d.papers() {
		if _, err := w.safe.document(doc); err != nil {
			return 0, err
		}
	}
	st, err := k.anywhere(d.who)
	if err != nil {
		return 0, err
	}
	if err := k.stand(ctx, d, w.safe, &st); err != nil {
		return 0, err
	}
	rests := w.permit.Consent()
	st.Grants = slices.DeleteFunc(slices.Clone(st.Grants), func(g consent.Grant) bool { return g.Consent != rests })
	permit, reason := consent.Decide(d.who, st, d.request())
	switch {
	case reason != 0:
		return 0, consent.Explain(st, d.request(), reason)
	case permit.Consent() != rests:
		return 0, consent.Unknown.Err()
	case rests.IsZero():
		return vault.LeaseTime, nil
	}
	return k.lasts(d, st), nil
}

// lasts says how long an agent can go on under the one consent of a standing:
// until it ends, or their functions do, or what proves that the person is there.
// Where more than that is proved, or none is needed, it is asked again too early,
// which changes nothing.
func (k *Keeper) lasts(d deed, st consent.Standing) time.Duration {
	ends, at := st.Agent.Until, place{d.who.Session(), d.safe}
	for _, g := range st.Grants {
		ends = earlier(ends, g.Until)
	}
	if proof, ok := k.presences.get(at); ok {
		ends = earlier(ends, proof.until)
	}
	if side, ok := k.sides.get(at); ok {
		ends = earlier(ends, side.terms.Until)
	}
	return ends.Sub(st.Now)
}
