package keeper

import (
	"context"
	"crypto/hmac"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// The limits on wrong PINs. A PIN has 20 bits: they are all that stands between
// a guesser and what was entrusted, so each is counted durably before it is
// compared, and none forgets by a restart or a rebuild.
const (
	pinTries    = 5 // of one safe, until a new PIN is chosen
	pinsByAgent = 20
	agentWindow = 24 * time.Hour
	pinsInAll   = 200
	allWindow   = time.Hour
)

// newPIN is what a chosen PIN will be compared with. Its time tells it from the
// one before, and with it what was counted.
func (k *Keeper) newPIN(id vault.SafeID, pin vault.PIN, old storedPIN) (storedPIN, error) {
	if pin.IsZero() || pin.Easy() {
		return storedPIN{}, &vault.InvalidError{Field: "pin", Rule: "six chiffres, pas tous pareils et pas à la suite"}
	}
	since := k.now().UTC().Truncate(time.Second)
	if !since.After(old.since) {
		since = old.since.Add(time.Second)
	}
	return storedPIN{k.pinMAC(id, pin), since}, nil
}

// pinMAC is worth nothing without the pepper, and in no other safe.
func (k *Keeper) pinMAC(id vault.SafeID, pin vault.PIN) [32]byte {
	return mac(k.pins, "pin", id.String(), string(pin.Reveal()))
}

// matches compares in constant time. The zero storedPIN matches nothing.
func (p storedPIN) matches(typed [32]byte) bool { return !p.isZero() && hmac.Equal(p.mac[:], typed[:]) }

// tries are the wrong PINs typed since a PIN was chosen, or in a window of time.
type tries struct{ since, count uint64 }

func (t tries) row() []byte { return append(u64(t.since), u64(t.count)...) }

func readTries(row []byte) (t tries) {
	if len(row) == 16 {
		t.since, t.count = readU64(row[:8]), readU64(row[8:])
	}
	return t
}

// within begins a window anew when the last one is over.
func (t tries) within(window time.Duration, now time.Time) tries {
	at := uint64(max(0, now.Unix()))
	if at >= t.since+uint64(window/time.Second) {
		return tries{since: at}
	}
	return t
}

// of answers what was counted against the PIN chosen at since.
func (t tries) of(since time.Time) tries {
	if at := uint64(max(0, since.Unix())); at != t.since {
		return tries{since: at}
	}
	return t
}

// A guesser is whose wrong PINs are counted together: the agent on whose screen
// it was typed, and everybody.
type guesser struct {
	key    vault.AgentID // zero: everybody
	limit  uint64
	window time.Duration
}

func guessers(agent vault.AgentID) []guesser {
	all := []guesser{{limit: pinsInAll, window: allWindow}}
	if !agent.IsZero() {
		all = append(all, guesser{agent, pinsByAgent, agentWindow})
	}
	return all
}

// countPIN counts one more PIN before it is compared, in one transaction, so
// that guesses at once are counted one by one. It refuses a PIN that is blocked,
// and every one while too many were wrong.
func (k *Keeper) countPIN(id vault.SafeID, since time.Time, agent vault.AgentID) error {
	var refused error
	err := k.state.update(func(tx *bolt.Tx) error {
		now := k.now()
		t := readTries(tx.Bucket(bPIN).Get(id[:])).of(since)
		if t.count >= pinTries {
			refused = vault.ErrPINBlocked
			return nil
		}
		rows := map[vault.AgentID]tries{}
		for _, g := range guessers(agent) {
			n := readTries(tx.Bucket(bLimit).Get(g.key[:])).within(g.window, now)
			if n.count >= g.limit {
				refused = vault.ErrTooManyGuesses
				return nil
			}
			n.count++
			rows[g.key] = n
		}
		for key, n := range rows {
			if err := tx.Bucket(bLimit).Put(key[:], n.row()); err != nil {
				return err
			}
		}
		t.count++
		return tx.Bucket(bPIN).Put(id[:], t.row())
	})
	if err != nil {
		return err
	}
	return refused
}

// rightPIN forgets the wrong ones of a safe, and takes the right one back from
// the limits: it was no guess.
func (k *Keeper) rightPIN(id vault.SafeID, agent vault.AgentID) error {
	return k.state.update(func(tx *bolt.Tx) error {
		for _, g := range guessers(agent) {
			n := readTries(tx.Bucket(bLimit).Get(g.key[:]))
			if n.count == 0 {
				continue
			}
			n.count--
			if err := tx.Bucket(bLimit).Put(g.key[:], n.row()); err != nil {
				return err
			}
		}
		return tx.Bucket(bPIN).Delete(id[:])
	})
}

// SetPIN chooses a PIN, typed by the person. See [vault.PresenceKeeper].
func (k *Keeper) SetPIN(ctx context.Context, who session.Principal, act vault.SetPIN) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSetPIN, safe: act.Safe})
	if err != nil {
		return err
	}
	chosen := k.pinMAC(act.Safe, act.PIN)
	request := mac(k.pins, "request", act.Safe.String(), string(chosen[:]))
	if found, err := w.answered(act.Request, request, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if _, err := k.newPIN(act.Safe, act.PIN, storedPIN{}); err != nil { // before anybody is asked for a proof
		return w.end(ctx, err, detail{})
	}
	if err := k.mayChoose(ctx, w, act); err != nil {
		return w.end(ctx, err, w.result)
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, err := k.pinChange(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, request, struct{}{})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return err
	}
	// Whoever came in by the old PIN comes in again by the new one.
	k.leave(ctx, act.Safe, func(s session.ID, _ vault.AgentID) bool { return s != who.Session() })
	return nil
}

// mayChoose asks for what choosing a PIN needs: nothing in the person's own
// session while their proof of identity is young; else the sheet or the old PIN;
// else an identity paper and a second agent. The sheet counts for nothing alone
// on the screen of an agent who printed it: they may have kept it.
func (k *Keeper) mayChoose(ctx context.Context, w *warrant, act vault.SetPIN) error {
	body := mac([]byte("coffre/set-pin/v1"), act.Safe.String())
	switch p := act.Proof; {
	case !p.PIN.IsZero() || !p.Code.IsZero():
		_, err := k.proveOnce(ctx, w, p, func() error {
			if k.printer(w) {
				return k.approved(ctx, w, act.Approval, body, w.safe.current().printers...)
			}
			return nil
		})
		return err
	case w.standing.Owner && w.standing.Fresh:
		return nil
	default:
		return k.approved(ctx, w, act.Approval, body)
	}
}

// pinChange makes the entry of a new PIN. The caller holds the safe's changing
// lock.
func (k *Keeper) pinChange(ctx context.Context, w *warrant, act vault.SetPIN) (*change, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, err
	}
	record := w.safe.current()
	pin, err := k.newPIN(act.Safe, act.PIN, record.pin)
	if err != nil {
		return nil, err
	}
	record.pin = pin
	record.renewSheet = record.renewSheet || !act.Proof.Code.IsZero() && !w.ownLogin() // it was typed on an agent's screen
	c := &change{}
	return c, k.renewService(ctx, w, c, record)
}
