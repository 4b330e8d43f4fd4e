package session

import "time"

const (
	// proofWindow is how far the time of a proof may be from ours, before or after.
	proofWindow = 60 * time.Second
	// windowSeconds is proofWindow in the unit of a proof.
	windowSeconds = int64(proofWindow / time.Second)
	// perSession and perNode bound the nonces kept: 64 calls a second for a session, and some 30 MB of
	// memory for the node. Only sound proofs are kept, so only people with a session fill them.
	perSession = 8192
	perNode    = 1 << 18
)

// budget counts what is kept in all sessions together.
type budget struct{ kept int }

// replay remembers the nonces of one session for as long as their proofs would be accepted: a nonce is
// dropped with its whole minute once that minute is outside the window. The caller locks.
type replay struct {
	minutes map[int64]map[[nonceSize]byte]struct{}
	kept    int
	// since is the first second whose nonces are all remembered: older proofs are refused, also when the
	// clock steps back, and also after a restart, which forgets every nonce.
	since int64
}

// spend records a nonce seen in a proof of time t (Unix seconds, inside the window around now). It
// returns ErrProof if the nonce was spent, ErrClock if it can no longer be known, and ErrBusy if there is
// no room.
func (r *replay) spend(b *budget, nonce [nonceSize]byte, t, now int64) error {
	r.drop(b, now)
	if t < r.since {
		return ErrClock
	}
	minute := t / windowSeconds
	if _, ok := r.minutes[minute][nonce]; ok {
		return ErrProof
	}
	if r.kept >= perSession || b.kept >= perNode {
		return ErrBusy
	}
	if r.minutes == nil {
		r.minutes = make(map[int64]map[[nonceSize]byte]struct{})
	}
	if r.minutes[minute] == nil {
		r.minutes[minute] = make(map[[nonceSize]byte]struct{})
	}
	r.minutes[minute][nonce] = struct{}{}
	r.kept++
	b.kept++
	return nil
}

// drop forgets the minutes whose last second is out of the window around now.
func (r *replay) drop(b *budget, now int64) {
	first := (now - windowSeconds) / windowSeconds
	r.since = max(r.since, first*windowSeconds)
	for m, nonces := range r.minutes {
		if m < first {
			r.kept -= len(nonces)
			b.kept -= len(nonces)
			delete(r.minutes, m)
		}
	}
}

// clear gives back what the session holds.
func (r *replay) clear(b *budget) {
	b.kept -= r.kept
	*r = replay{}
}
