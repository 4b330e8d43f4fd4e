package keeper

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A recount is what a rebuild finds in the trail of the wrong PINs of one safe.
type recount struct {
	tries tries
	// wrong are the guesses that may still count against an agent or everybody.
	wrong []wrongPIN
}

type wrongPIN struct {
	at    time.Time
	agent vault.AgentID
}

// pinsInTrail counts the PINs typed since the right one, or since the PIN there
// is was chosen: each is in the trail before it is compared, so no rebuild
// forgets one. One whose outcome is not known counts; one typed in the very
// second of the choice does too.
func (k *Keeper) pinsInTrail(ctx context.Context, s *safe) (r recount, err error) {
	since := s.service.pin.since
	r.tries = tries{}.of(since)
	typed, counts := map[audit.Position]wrongPIN{}, map[audit.Position]bool{}
	for e, err := range k.trail.Journal(ctx, s.service.tagKey(), 0) {
		if err != nil {
			return r, fromTrail(err)
		}
		if vault.Act(e.Op) != vault.ActGuess {
			continue
		}
		switch e.Stage {
		case audit.StageIntent:
			n, err := openDetail(s.service.journal, e.Detail, vault.ActGuess, e.Stage)
			if err != nil {
				return r, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			if n.Code != guessPIN {
				continue
			}
			var p idParser
			typed[e.Position] = wrongPIN{e.Time, parseID(&p, n.Agent, vault.ParseAgentID)}
			if !e.Time.Before(since) {
				counts[e.Position] = true
			}
		case audit.StageOutcome:
			if _, ok := typed[e.Of]; !ok {
				continue
			}
			n, err := openOutcome(s.service.journal, e)
			if err != nil {
				return r, err
			}
			switch {
			case e.Result == audit.ResultDone:
				clear(counts)
				delete(typed, e.Of)
			case n.Reason == notCompared:
				delete(counts, e.Of)
				delete(typed, e.Of)
			}
		case audit.StageFact, audit.StageErasure:
		}
	}
	r.tries.count = uint64(len(counts))
	for _, w := range typed {
		if k.now().Sub(w.at) < agentWindow {
			r.wrong = append(r.wrong, w)
		}
	}
	return r, nil
}

// put writes what was counted; each safe adds its own to the limits.
func (r recount) put(tx *bolt.Tx, id vault.SafeID) error {
	if r.tries.count > 0 {
		if err := tx.Bucket(bPIN).Put(id[:], r.tries.row()); err != nil {
			return err
		}
	}
	now := time.Now()
	for _, w := range r.wrong {
		for _, g := range guessers(w.agent) {
			if now.Sub(w.at) >= g.window {
				continue
			}
			n := readTries(tx.Bucket(bLimit).Get(g.key[:]))
			if at := uint64(max(0, w.at.Unix())); n.count == 0 || at < n.since {
				n.since = at
			}
			n.count++
			if err := tx.Bucket(bLimit).Put(g.key[:], n.row()); err != nil {
				return err
			}
		}
	}
	return nil
}

// kindOf says what was typed; empty for an unlock, whose intent is the guess.
func kindOf(key seal.JournalKey, e audit.Entry) (string, error) {
	if vault.Act(e.Op) != vault.ActGuess || e.Detail == nil {
		return "", nil
	}
	n, err := openDetail(key, e.Detail, vault.ActGuess, e.Stage)
	if err != nil {
		return "", fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	return n.Code, nil
}
