package keeper

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// A waiting is an act that waits for a second agent. It lies in the state file:
// it ends with a rebuild, and is asked anew.
type waiting struct {
	id        vault.ApprovalID
	act       vault.Act
	safe      vault.SafeID
	structure vault.StructureID
	asker     vault.AgentID // zero where the person asks in their own session
	at        time.Time
	notBefore time.Time // of the delay; zero where somebody else could approve
	body      [32]byte  // of what was asked, whole
	never     []vault.AgentID
	approver  vault.AgentID // zero: not yet
	// notebook is what the second agent has seen destroyed; nil for other acts.
	notebook *vault.Notebook
}

// ready reports whether the act may be done now.
func (a waiting) ready(now time.Time) bool {
	return !a.approver.IsZero() || !a.notBefore.IsZero() && !now.Before(a.notBefore)
}

func (a waiting) over(now time.Time) bool { return !now.Before(a.at.Add(vault.ApprovalLife)) }

// mayApprove reports whether an agent counts as the second one.
func (a waiting) mayApprove(id vault.AgentID) bool {
	return !id.IsZero() && id != a.asker && !slices.Contains(a.never, id)
}

// approved spends an approval: nil exactly once, when a second agent of the
// asker's structure, who is none of never, approved exactly this body, or the
// delay that replaces one has passed. With the zero id it records what waits,
// and answers an [*vault.ApprovalError] that names it. body stands for every
// part of the act but its request id and the approval itself.
//
// The asker is the agent whose session it is, the agent who vouches for a
// counter session, or else the person; then agents of the safe's home structure
// approve. An act that fails gives its approval back.
func (k *Keeper) approved(ctx context.Context, w *warrant, id vault.ApprovalID, body [32]byte, never ...vault.AgentID) error {
	if err := w.check(w.deed.safe); err != nil {
		return err
	}
	asked, err := k.askerOf(w)
	if err != nil {
		return err
	}
	asked.act, asked.safe, asked.body, asked.never = w.deed.act, w.deed.safe, body, never
	if id.IsZero() {
		return k.askApproval(ctx, w, asked)
	}
	now := k.now()
	a, err := k.waiting(id)
	switch {
	case err != nil:
		return err
	case a.over(now), a.act != asked.act, a.safe != asked.safe, a.structure != asked.structure, a.asker != asked.asker:
		return vault.ErrNotFound
	case subtle.ConstantTimeCompare(a.body[:], body[:]) != 1:
		return vault.ErrConflict // another act than the one that was asked for
	case !a.ready(now):
		return &vault.ApprovalError{Approval: id, NotBefore: a.notBefore}
	case !a.approver.IsZero() && slices.Contains(never, a.approver):
		return vault.ErrApprover // printed the sheet since
	case w.safe.strangeTo(a.approver, a.structure):
		return vault.ErrNotFound // since then
	}
	if err := k.spend(id); err != nil {
		return err
	}
	w.spent = &a
	if !a.approver.IsZero() {
		w.result.Approver = a.approver.String()
	}
	return nil
}

// askerOf says whose act it is, and agents of which structure may approve it.
func (k *Keeper) askerOf(w *warrant) (waiting, error) {
	agent, who := w.standing.Agent, w.deed.who
	if _, visit := who.Visit(); visit {
		host, err := k.sessions.Host(who)
		if err != nil {
			return waiting{}, fmt.Errorf("%w: %w", vault.ErrNotFound, err)
		}
		if f, ok := k.agentOf(host.User()); ok {
			return waiting{asker: f.id, structure: f.structure}, nil
		}
		return waiting{}, vault.ErrNotFound
	}
	switch {
	case w.safe != nil && (w.standing.Owner || agent.ID.IsZero()):
		return waiting{structure: w.safe.record().home}, nil
	case agent.ID.IsZero():
		return waiting{}, vault.ErrNotFound
	}
	return waiting{asker: agent.ID, structure: agent.Structure}, nil
}

// askApproval remembers what waits. Where the structure has nobody else who
// could approve, a delay does.
func (k *Keeper) askApproval(ctx context.Context, w *warrant, a waiting) error {
	a.id, a.at = vault.NewApprovalID(), k.now().UTC().Truncate(time.Second)
	a.notebook = w.notebook
	if a.notebook == nil && !k.hasSecond(w.safe, a) { // no delay has seen a notebook destroyed
		a.notBefore = a.at.Add(vault.ApprovalDelay)
	}
	n := detail{Code: a.act.String(), Approval: a.id.String(), AboutStructure: a.structure.String()}
	if err := k.factOf(ctx, w, w.safe, vault.ActAskApproval, n); err != nil {
		return err
	}
	if err := k.putWaiting(a); err != nil {
		return err
	}
	return &vault.ApprovalError{Approval: a.id, NotBefore: a.notBefore}
}

// factOf records, within a deed, a fact about a safe, or about the service where
// there is none.
func (k *Keeper) factOf(ctx context.Context, w *warrant, s *safe, act vault.Act, n detail) error {
	d := deed{who: w.deed.who, act: act, note: n}
	if s != nil {
		d.safe = s.id
	}
	rec, err := k.describe(d, s, w.standing, audit.StageFact)
	if err != nil {
		return err
	}
	_, err = k.trail.Note(context.WithoutCancel(ctx), rec, audit.ResultDone)
	return fromTrail(err)
}

// Approvals lists the acts that wait for a second agent of the structure. See
// [vault.AgentKeeper].
func (k *Keeper) Approvals(ctx context.Context, who session.Principal) ([]vault.Approval, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListApprovals})
	if err != nil {
		return nil, err
	}
	list, err := k.approvals(ctx, w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return list, w.endLater(audit.ResultDone, detail{Count: uint64(len(list))})
}

func (k *Keeper) approvals(ctx context.Context, w *warrant) ([]vault.Approval, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	all, err := k.allWaiting()
	if err != nil {
		return nil, err
	}
	var list []vault.Approval
	now := k.now()
	for _, a := range all {
		if a.structure != w.standing.Agent.Structure || a.over(now) || k.keptFrom(ctx, a, w.standing.Agent) {
			continue
		}
		name, _ := k.agentName(a.asker)
		list = append(list, vault.Approval{
			ID: a.id, Act: a.act, Safe: a.safe, Asked: a.asker, AskedName: name, At: a.at, NotBefore: a.notBefore,
			Approved: !a.approver.IsZero(), Notebook: k.named(a.notebook),
		})
	}
	slices.SortFunc(list, func(a, b vault.Approval) int { return a.At.Compare(b.At) })
	return list, nil
}

// Approve is the second agent's yes. See [vault.AgentKeeper].
func (k *Keeper) Approve(ctx context.Context, who session.Principal, id vault.ApprovalID) error {
	return k.answerApproval(ctx, who, id, vault.ActApprove)
}

// Decline refuses an act that waits; whoever asked may take it back like that.
// See [vault.AgentKeeper].
func (k *Keeper) Decline(ctx context.Context, who session.Principal, id vault.ApprovalID) error {
	return k.answerApproval(ctx, who, id, vault.ActDecline)
}

// answerApproval records a yes or a no: in the agent's own journal, and in that
// of the safe it is about.
func (k *Keeper) answerApproval(ctx context.Context, who session.Principal, id vault.ApprovalID, act vault.Act) error {
	w, err := k.begin(ctx, deed{who: who, act: act, note: detail{Approval: id.String()}})
	if err != nil {
		return err
	}
	return w.end(ctx, k.answerWaiting(ctx, w, id), detail{})
}

func (k *Keeper) answerWaiting(ctx context.Context, w *warrant, id vault.ApprovalID) error {
	if err := w.check(vault.SafeID{}); err != nil {
		return err
	}
	a, err := k.waiting(id)
	agent := w.standing.Agent
	switch {
	case err != nil:
		return err
	case a.structure != agent.Structure, a.over(k.now()):
		return vault.ErrNotFound
	case w.deed.act == vault.ActApprove && !a.mayApprove(agent.ID):
		return vault.ErrApprover
	}
	if err := k.noteAnswer(ctx, w, a); err != nil {
		return err
	}
	if w.deed.act == vault.ActDecline {
		return k.spend(id)
	}
	return k.approve(id, agent.ID)
}

// strangeTo reports whether an agent is a stranger to a safe, by the person's word:
// they are nobody's second agent there. To no safe, nil, nobody is.
func (s *safe) strangeTo(agent vault.AgentID, structure vault.StructureID) bool {
	return s != nil && !agent.IsZero() && s.current().shuts(agent, structure)
}

// keptFrom reports whether what waits is kept from an agent, because it is about a
// safe that is none to them. One that cannot be read is nobody's to approve now.
func (k *Keeper) keptFrom(ctx context.Context, a waiting, agent consent.Agent) bool {
	if a.safe.IsZero() {
		return false
	}
	s, err := k.safe(ctx, a.safe)
	if err != nil {
		return true
	}
	defer k.unpin(s)
	return s.strangeTo(agent.ID, agent.Structure)
}

// noteAnswer lets the person read who approved or declined what concerns them.
func (k *Keeper) noteAnswer(ctx context.Context, w *warrant, a waiting) error {
	if a.safe.IsZero() {
		return nil
	}
	s, err := k.safe(ctx, a.safe)
	if err != nil {
		return err
	}
	defer k.unpin(s)
	if st := w.standing.Agent; s.strangeTo(st.ID, st.Structure) {
		return vault.ErrNotFound
	}
	return k.factOf(ctx, w, s, w.deed.act, detail{Code: a.act.String(), Approval: a.id.String()})
}

// hasSecond reports whether the structure has somebody who could approve.
func (k *Keeper) hasSecond(s *safe, a waiting) bool {
	return slices.ContainsFunc(k.agentsOf(a.structure), func(f agentFacts) bool {
		return (f.awake() || f.waits) && f.maySecond() && a.mayApprove(f.id) && !s.strangeTo(f.id, f.structure)
	})
}
