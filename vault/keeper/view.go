package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// View answers what a safe is. An agent for whom it exists sees what they need
// at the counter; whom the person shut out, and where the safe can be deposited
// to, is the person's own. See [vault.LockKeeper].
func (k *Keeper) View(ctx context.Context, who session.Principal, id vault.SafeID) (vault.SafeView, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActView, safe: id})
	if err != nil {
		return vault.SafeView{}, err
	}
	return k.view(w), w.endLater(audit.ResultDone, detail{})
}

func (k *Keeper) view(w *warrant) vault.SafeView {
	r := w.safe.current()
	v := vault.SafeView{
		Safe: w.deed.safe, Nature: w.safe.now().Nature(), Frozen: w.safe.frozen(), HasPIN: !r.pin.isZero(), HasLogin: !r.owner.IsZero(),
		Discreet: r.discreet(), RenewSheet: r.renewSheet, Information: r.informed,
		Recovery: !r.recovery.isZero(), Kit: k.kitView(r),
	}
	for _, e := range r.entrust {
		v.Entrusted = append(v.Entrusted, string(e.drawer))
	}
	if !w.standing.Owner {
		v.Kit.AskedBy, v.Kit.Asked = vault.AgentID{}, ""
		return v
	}
	name, structure := k.agentName, k.structureName
	if r.discreet() { // nobody has a name
		v.Kit.Asked = ""
		name, structure = func(vault.AgentID) (string, string) { return "", "" }, func(vault.StructureID) string { return "" }
	}
	// An agent saw the sheet: the person is offered one that nobody saw.
	v.RenewSheet = v.RenewSheet || !w.standing.Visit && len(r.printers) > 0
	v.Relink = r.relink.due
	for _, o := range r.shutOut {
		one := vault.ShutOutEntry{Agent: o.agent, Structure: o.structure, Since: o.since}
		if one.Name, _ = name(o.agent); o.agent.IsZero() {
			one.Name = structure(o.structure)
		}
		v.ShutOut = append(v.ShutOut, one)
	}
	for _, h := range r.handed {
		one := vault.HandoverView{Leader: h.leader, Since: h.since, Waits: h.waits, Again: h.again, KitEnded: h.kit}
		one.Name, _ = name(h.leader)
		v.Handovers = append(v.Handovers, one)
	}
	for _, a := range r.addresses {
		one := vault.AddressView{Address: a.id, Label: a.label, Since: a.since, Partner: a.partner}
		if one.PartnerName, _ = name(vault.AgentID(a.partner)); r.discreet() && !a.partner.IsZero() {
			one.Label = "" // it may be the program's name
		}
		v.Addresses = append(v.Addresses, one)
	}
	return v
}

// structureName answers how a structure is called; empty for one that nobody
// knows.
func (k *Keeper) structureName(id vault.StructureID) string {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	if s, ok := k.roster.structures[id]; ok {
		return s.record.name
	}
	return ""
}
