package keeper

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Journal answers the lines about one safe, everybody's, without filter (L-04),
// and the acts on the whole service among them. Reading it is a line of it
// (L-46, L-56). See [vault.Keeper].
func (k *Keeper) Journal(ctx context.Context, who session.Principal, act vault.ReadJournal) ([]vault.Line, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActJournal, safe: act.Safe})
	if err != nil {
		return nil, err
	}
	lines, err := k.lines(ctx, w, act)
	if err := w.end(ctx, err, detail{Count: uint64(len(lines))}); err != nil {
		return nil, err
	}
	return lines, nil
}

// lines answers one page of the journal.
func (k *Keeper) lines(ctx context.Context, w *warrant, act vault.ReadJournal) ([]vault.Line, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, err
	}
	if err := checkPage(act.Limit); err != nil {
		return nil, err
	}
	own, err := k.allLines(ctx, w)
	if err != nil || act.From >= uint64(len(own)) {
		return nil, err
	}
	own = own[act.From:]
	own = own[:min(len(own), act.Limit)]
	w.markLines(own)
	k.fillTitles(ctx, w, own)
	k.nameLines(w.safe.record(), own)
	return own, nil
}

// markLines says of the lines of an exercise that they are.
func (w *warrant) markLines(lines []vault.Line) {
	for i := range lines {
		lines[i].Nature = w.safe.now().Nature()
	}
}

// allLines merges the journal of the safe with the service's own, by position.
func (k *Keeper) allLines(ctx context.Context, w *warrant) ([]vault.Line, error) {
	record := w.safe.record()
	own, err := k.linesOf(ctx, record.tagKey(), record.journal)
	if err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return nil, nil
	}
	service, err := k.linesOf(ctx, audit.TagKey(k.journal.TagKey()), k.journal)
	if err != nil {
		return nil, err
	}
	began := own[0].Position
	for _, l := range service {
		if l.Position > began && l.Act != vault.ActUnauthenticated && l.Act != vault.ActLogin && l.Act != vault.ActCheckPage {
			own = append(own, l)
		}
	}
	slices.SortFunc(own, func(a, b vault.Line) int { return cmp.Compare(a.Position, b.Position) })
	return own, nil
}

// linesOf reads one subject's journal: one line an act, with its outcome.
func (k *Keeper) linesOf(ctx context.Context, tag audit.TagKey, key seal.JournalKey) ([]vault.Line, error) {
	var lines []vault.Line
	at := map[audit.Position]int{}
	for e, err := range k.trail.Journal(ctx, tag, 0) {
		if err != nil {
			return nil, fromTrail(err)
		}
		switch e.Stage {
		case audit.StageIntent, audit.StageFact:
			l, err := line(e, key)
			if err != nil {
				return nil, err
			}
			at[e.Position] = len(lines)
			lines = append(lines, l)
		case audit.StageOutcome:
			if i, ok := at[e.Of]; ok {
				lines[i].Outcome = outcomeOf(e.Result)
				if err := addOutcome(&lines[i], e, key); err != nil {
					return nil, err
				}
			}
		case audit.StageErasure:
		}
	}
	return lines, nil
}

// line reads one intent or fact.
func line(e audit.Entry, key seal.JournalKey) (vault.Line, error) {
	l := vault.Line{Time: e.Time, Act: vault.Act(e.Op), Position: uint64(e.Position), Outcome: vault.OutcomeOpen}
	if e.Stage == audit.StageFact {
		l.Outcome = outcomeOf(e.Result)
	}
	if e.Detail == nil {
		return l, nil
	}
	n, err := openDetail(key, e.Detail, l.Act, e.Stage)
	if err != nil {
		return l, fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	if err := who(&l, n); err != nil {
		return l, fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	return l, documents(&l, n)
}

// who fills in who acted, as what, and on which consent. Names come later: a
// leaf holds none.
func who(l *vault.Line, n detail) (err error) {
	l.Actor = actorFrom(n.Actor)
	if n.Subject != "" {
		l.ActorLogin = n.Issuer + " " + n.Subject
	}
	var p idParser
	l.Agent, l.Consent = parseID(&p, n.Agent, vault.ParseAgentID), parseID(&p, n.Consent, vault.ParseConsentID)
	if n.Function != "" && n.Function != vault.Function(0).String() {
		l.Function = parseID(&p, n.Function, vault.ParseFunction)
	}
	l.Approver, l.About = parseID(&p, n.Approver, vault.ParseAgentID), parseID(&p, n.AboutAgent, vault.ParseAgentID)
	if n.Posture != "" {
		l.Posture = parseID(&p, n.Posture, vault.ParsePosture)
	}
	l.Purpose, l.Presence, l.Detail = papers.Purpose(n.Purpose), n.Present, n.Code
	l.Why, l.Copy = n.Why, copyNumber(n)
	return p.err
}

// nameLines adds how agents and their structures are called. A discreet safe's
// journal has none, nor logins but the person's own, whose issuer says as much:
// whoever looks over the person's shoulder must not read where they are helped.
func (k *Keeper) nameLines(r serviceRecord, lines []vault.Line) {
	if !r.discreet() {
		k.fillNames(lines)
		return
	}
	for i := range lines {
		if lines[i].Actor != vault.ActorOwner {
			lines[i].ActorLogin = ""
		}
	}
}

// fillNames adds how agents and their structures are called, as their registers
// say today.
func (k *Keeper) fillNames(lines []vault.Line) {
	for i := range lines {
		if !lines[i].Agent.IsZero() {
			lines[i].AgentName, lines[i].Structure = k.agentName(lines[i].Agent)
		}
		lines[i].ApproverName, _ = k.agentName(lines[i].Approver)
		lines[i].AboutName, _ = k.agentName(lines[i].About)
	}
}

func addOutcome(l *vault.Line, e audit.Entry, key seal.JournalKey) error {
	if e.Detail == nil {
		return nil
	}
	n, err := openDetail(key, e.Detail, l.Act, e.Stage)
	if err != nil {
		return fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	if n.Code != "" {
		l.Detail = n.Code
	}
	if n.Purpose != "" {
		l.Purpose = papers.Purpose(n.Purpose)
	}
	l.Slot = int(n.Slot)
	if l.Entry = n.Seq; n.Copy != 0 { // it has its number only now
		l.Copy = copyNumber(n)
	}
	if err := others(l, n); err != nil {
		return fmt.Errorf("leaf %d: %w", e.Position, err)
	}
	if n.Consent != "" { // it has its id only now
		if l.Consent, err = vault.ParseConsentID(n.Consent); err != nil {
			return fmt.Errorf("leaf %d: %w", e.Position, err)
		}
	}
	return documents(l, n)
}

// others fills in who else an act had to do with, as its outcome says it.
func others(l *vault.Line, n detail) error {
	var p idParser
	if n.Approver != "" {
		l.Approver = parseID(&p, n.Approver, vault.ParseAgentID)
	}
	if n.AboutAgent != "" {
		l.About = parseID(&p, n.AboutAgent, vault.ParseAgentID)
	}
	if n.Posture != "" { // it was agreed to only now
		l.Posture = parseID(&p, n.Posture, vault.ParsePosture)
	}
	return p.err
}

func documents(l *vault.Line, n detail) error {
	for _, text := range n.Documents {
		id, err := vault.ParseDocumentID(text)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		l.Documents = append(l.Documents, vault.Named{ID: id})
	}
	return nil
}

// fillTitles adds the titles that the reader's session may open. A title that
// cannot be opened stays empty: the journal is read all the same.
func (k *Keeper) fillTitles(ctx context.Context, w *warrant, lines []vault.Line) {
	m, err := k.means(ctx, w)
	if err != nil {
		return
	}
	for i := range lines {
		for j, named := range lines[i].Documents {
			d, err := w.safe.document(named.ID)
			if err != nil {
				continue
			}
			if full, err := m.describe(d); err == nil {
				lines[i].Documents[j].Title = full.Title
			}
		}
	}
}

func outcomeOf(r audit.Result) vault.Outcome {
	switch r {
	case audit.ResultDone:
		return vault.OutcomeDone
	case audit.ResultRefused:
		return vault.OutcomeRefused
	case audit.ResultFailed:
		return vault.OutcomeFailed
	case audit.ResultUnknown:
	}
	return vault.OutcomeUnknown
}

func actorFrom(s string) vault.Actor {
	switch s {
	case actorOwner:
		return vault.ActorOwner
	case actorVisit:
		return vault.ActorVisit
	case actorAgent:
		return vault.ActorAgent
	case actorPartner:
		return vault.ActorPartner
	case actorStranger:
		return vault.ActorStranger
	default:
		return vault.ActorService
	}
}

// Checkpoint answers the newest signed checkpoint. See [vault.Keeper].
func (k *Keeper) Checkpoint(ctx context.Context, who session.Principal) (vault.Checkpoint, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActCheckpoint})
	if err != nil {
		return vault.Checkpoint{}, err
	}
	note, err := k.trail.Checkpoint(ctx)
	if err := w.end(ctx, fromTrail(err), detail{}); err != nil {
		return vault.Checkpoint{}, err
	}
	return vault.Checkpoint{Note: note, VerifierKey: k.VerifierKey()}, nil
}

// ProveInclusion proves leaves of one safe's journal. See [vault.Keeper].
func (k *Keeper) ProveInclusion(ctx context.Context, who session.Principal, id vault.SafeID, positions []uint64, size uint64) ([]vault.Inclusion, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActInclusion, safe: id})
	if err != nil {
		return nil, err
	}
	proofs, err := k.inclusions(ctx, w, positions, size)
	if err := w.end(ctx, err, detail{Count: uint64(len(positions))}); err != nil {
		return nil, err
	}
	return proofs, nil
}

// inclusions proves only what stands in the safe's own journal, and the acts on
// the whole service: other leaves do not exist for this caller.
func (k *Keeper) inclusions(ctx context.Context, w *warrant, positions []uint64, size uint64) ([]vault.Inclusion, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	leaves := map[uint64][]byte{}
	for _, at := range positions {
		leaves[at] = nil
	}
	for _, tag := range []audit.TagKey{w.safe.record().tagKey(), audit.TagKey(k.journal.TagKey())} {
		for e, err := range k.trail.Journal(ctx, tag, 0) {
			if err != nil {
				return nil, fromTrail(err)
			}
			if _, wanted := leaves[uint64(e.Position)]; wanted {
				leaves[uint64(e.Position)] = e.Leaf()
			}
		}
	}
	proofs := make([]vault.Inclusion, len(positions))
	for i, at := range positions {
		if leaves[at] == nil {
			return nil, vault.ErrNotFound
		}
		proof, err := k.trail.Inclusion(audit.Position(at), size)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", vault.ErrNotFound, err)
		}
		proofs[i] = vault.Inclusion{Position: at, Leaf: leaves[at]}
		for _, h := range proof {
			proofs[i].Hashes = append(proofs[i].Hashes, h)
		}
	}
	return proofs, nil
}

// ProveConsistency proves that a tree extends an older one. See [vault.Keeper].
func (k *Keeper) ProveConsistency(ctx context.Context, who session.Principal, old, size uint64) ([][32]byte, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActConsistency})
	if err != nil {
		return nil, err
	}
	proof, err := k.trail.Consistency(old, size)
	if err != nil {
		err = fmt.Errorf("%w: %w", vault.ErrNotFound, err)
	}
	if err := w.end(ctx, err, detail{}); err != nil {
		return nil, err
	}
	hashes := make([][32]byte, len(proof))
	for i, h := range proof {
		hashes[i] = h
	}
	return hashes, nil
}
