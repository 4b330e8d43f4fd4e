package keeper

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
)

type partnerAnswer struct {
	Partner string `json:"partner"`
}

// RegisterPartner lets a partner program deposit, or replaces what is known of
// one. See [vault.AgentKeeper].
func (k *Keeper) RegisterPartner(ctx context.Context, who session.Principal, act vault.RegisterPartner) (vault.PartnerID, error) {
	id := act.Partner
	if id.IsZero() {
		id = vault.NewPartnerID()
	}
	w, err := k.begin(ctx, k.deedOf(who, vault.ActRegisterPartner, detail{AboutAgent: id.String()}))
	if err != nil {
		return vault.PartnerID{}, err
	}
	body := partnerBody(act)
	var earlier partnerAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		var p idParser
		return parseID(&p, earlier.Partner, vault.ParsePartnerID), w.end(ctx, err, detail{})
	}
	s, err := k.building(w)
	if err != nil {
		return vault.PartnerID{}, w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{}
	old, err := k.writePartner(ctx, w, s, c, id, act, body)
	if err := k.settleBuilt(ctx, w, s, c, err); err != nil {
		return vault.PartnerID{}, err
	}
	k.endSessions(ctx, old.login) // what was opened with the key of before
	return id, nil
}

func partnerBody(act vault.RegisterPartner) [32]byte {
	return mac([]byte("coffre/register-partner/v1"), act.Partner.String(), act.Name, act.SIRET, string(act.Key.Bytes()), act.Until.UTC().Format(time.RFC3339))
}

// writePartner makes the operation by which a partner program begins or is
// changed, and answers what was known of it. The caller holds changing.
func (k *Keeper) writePartner(ctx context.Context, w *warrant, s *structure, c *change, id vault.PartnerID, act vault.RegisterPartner, body [32]byte) (old agentRecord, err error) {
	agent := vault.AgentID(id)
	if !act.Partner.IsZero() {
		if old, err = k.partnerOf(act.Partner, s.id); err != nil {
			return old, err
		}
	}
	r, err := k.partnerRecord(id, old, act)
	if err != nil {
		return old, err
	}
	if err := k.approved(ctx, w, act.Approval, body); err != nil {
		return old, err
	}
	c.records = map[vault.AgentID]agentRecord{agent: r}
	if old.login.IsZero() {
		add, err := k.newAgent(ctx, agent, r)
		if err != nil {
			return old, err
		}
		c.ops = []chain.Op{add}
	} else {
		last, _ := s.now().Agent(agent)
		named, err := k.putAgentRecord(ctx, agent, last.Record.N, r)
		if err != nil {
			return old, err
		}
		c.ops = []chain.Op{chain.SetAgent{ID: agent, Record: named}}
	}
	c.answer, err = w.newAnswer(act.Request, body, partnerAnswer{id.String()})
	return old, err
}

// partnerOf answers the record of a structure's partner program that was not
// ended.
func (k *Keeper) partnerOf(id vault.PartnerID, structure vault.StructureID) (agentRecord, error) {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	a, ok := k.roster.agents[vault.AgentID(id)]
	if !ok || a.structure != structure || k.roster.gone(a) || a.record.program.isZero() {
		return agentRecord{}, vault.ErrNotFound
	}
	return a.record, nil
}

// partnerRecord is what is to be written of a partner program.
func (k *Keeper) partnerRecord(id vault.PartnerID, old agentRecord, act vault.RegisterPartner) (agentRecord, error) {
	now := k.now()
	login, err := auth.NewPartnerID(id.String())
	if err != nil {
		return agentRecord{}, &vault.InvalidError{Field: "partner", Rule: "un programme partenaire"}
	}
	r := agentRecord{login: login, name: act.Name, until: act.Until.UTC().Truncate(time.Second), since: directory.Day(now)}
	r.program.key = act.Key
	if r.program.siret, err = directory.ParseSIRET(act.SIRET); err != nil {
		return r, &vault.InvalidError{Field: "siret", Rule: "les 14 chiffres du SIRET, clé comprise"}
	}
	switch {
	case !old.login.IsZero() && old.program.siret != r.program.siret:
		return r, &vault.InvalidError{Field: "siret", Rule: "le SIRET d'avant : un autre organisme est un autre programme"}
	case directory.CheckName(r.name, vault.MaxName) != nil:
		return r, &vault.InvalidError{Field: "name", Rule: "un nom de 100 caractères au plus"}
	case act.Key.IsZero():
		return r, &vault.InvalidError{Field: "public_key", Rule: "une clé publique Ed25519 ou P-256"}
	case !r.until.After(now) || r.until.Sub(now) > vault.MaxTenure:
		return r, &vault.InvalidError{Field: "until_time", Rule: "une date de fin à venir, dans les deux ans"}
	}
	return r, nil
}

// Partners lists the partner programs that may act, and to an agent the others
// of their structure, with their keys. See [vault.AgentKeeper].
func (k *Keeper) Partners(ctx context.Context, who session.Principal) ([]vault.Partner, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListPartners})
	if err != nil {
		return nil, err
	}
	all := k.partners(w.standing.Agent.Structure, w.standing.Agent.Functions.Has(vault.FunctionAccessManager))
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

func (k *Keeper) partners(own vault.StructureID, manages bool) []vault.Partner {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	var all []vault.Partner
	for id, a := range k.roster.agents {
		f := k.roster.facts(id, now)
		if mine := f.structure == own; f.program.isZero() || !mine && !f.awake() {
			continue
		}
		p := vault.Partner{
			ID: vault.PartnerID(id), Structure: f.structure, StructureName: k.roster.structures[a.structure].record.name,
			Name: f.name, SIRET: f.program.siret.String(), Until: f.until, State: f.state,
		}
		if f.structure == own {
			p.Key = f.program.key
			if manages {
				p.LastUse = k.roster.used[id]
			}
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b vault.Partner) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all
}
