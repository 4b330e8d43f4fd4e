package keeper

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// presences are the proofs that a person is there, each in one session of an
// agent and for one safe, and the questions that may become one. Memory only.
type presences struct {
	mu     sync.Mutex
	proved map[place]presence
	asked  map[place]question
}

type presence struct {
	agent vault.AgentID
	until time.Time
	// login says that the person said so from their own login: then a sheet
	// counts beside it as it does there.
	login bool
}

// A question waits for the person's own session to name its number.
type question struct {
	who    session.Principal
	agent  vault.AgentID
	number string
	until  time.Time
	wrong  int // numbers that were not it
}

const (
	askLife     = 5 * time.Minute
	askedAtOnce = 8 // of one safe
	wrongNumber = 3 // numbers named amiss, and what is asked is over
)

func (p *presences) put(at place, v presence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proved[at] = v
}

func (p *presences) get(at place) (presence, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := p.proved[at]
	return v, ok && time.Now().Before(v.until)
}

// ask draws a number that nobody else's question about this safe has.
func (p *presences) ask(id vault.SafeID, who session.Principal, agent vault.AgentID) (string, error) {
	at := place{who.Session(), id}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.asked, at)
	taken := map[string]bool{}
	for other, q := range p.asked {
		if other.safe == at.safe && time.Now().Before(q.until) {
			taken[q.number] = true
		}
	}
	if len(taken) >= askedAtOnce {
		return "", fmt.Errorf("%w: too many ask this person", vault.ErrUnavailable)
	}
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(100))
		if err != nil {
			return "", fmt.Errorf("draw a number: %w", err)
		}
		number := fmt.Sprintf("%02d", n.Int64())
		if !taken[number] {
			p.asked[at] = question{who: who, agent: agent, number: number, until: time.Now().Add(askLife)}
			return number, nil
		}
	}
}

// answer spends the question about a safe that has this number. A wrong number
// counts against every question about it.
func (p *presences) answer(id vault.SafeID, number string) (question, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, q := range p.asked {
		if at.safe == id && time.Now().Before(q.until) && subtle.ConstantTimeCompare([]byte(q.number), []byte(number)) == 1 {
			delete(p.asked, at)
			return q, true
		}
	}
	for at, q := range p.asked {
		if at.safe != id {
			continue
		}
		if q.wrong++; q.wrong >= wrongNumber {
			delete(p.asked, at)
			continue
		}
		p.asked[at] = q
	}
	return question{}, false
}

func (p *presences) dropSession(s session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at := range p.proved {
		if at.session == s {
			delete(p.proved, at)
		}
	}
	for at := range p.asked {
		if at.session == s {
			delete(p.asked, at)
		}
	}
}

func (p *presences) leave(id vault.SafeID, whose func(session.ID, vault.AgentID) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, v := range p.proved {
		if at.safe == id && whose(at.session, v.agent) {
			delete(p.proved, at)
		}
	}
	for at, q := range p.asked {
		if at.safe == id && whose(at.session, q.agent) {
			delete(p.asked, at)
		}
	}
}

// sweep forgets what ran out.
func (p *presences) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for at, v := range p.proved {
		if !now.Before(v.until) {
			delete(p.proved, at)
		}
	}
	for at, q := range p.asked {
		if !now.Before(q.until) {
			delete(p.asked, at)
		}
	}
}

// present reports whether the person's presence is proved in an agent's session:
// by a proof, or by the côte-à-côte session they lead together.
func (k *Keeper) present(s session.ID, safe vault.SafeID) bool {
	if _, ok := k.presences.get(place{s, safe}); ok {
		return true
	}
	_, ok := k.sideBySide(s, safe)
	return ok
}

// ProvePresence opens a safe to the caller's consents that ask for presence. See
// [vault.PresenceKeeper].
func (k *Keeper) ProvePresence(ctx context.Context, who session.Principal, act vault.ProvePresence) (time.Time, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActProvePresence, safe: act.Safe})
	if err != nil {
		return time.Time{}, err
	}
	p, err := k.proveThere(ctx, w, act.Proof)
	if err != nil {
		return time.Time{}, w.end(ctx, err, detail{})
	}
	until, agent := time.Now().Add(vault.PresenceTime), w.standing.Agent.ID
	k.presences.put(place{who.Session(), act.Safe}, presence{agent: agent, until: until})
	w.result.Code, w.result.Way = p.code(), idText(p.way)
	if err := k.used(ctx, w, who, agent, p); err != nil {
		k.presences.leave(act.Safe, func(s session.ID, _ vault.AgentID) bool { return s == who.Session() })
		return time.Time{}, err
	}
	k.notePresence(agent, act.Safe, p.pin && p.ids == nil)
	return until, nil
}

// proveThere asks for a proof that the person is there: their PIN, or their
// sheet. On the screen of an agent who printed the sheet it proves nothing
// alone, unless the person said from their own login that they are there.
func (k *Keeper) proveThere(ctx context.Context, w *warrant, p vault.Proof) (proved, error) {
	return k.proveOnce(ctx, w, p, func() error {
		said, ok := k.presences.get(place{w.deed.who.Session(), w.safe.id})
		if k.printer(w) && !(ok && said.login) {
			return vault.ErrApprover
		}
		return nil
	})
}

// remains refuses what something ended while it began: nobody else would forget
// it.
func (k *Keeper) remains(who session.Principal, agent vault.AgentID, s *safe) error {
	if s.frozen() || !k.vouches(agent, s) {
		return vault.ErrNotFound
	}
	return k.Live(who)
}

// stays is remains for what a proof began: the sheet may have ended meanwhile,
// too.
func (k *Keeper) stays(w *warrant, p proved, who session.Principal, agent vault.AgentID) error {
	if err := k.remains(who, agent, w.safe); err != nil || p.ids == nil {
		return err
	}
	return w.safe.opensBy(p.way.String())
}

// AskPresence answers a number for the agent's screen; the person names it from
// their own session within five minutes. See [vault.PresenceKeeper].
func (k *Keeper) AskPresence(ctx context.Context, who session.Principal, act vault.AskPresence) (string, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActAskPresence, safe: act.Safe})
	if err != nil {
		return "", err
	}
	number, err := k.presences.ask(act.Safe, who, w.standing.Agent.ID)
	if err != nil {
		return "", w.end(ctx, err, detail{})
	}
	return number, w.end(ctx, nil, detail{})
}

// GrantPresence is the person's yes, from their own session: it counts in the
// session that shows the number, and in no other. See [vault.PresenceKeeper].
func (k *Keeper) GrantPresence(ctx context.Context, who session.Principal, act vault.GrantPresence) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActGrantPresence, safe: act.Safe})
	if err != nil {
		return err
	}
	if err := w.check(act.Safe); err != nil {
		return w.end(ctx, err, detail{})
	}
	q, ok := k.presences.answer(act.Safe, act.Number)
	if !ok {
		return w.end(ctx, vault.ErrNotFound, detail{})
	}
	k.presences.put(place{q.who.Session(), act.Safe}, presence{
		agent: q.agent, until: time.Now().Add(vault.PresenceTime), login: w.ownLogin(),
	})
	if err := k.remains(q.who, q.agent, w.safe); err != nil {
		k.presences.dropSession(q.who.Session())
		return w.end(ctx, vault.ErrNotFound, detail{})
	}
	k.notePresence(q.agent, act.Safe, false)
	return w.end(ctx, nil, detail{AboutAgent: q.agent.String()})
}
