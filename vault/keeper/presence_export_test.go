package keeper

import (
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// WrongPINs is how many wrong PINs are counted for a safe.
func (k *Keeper) WrongPINs(t testing.TB, id vault.SafeID) (n uint64) {
	t.Helper()
	err := k.state.view(func(tx *bolt.Tx) error { n = readTries(tx.Bucket(bPIN).Get(id[:])).count; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// WrongByAgent is how many are counted on one agent's screen; in all for the
// zero agent.
func (k *Keeper) WrongByAgent(t testing.TB, id vault.AgentID) (n uint64) {
	t.Helper()
	err := k.state.view(func(tx *bolt.Tx) error { n = readTries(tx.Bucket(bLimit).Get(id[:])).count; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// PeopleThere is how many visits, proofs of presence, questions and côte-à-côte
// sessions are in memory.
func (k *Keeper) PeopleThere() int {
	k.guests.mu.Lock()
	defer k.guests.mu.Unlock()
	k.presences.mu.Lock()
	defer k.presences.mu.Unlock()
	k.sides.mu.Lock()
	defer k.sides.mu.Unlock()
	return len(k.guests.open) + len(k.presences.proved) + len(k.presences.asked) + len(k.sides.open)
}

// Attended reports whether the person's presence is proved in a session.
func (k *Keeper) Attended(who session.Principal, id vault.SafeID) bool {
	return k.present(who.Session(), id)
}

// Leave ends what people have open of a safe together with agents.
func (k *Keeper) Leave(t testing.TB, id vault.SafeID) {
	t.Helper()
	k.leave(t.Context(), id, func(session.ID, vault.AgentID) bool { return true })
}

// SideBySidePieces is how many pieces are held in memory for côte-à-côte
// sessions.
func (k *Keeper) SideBySidePieces() (n int) {
	k.sides.mu.Lock()
	defer k.sides.mu.Unlock()
	for _, s := range k.sides.open {
		n += len(s.docs)
	}
	return n
}

// SweepPresence does what the keeper's own goroutine does about presence.
func (k *Keeper) SweepPresence() { k.presences.sweep(); k.sides.sweep() }

// HalfGuess records a PIN that is about to be compared, and goes no further: the
// power is cut.
func (k *Keeper) HalfGuess(t testing.TB, who session.Principal, id vault.SafeID) {
	t.Helper()
	w, err := k.begin(t.Context(), deed{who: who, act: vault.ActOpenCounter, safe: id})
	if err != nil {
		t.Fatal(err)
	}
	d := deed{who: who, act: vault.ActGuess, safe: id, note: detail{Code: guessPIN}}
	rec, err := k.describe(d, w.safe, w.standing, audit.StageIntent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.trail.Begin(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	w.leave()
}
