package keeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A helpRow is one line of the index by which consents are found without
// opening a safe. It follows from the chains; only why an ended one ended is
// known nowhere else but in the trail.
type helpRow struct {
	safe        vault.SafeID
	consent     vault.ConsentID
	agent       vault.AgentID // who holds it now
	function    vault.Function
	replacement vault.Replacement
	purpose     papers.Purpose
	actions     vault.Action
	posture     vault.Posture
	from, until time.Time
	asked       time.Time
	given       time.Time       // zero while it is asked
	ended       vault.EndReason // zero while it is live or asked
	endedAt     time.Time
	cycle       vault.CycleID // of workshops that bounds it; zero for none
}

// helpJSON is the sealed value of a row (FORMAT.md).
type helpJSON struct {
	Agent     string `json:"agent"`
	Function  string `json:"function"`
	Successor bool   `json:"successor,omitempty"`
	Purpose   string `json:"purpose"`
	Actions   uint8  `json:"actions"`
	Posture   uint8  `json:"posture"`
	From      int64  `json:"from"`
	Until     int64  `json:"until"`
	Asked     int64  `json:"asked,omitempty"`
	Given     int64  `json:"given,omitempty"`
	Ended     uint8  `json:"ended,omitempty"`
	EndedAt   int64  `json:"ended_at,omitempty"`
	Cycle     string `json:"cycle,omitempty"`
}

func newRow(a agreement, holder vault.AgentID) helpRow {
	t := a.terms
	return helpRow{
		safe: t.Safe, consent: a.id, agent: holder, function: t.Function, replacement: t.Replacement, purpose: t.Purpose,
		actions: t.Actions, posture: t.Posture, from: t.From, until: t.Until, asked: a.asked, given: a.given, cycle: t.Cycle,
	}
}

// state is where the consent is in its life at an instant, dates included.
func (r helpRow) state(now time.Time) (vault.ConsentState, vault.EndReason, time.Time) {
	asked := r.given.IsZero()
	switch {
	case r.ended != 0:
		return vault.ConsentEnded, r.ended, r.endedAt
	case asked && !now.Before(r.expires()):
		return vault.ConsentEnded, vault.EndedExpired, r.expires()
	case !now.Before(r.until):
		return vault.ConsentEnded, vault.EndedByDate, r.until
	case asked:
		return vault.ConsentAsked, 0, time.Time{}
	default:
		return vault.ConsentLive, 0, time.Time{}
	}
}

// expires is when a request that nobody answered is over.
func (r helpRow) expires() time.Time { return earlier(r.asked.Add(vault.AskLife), r.until) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (r helpRow) key() []byte { return append(bytes.Clone(r.safe[:]), r.consent[:]...) }

func (k *Keeper) helperKey(agent vault.AgentID) [32]byte {
	return mac(k.pseudonyms, "helper", agent.String())
}

func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOf(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

func (r helpRow) marshal() ([]byte, error) {
	b, err := json.Marshal(helpJSON{
		Agent: r.agent.String(), Function: r.function.String(), Successor: r.replacement == vault.ReplacementSuccessor,
		Purpose: string(r.purpose), Actions: uint8(r.actions), Posture: uint8(r.posture),
		From: unixOf(r.from), Until: unixOf(r.until), Asked: unixOf(r.asked), Given: unixOf(r.given),
		Ended: uint8(r.ended), EndedAt: unixOf(r.endedAt), Cycle: idText(r.cycle),
	})
	if err != nil {
		return nil, fmt.Errorf("row of a consent: %w", err)
	}
	return b, nil
}

func parseRow(key, plain []byte) (helpRow, error) {
	var j helpJSON
	if err := json.Unmarshal(plain, &j); err != nil {
		return helpRow{}, fmt.Errorf("row of a consent: %w", err)
	}
	agent, err := vault.ParseAgentID(j.Agent)
	if err != nil {
		return helpRow{}, fmt.Errorf("row of a consent: %w", err)
	}
	function, err := vault.ParseFunction(j.Function)
	if err != nil {
		return helpRow{}, fmt.Errorf("row of a consent: %w", err)
	}
	r := helpRow{
		safe: vault.SafeID(key[:16]), consent: vault.ConsentID(key[16:32]), agent: agent, function: function,
		purpose: papers.Purpose(j.Purpose), actions: vault.Action(j.Actions), posture: vault.Posture(j.Posture),
		from: timeOf(j.From), until: timeOf(j.Until), asked: timeOf(j.Asked), given: timeOf(j.Given),
		ended: vault.EndReason(j.Ended), endedAt: timeOf(j.EndedAt),
	}
	if j.Successor {
		r.replacement = vault.ReplacementSuccessor
	}
	var p idParser
	if r.cycle = parseID(&p, j.Cycle, vault.ParseCycleID); p.err != nil {
		return helpRow{}, fmt.Errorf("row of a consent: %w", p.err)
	}
	return r, nil
}

func rowName(key []byte) string { return fmt.Sprintf("consent/%x", key) }

// putRow writes a row and lets its holder find it.
func (k *Keeper) putRow(tx *bolt.Tx, r helpRow) error {
	plain, err := r.marshal()
	if err != nil {
		return err
	}
	key := r.key()
	sealed, err := k.state.seal(plain, rowName(key))
	if err != nil {
		return err
	}
	if err := tx.Bucket(bConsent).Put(key, sealed); err != nil {
		return err
	}
	if !r.given.IsZero() {
		if err := tx.Bucket(bPage).Put(k.pageRow(k.pageCode(r.consent)), key); err != nil {
			return err
		}
	}
	helper := k.helperKey(r.agent)
	return tx.Bucket(bGrant).Put(append(helper[:], key...), []byte{1})
}

func (k *Keeper) getRow(tx *bolt.Tx, key []byte) (helpRow, bool, error) {
	raw := tx.Bucket(bConsent).Get(key)
	if raw == nil {
		return helpRow{}, false, nil
	}
	plain, err := k.state.open(raw, rowName(key))
	if err != nil {
		return helpRow{}, false, err
	}
	r, err := parseRow(key, plain)
	return r, err == nil, err
}

// helped answers the consents and requests that an agent holds, ended ones
// included, from the index.
func (k *Keeper) helped(agent vault.AgentID) (rows []helpRow, err error) {
	helper := k.helperKey(agent)
	return k.rows(helper[:], func(tx *bolt.Tx) (*bolt.Bucket, int) { return tx.Bucket(bGrant), len(helper) }, func(r helpRow) bool {
		return r.agent == agent // another may hold it since
	})
}

// rowsOf answers the rows of one safe.
func (k *Keeper) rowsOf(safe vault.SafeID) ([]helpRow, error) {
	return k.rows(safe[:], func(tx *bolt.Tx) (*bolt.Bucket, int) { return tx.Bucket(bConsent), 0 }, func(helpRow) bool { return true })
}

// rowOf answers the row of one consent.
func (k *Keeper) rowOf(safe vault.SafeID, id vault.ConsentID) (r helpRow, ok bool, err error) {
	err = k.state.view(func(tx *bolt.Tx) (err error) {
		r, ok, err = k.getRow(tx, helpRow{safe: safe, consent: id}.key())
		return err
	})
	if err != nil {
		return r, false, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return r, ok, nil
}

// rows reads the rows whose key, after skip bytes, stands in a bucket under a
// prefix.
func (k *Keeper) rows(prefix []byte, in func(*bolt.Tx) (*bolt.Bucket, int), wanted func(helpRow) bool) (rows []helpRow, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		b, skip := in(tx)
		c := b.Cursor()
		for key, _ := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = c.Next() {
			r, ok, err := k.getRow(tx, key[skip:])
			if err != nil {
				return err
			}
			if ok && wanted(r) {
				rows = append(rows, r)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return rows, nil
}

// index brings the rows of a safe in line with an entry that is in the bucket,
// before anybody is told: after a crash in between, the entry is still announced,
// and the start that settles it reads the chain.
func (k *Keeper) index(s *safe, ops []chain.Op, before, after chain.Safe) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), opTimeout)
	defer cancel()
	if err := k.indexAll(ctx, s, after, touched(ops, before)); err != nil {
		k.log.ErrorContext(ctx, "the index of consents is behind until the safe is read again", slog.Any("error", err))
	}
}

// touched are the consents that operations are about.
func touched(ops []chain.Op, before chain.Safe) (ids []vault.ConsentID) {
	for _, op := range ops {
		switch op := op.(type) {
		case chain.Ask:
			ids = append(ids, op.Consent)
		case chain.EndAsk:
			ids = append(ids, op.Consent)
		case chain.ForgetTerms:
			ids = append(ids, op.Consent)
		case chain.AddBundle:
			if op.Kind == chain.BundleConsent {
				ids = append(ids, vault.ConsentID(op.ID))
			}
		case chain.ReKeyBundle:
			if b, _ := before.Bundle(op.Bundle); b.Kind == chain.BundleConsent {
				ids = append(ids, vault.ConsentID(op.Bundle))
			}
		case chain.EndBundle:
			if op.Why != 0 {
				ids = append(ids, vault.ConsentID(op.Bundle))
			}
		case chain.Freeze, chain.EraseSafe:
			ids = append(ids, consentsIn(before)...)
		}
	}
	return ids
}

// consentsIn are all consents and requests that a state of a safe knows, ended
// ones included.
func consentsIn(state chain.Safe) (ids []vault.ConsentID) {
	for b := range state.Bundles() {
		if b.Kind == chain.BundleConsent {
			ids = append(ids, vault.ConsentID(b.ID))
		}
	}
	for x := range state.Asks() {
		ids = append(ids, x.Consent)
	}
	for x := range state.EndedConsents() {
		ids = append(ids, x.Consent)
	}
	return ids
}

// indexAll writes the rows of some consents of a safe as a state has them, and
// deletes those it does not know.
func (k *Keeper) indexAll(ctx context.Context, s *safe, state chain.Safe, ids []vault.ConsentID) error {
	if len(ids) == 0 {
		return nil
	}
	var put, gone []helpRow
	for _, id := range ids {
		r, err := k.rowIn(ctx, s, state, id)
		switch {
		case errors.Is(err, vault.ErrNotFound):
			gone = append(gone, helpRow{safe: s.id, consent: id})
		case err != nil:
			return err
		default:
			put = append(put, r)
		}
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, r := range put {
			if err := k.putRow(tx, r); err != nil {
				return err
			}
		}
		for _, r := range gone {
			if err := k.deleteRow(tx, r.key()); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowIn makes the row of one consent from the chain. That it ended is written
// into the row there is: nothing of the bucket is needed for it.
func (k *Keeper) rowIn(ctx context.Context, s *safe, state chain.Safe, id vault.ConsentID) (helpRow, error) {
	past, over := state.EndedConsent(id)
	r, known, err := k.rowOf(s.id, id)
	if err != nil {
		return helpRow{}, err
	}
	if !over || !known || past.Given == r.given.IsZero() {
		a, err := k.termsIn(ctx, s, state, id)
		if err != nil {
			return helpRow{}, err
		}
		r = newRow(a, k.holder(a.terms))
	}
	if over {
		r.ended, r.endedAt = past.Why, past.Time
		if past.Why == vault.EndedByDate { // it ended then, and was swept later
			r.endedAt = earlier(past.Time, r.until)
		}
	}
	return r, nil
}

// deleteRow deletes a row and what leads its holder to it.
func (k *Keeper) deleteRow(tx *bolt.Tx, key []byte) error {
	r, ok, err := k.getRow(tx, key)
	if err != nil || !ok {
		return err
	}
	helper := k.helperKey(r.agent)
	if err := tx.Bucket(bGrant).Delete(append(helper[:], key...)); err != nil {
		return err
	}
	if err := tx.Bucket(bPage).Delete(k.pageRow(k.pageCode(r.consent))); err != nil {
		return err
	}
	return tx.Bucket(bConsent).Delete(key)
}

// reindex brings the rows of a safe, those of relays and workshops included, in
// line with its chain, when it is read from there: after a crash between an entry and its rows, or for a rebuild.
func (k *Keeper) reindex(ctx context.Context, s *safe) error {
	rows, err := k.rowsOf(s.id)
	if err != nil {
		return err
	}
	state, known := s.now(), map[vault.ConsentID]helpRow{}
	var ids []vault.ConsentID
	for _, r := range rows {
		known[r.consent] = r
		if _, _, ok := sealedTerms(state, r.consent); !ok {
			ids = append(ids, r.consent)
		}
	}
	for _, id := range consentsIn(state) {
		_, asked := state.Ask(id)
		past, over := state.EndedConsent(id)
		r, ok := known[id]
		if !ok || asked != r.given.IsZero() && !over || over && r.ended != past.Why {
			ids = append(ids, id)
		}
	}
	return errors.Join(k.indexAll(ctx, s, state, ids), k.indexRelays(s.id, s.record()), k.indexWorkshop(s.id, s.record()))
}
