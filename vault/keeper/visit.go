package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// A visit is a counter session: the person's own session on the screen of the
// agent who vouches for them. The session itself is package session's, bound to
// the agent's client key; here stands whose it is, in memory only.
type visit struct {
	who   session.Principal
	safe  vault.SafeID
	agent vault.AgentID // who vouches
}

// guests are the visits there are, each by its session.
type guests struct {
	mu   sync.Mutex
	open map[session.ID]visit
}

func (g *guests) put(v visit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[v.who.Session()] = v
}

func (g *guests) get(s session.ID) (visit, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v, ok := g.open[s]
	return v, ok
}

func (g *guests) drop(s session.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, s)
}

// of answers the visits to one safe.
func (g *guests) of(id vault.SafeID) (all []visit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, v := range g.open {
		if v.safe == id {
			all = append(all, v)
		}
	}
	return all
}

// visit answers the counter session that who calls in, as far as it still counts
// for a safe: of this safe, and vouched for by an agent who is still one, and
// whom the person did not shut out.
func (k *Keeper) visit(who session.Principal, s *safe) (visit, bool) {
	holder, ok := who.Visit()
	if !ok || vault.SafeID(holder) != s.id {
		return visit{}, false
	}
	v, ok := k.guests.get(who.Session())
	return v, ok && v.safe == s.id && k.vouches(v.agent, s)
}

// vouches reports whether an agent may still be beside the person.
func (k *Keeper) vouches(agent vault.AgentID, s *safe) bool {
	a, ok := k.agentBy(agent)
	return ok && a.state == vault.AgentActive && k.now().Before(a.until) && !s.current().shuts(a.id, a.structure)
}

// OpenCounter opens the person's own session on the caller's screen. See
// [vault.PresenceKeeper].
func (k *Keeper) OpenCounter(ctx context.Context, who session.Principal, act vault.OpenCounter) (vault.Visit, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActOpenCounter, safe: act.Safe})
	if err != nil {
		return vault.Visit{}, err
	}
	p, err := k.proveCounter(ctx, w, act)
	if err != nil {
		return vault.Visit{}, w.end(ctx, err, w.result)
	}
	until := time.Now().Add(vault.PresenceTime)
	token, person, err := k.sessions.OpenVisit(ctx, who, [16]byte(act.Safe), until)
	if err != nil {
		return vault.Visit{}, w.end(ctx, err, w.result)
	}
	v := visit{who: person, safe: act.Safe, agent: w.standing.Agent.ID}
	k.guests.put(v)
	opened, err := k.welcome(ctx, w, v, p)
	if err != nil { // nobody was told the token
		k.guests.drop(person.Session())
		return vault.Visit{}, errors.Join(err, k.sessions.Revoke(context.WithoutCancel(ctx), person))
	}
	opened.Token, opened.Until = token, until
	return opened, nil
}

// proveCounter asks for what opens a counter session: sheet and PIN, the PIN
// alone, or the sheet and a second agent while there is no PIN.
func (k *Keeper) proveCounter(ctx context.Context, w *warrant, act vault.OpenCounter) (proved, error) {
	if act.Proof.PIN.IsZero() && !w.safe.current().pin.isZero() {
		return proved{}, &vault.InvalidError{Field: "proof.pin", Rule: "le code PIN de la personne : elle en a un"}
	}
	return k.prove(ctx, w, act.Proof, act.Approval, mac([]byte("coffre/open-counter/v1"), act.Safe.String()))
}

// welcome opens in a visit what was proved for it, and ends the warrant. A sheet
// that was used on an agent's screen is noted as due for renewal.
func (k *Keeper) welcome(ctx context.Context, w *warrant, v visit, p proved) (vault.Visit, error) {
	w.result.Code, w.result.Session, w.result.Way = p.code(), fmt.Sprintf("%x", v.who.Session()), idText(p.way)
	if _, open := k.unlocked.get(v.who.Session(), v.safe); p.ids != nil || !open { // a PIN alone locks nothing
		k.unlocked.put(v.who.Session(), v.safe, idText(p.way), p.ids)
	}
	if err := k.used(ctx, w, v.who, v.agent, p); err != nil {
		k.unlocked.drop(v.who.Session(), v.safe)
		return vault.Visit{}, err
	}
	return vault.Visit{Opened: k.unlocked.reach(v.who.Session(), v.safe), Renew: w.safe.current().renewSheet}, nil
}

// ExtendCounter gives a counter session another [vault.PresenceTime] by the
// person's PIN; with the sheet beside it everything is open again. Whoever has no
// PIN chooses one in the session, or opens another with a second agent. See
// [vault.PresenceKeeper].
func (k *Keeper) ExtendCounter(ctx context.Context, who session.Principal, proof vault.Proof) (vault.Visit, error) {
	holder, _ := who.Visit()
	w, err := k.begin(ctx, deed{who: who, act: vault.ActExtendCounter, safe: vault.SafeID(holder)})
	if err != nil {
		return vault.Visit{}, err
	}
	v, p, err := k.extend(ctx, w, proof)
	if err != nil {
		return vault.Visit{}, w.end(ctx, err, w.result)
	}
	until := time.Now().Add(vault.PresenceTime)
	opened, err := k.welcome(ctx, w, v, p)
	if err == nil {
		err = k.sessions.ExtendVisit(who, until)
	}
	if err != nil {
		return vault.Visit{}, err
	}
	opened.Until = until
	return opened, nil
}

// extend proves the person's presence anew in their visit.
func (k *Keeper) extend(ctx context.Context, w *warrant, proof vault.Proof) (visit, proved, error) {
	v, ok := k.visit(w.deed.who, w.safe)
	switch {
	case !ok:
		return v, proved{}, vault.ErrNotFound
	case proof.PIN.IsZero():
		return v, proved{}, &vault.InvalidError{Field: "proof.pin", Rule: "le code PIN de la personne"}
	}
	p, err := k.prove(ctx, w, proof, vault.ApprovalID{}, [32]byte{})
	return v, p, err
}

// leave ends what people have open of a safe together with agents: visits,
// proofs of presence and côte-à-côte sessions. whose says which, by the session
// it is in and the agent beside the person.
func (k *Keeper) leave(ctx context.Context, id vault.SafeID, whose func(session.ID, vault.AgentID) bool) {
	for _, v := range k.guests.of(id) {
		if !whose(v.who.Session(), v.agent) {
			continue
		}
		k.guests.drop(v.who.Session()) // whatever the store of sessions says
		if err := k.sessions.Revoke(context.WithoutCancel(ctx), v.who); err != nil {
			k.log.WarnContext(ctx, "an ended session is not deleted yet", slog.Any("error", err))
		}
	}
	k.presences.leave(id, whose)
	k.sides.leave(id, whose)
}
