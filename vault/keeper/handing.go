package keeper

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A prepared handover has its objects in the bucket, orphans that no entry names
// yet, and its new sheet on paper. It is memory only: after a restart the safe is
// as it was before, and the handover is prepared anew.
type prepared struct {
	session  session.ID
	sheet    vault.NewSheet
	until    time.Time
	identity *seal.Identity // of the new epoch
	before   chain.Epoch    // the epoch that it follows
	ways     []vault.WayID  // the ways in of then
	handover handover
}

// prepares are the handovers that are prepared, at most one for a safe.
type prepares struct {
	mu sync.Mutex
	m  map[vault.SafeID]prepared
}

func (p *prepares) put(id vault.SafeID, one prepared) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m[id] = one
}

// get answers what a session prepared under the id of a sheet, or
// [vault.ErrTicket].
func (p *prepares) get(s session.ID, id vault.SafeID, sheet vault.WayID) (prepared, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok := p.m[id]
	if !ok || one.session != s || one.sheet.Sheet != sheet || !time.Now().Before(one.until) {
		return prepared{}, vault.ErrTicket
	}
	return one, nil
}

func (p *prepares) drop(id vault.SafeID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.m, id)
}

// forget drops what a session prepared, and whatever ran out.
func (p *prepares) forget(s session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for id, one := range p.m {
		if one.session == s || !now.Before(one.until) {
			delete(p.m, id)
		}
	}
}

// sweep drops what ran out.
func (p *prepares) sweep() { p.forget(session.ID{}) }

// reads reports whether a code is the one on the new sheet. It is no guess: the
// session that asks was given it. What it shows is that the paper can be read.
func (p prepared) reads(code seal.Code) bool {
	return !code.IsZero() && subtle.ConstantTimeCompare(code.Printed().Reveal(), p.sheet.Code.Printed().Reveal()) == 1
}

// fits reports whether a safe is as it was prepared for: of the same epoch, and with
// no way in that came since. The handover would end that one, and nobody would say so.
func (p prepared) fits(s *safe) bool {
	came := func(way chain.Way) bool { return !slices.Contains(p.ways, way.ID) }
	return s.now().Epoch() == p.before && !slices.ContainsFunc(s.ways(), came)
}

// PrepareHandover prints the new sheet of a handover and stores what the handover
// will name. See [vault.HandoverKeeper].
func (k *Keeper) PrepareHandover(ctx context.Context, who session.Principal, act vault.PrepareHandover) (vault.PreparedHandover, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrepareHandover, safe: act.Safe, note: detail{AboutAgent: idText(act.Leader)}})
	if err != nil {
		return vault.PreparedHandover{}, err
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	one, err := k.prepareHandover(ctx, w, act.Leader)
	if err != nil {
		return vault.PreparedHandover{}, w.end(ctx, err, detail{})
	}
	if err := w.end(ctx, nil, detail{Way: one.sheet.Sheet.String()}); err != nil {
		return vault.PreparedHandover{}, err
	}
	k.prepares.put(act.Safe, one)
	return vault.PreparedHandover{Sheet: one.sheet, Until: one.until}, nil
}

// prepareHandover draws the new epoch and the new sheet, and stores both sealed.
// The caller holds the safe's changing lock.
func (k *Keeper) prepareHandover(ctx context.Context, w *warrant, leader vault.AgentID) (one prepared, err error) {
	if err := w.check(w.deed.safe); err != nil {
		return one, err
	}
	if err := k.handsOver(w, leader); err != nil {
		return one, err
	}
	ids, err := k.openHere(w)
	if err != nil {
		return one, err
	}
	if one.identity, err = seal.NewIdentity(); err != nil {
		return one, fmt.Errorf("handover: %w", err)
	}
	if one.sheet.Code, err = seal.NewCode(); err != nil {
		return one, fmt.Errorf("handover: %w", err)
	}
	one.session, one.sheet.Sheet, one.until = w.deed.who.Session(), vault.NewWayID(), time.Now().Add(vault.HandoverLife)
	one.before = w.safe.now().Epoch()
	holder, err := k.derive(ctx, one.sheet.Code, one.sheet.Sheet)
	if err != nil {
		return one, err
	}
	ways := []renewed{{add: chain.AddWay{ID: one.sheet.Sheet, Kind: chain.WaySheet, Recipient: holder.Recipient()}}}
	kept := w.safe.current().kit // it ends where the leader had all three sheets on their screen
	ends := !kept.isZero() && kept.printer == leader
	for _, old := range w.safe.ways() {
		one.ways = append(one.ways, old.ID)
		if stays(old) && !(isRecovery(old) && ends) {
			ways = append(ways, renewed{old.ID, chain.AddWay{ID: vault.NewWayID(), Kind: old.Kind, Recipient: old.Recipient, Inner: old.Inner}})
		}
	}
	one.handover = handover{leader: leader, sheet: one.sheet.Sheet, printers: k.onScreen(w), kit: ends}
	return one, k.turn(ctx, w.safe, &one, ways, ids)
}

// handsOver refuses a handover by nobody, and one while something else of the safe
// is being changed.
func (k *Keeper) handsOver(w *warrant, leader vault.AgentID) error {
	if f, ok := k.agentBy(leader); !ok || f.id.IsZero() {
		return invalid("leader", "l'agent qui a mené l'atelier")
	}
	return w.safe.settled()
}

// stays reports whether a way in goes on: it is sealed anew to its recipients, which
// takes nobody who holds it. In the place of a code sheet there is the new one.
func stays(way chain.Way) bool { return way.Kind != chain.WaySheet }

// turn seals every epoch of the safe's identity, and the new one, to each way in
// that will be. Ways that stay get new ids, so that every object has a name that
// nobody used before, whatever an earlier try left behind.
func (k *Keeper) turn(ctx context.Context, s *safe, one *prepared, ways []renewed, ids identities) error {
	next := one.before.Number + 1
	keys := make([]chain.WayKey, len(ways))
	var g errgroup.Group
	for i := range ways {
		g.Go(func() error {
			add, err := k.putWay(ctx, s.id, chain.Way(ways[i].add), ids)
			if err != nil {
				return err
			}
			last, err := k.putWay(ctx, s.id, chain.Way(ways[i].add), identities{next: one.identity})
			if err != nil {
				return err
			}
			ways[i].add, keys[i] = add, chain.WayKey{Way: add.ID, Key: last.Keys[0]}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	slices.SortFunc(keys, func(a, b chain.WayKey) int { return slices.Compare(a.Way[:], b.Way[:]) })
	one.handover.ways = ways
	one.handover.turn = chain.TurnEpoch{Epoch: next, Recipient: one.identity.Recipient(), Keys: keys}
	return nil
}

// WaitHandover notes that a handover waits. See [vault.HandoverKeeper].
func (k *Keeper) WaitHandover(ctx context.Context, who session.Principal, act vault.WaitHandover) error {
	note := detail{Code: codeWaits, AboutAgent: idText(act.Leader)}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrepareHandover, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	leader := act.Leader
	switch f, ok := k.agentBy(leader); {
	case !w.person() && (leader.IsZero() || leader == w.standing.Agent.ID):
		leader = w.standing.Agent.ID
	case !w.person(), !ok || f.id.IsZero():
		return w.end(ctx, invalid("leader", "l'agent qui a mené l'atelier"), detail{})
	}
	body := mac([]byte("coffre/wait-handover/v1"), act.Safe.String(), leader.String())
	return k.editRecord(ctx, w, act.Request, body, func(r *serviceRecord) error {
		r.handed = append(r.settledHandovers(), handed{leader: leader, since: instant(), waits: true})
		return nil
	})
}

// codeWaits says in the trail that a handover was not prepared: it waits.
const codeWaits = "waits"
