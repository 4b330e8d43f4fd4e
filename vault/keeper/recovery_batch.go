package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// ExportRecoveries writes the batch of requests that wait for the holder of
// escrow B, at most [MaxRecoveries] of them, signed. That a safe is in it stands
// in its journal first. Without the holder's key it opens nothing.
func (k *Keeper) ExportRecoveries(ctx context.Context) (batch []byte, n int, err error) {
	if err := k.fit(); err != nil {
		return nil, 0, err
	}
	ids, err := k.queued()
	if err != nil {
		return nil, 0, err
	}
	b := recoveryBatch{Version: 1, Origin: k.verifier.Name(), Requests: []recoveryRequest{}}
	for _, id := range ids {
		if len(b.Requests) == MaxRecoveries {
			break
		}
		r, ok, err := k.exportRecovery(ctx, id)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			b.Requests = append(b.Requests, r)
		}
	}
	plain, err := json.Marshal(b)
	if err != nil {
		return nil, 0, fmt.Errorf("recoveries: %w", err)
	}
	signed, err := k.secrets.Signing.Sign(seal.SignedRecovery, plain)
	if err != nil {
		return nil, 0, fmt.Errorf("recoveries: %w", err)
	}
	return signed.Bytes(), len(b.Requests), nil
}

// exportRecovery takes the master's layer off the way that the holder opens.
func (k *Keeper) exportRecovery(ctx context.Context, id vault.SafeID) (r recoveryRequest, ok bool, err error) {
	s, err := k.safe(ctx, id)
	if err != nil {
		return r, false, err
	}
	defer k.unpin(s)
	waits := s.current().recovery
	way, ok := s.escrowWay()
	if waits.isZero() || !ok {
		return r, false, nil
	}
	if err := k.noteRecovery(ctx, s, waits); err != nil {
		return r, false, err
	}
	r = recoveryRequest{
		Safe: id.String(), Since: waits.since.Unix(), Sheet: waits.sheet.String(), Recipient: waits.recipient.String(), Way: way.ID.String(),
	}
	state := s.now()
	for _, key := range way.Keys {
		e, err := k.handedOut(ctx, id, state, way.ID, key)
		if err != nil {
			return r, false, err
		}
		r.Epochs = append(r.Epochs, e)
	}
	return r, true, nil
}

// handedOut is one epoch of a safe identity as the holder gets it.
func (k *Keeper) handedOut(ctx context.Context, id vault.SafeID, state chain.Safe, way vault.WayID, key chain.SealedKey) (recoveryEpoch, error) {
	master, err := k.master(key.MasterEpoch)
	if err != nil {
		return recoveryEpoch{}, fmt.Errorf("way in: %w", err)
	}
	raw, err := k.small(ctx, wayKey(id, key.Epoch, way, key.MasterEpoch), key.Digest)
	if err != nil {
		return recoveryEpoch{}, err
	}
	outer, _ := wayBindings(id, key.Epoch, way, key.MasterEpoch)
	inner, err := master.Open(raw, outer)
	if err != nil {
		return recoveryEpoch{}, fromSeal(err)
	}
	named, ok := epochOf(state, key.Epoch)
	if !ok {
		return recoveryEpoch{}, fmt.Errorf("%w: epoch %d", vault.ErrTampered, key.Epoch)
	}
	return recoveryEpoch{Epoch: key.Epoch, Recipient: named.Recipient.String(), Sealed: inner.Reveal()}, nil
}

// noteRecovery records that a request leaves for its holder.
func (k *Keeper) noteRecovery(ctx context.Context, s *safe, waits recovering) error {
	rec, err := k.servesSafe(s, vault.ActRecover, audit.StageFact, detail{Way: waits.sheet.String(), Code: "handed"})
	if err != nil {
		return err
	}
	_, err = k.trail.Note(ctx, rec, audit.ResultDone)
	return fromTrail(err)
}

// servesSafe is the record of an act of the service about one safe.
func (k *Keeper) servesSafe(s *safe, act vault.Act, stage audit.Stage, n detail) (audit.Record, error) {
	n.Actor, n.Safe = actorService, s.id.String()
	raw, err := k.sealDetail(s, n, act, stage)
	return audit.Record{Op: audit.Op(act), Subjects: []audit.TagKey{s.record().tagKey()}, Detail: raw}, err
}

// ImportRecoveries makes the holder's answers count: the new sheet opens, the
// lost ones end in the same entry. What is not waited for any more is passed
// over. It answers how many safes can be opened again, and the errors of those
// that cannot; they can be imported again.
func (k *Keeper) ImportRecoveries(ctx context.Context, answers []byte) (int, error) {
	defer k.recall(ctx)
	if err := k.fit(); err != nil {
		return 0, err
	}
	a, err := parseAnswers(answers)
	if err != nil {
		return 0, err
	}
	var errs []error
	n := 0
	for _, answer := range a.Answers {
		done, err := k.importRecovery(ctx, answer)
		if done {
			n++
		}
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

func (k *Keeper) importRecovery(ctx context.Context, a recoveryAnswer) (bool, error) {
	id, err := vault.ParseSafeID(a.Safe)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errRecovery, err)
	}
	s, err := k.safe(ctx, id)
	if err != nil {
		return false, fmt.Errorf("safe %s: %w", id, err)
	}
	defer k.unpin(s)
	s.changing.Lock()
	defer s.changing.Unlock()
	if waits := s.current().recovery; waits.isZero() || waits.sheet.String() != a.Sheet {
		return false, nil
	}
	if err := s.settled(); err != nil {
		return false, fmt.Errorf("safe %s: %w", id, err)
	}
	if err := k.recover(ctx, s, a); err != nil {
		return false, fmt.Errorf("safe %s: %w", id, err)
	}
	return true, k.unqueue(id)
}

// recover writes the entry by which a new sheet opens. The caller holds the
// safe's changing lock.
func (k *Keeper) recover(ctx context.Context, s *safe, a recoveryAnswer) error {
	if !k.gate.enter() {
		return fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	defer k.gate.leave()
	record := s.current()
	waits := record.recovery
	rec, err := k.servesSafe(s, vault.ActRecover, audit.StageIntent, detail{Way: waits.sheet.String(), Code: "answered"})
	if err != nil {
		return err
	}
	pending, err := k.trail.Begin(ctx, rec)
	if err != nil {
		return fromTrail(err)
	}
	note := func(n detail) []byte {
		raw, _ := k.sealDetail(s, n, vault.ActRecover, audit.StageOutcome) // without one the outcome still counts
		return raw
	}
	c, err := k.recoveredChange(ctx, s, record, a)
	if err != nil {
		return errors.Join(err, fromTrail(pending.End(context.WithoutCancel(ctx), resultOf(err), note(detail{}))))
	}
	c.intent = pending.Position()
	c.settled = func(head chain.Head, err error) {
		if c.open() {
			return // the next start reads it as unknown
		}
		n := detail{Way: waits.sheet.String()}
		if err == nil {
			n.Seq, n.Head = head.Seq, head.Digest.String()
		}
		c.err = errors.Join(c.err, fromTrail(pending.End(context.WithoutCancel(ctx), resultOf(err), note(n))))
	}
	if err := s.enqueue(k, c); err != nil {
		return errors.Join(err, fromTrail(pending.End(context.WithoutCancel(ctx), resultOf(err), note(detail{}))))
	}
	return k.await(ctx, c)
}

// recoveredChange puts the master's and escrow A's layer around what the holder
// sealed to the sheet. Nobody here can look inside: whether it is this safe's
// identity shows when the sheet is used, and until then escrow B can be asked
// again.
func (k *Keeper) recoveredChange(ctx context.Context, s *safe, record serviceRecord, a recoveryAnswer) (*change, error) {
	waits, state := record.recovery, s.now()
	epochs := state.Epochs()
	if !slices.EqualFunc(epochs, a.Epochs, func(e chain.Epoch, x recoveryEpoch) bool { return e.Number == x.Epoch }) {
		return nil, fmt.Errorf("%w: epochs", errRecovery)
	}
	way := chain.AddWay{ID: waits.sheet, Kind: chain.WaySheet, Recipient: waits.recipient}
	for _, e := range a.Epochs {
		master := k.secrets.MasterEpoch
		outer, _ := wayBindings(s.id, e.Epoch, waits.sheet, master)
		sealed, err := seal.Seal(e.Sealed, outer, k.toMaster()...)
		if err != nil {
			return nil, fmt.Errorf("way in: %w", err)
		}
		if err := k.replace(ctx, wayKey(s.id, e.Epoch, waits.sheet, master), sealed); err != nil {
			return nil, err
		}
		way.Keys = append(way.Keys, chain.SealedKey{Epoch: e.Epoch, MasterEpoch: master, Digest: sealed.Digest(), Size: sealed.Size()})
	}
	c, ends := &change{ops: []chain.Op{way}}, isSheet
	if kept := record.kit; !kept.isZero() && !kept.since.After(waits.since) { // out of reach, somebody said: whoever has it now is not the person
		record, ends = record.withoutKit(), sheetOrKit
	}
	if s.frozen() { // asked for since, by two agents: a freeze makes void what waited before
		record = record.withoutKit()
		c.ops, ends, record.pin = []chain.Op{chain.Unfreeze{}, way}, notEscrow, storedPIN{}
	}
	var ended []string
	for _, old := range s.ways() {
		if ends(old) {
			c.ops = append(c.ops, chain.EndWay{Way: old.ID})
			ended = append(ended, old.ID.String())
		}
	}
	record.recovery, record.renewSheet, record.printers = recovering{}, false, nil
	if !waits.printer.IsZero() {
		record.printers = []vault.AgentID{waits.printer}
	}
	record = record.note(waits.sheet, "")
	last, _ := state.Service()
	op, err := k.putService(ctx, s.id, last.N, record)
	if err != nil {
		return nil, err
	}
	c.ops, c.service = append(c.ops, op), &record
	k.unlocked.dropSafe(s.id, session.ID{}, ended...)
	return c, nil
}

// replace puts an object where an earlier try may have left an orphan.
func (k *Keeper) replace(ctx context.Context, key storage.Key, c *seal.Ciphertext) error {
	err := k.bucket.Put(ctx, key, c)
	if !errors.Is(err, storage.ErrExist) {
		return fromBucket(err)
	}
	if err := k.bucket.Delete(ctx, key); err != nil {
		return fromBucket(err)
	}
	return fromBucket(k.bucket.Put(ctx, key, c))
}
