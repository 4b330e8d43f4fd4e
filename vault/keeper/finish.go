package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

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
		vault.ActRevokeAddress, vault.ActLoseCopy, vault.ActForbidRelays, vault.ActShutOut, vault.ActFreeze, vault.ActHandover, vault.ActEndAgent, vault.ActEndTraining,
		vault.ActCancelKit,
		vault.ActEndCycle, vault.ActChangeLeader, vault.ActLeaveCycle:
		return true
	default:
		return false
	}
}

// takingOf reads what a recorded intent took away.
func (k *Keeper) takingOf(n detail, e audit.Entry) (t *taking, err error) {
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
		var p idParser
		t.address = parseID(&p, n.Address, vault.ParseAddressID)
		t.arriving = takenPapers(&p, n.Documents)
		err = p.err
	case vault.ActLoseCopy:
		var p idParser
		t.copy, t.by = copyNumber(n), e.Time
		t.address, t.arriving = parseID(&p, n.Address, vault.ParseAddressID), takenPapers(&p, n.Documents)
		if err = p.err; t.copy == 0 {
			err = errPassport
		}
	case vault.ActShutOut:
		var p idParser
		t.shutOut = shutOut{
			agent: parseID(&p, n.AboutAgent, vault.ParseAgentID), structure: parseID(&p, n.AboutStructure, vault.ParseStructureID),
			since: e.Time,
		}
		t.arriving = takenPapers(&p, n.Documents)
		err = p.err
	case vault.ActForbidRelays:
		var p idParser
		t.relays = relayBan{relay: parseID(&p, n.Relay, vault.ParseRelayID), since: e.Time.UTC().Truncate(time.Second)}
		err = p.err
	case vault.ActFreeze:
		t.freeze, t.by = true, e.Time
	case vault.ActEndTraining:
		t.erase = true
	case vault.ActHandover:
		return k.handoverOf(n)
	case vault.ActCancelKit:
		t.kit, t.by = true, e.Time
	case vault.ActEndAgent:
		t.agent, err = vault.ParseAgentID(n.AboutAgent)
	case vault.ActEndCycle, vault.ActChangeLeader, vault.ActLeaveCycle:
		return takingOfCycle(act, n, e.Time)
	default:
		return nil, fmt.Errorf("%v takes nothing away", act)
	}
	return t, err
}

// An unwritten act is one that a recorded intent took away, and of which no outcome
// says that it is written. One that takes nothing was refused, or is known to be.
type unwritten struct {
	intent audit.Position
	found  audit.Position // where a start says so
	act    vault.Act
	note   detail
	takes  *taking // nil for nothing
}

// takenIn reads what open intents of one journal took away; those of other journals
// are passed over. What cannot be opened is [vault.ErrTampered]: it holds, and
// nobody can say what it is. What was says is written is not opened: what it was
// sealed to may be destroyed. Nor does anything count again that was put back since.
func (k *Keeper) takenIn(ctx context.Context, tag audit.TagKey, key seal.JournalKey, open map[audit.Position]bool, was func(detail) bool) (all []unwritten, err error) {
	var back detail
	for e, err := range k.trail.Journal(ctx, tag, 0) { // each intent, and then its outcome
		if err != nil {
			return nil, fromTrail(err)
		}
		act, last := vault.Act(e.Op), len(all)-1
		switch {
		case e.Stage == audit.StageIntent && open[e.Position] && e.Detail != nil:
			one, err := k.unwrittenOf(ctx, e, key, was)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
			all = append(all, one)
		case e.Stage == audit.StageOutcome && last >= 0 && all[last].intent == e.Of:
			all[last].found = e.Position
		case last < 0 || !putsBack(act) || e.Detail == nil:
		case e.Stage == audit.StageIntent:
			if back, err = openDetail(key, e.Detail, act, e.Stage); err != nil {
				return nil, fmt.Errorf("leaf %d: %w", e.Position, err)
			}
		case e.Stage == audit.StageOutcome && e.Result == audit.ResultDone:
			for i := range all {
				all[i].undo(e.Of, act, back)
			}
		}
	}
	return all, nil
}

// unwrittenOf reads one.
func (k *Keeper) unwrittenOf(ctx context.Context, e audit.Entry, key seal.JournalKey, was func(detail) bool) (one unwritten, err error) {
	one = unwritten{intent: e.Position, act: vault.Act(e.Op)}
	if one.note, err = openDetail(key, e.Detail, one.act, e.Stage); err != nil || was(one.note) {
		return one, err
	}
	one.takes, err = k.takingOf(one.note, e)
	if err != nil && !errors.Is(err, vault.ErrTampered) {
		// It was refused for that: an act whose intent names nothing takes nothing.
		k.log.WarnContext(ctx, "an intent that takes nothing away", slog.Any("error", err))
		one.takes, err = nil, nil
	}
	return one, err
}

// finish queues what one intent took away. It counts from here on; the entry
// follows when the bucket lets it.
func (s *chained[S]) finish(k *Keeper, intent audit.Position, t *taking, left *leftovers) {
	left.more(1)
	s.hold(t)
	c := &change{intent: intent, takes: t, settled: func(_ chain.Head, err error) { left.settled(err) }}
	if t.erase {
		c.landed = func() { k.burySoon(vault.SafeID(s.is.id)) } // the start may have looked for graves before
	}
	if err := s.enqueue(k, c); err != nil {
		left.settled(err)
		k.log.ErrorContext(k.closing, "what was taken away is not written yet", slog.Any("error", err))
	}
}
