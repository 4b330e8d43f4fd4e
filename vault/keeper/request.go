package keeper

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// answersKept is how long the answer to a request id is remembered (AIP-155).
const answersKept = 24 * time.Hour

// linesKept is the same for the lines of an office notebook, which is moved over
// days: what was put in once is not put in again when the file is done again.
const linesKept = 30 * 24 * time.Hour

// An answer is what a retry of one request is to be told. It is stored before
// the entry that makes it true is written, and counts only once the chain has
// reached that entry; when the entry never lands, it is deleted first.
type answer struct {
	key     [32]byte // caller, act and request id
	request [32]byte // keyed digest of the request's other parts
	value   []byte   // sealed
	kept    time.Duration
}

// Row: until (8) ‖ request (32) ‖ safe or structure (16) ‖ seq (8) ‖ sealed value.
const answerHead = 8 + 32 + 16 + 8

func (a *answer) row(id [16]byte, head chain.Head) []byte {
	row := u64(uint64(time.Now().Add(a.kept).Unix()))
	row = append(row, a.request[:]...)
	row = append(row, id[:]...)
	row = append(row, u64(head.Seq)...)
	return append(row, a.value...)
}

// requestKey is where the answer to a request is remembered. It and [Keeper.asked]
// are keyed: rows are nothing to try titles, names or logins against for whoever
// has the state file without the pepper.
func (k *Keeper) requestKey(who session.Principal, id vault.RequestID) [32]byte {
	if holder, ok := who.Visit(); ok {
		return mac(k.asks, "visit", vault.SafeID(holder).String(), id.String())
	}
	u := who.User()
	return mac(k.asks, "login", u.Issuer(), u.Subject(), id.String())
}

// asked is what is kept of a request, to be compared with another.
func (k *Keeper) asked(request [32]byte) [32]byte { return mac(k.asks, "request", string(request[:])) }

// requests are the ids whose first try is under way in this process. A client
// that lost patience and asks again must not set off the same act twice.
type requests struct {
	mu    sync.Mutex
	under map[[32]byte]bool
}

func (r *requests) take(key [32]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.under[key] {
		return false
	}
	r.under[key] = true
	return true
}

func (r *requests) drop(key [32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.under, key)
}

// newAnswer prepares what a retry is told; nil for a request without an id.
func (w *warrant) newAnswer(id vault.RequestID, request [32]byte, value any) (*answer, error) {
	if id.IsZero() {
		return nil, nil
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	a := &answer{key: w.keeper.requestKey(w.deed.who, id), request: w.keeper.asked(request), kept: answersKept}
	a.value, err = w.keeper.state.seal(plain, "request/"+hex.EncodeToString(a.key[:]))
	return a, err
}

// remember keeps what a retry is told of an act that writes no entry.
func (w *warrant) remember(id vault.RequestID, request [32]byte, value any) error {
	a, err := w.newAnswer(id, request, value)
	if err != nil || a == nil {
		return err
	}
	return w.keeper.state.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bRequest).Put(a.key[:], a.row(w.safe.id, w.safe.end()))
	})
}

// answered looks for the answer to an earlier try of the same request and reads
// it into value. It is [vault.ErrConflict] when the id came with another
// request, and [vault.ErrUnavailable] while the earlier try is undecided or
// under way. When there was none the id is this warrant's until it ends.
func (w *warrant) answered(id vault.RequestID, request [32]byte, value any) (bool, error) {
	if id.IsZero() {
		return false, nil
	}
	k, key := w.keeper, w.keeper.requestKey(w.deed.who, id)
	if !k.requests.take(key) {
		return false, fmt.Errorf("%w: the earlier try is under way", vault.ErrUnavailable)
	}
	w.request = key
	row, same := []byte(nil), k.asked(request)
	err := k.state.view(func(tx *bolt.Tx) error {
		row = bytes.Clone(tx.Bucket(bRequest).Get(key[:]))
		return nil
	})
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	case len(row) < answerHead || readU64(row[:8]) < uint64(time.Now().Unix()):
		return false, nil
	case !bytes.Equal(row[8:40], same[:]):
		return false, vault.ErrConflict
	}
	if !k.reached([16]byte(row[40:56]), readU64(row[56:64])) {
		return false, fmt.Errorf("%w: the earlier try is undecided", vault.ErrUnavailable)
	}
	plain, err := k.state.open(row[answerHead:], "request/"+hex.EncodeToString(key[:]))
	if err != nil {
		return false, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	if err := json.Unmarshal(plain, value); err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	return true, nil
}

// reached reports whether the chain of a safe, or of a structure, has an entry of
// this number.
func (k *Keeper) reached(id [16]byte, seq uint64) bool {
	if s, err := k.structureOf(id); err == nil {
		return s.reached(seq)
	}
	k.safesMu.Lock()
	s, ok := k.safes[id]
	k.safesMu.Unlock()
	if ok {
		return s.reached(seq)
	}
	known, err := k.known(safeChain(id))
	return err == nil && known.confirmed.Seq >= seq
}

// forget deletes the answers of changes whose entry did not land.
func (k *Keeper) forget(group []*change) error {
	return k.state.update(func(tx *bolt.Tx) error {
		for _, c := range group {
			if c.answer == nil {
				continue
			}
			if err := tx.Bucket(bRequest).Delete(c.answer.key[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetEntry deletes the answers that wait for an entry that was voided.
func forgetEntry(tx *bolt.Tx, id [16]byte, seq uint64) error {
	b := tx.Bucket(bRequest)
	var keys [][]byte
	err := b.ForEach(func(k, v []byte) error {
		if len(v) >= answerHead && bytes.Equal(v[40:56], id[:]) && readU64(v[56:64]) >= seq {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range keys {
		if err == nil {
			err = b.Delete(k)
		}
	}
	return err
}

// expireAnswers deletes answers that nobody may ask for any more.
func (k *Keeper) expireAnswers() error {
	keys, err := k.state.overAnswers(uint64(time.Now().Unix()))
	if err != nil || len(keys) == 0 { // nearly always: no write for nothing
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, key := range keys {
			if err := tx.Bucket(bRequest).Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// overAnswers are the keys of answers that nobody will ask for again.
func (s *state) overAnswers(now uint64) (keys [][]byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bRequest).ForEach(func(key, v []byte) error {
			if len(v) < answerHead || readU64(v[:8]) < now {
				keys = append(keys, bytes.Clone(key))
			}
			return nil
		})
	})
	return keys, err
}
