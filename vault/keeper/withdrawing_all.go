package keeper

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// WithdrawAll ends every request and consent of one agent, or all of a safe, as
// one act: a person says "stop" to a colleague, who sees only their own and cannot
// name the others. Which there were is not answered. Like every withdrawal it
// holds from the moment its intent is on disk, which names each: a start finishes
// exactly those. See [vault.ConsentKeeper].
func (k *Keeper) WithdrawAll(ctx context.Context, who session.Principal, act vault.WithdrawAll) error {
	defer k.recall(ctx)
	w, err := k.beginWithdrawal(ctx, who, act)
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/withdraw-all/v1"), act.Safe.String(), act.Agent.String(), act.Word.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	ids, err := takenIDs(w.deed.note.Consents)
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	structure := w.withdraws()
	k.sides.leave(act.Safe, func(_ session.ID, agent vault.AgentID) bool {
		return k.withdrawn(agent, act.Agent, structure)
	})
	if len(ids) == 0 {
		return w.end(ctx, nil, detail{}) // there is nothing to end
	}
	return k.take(ctx, w, act.Request, body, &taking{consents: ids, why: vault.EndedWithdrawn}, func() {})
}

// beginWithdrawal is begin for it: what it ends is looked up before the intent,
// in the index, so that nothing of the bucket may stop it.
func (k *Keeper) beginWithdrawal(ctx context.Context, who session.Principal, act vault.WithdrawAll) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: vault.ActWithdrawAll, safe: act.Safe, note: detail{
		AboutAgent: idText(act.Agent), Code: vault.EndedWithdrawn.String(), Word: act.Word.String(),
	}}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, st, err)
	}
	if _, why := consent.Decide(who, st, d.request()); s != nil && why == 0 {
		if err := wordOf(st, act.Word); err != nil {
			err = k.refuseFor(ctx, d, s, st, err)
			k.unpin(s)
			return nil, err
		}
		if d.note.Consents, err = k.withdrawable(s, act.Agent, withdrawsOf(st, s)); err != nil {
			k.unpin(s)
			return nil, k.failed(ctx, d, st, err)
		}
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil && s != nil {
		k.unpin(s)
	}
	return w, err
}

// wordOf checks that an agent says how the person told them, and that the person
// themselves does not.
func wordOf(st consent.Standing, word vault.Word) error {
	if person := st.Owner || st.Visit; person != (word == vault.WordOwn) || word > vault.WordSlip {
		return &vault.InvalidError{Field: "word", Rule: "comment la personne l'a dit, dans la session d'un agent et là seulement"}
	}
	return nil
}

// withdraws is whose agents' consents a caller may end: those of any structure,
// which the zero id says, or of their own only.
func (w *warrant) withdraws() vault.StructureID { return withdrawsOf(w.standing, w.safe) }

func withdrawsOf(st consent.Standing, s *safe) vault.StructureID {
	if st.Owner || st.Visit || st.Agent.Structure == s.record().home {
		return vault.StructureID{}
	}
	return st.Agent.Structure
}

// withdrawn reports whether an agent's consents end: the one named, or everybody
// of a structure; the zero ids stand for all.
func (k *Keeper) withdrawn(agent, named vault.AgentID, structure vault.StructureID) bool {
	if !named.IsZero() && agent != named {
		return false
	}
	f, ok := k.agentBy(agent)
	return structure.IsZero() || ok && f.structure == structure
}

// withdrawable are the requests and consents that are not over, of one agent or
// of all.
func (k *Keeper) withdrawable(s *safe, named vault.AgentID, structure vault.StructureID) (ids []string, err error) {
	rows, err := k.rowsOf(s.id)
	for _, r := range rows {
		if over, there := s.consentState(r.consent); there && !over && k.withdrawn(r.agent, named, structure) {
			ids = append(ids, r.consent.String())
		}
	}
	return ids, err
}

// takenIDs reads which consents an intent ended.
func takenIDs(texts []string) (ids []vault.ConsentID, err error) {
	var p idParser
	for _, text := range texts {
		ids = append(ids, parseID(&p, text, vault.ParseConsentID))
	}
	return slices.Clip(ids), p.err
}

// over reports whether a taking ends this consent.
func (t *taking) over(id vault.ConsentID) bool {
	return t.consent == id && !id.IsZero() || slices.Contains(t.consents, id)
}
