package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// takesAway reports whether an act holds from its recorded intent on, so that a
// start finishes what a stop or a crash kept from being written.
func takesAway(act vault.Act) bool {
	switch act {
	case vault.ActDestroy, vault.ActTakeBack, vault.ActRefuseConsent, vault.ActWithdrawConsent, vault.ActWithdrawAll, vault.ActRemoveWay,
		vault.ActRevokeAddress, vault.ActForbidRelays, vault.ActShutOut, vault.ActFreeze, vault.ActEndAgent:
		return true
	default:
		return false
	}
}

// takingOf reads what a recorded intent took away.
func takingOf(n detail, e audit.Entry) (t *taking, err error) {
	t = &taking{}
	switch act := vault.Act(e.Op); act {
	case vault.ActDestroy:
		if len(n.Documents) != 1 {
			return nil, fmt.Errorf("%d documents to destroy", len(n.Documents))
		}
		t.document, err = vault.ParseDocumentID(n.Documents[0])
	case vault.ActTakeBack:
		t.by = e.Time
		t.drawer, err = papers.ParseDrawer(n.Drawer)
	case vault.ActRefuseConsent:
		t.why = vault.EndedRefused
		t.consent, err = vault.ParseConsentID(n.Consent)
	case vault.ActWithdrawConsent:
		t.why = vault.EndedWithdrawn
		t.consent, err = vault.ParseConsentID(n.Consent)
	case vault.ActWithdrawAll:
		t.why = vault.EndedWithdrawn
		t.consents, err = takenIDs(n.Consents)
	case vault.ActRemoveWay:
		t.way, err = vault.ParseWayID(n.Way)
	case vault.ActRevokeAddress:
		t.address, err = vault.ParseAddressID(n.Address)
	case vault.ActShutOut:
		var p idParser
		t.shutOut = shutOut{
			agent: parseID(&p, n.AboutAgent, vault.ParseAgentID), structure: parseID(&p, n.AboutStructure, vault.ParseStructureID),
			since: e.Time,
		}
		err = p.err
	case vault.ActForbidRelays:
		var p idParser
		t.relays = relayBan{relay: parseID(&p, n.Relay, vault.ParseRelayID), since: e.Time.UTC().Truncate(time.Second)}
		err = p.err
	case vault.ActFreeze:
		t.freeze, t.by = true, e.Time
	case vault.ActEndAgent:
		t.agent, err = vault.ParseAgentID(n.AboutAgent)
	default:
		return nil, fmt.Errorf("%v takes nothing away", act)
	}
	return t, err
}

// finishTaken carries out what a recorded intent took away and a stop or a
// crash kept from being written.
func (k *Keeper) finishTaken(ctx context.Context) error {
	from, err := k.state.number(metaSettled)
	if err != nil {
		return err
	}
	end := k.trail.Size()
	open := map[audit.Position]bool{}
	for e, err := range k.trail.Entries(ctx, audit.Position(from)) {
		if err != nil {
			return fromTrail(err)
		}
		if e.Stage == audit.StageOutcome && e.Result == audit.ResultUnknown && takesAway(vault.Act(e.Op)) {
			open[e.Of] = true
		}
	}
	left := &leftovers{done: func() {
		// Only now: after another crash what is not written yet is looked for again.
		err := k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bMeta).Put(metaSettled, u64(end)) })
		if err != nil {
			k.log.WarnContext(k.closing, "the trail will be looked through again", slog.Any("error", err))
		}
	}}
	left.more(1)
	if len(open) > 0 {
		if err := k.finishOpen(ctx, open, left); err != nil {
			return err
		}
	}
	left.settled(nil)
	return nil
}

// leftovers counts what a start has to finish, and calls done when all of it is
// written.
type leftovers struct {
	n, failed atomic.Int64
	done      func()
}

func (l *leftovers) more(n int64) { l.n.Add(n) }

func (l *leftovers) settled(err error) {
	if err != nil {
		l.failed.Add(1)
	}
	if l.n.Add(-1) == 0 && l.failed.Load() == 0 {
		l.done()
	}
}

// finishOpen finds the structures and the safes of some open intents: only a
// safe's own key tells its leaves from others, so each journal is looked
// through. It happens after a crash in the middle of taking away, and then only.
func (k *Keeper) finishOpen(ctx context.Context, open map[audit.Position]bool, left *leftovers) error {
	for _, id := range k.vaultState().Structures() {
		s, err := k.structureOf(id)
		if err != nil {
			continue // it stays shut
		}
		err = k.finishIn(ctx, k.structureTag(id), k.journal, open, func(at audit.Position, t *taking) {
			k.recordedLeaving(s, t.agent)
			s.finish(k, at, t, left)
		})
		if err != nil {
			return err
		}
	}
	ids, err := k.state.safes(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		s, err := k.safe(ctx, id)
		if err != nil {
			if errors.Is(err, vault.ErrNotFound) {
				continue
			}
			k.log.ErrorContext(ctx, "a safe's chain cannot be read: the safe stays shut", slog.Any("error", err))
			left.failed.Add(1)
			continue
		}
		r := s.record()
		err = k.finishIn(ctx, r.tagKey(), r.journal, open, func(at audit.Position, t *taking) { s.finish(k, at, t, left) })
		k.unpin(s)
		if err != nil {
			return err
		}
	}
	return nil
}

// finishIn reads what open intents of one journal took away.
func (k *Keeper) finishIn(ctx context.Context, tag audit.TagKey, key seal.JournalKey, open map[audit.Position]bool, finish func(audit.Position, *taking)) error {
	for e, err := range k.trail.Journal(ctx, tag, 0) {
		if err != nil {
			return fromTrail(err)
		}
		if e.Stage != audit.StageIntent || !open[e.Position] || e.Detail == nil {
			continue
		}
		n, err := openDetail(key, e.Detail, vault.Act(e.Op), e.Stage)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", e.Position, err)
		}
		t, err := takingOf(n, e)
		if err != nil {
			// It was refused for that: an act whose intent names nothing takes nothing.
			k.log.WarnContext(ctx, "an intent that takes nothing away", slog.Any("error", err))
			continue
		}
		finish(e.Position, t)
	}
	return nil
}

// finish queues what one intent took away. It counts from here on; the entry
// follows when the bucket lets it.
func (s *chained[S]) finish(k *Keeper, intent audit.Position, t *taking, left *leftovers) {
	left.more(1)
	s.hold(t)
	c := &change{intent: intent, takes: t, settled: func(_ chain.Head, err error) { left.settled(err) }}
	if err := s.enqueue(k, c); err != nil {
		left.settled(err)
		k.log.ErrorContext(k.closing, "what was taken away is not written yet", slog.Any("error", err))
	}
}
