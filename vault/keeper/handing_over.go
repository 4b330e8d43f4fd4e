package keeper

import (
	"context"
	"log/slog"
	"maps"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// handoverAnswer is what a retry of a handover finds.
type handoverAnswer struct {
	Leader string `json:"leader"`
	Since  int64  `json:"since"`
	Sheet  string `json:"sheet"`
	Number string `json:"passport"`
	Kit    bool   `json:"kit,omitempty"` // it ended
}

// from reads the answer out of the record of a safe that was handed over with a
// sheet; false where it was not.
func (a *handoverAnswer) from(r serviceRecord, sheet vault.WayID) bool {
	h, was := r.handedWith(sheet)
	if was {
		*a = handoverAnswer{h.leader.String(), h.since.Unix(), h.sheet.String(), string(r.passport.number), h.kit}
	}
	return was
}

// Handover hands a safe over. It takes away: whatever may refuse it is asked before
// its intent, and from the moment that is on disk the leader is a stranger here, the
// old sheets open nothing and the PIN is the new one. See [vault.HandoverKeeper].
func (k *Keeper) Handover(ctx context.Context, who session.Principal, act vault.Handover) (vault.HandedOver, error) {
	defer k.recall(ctx)
	answer, exposed, err := k.handOverOnce(ctx, who, act)
	if err != nil {
		return vault.HandedOver{}, err
	}
	var p idParser
	done := vault.HandedOver{
		Leader: parseID(&p, answer.Leader, vault.ParseAgentID), Sheet: parseID(&p, answer.Sheet, vault.ParseWayID),
		Since: timeOf(answer.Since), ToChange: exposed, Passport: parseID(&p, answer.Number, vault.ParsePassportNumber),
		KitEnded: answer.Kit,
	}
	k.nameHandover(ctx, act.Safe, &done)
	if v, ok := k.guests.get(who.Session()); ok && v.agent == done.Leader {
		done.Ended = true
		k.leave(ctx, act.Safe, func(s session.ID, _ vault.AgentID) bool { return s == who.Session() })
	}
	return done, p.err
}

// nameHandover adds how the leader is called, to the person; in discreet mode nobody
// is called anything.
func (k *Keeper) nameHandover(ctx context.Context, id vault.SafeID, done *vault.HandedOver) {
	err := k.serveSafe(ctx, id, func(s *safe) error {
		record := s.current()
		done.Discretion = shownAs(record)
		if !record.discreet() {
			done.Name, _ = k.agentName(done.Leader)
		}
		return nil
	})
	if err != nil { // discreet is what says the least
		done.Discretion = vault.DiscretionDiscreet
		k.log.WarnContext(ctx, "a handover is answered without a name", slog.Any("error", err))
	}
}

// handOverOnce is Handover for one request id.
func (k *Keeper) handOverOnce(ctx context.Context, who session.Principal, act vault.Handover) (answer handoverAnswer, exposed []vault.Exposed, err error) {
	d := deed{who: who, act: vault.ActHandover, safe: act.Safe, note: detail{Way: idText(act.Sheet)}}
	if err := k.admit(ctx, who); err != nil {
		return answer, nil, err
	}
	s, st, err := k.standing(ctx, d)
	switch {
	case err != nil:
		return answer, nil, k.failed(ctx, d, st, err)
	case s == nil:
		_, err = k.decide(ctx, d, s, st)
		return answer, nil, err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	// Whoever waited may have lost meanwhile what proved who they are.
	if st, err = k.anywhere(who); err == nil {
		err = k.stand(ctx, d, s, &st)
	}
	if err != nil {
		k.unpin(s)
		return answer, nil, k.failed(ctx, d, st, err)
	}
	w, t, err := k.beginHandover(ctx, d, s, st, act, &answer)
	switch {
	case w == nil:
		k.unpin(s)
		return answer, nil, err
	case err != nil:
		return answer, nil, w.end(ctx, err, detail{})
	}
	if t == nil {
		exposed = k.toChangeHere(ctx, w)
		return answer, exposed, w.end(ctx, nil, detail{})
	}
	exposed, err = k.handsOverNow(ctx, w, t, act, answer)
	return answer, exposed, err
}

// toChangeHere is the list of secrets to change, read while the safe is open in this
// session. The handover does not fail for it: the person can ask for it at any time.
func (k *Keeper) toChangeHere(ctx context.Context, w *warrant) []vault.Exposed {
	all, err := k.toChange(ctx, w)
	if err != nil {
		k.log.WarnContext(ctx, "a handover is answered without what there is to change", slog.Any("error", err))
		return nil
	}
	return all
}

// beginHandover is begin for it. What was prepared, whether the new sheet can be
// read, and which consents end, is all asked before the intent, which alone hands
// over: without a plan it takes nothing, and the warrant is ended with the error that
// comes with it. A retry has no plan either, and the answer of the first try.
func (k *Keeper) beginHandover(ctx context.Context, d deed, s *safe, st consent.Standing, act vault.Handover, answer *handoverAnswer) (*warrant, *taking, error) {
	if _, why := consent.Decide(d.who, st, d.request()); why != 0 {
		return nil, nil, k.refuse(ctx, d, s, st, why)
	}
	first := &warrant{keeper: k, deed: d}
	found, refused := first.answered(act.Request, k.handoverBody(act), answer)
	var t *taking
	// The answer of a try that a start finished is in the record.
	again := refused == nil && !found && answer.from(s.current(), act.Sheet)
	if refused == nil && !found && !again {
		t, refused = k.handoverTaking(ctx, s, d, act)
	}
	if refused == nil && t != nil {
		d.note, refused = k.planNote(s, d.note, t)
		*answer = handoverAnswer{t.handover.leader.String(), t.handover.since.Unix(), t.handover.sheet.String(), string(t.handover.number), t.handover.kit}
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil {
		k.requests.drop(first.request)
		return nil, nil, err
	}
	w.request = first.request
	if again { // of another PIN nobody must think that it was taken; to type one is a guess
		refused = k.tryPIN(ctx, w, act.PIN)
	}
	return w, t, refused
}

// planNote is what the intent of a handover says.
func (k *Keeper) planNote(s *safe, n detail, t *taking) (with detail, err error) {
	with = n
	with.AboutAgent, with.Count = t.handover.leader.String(), k.secrets.MasterEpoch
	for _, id := range t.consents {
		with.Consents = append(with.Consents, id.String())
	}
	if with.Plan, err = k.sealPlan(s, t.handover); err != nil {
		return n, err
	}
	return with, nil
}

// handoverBody stands for every part of a handover but its request id, keyed like
// that of [Keeper.SetPIN].
func (k *Keeper) handoverBody(act vault.Handover) [32]byte {
	chosen, code := k.pinMAC(act.Safe, act.PIN), act.Code.Printed()
	return mac(k.pins, "handover", act.Safe.String(), act.Sheet.String(), string(code.Reveal()), string(chosen[:]))
}

// handoverTaking makes of what was prepared what the handover takes away. The caller
// holds the safe's changing lock.
func (k *Keeper) handoverTaking(ctx context.Context, s *safe, d deed, act vault.Handover) (*taking, error) {
	if err := s.settled(); err != nil {
		return nil, err
	}
	one, err := k.prepares.get(d.who.Session(), act.Safe, act.Sheet)
	switch {
	case err != nil:
		return nil, err
	case !one.fits(s):
		return nil, vault.ErrTicket
	case !one.reads(act.Code):
		return nil, vault.ErrCode
	}
	h := one.handover
	if h.pin, err = k.newPIN(act.Safe, act.PIN, s.current().pin); err != nil {
		return nil, err
	}
	h.since = instant()
	record := s.current()
	record.givePassportNumber(h.since)
	h.number = record.passport.number
	if k.guides(record, h.leader) {
		h.cycle = record.cycle.cycle
	}
	ends, err := k.consentsOf(ctx, s, h.leader)
	return &taking{handover: &h, by: h.since, consents: ends, why: vault.EndedHandover}, err
}

// consentsOf are the requests and consents of one agent in a safe that are not over,
// those that they took over from somebody included.
func (k *Keeper) consentsOf(ctx context.Context, s *safe, agent vault.AgentID) (ids []vault.ConsentID, err error) {
	state := s.now()
	for _, id := range consentsIn(state) {
		if endsOf(state, id, vault.EndedHandover) == nil { // it is over already
			continue
		}
		a, err := k.termsIn(ctx, s, state, id)
		if err != nil {
			return nil, err
		}
		if a.terms.Agent == agent || k.holder(a.terms) == agent {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// handsOverNow carries out a handover that is recorded, and ends the warrant. Whatever
// is open of the safe elsewhere ends with it; the session that asks goes on with
// the new key. What there is to change is looked up once all of that holds.
func (k *Keeper) handsOverNow(ctx context.Context, w *warrant, t *taking, act vault.Handover, answer handoverAnswer) (exposed []vault.Exposed, err error) {
	here := w.deed.who.Session()
	one, lost := k.prepares.get(here, act.Safe, act.Sheet)
	k.prepares.drop(act.Safe)
	err = k.takeFor(ctx, w, act.Request, k.handoverBody(act), answer, t, func() {
		k.unlocked.dropSafe(act.Safe, here)
		k.leave(ctx, act.Safe, func(s session.ID, _ vault.AgentID) bool { return s != here })
		if o, ok := k.unlocked.get(here, act.Safe); ok && lost == nil && o.ids != nil {
			ids := maps.Clone(o.ids)
			ids[t.handover.turn.Epoch] = one.identity
			k.unlocked.put(here, act.Safe, t.handover.sheet.String(), ids)
		}
		exposed = k.toChangeHere(ctx, w)
	})
	return exposed, err
}
