package keeper

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Leaf is one leaf of the trail with its detail opened by whatever key does.
type Leaf struct {
	audit.Entry
	Opened string // the detail's JSON
}

// Leaves answers the trail from a position on, outcomes that wait included.
func (k *Keeper) Leaves(t testing.TB, from uint64) (all []Leaf) {
	t.Helper()
	if _, err := k.trail.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids, err := k.state.safes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range k.trail.Entries(t.Context(), audit.Position(from)) {
		if err != nil {
			t.Fatal(err)
		}
		l := Leaf{Entry: e}
		if plain, err := k.journal.Open(e.Detail, detailContext(vault.Act(e.Op), e.Stage)); err == nil {
			l.Opened = string(plain)
		}
		for _, id := range ids {
			if s, err := k.safe(t.Context(), id); err == nil {
				if plain, err := s.record().journal.Open(e.Detail, detailContext(vault.Act(e.Op), e.Stage)); err == nil {
					l.Opened = string(plain)
				}
				k.unpin(s)
			}
		}
		all = append(all, l)
	}
	return all
}

// Flush commits the outcomes that wait, and answers how many leaves there are.
func (k *Keeper) Flush(t testing.TB) uint64 {
	t.Helper()
	if _, err := k.trail.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k.trail.Size()
}

// TrailSize is the number of leaves that are on disk.
func (k *Keeper) TrailSize() uint64 { return k.trail.Size() }

// BreakTrail closes the trail underneath.
func (k *Keeper) BreakTrail() error { return k.trail.Close() }

// BreakState closes the state file underneath.
func (k *Keeper) BreakState() error { return k.state.Close() }

// Jump makes the wall clock have jumped since the last base.
func (k *Keeper) Jump(by time.Duration) {
	k.clock.mu.Lock()
	defer k.clock.mu.Unlock()
	k.clock.wall = k.clock.wall.Add(-by)
}

// Guesses answers what is counted for a safe.
func (k *Keeper) Guesses(t testing.TB, id vault.SafeID) (failures, notBefore uint64) {
	t.Helper()
	var g guesses
	err := k.state.view(func(tx *bolt.Tx) error { g = readGuesses(tx.Bucket(bGuess).Get(id[:])); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return g.failures, g.notBefore
}

// KeepSafes bounds how many safes stay in memory.
func (k *Keeper) KeepSafes(n int) { k.maxSafes = n }

// Safes is how many safes are in memory.
func (k *Keeper) Safes() int {
	k.safesMu.Lock()
	defer k.safesMu.Unlock()
	return len(k.safes)
}

// Entries is the number of the last entry of a safe, and of the first entry of
// its newest summary.
func (k *Keeper) Entries(t testing.TB, id vault.SafeID) (last, summary uint64) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	state := s.now()
	return state.Seq(), state.Summary()
}

// Housekeep does one round of what the keeper's own goroutine does.
func (k *Keeper) Housekeep(ctx context.Context) error {
	k.unlocked.sweep()
	k.fresh.sweep()
	k.expire()
	return k.alone(ctx)
}

// InMemory is how many unlocks, fresh deposits, tickets, releases and reserved
// requests are remembered.
func (k *Keeper) InMemory() int {
	k.unlocked.mu.Lock()
	defer k.unlocked.mu.Unlock()
	k.fresh.mu.Lock()
	defer k.fresh.mu.Unlock()
	k.requests.mu.Lock()
	defer k.requests.mu.Unlock()
	return len(k.unlocked.open) + len(k.fresh.docs) + len(k.tickets.all()) + len(k.releases.all()) + len(k.requests.under)
}

// Believable is the judgement on a clock.
func Believable(now, last time.Time, wall, monotonic time.Duration) error {
	return believable(now, last, wall, monotonic)
}

// ZeroWarrants tries every function that acts with a warrant that proves
// nothing, and answers the names of those that did not refuse.
func (k *Keeper) ZeroWarrants(t testing.TB, id vault.SafeID) (did []string) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	w := &warrant{keeper: k, safe: s, deed: deed{safe: id, act: vault.ActRead}}
	tk := &ticket{warrant: w, act: vault.BeginDeposit{Safe: id}}
	errOf := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"release":        errOf(k.release(t.Context(), w)),
		"list":           errOf(k.list(t.Context(), w, vault.List{Safe: id, Limit: 1})),
		"lines":          errOf(k.lines(t.Context(), w, vault.ReadJournal{Safe: id, Limit: 1})),
		"inclusions":     errOf(k.inclusions(t.Context(), w, []uint64{0}, 1)),
		"owned":          errOf(k.owned(t.Context(), w)),
		"inDrawer":       errOf(k.inDrawer(t.Context(), w, "logement")),
		"newBundle":      k.newBundle(t.Context(), w, &change{}, s.record(), entrusted{}, nil),
		"joinEntrusted":  errOf(k.joinEntrusted(t.Context(), w, nil)),
		"commit":         k.commit(t.Context(), w, s, &change{}),
		"commit nothing": k.commit(t.Context(), nil, s, &change{ops: []chain.Op{chain.Void{}}}),
		"openWithCode":   func() error { _, _, err := k.openWithCode(t.Context(), w, code(t)); return err }(),
		"buildSafe":      errOf(k.buildSafe(t.Context(), w, vault.OpenedSafe{Safe: id})),
		"changeOf":       func() error { _, _, err := k.changeOf(t.Context(), w, vault.Change{Safe: id}); return err }(),
		"depositChange":  func() error { _, _, err := k.depositChange(t.Context(), tk, nil); return err }(),
		"entrustChange": func() error {
			_, _, err := k.entrustChange(t.Context(), w, vault.Entrust{Safe: id, Drawer: "logement", Agreement: "1"})
			return err
		}(),
		"stored":  func() error { _, _, err := w.stored(); return err }(),
		"offer":   errOf(k.offer(w, vault.Terms{Safe: id})),
		"askedOf": errOf(k.askedOf(t.Context(), w, vault.NewConsentID())),
		"shownBy": func() error {
			_, _, err := k.shownBy(t.Context(), w, vault.Proof{}, vault.ApprovalID{}, [32]byte{})
			return err
		}(),
		"today":         errOf(k.today(t.Context(), w, agreement{}, source{})),
		"consentBundle": errOf(k.consentBundle(t.Context(), w, agreement{terms: vault.Terms{Safe: id}}, nil)),
		"granted":       errOf(k.granted(t.Context(), w)),
		"joinConsents":  errOf(k.joinConsents(t.Context(), w, nil)),
		"leaveConsents": k.leaveConsents(t.Context(), w, &change{}, vault.NewDocumentID(), nil),
		"consents":      errOf(k.consents(t.Context(), w)),
		"helpedBy":      errOf(k.helpedBy(t.Context(), w, vault.ListHelped{Limit: 1})),
		"means":         errOf(k.means(t.Context(), w)),
		"allMeans":      errOf(k.allMeans(t.Context(), w)),
		"continue":      errOf(k.decideAgain(t.Context(), w)),
	} {
		if err == nil {
			did = append(did, name)
		}
	}
	return did
}

func code(t testing.TB) seal.Code {
	t.Helper()
	c, err := seal.NewCode()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Relock forgets an unlock without a leaf.
func (k *Keeper) Relock(who session.Principal, id vault.SafeID) { k.unlocked.drop(who.Session(), id) }

// ForgedAnswer puts something else into the holder's only answer.
func ForgedAnswer(t testing.TB, answers, sealed []byte) []byte {
	t.Helper()
	a, err := parseAnswers(answers)
	if err != nil {
		t.Fatal(err)
	}
	a.Answers[0].Epochs[0].Sealed = sealed
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// ForgetLimits forgets what every agent did in the last hour.
func (k *Keeper) ForgetLimits() { k.limits.sweep(k.now().Add(limitSpan)) }

// Counted answers of how many agents the state file keeps what they did.
func (k *Keeper) Counted(t testing.TB) (n int) {
	t.Helper()
	if err := k.state.view(func(tx *bolt.Tx) error { n = tx.Bucket(bCounted).Stats().KeyN; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// CountPIN counts a wrong PIN as typing it does.
func (k *Keeper) CountPIN(id vault.SafeID, agent vault.AgentID) error {
	return k.countPIN(id, time.Time{}, agent)
}

// SeatOthers lets a cycle have participants that stand in the index alone.
func (k *Keeper) SeatOthers(t testing.TB, id vault.CycleID, n int) {
	t.Helper()
	for range n {
		if err := k.indexWorkshop(vault.NewSafeID(), serviceRecord{cycle: participation{cycle: id}}); err != nil {
			t.Fatal(err)
		}
	}
}
