package keeper

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/texts"
)

type relayAnswer struct {
	Relay string `json:"relay"`
}

// SendRelay hands a task about a safe to a colleague. The text is sealed in the
// safe's own record, and the addressee gets nothing but the task. Whom the person
// shut out is never shown it, and the sender is not told so: it rings, like
// everything that nobody takes. See [vault.RelayKeeper].
func (k *Keeper) SendRelay(ctx context.Context, who session.Principal, act vault.SendRelay) (vault.RelayID, error) {
	id := k.relayOf(who, act.Request)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActSendRelay, safe: act.Safe, note: relayNote(id, act)})
	if err != nil {
		return vault.RelayID{}, err
	}
	body := sendBody(act)
	var earlier relayAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		if err := w.end(ctx, err, detail{}); err != nil {
			return vault.RelayID{}, err
		}
		return vault.ParseRelayID(earlier.Relay)
	}
	w.result.Relay, w.result.Purpose = id.String(), string(act.Purpose)
	err = k.editWith(ctx, w, act.Request, body, relayAnswer{id.String()}, func(r *serviceRecord) error {
		one, err := k.newRelay(w, *r, id, act)
		if err != nil {
			return err
		}
		*r = r.with(one, k.now())
		return nil
	})
	if err != nil {
		return vault.RelayID{}, err
	}
	return id, nil
}

// relayOf is the id of the relay that a request sends: a retry, whatever became of
// the first try, sends the same one.
func (k *Keeper) relayOf(who session.Principal, request vault.RequestID) vault.RelayID {
	if request.IsZero() {
		return vault.NewRelayID()
	}
	key := k.requestKey(who, request)
	m := mac(k.pseudonyms, "relay", hex.EncodeToString(key[:]))
	return vault.RelayID(m[:])
}

// relayNote is what the intent says: which, for what and to whom, never the text.
func relayNote(id vault.RelayID, act vault.SendRelay) detail {
	n := detail{Relay: id.String(), AboutAgent: idText(act.Agent), Purpose: string(act.Purpose)}
	if act.Function != 0 {
		n.Code = act.Function.String()
	}
	return n
}

func sendBody(act vault.SendRelay) [32]byte {
	return mac(
		[]byte("coffre/send-relay/v1"), act.Safe.String(), act.Agent.String(), act.Function.String(), string(act.Purpose),
		number(uint64(act.Posture)), act.Text, number(uint64(act.Due.Unix())), number(uint64(unixOf(act.Alarm))),
	)
}

// newRelay checks what is handed over, and to whom.
func (k *Keeper) newRelay(w *warrant, r serviceRecord, id vault.RelayID, act vault.SendRelay) (relay, error) {
	if err := w.check(act.Safe); err != nil {
		return relay{}, err
	}
	now, me := k.now(), w.standing.Agent
	one := relay{
		id: id, structure: me.Structure, sender: me.ID, to: act.Agent, function: act.Function, purpose: act.Purpose,
		posture: act.Posture, text: act.Text, sent: now.UTC().Truncate(time.Second), due: act.Due.UTC(), alarm: act.Alarm.UTC(),
	}
	one = one.is(vault.RelaySent, now)
	if act.Alarm.IsZero() {
		one.alarm = earlier(directory.AfterWorkingDays(one.sent.In(texts.Metropolitan()), vault.RelayNotice).UTC(), one.due)
	}
	open := 0
	for _, other := range r.relays {
		if other.open() {
			open++
		}
	}
	_, there := k.relay(r, id)
	switch {
	case there: // the answer to that request is forgotten, and its relay is not
		return relay{}, vault.ErrConflict
	case !r.noRelays.IsZero():
		return relay{}, vault.ErrDenied
	case open >= vault.MaxRelays:
		return relay{}, fmt.Errorf("%w: relays that wait", vault.ErrLimit)
	}
	if err := k.checkRelay(act, now); err != nil {
		return relay{}, err
	}
	return one, k.addressee(me.ID, me.Structure, act)
}

// checkRelay checks what is handed over by itself.
func (k *Keeper) checkRelay(act vault.SendRelay, now time.Time) error {
	if _, err := k.kinds.Purpose(act.Purpose); err != nil {
		return &vault.InvalidError{Field: "purpose", Rule: string(texts.RulePurpose)}
	}
	switch {
	case !vault.IsRelayText(act.Text):
		return &vault.InvalidError{Field: "text", Rule: string(texts.RuleRelayText)}
	case act.Posture < vault.PostureTrain || act.Posture > vault.PostureInStead:
		return &vault.InvalidError{Field: "posture", Rule: string(texts.RuleChoice)}
	case !act.Due.After(now), act.Due.Sub(now) > vault.RelayDays*day, act.Due.Nanosecond() != 0:
		return &vault.InvalidError{Field: "due_time", Rule: string(texts.RuleRelayDue)}
	case !act.Alarm.IsZero() && (!act.Alarm.After(now) || act.Alarm.After(act.Due) || act.Alarm.Nanosecond() != 0):
		return &vault.InvalidError{Field: "alarm_time", Rule: string(texts.RuleRelayAlarm)}
	}
	return nil
}

// addressee refuses whoever is not of the structure, cannot take a relay, or is
// the sender. What the person thinks of them is not asked here.
func (k *Keeper) addressee(sender vault.AgentID, structure vault.StructureID, act vault.SendRelay) error {
	takes := func(f agentFacts) bool {
		return f.id != sender && f.state == vault.AgentActive && slices.ContainsFunc(f.functions.All(), handsOn)
	}
	switch {
	case act.Agent.IsZero() == (act.Function == 0):
		return &vault.InvalidError{Field: "agent", Rule: string(texts.RuleRelayTo)}
	case act.Function != 0 && !handsOn(act.Function):
		return &vault.InvalidError{Field: "function", Rule: string(texts.RuleRelayTo)}
	case act.Function != 0:
		// Where nobody has it today, somebody may tomorrow; else it rings.
		return nil
	}
	if f, ok := k.agentBy(act.Agent); !ok || f.structure != structure || !takes(f) {
		return vault.ErrNotFound
	}
	return nil
}
