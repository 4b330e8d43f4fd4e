package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

type successorAnswer struct {
	Consents int `json:"consents"`
}

// AssignSuccessor names who replaces an agent in one function, and answers how
// many consents go on with them. Each is sealed anew by a sweep that resumes.
// See [vault.AgentKeeper].
func (k *Keeper) AssignSuccessor(ctx context.Context, who session.Principal, act vault.AssignSuccessor) (int, error) {
	defer k.recall(ctx)
	note := detail{AboutAgent: act.Successor.String(), Replaced: act.Agent.String(), Function: act.Function.String()}
	w, err := k.begin(ctx, k.deedOf(who, vault.ActAssignSuccessor, note))
	if err != nil {
		return 0, err
	}
	body := mac([]byte("coffre/assign-successor/v1"), act.Agent.String(), act.Function.String(), act.Successor.String())
	var answer successorAnswer
	if found, err := w.answered(act.Request, body, &answer); found || err != nil {
		return answer.Consents, w.end(ctx, err, detail{})
	}
	if f, _ := k.agentBy(act.Agent); f.structure == w.standing.Agent.Structure {
		err = k.endLeft(ctx, act.Agent, k.overInIndex)
	}
	if err != nil {
		return 0, w.end(ctx, err, detail{})
	}
	s, err := k.building(w)
	if err != nil {
		return 0, w.end(ctx, err, detail{})
	}
	defer s.changing.Unlock()
	c := &change{ops: []chain.Op{chain.NameSuccessor{Agent: act.Agent, Function: act.Function, Successor: act.Successor}}}
	if answer.Consents, err = k.checkSuccessor(w, act); err == nil {
		c.answer, err = w.newAnswer(act.Request, body, answer)
	}
	return answer.Consents, k.settleBuilt(ctx, w, s, c, err)
}

// overInIndex reports whether a consent is over, as far as the index says it.
func (k *Keeper) overInIndex(r helpRow) bool {
	state, _, _ := k.rowState(r, k.now())
	return state == vault.ConsentEnded
}

// checkSuccessor refuses whoever could not go on with the work, and counts the
// consents that would.
func (k *Keeper) checkSuccessor(w *warrant, act vault.AssignSuccessor) (n int, err error) {
	if w.standing.Agent.Waits {
		return 0, vault.ErrSuspended // naming an access manager is all that goes on
	}
	structure := w.standing.Agent.Structure
	f, known := k.agentBy(act.Agent)
	to, _, err := k.ofStructure(act.Successor, structure)
	switch {
	case !known, f.structure != structure, err != nil:
		return 0, vault.ErrNotFound
	case act.Agent == act.Successor || !to.awake() || !to.functions.Has(act.Function):
		return 0, &vault.InvalidError{Field: "successor", Rule: "un autre agent en poste, dans la même fonction"}
	}
	rows, err := k.helped(act.Agent)
	if err != nil {
		return 0, err
	}
	now := k.now()
	for _, r := range rows {
		state, _, _ := k.rowState(r, now)
		if state == vault.ConsentLive && r.replacement == vault.ReplacementSuccessor && r.function == act.Function {
			n++
		}
	}
	return n, nil
}
