package keeper

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// DestroyNotebook records that an office notebook was destroyed. See
// [vault.MemoKeeper].
func (k *Keeper) DestroyNotebook(ctx context.Context, who session.Principal, act vault.DestroyNotebook) error {
	n := act.Notebook
	w, err := k.begin(ctx, k.deedOf(who, vault.ActDestroyNotebook, detail{Notebook: n.ID.String()}))
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/destroy-notebook/v1"), n.ID.String(), strconv.Itoa(n.Moved), strconv.Itoa(n.Left), n.Day, n.Place)
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	s, err := k.building(w)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c, err := k.signed(ctx, w, s, act, body)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	w.result.Count = uint64(n.Moved)
	return k.settle(ctx, w, s, c)
}

// signed makes the operation by which a destruction stands in a structure's record.
// The caller holds changing.
func (k *Keeper) signed(ctx context.Context, w *warrant, s *structure, act vault.DestroyNotebook, body [32]byte) (*change, error) {
	n, now := act.Notebook, k.now().UTC().Truncate(time.Second)
	n.Agent, n.Witness, n.Signed = w.standing.Agent.ID, vault.AgentID{}, time.Time{}
	if err := checkNotebook(n); err != nil {
		return nil, err
	}
	if today := now.Add(aheadOfUTC).Format(time.DateOnly); n.Day > today {
		return nil, invalid("date", "un jour AAAA-MM-JJ, aujourd'hui au plus tard")
	}
	record := k.recordOf(s)
	switch {
	case slices.ContainsFunc(record.notebooks, func(x vault.Notebook) bool { return x.ID == n.ID }):
		return nil, invalid("notebook", "un cahier dont la destruction n'est pas signée")
	case len(record.notebooks) >= vault.MaxNotebooks:
		return nil, invalid("notebook", "500 cahiers au plus pour une structure")
	}
	w.notebook = &n
	if err := k.approved(ctx, w, act.Approval, body); err != nil {
		return nil, err
	}
	if w.spent == nil || w.spent.approver.IsZero() {
		return nil, vault.ErrApprover // a delay saw nothing
	}
	n.Witness, n.Signed = w.spent.approver, now
	record.notebooks = append(slices.Clip(record.notebooks), n)
	last, _ := s.now().Record()
	named, err := k.putStructureRecord(ctx, s.id, last.N, record)
	if err != nil {
		return nil, err
	}
	return &change{ops: []chain.Op{chain.SetStructure{Record: named}}, structure: &record}, nil
}

// aheadOfUTC is how much earlier than in UTC a day begins where the service is
// used (UTC+14 at most): a day is as people write it.
const aheadOfUTC = 14 * time.Hour

func (k *Keeper) recordOf(s *structure) structureRecord {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	return s.record
}

// Notebooks lists the destructions that were signed. See [vault.MemoKeeper].
func (k *Keeper) Notebooks(ctx context.Context, who session.Principal) ([]vault.Notebook, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListNotebooks})
	if err != nil {
		return nil, err
	}
	all, err := k.notebooksFor(w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

// notebooksFor are the destructions that somebody may read of, newest first: an
// access manager of all, others of those they signed.
func (k *Keeper) notebooksFor(w *warrant) ([]vault.Notebook, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	agent := w.standing.Agent
	s, err := k.structureOf(agent.Structure)
	if err != nil {
		return nil, err
	}
	manages := agent.Functions.Has(vault.FunctionAccessManager)
	var all []vault.Notebook
	for _, n := range slices.Backward(k.recordOf(s).notebooks) {
		if manages || n.Agent == agent.ID || n.Witness == agent.ID {
			all = append(all, *k.named(&n))
		}
	}
	return all, nil
}

// named adds how the agents who sign are called; nil stays nil.
func (k *Keeper) named(n *vault.Notebook) *vault.Notebook {
	if n == nil {
		return nil
	}
	out := *n
	out.AgentName, _ = k.agentName(n.Agent)
	out.WitnessName, _ = k.agentName(n.Witness)
	return &out
}

// NotebookPrint answers what stands on a statement. See [vault.MemoKeeper].
func (k *Keeper) NotebookPrint(ctx context.Context, who session.Principal, id vault.NotebookID) (vault.NotebookPrint, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActPrintNotebook, note: detail{Notebook: id.String()}})
	if err != nil {
		return vault.NotebookPrint{}, err
	}
	all, err := k.notebooksFor(w)
	at := slices.IndexFunc(all, func(n vault.Notebook) bool { return n.ID == id })
	if err == nil && at < 0 {
		err = vault.ErrNotFound
	}
	if err != nil {
		return vault.NotebookPrint{}, w.end(ctx, err, detail{})
	}
	p := vault.NotebookPrint{
		Notebook: all[at], Structure: k.structureName(w.standing.Agent.Structure), SIRET: k.siretOf(w.standing.Agent.ID),
	}
	return p, w.endLater(audit.ResultDone, detail{})
}
