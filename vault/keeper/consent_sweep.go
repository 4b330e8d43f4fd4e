package keeper

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// termsKept is how long the terms of a consent are kept after its end, as the
// proof that there was one (L-58): the five years of Code civil, article 2224.
const termsKept = 5 * 366 * day

// sweepConsents writes down what ended by its date, and forgets the terms of
// what ended long ago. Decisions never wait for it: they look at the dates. A
// safe that cannot be read now is taken up the next time.
func (k *Keeper) sweepConsents(ctx context.Context) error {
	over, old, err := k.consentsOver(k.now())
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range over {
		_, why, _ := k.rowState(r, k.now())
		errs = append(errs, k.endByDate(ctx, r, why))
	}
	for _, r := range old {
		errs = append(errs, k.forgetTerms(ctx, r))
	}
	return errors.Join(errs...)
}

// consentsOver reads from the index what is over and not yet written down, and
// what ended so long ago that it is forgotten.
func (k *Keeper) consentsOver(now time.Time) (over, old []helpRow, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bConsent).ForEach(func(key, _ []byte) error {
			r, _, err := k.getRow(tx, key)
			if err != nil {
				return err
			}
			state, _, _ := k.rowState(r, now)
			switch {
			case r.ended == 0 && state == vault.ConsentEnded:
				over = append(over, r)
			case r.ended != 0 && now.Sub(r.endedAt) >= termsKept:
				old = append(old, r)
			}
			return nil
		})
	})
	return over, old, err
}

// endByDate ends one consent or request whose time is over: the service's own
// act, which stands in the person's journal.
func (k *Keeper) endByDate(ctx context.Context, r helpRow, why vault.EndReason) error {
	return k.serveSafe(ctx, r.safe, func(s *safe) error {
		if over, there := s.consentState(r.consent); over || !there {
			return nil
		}
		n := detail{Consent: r.consent.String(), Code: why.String(), AboutAgent: r.agent.String(), Purpose: string(r.purpose)}
		at, err := k.noteService(ctx, s, vault.ActEndConsent, n)
		if err != nil {
			return err
		}
		t := &taking{consent: r.consent, why: why}
		s.hold(t)
		c := &change{intent: at, takes: t}
		if err := s.enqueue(k, c); err != nil {
			s.unhold(t)
			return err
		}
		return nil
	})
}

// forgetTerms forgets how a consent ended, and its terms.
func (k *Keeper) forgetTerms(ctx context.Context, r helpRow) error {
	return k.serveSafe(ctx, r.safe, func(s *safe) error {
		if _, ok := s.now().EndedConsent(r.consent); !ok {
			return k.reindex(ctx, s)
		}
		return s.enqueue(k, &change{intent: audit.Position(k.trail.Size()), ops: []chain.Op{chain.ForgetTerms{Consent: r.consent}}})
	})
}

// serveSafe does something to a safe that nobody asked for.
func (k *Keeper) serveSafe(ctx context.Context, id vault.SafeID, do func(*safe) error) error {
	s, err := k.safe(ctx, id)
	if err != nil {
		return fmt.Errorf("sweep of consents: %w", err)
	}
	defer k.unpin(s)
	return do(s)
}

// noteService records, in a safe's journal, an act of the service itself: once,
// whatever kept its entry from being written the first time. It answers where the
// note stands.
func (k *Keeper) noteService(ctx context.Context, s *safe, act vault.Act, n detail) (audit.Position, error) {
	n.Actor, n.Safe = actorService, s.id.String()
	if at, found, err := k.noted(ctx, s, act, n); found || err != nil {
		return at, err
	}
	raw, err := k.sealDetail(s, n, act, audit.StageFact)
	if err != nil {
		return 0, err
	}
	at, err := k.trail.Note(ctx, audit.Record{Op: audit.Op(act), Subjects: []audit.TagKey{s.record().tagKey()}, Detail: raw}, audit.ResultDone)
	return at, fromTrail(err)
}

// noted looks for a note in a safe's journal. Only those of one act are opened.
func (k *Keeper) noted(ctx context.Context, s *safe, act vault.Act, n detail) (audit.Position, bool, error) {
	r := s.record()
	for e, err := range k.trail.Journal(ctx, r.tagKey(), 0) {
		if err != nil {
			return 0, false, fromTrail(err)
		}
		if vault.Act(e.Op) != act || e.Stage != audit.StageFact || e.Detail == nil {
			continue
		}
		if old, err := openDetail(r.journal, e.Detail, act, e.Stage); err == nil && reflect.DeepEqual(old, n) {
			return e.Position, true, nil
		}
	}
	return 0, false, nil
}
