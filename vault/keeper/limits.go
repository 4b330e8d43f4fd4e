package keeper

import (
	"sync"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// limits count what each agent does in an hour: papers opened, searches, refused
// tries, wrong PINs. They bound what a stolen session can take, and never measure
// anybody's work (L-55): nothing is kept beyond the hour but that a limit was
// reached.
type limits struct {
	mu   sync.Mutex
	seen map[limitKey][]time.Time // within the last hour, oldest first
	// proved are the safes to which presence was proved in an agent's sessions,
	// and whether it was ever otherwise than by PIN.
	proved map[vault.AgentID]*provings
	// dirty are the agents of whom the state file says something else.
	dirty map[vault.AgentID]bool
}

type limitKey struct {
	agent   vault.AgentID
	kind    vault.AnomalyKind
	address vault.AddressID // of a partner program's deposits
}

type provings struct {
	since time.Time
	byPIN map[vault.SafeID]bool
	other bool
}

const (
	limitSpan      = time.Hour
	provingSpan    = 30 * 24 * time.Hour
	manyRefusals   = 20 // in an hour
	manyWrongPINs  = 5  // in an hour
	manyPINsProved = 10 // safes, in provingSpan, and never otherwise

	defaultOpenings = 30 // papers an agent opens in an hour, at most
	defaultSearches = 60 // searches of the register
)

func newLimits() limits {
	return limits{seen: map[limitKey][]time.Time{}, proved: map[vault.AgentID]*provings{}, dirty: map[vault.AgentID]bool{}}
}

// count notes one more and answers whether it is within the limit. What is over
// it is not counted: it did not happen.
func (l *limits) count(key limitKey, now time.Time, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.seen[key]
	for len(seen) > 0 && now.Sub(seen[0]) >= limitSpan {
		seen = seen[1:]
	}
	within := len(seen) < limit
	if within {
		seen = append(seen, now)
	}
	l.seen[key], l.dirty[key.agent] = seen, true
	return within
}

// reached answers whether the limit is reached, and counts nothing.
func (l *limits) reached(key limitKey, now time.Time, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.seen[key]
	return len(seen) >= limit && now.Sub(seen[len(seen)-limit]) < limitSpan
}

// prove notes a proof of presence and answers for how many safes it was by PIN,
// zero when one was otherwise.
func (l *limits) prove(agent vault.AgentID, safe vault.SafeID, byPIN bool, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.proved[agent]
	if p == nil || now.Sub(p.since) >= provingSpan {
		p = &provings{since: now, byPIN: map[vault.SafeID]bool{}}
		l.proved[agent] = p
	}
	if byPIN {
		p.byPIN[safe] = true
	}
	p.other = p.other || !byPIN
	l.dirty[agent] = true
	if p.other {
		return 0
	}
	return len(p.byPIN)
}

// sweep forgets whom nobody saw for an hour.
func (l *limits) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, seen := range l.seen {
		if len(seen) == 0 || now.Sub(seen[len(seen)-1]) >= limitSpan {
			delete(l.seen, key)
			l.dirty[key.agent] = true
		}
	}
	for agent, p := range l.proved {
		if now.Sub(p.since) >= provingSpan {
			delete(l.proved, agent)
			l.dirty[agent] = true
		}
	}
}

// throttle refuses an agent who opened or searched too much within the hour. The
// person's own acts have no such limit.
func (k *Keeper) throttle(d deed, st consent.Standing) error {
	if st.Agent.ID.IsZero() || st.Owner || st.Nature == vault.NatureTraining {
		return nil
	}
	kind, limit := vault.AnomalyOpenings, k.openings
	switch d.act {
	case vault.ActRead, vault.ActReveal:
	case vault.ActFindSafe:
		kind, limit = vault.AnomalySearches, k.searches
	default:
		return nil
	}
	if k.limits.count(limitKey{agent: st.Agent.ID, kind: kind}, k.now(), limit) {
		return nil
	}
	k.anomaly(st.Agent.ID, kind)
	return vault.ErrLimit
}

// noteRefusal counts what an agent was refused.
func (k *Keeper) noteRefusal(agent vault.AgentID) {
	k.noteMany(agent, vault.AnomalyRefusals, manyRefusals)
}

// noteWrongPIN counts a wrong PIN that was typed in an agent's session.
func (k *Keeper) noteWrongPIN(agent vault.AgentID) {
	k.noteMany(agent, vault.AnomalyPIN, manyWrongPINs)
}

func (k *Keeper) noteMany(agent vault.AgentID, kind vault.AnomalyKind, many int) {
	if !agent.IsZero() && !k.limits.count(limitKey{agent: agent, kind: kind}, k.now(), many-1) {
		k.anomaly(agent, kind)
	}
}

// notePresence notes how presence was proved in an agent's session.
func (k *Keeper) notePresence(agent vault.AgentID, safe vault.SafeID, byPIN bool) {
	if !agent.IsZero() && k.limits.prove(agent, safe, byPIN, k.now()) >= manyPINsProved {
		k.anomaly(agent, vault.AnomalyPresence)
	}
}
