package keeper

import (
	"cmp"
	"context"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Circle says who helps the person, for what and until when. See
// [vault.AgentKeeper].
func (k *Keeper) Circle(ctx context.Context, who session.Principal, id vault.SafeID) (vault.Circle, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActCircle, safe: id})
	if err != nil {
		return vault.Circle{}, err
	}
	circle, err := k.circle(ctx, w)
	if err != nil {
		return vault.Circle{}, w.end(ctx, err, detail{})
	}
	return circle, w.endLater(audit.ResultDone, detail{Count: uint64(len(circle.Members))})
}

func (k *Keeper) circle(ctx context.Context, w *warrant) (vault.Circle, error) {
	if err := w.check(w.deed.safe); err != nil {
		return vault.Circle{}, err
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return vault.Circle{}, err
	}
	r, now := w.safe.current(), k.now()
	members := map[vault.AgentID]*vault.CircleMember{}
	for _, a := range all {
		if why, _ := k.unbound(r, a.terms); why != 0 || now.Before(a.terms.From) || !now.Before(a.terms.Until) {
			continue // no sweep is waited for
		}
		m := k.member(members, r, k.holder(a.terms))
		if m == nil {
			continue
		}
		m.Function = a.terms.Function
		if p := string(a.terms.Purpose); !slices.Contains(m.Purposes, p) {
			m.Purposes = append(m.Purposes, p)
		}
		if a.terms.Until.After(m.Until) {
			m.Until = a.terms.Until
		}
	}
	if m := k.member(members, r, r.referent); m != nil {
		m.Referent = true
		if f, _ := k.agentBy(m.Agent); m.Function == 0 && len(f.functions.All()) > 0 {
			m.Function = f.functions.All()[0]
		}
	}
	circle := vault.Circle{Shared: r.shared}
	for _, m := range members {
		slices.Sort(m.Purposes)
		circle.Members = append(circle.Members, *m)
	}
	slices.SortFunc(circle.Members, func(a, b vault.CircleMember) int {
		return cmp.Or(cmp.Compare(b2i(b.Referent), b2i(a.Referent)), cmp.Compare(a.Name, b.Name), slices.Compare(a.Agent[:], b.Agent[:]))
	})
	return circle, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// member answers the line of an agent who is in post, begun when there is none;
// nil for whoever left. In discreet mode nobody has a name.
func (k *Keeper) member(members map[vault.AgentID]*vault.CircleMember, r serviceRecord, id vault.AgentID) *vault.CircleMember {
	if m, ok := members[id]; ok {
		return m
	}
	f, ok := k.agentBy(id)
	if !ok || f.state == vault.AgentEnded || r.shuts(id, f.structure) {
		return nil
	}
	m := &vault.CircleMember{Agent: id}
	if !r.discreet() {
		m.Name, m.Structure = k.agentName(id)
	}
	members[id] = m
	return m
}
