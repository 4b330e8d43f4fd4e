package keeper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// Notices answers what the person is told without having asked. Nothing of it is
// stored: what is to come follows from the chain and the service record, what
// happened from the journal, and what was told is a line of the journal. See
// [vault.PrintKeeper].
func (k *Keeper) Notices(ctx context.Context, who session.Principal, id vault.SafeID) ([]vault.Notice, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActNotices, safe: id})
	if err != nil {
		return nil, err
	}
	all, err := k.notices(ctx, w)
	note := detail{Count: uint64(len(all)), Told: toldOf(all)}
	if err := w.end(ctx, err, note); err != nil {
		return nil, err
	}
	return all, nil
}

// toldOf is what the trail says that the person was told: kinds and ids.
func toldOf(all []vault.Notice) (told []string) {
	for _, n := range all {
		about := n.Kind.String()
		if !n.Consent.IsZero() {
			about += " " + n.Consent.String()
		}
		told = append(told, about)
	}
	return told
}

func (k *Keeper) notices(ctx context.Context, w *warrant) ([]vault.Notice, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	r := w.safe.current()
	if r.discreet() { // no notice, wherever it might be read
		return []vault.Notice{}, nil
	}
	all, told, err := k.lately(ctx, w.safe.id, r)
	if err != nil {
		return nil, err
	}
	ending, err := k.endings(ctx, w.safe)
	if err != nil {
		return nil, err
	}
	waiting, err := k.waits(w.safe.id)
	if err != nil {
		return nil, err
	}
	all = slices.Concat(all, ending, waiting, k.due(r), k.dueSoon(r), k.fromNotebooksOf(ctx, w))
	for i := range all {
		all[i].New = all[i].At.After(told)
		if all[i].Purpose == "" && !all[i].Consent.IsZero() {
			all[i].Purpose = k.purposeOf(ctx, w.safe, all[i].Consent)
		}
	}
	k.fillNoticed(ctx, w, all)
	slices.SortStableFunc(all, func(a, b vault.Notice) int { return b.At.Compare(a.At) })
	return all, nil
}

// lately is what happened within the time that it is told, from the safe's
// journal, and when the person was told last.
func (k *Keeper) lately(ctx context.Context, id vault.SafeID, r serviceRecord) (all []vault.Notice, told time.Time, err error) {
	since := k.now().Add(-vault.NoticeLife)
	moved := map[audit.Position][]string{} // papers, by the intent of their move
	for e, err := range k.trail.Journal(ctx, r.tagKey(), 0) {
		if err != nil {
			return nil, told, fromTrail(err)
		}
		act := vault.Act(e.Op)
		switch {
		case act == vault.ActNotices && e.Stage == audit.StageOutcome && e.Result == audit.ResultDone:
			told = e.Time
			continue
		case e.Time.Before(since) || e.Detail == nil || !newsworthy(act):
			continue
		}
		n, err := openDetail(r.journal, e.Detail, act, e.Stage)
		if err != nil {
			return nil, told, fmt.Errorf("leaf %d: %w", e.Position, err)
		}
		if e.Stage == audit.StageIntent {
			moved[e.Position] = n.Documents
			continue
		}
		if len(n.Documents) == 0 {
			n.Documents = moved[e.Of]
		}
		news, err := k.news(act, e.Time, n)
		if err != nil {
			return nil, told, fmt.Errorf("safe %s, leaf %d: %w", id, e.Position, err)
		}
		all = append(all, news...)
	}
	return all, told, nil
}

// newsworthy are the acts that a person may be told of: by which papers join a
// consent, and those that nobody asked them about.
func newsworthy(act vault.Act) bool {
	switch act {
	case vault.ActDeposit, vault.ActDescribe, vault.ActMove, vault.ActRename, vault.ActAssignSuccessor, vault.ActEndConsent:
		return true
	default:
		return false
	}
}

// news is what one leaf says that the person is told.
func (k *Keeper) news(act vault.Act, at time.Time, n detail) (all []vault.Notice, err error) {
	var p idParser
	switch act {
	case vault.ActAssignSuccessor:
		one := vault.Notice{Kind: vault.NoticeSuccessor, At: at, Consent: parseID(&p, n.Consent, vault.ParseConsentID), Purpose: papers.Purpose(n.Purpose)}
		one.Name, _ = k.agentName(parseID(&p, n.AboutAgent, vault.ParseAgentID))
		all = append(all, one)
	case vault.ActEndConsent:
		all = append(all, vault.Notice{
			Kind: vault.NoticeEnded, At: at, Consent: parseID(&p, n.Consent, vault.ParseConsentID), Purpose: papers.Purpose(n.Purpose),
			Why: reasonOf(n.Code),
		})
	default:
		for _, text := range n.Joined {
			one := vault.Notice{Kind: vault.NoticeArrived, At: at, Consent: parseID(&p, text, vault.ParseConsentID)}
			for _, doc := range n.Documents {
				one.Documents = append(one.Documents, vault.Named{ID: parseID(&p, doc, vault.ParseDocumentID)})
			}
			all = append(all, one)
		}
	}
	return all, p.err
}

// reasonOf reads the code of an end.
func reasonOf(code string) vault.EndReason {
	for why := vault.EndedByDate; why <= vault.EndedExpired; why++ {
		if why.String() == code {
			return why
		}
	}
	return 0
}

// endings are the consents that end soon.
func (k *Keeper) endings(ctx context.Context, s *safe) (all []vault.Notice, err error) {
	now := k.now()
	live, err := k.agreements(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, a := range live {
		if until := a.terms.Until; now.Before(until) && until.Sub(now) <= vault.NoticeBefore {
			first := until.Add(-vault.NoticeBefore)
			if first.Before(a.given) {
				first = a.given
			}
			all = append(all, vault.Notice{Kind: vault.NoticeEndsSoon, At: first, Until: until, Consent: a.id, Purpose: a.terms.Purpose})
		}
	}
	return all, nil
}

// waits are the acts about a safe that wait for a delay instead of a second
// agent: the person can stop them.
func (k *Keeper) waits(id vault.SafeID) (all []vault.Notice, err error) {
	rows, err := k.allWaiting()
	if err != nil {
		return nil, err
	}
	for _, a := range rows {
		if a.safe != id || a.notBefore.IsZero() || a.over(k.now()) {
			continue
		}
		one := vault.Notice{Kind: vault.NoticeWaits, At: a.at, Until: a.notBefore, Act: a.act}
		one.Name, _ = k.agentName(a.asker)
		all = append(all, one)
	}
	return all, nil
}

// due is what the service record says has to be told.
func (k *Keeper) due(r serviceRecord) (all []vault.Notice) {
	if !r.relink.isZero() {
		all = append(all, vault.Notice{Kind: vault.NoticeRelink, At: r.relink.due.Add(-vault.ApprovalDelay), Until: r.relink.due})
	}
	if !r.recovery.isZero() {
		all = append(all, vault.Notice{Kind: vault.NoticeRecovery, At: r.recovery.since})
	}
	if o := r.kitOpening; o.waits(k.now()) {
		one := vault.Notice{Kind: vault.NoticeKit, At: o.since, Until: o.due}
		one.Name, _ = k.agentName(o.asked)
		all = append(all, one)
	}
	if used := r.kit.used; !used.IsZero() && k.now().Sub(used) < vault.NoticeLife {
		all = append(all, vault.Notice{Kind: vault.NoticeKitUsed, At: used})
	}
	if r.renewSheet {
		all = append(all, vault.Notice{Kind: vault.NoticeSheet})
	}
	for _, h := range r.handed {
		if h.waits {
			all = append(all, vault.Notice{Kind: vault.NoticeHandover, At: h.since})
		}
	}
	if r.informed != "" && r.informed != texts.Version {
		all = append(all, vault.Notice{Kind: vault.NoticeInformation})
	}
	return all
}

// fillNoticed adds the titles that the reader's session may open.
func (k *Keeper) fillNoticed(ctx context.Context, w *warrant, all []vault.Notice) {
	lines := make([]vault.Line, len(all))
	for i, n := range all {
		lines[i].Documents = n.Documents
	}
	k.fillTitles(ctx, w, lines)
}
