package keeper

import (
	"context"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// StartSideBySide begins a côte-à-côte session in the session of the agent who
// leads it. What it opens are the pieces of its papers, taken by what the person
// types or shows now; the identity is forgotten in this call. See
// [vault.PresenceKeeper].
func (k *Keeper) StartSideBySide(ctx context.Context, who session.Principal, act vault.StartSideBySide) (vault.SideBySide, error) {
	id := vault.NewConsentID()
	note := consentNote(id, act.Terms)
	note.Code = act.Giving.Method.String()
	w, err := k.begin(ctx, deed{who: who, act: vault.ActStartSideBySide, safe: act.Terms.Safe, note: note})
	if err != nil {
		return vault.SideBySide{}, err
	}
	side, p, err := k.sitDown(ctx, w, id, act)
	at := place{who.Session(), w.deed.safe}
	if err == nil {
		err = k.sides.put(at, side)
	}
	if err != nil {
		return vault.SideBySide{}, w.end(ctx, err, detail{})
	}
	if err := k.used(ctx, w, who, side.agent, p); err != nil {
		k.sides.drop(at)
		return vault.SideBySide{}, err
	}
	return vault.SideBySide{Consent: id, Until: side.terms.Until, Documents: len(side.docs)}, nil
}

// sitDown checks what the person agreed to, then who they are, and opens the
// papers.
func (k *Keeper) sitDown(ctx context.Context, w *warrant, id vault.ConsentID, act vault.StartSideBySide) (*sideBySide, proved, error) {
	if !act.Terms.From.IsZero() || !act.Terms.Until.IsZero() {
		return nil, proved{}, invalid("terms.from", "rien : la séance a ses propres instants")
	}
	a, err := k.offer(w, act.Terms)
	if err == nil {
		err = k.checkGiving(w, a, act.Giving)
	}
	switch {
	case err != nil:
		return nil, proved{}, err
	case a.shown.Digest != act.Shown:
		return nil, proved{}, vault.ErrTextChanged
	}
	p, err := k.proveBeside(ctx, w, act.Proof)
	if err != nil {
		return nil, proved{}, err
	}
	src := source{entrusted: true}
	if p.ids != nil {
		src = source{own: newOpened(p.way.String(), p.ids)}
	}
	docs, err := k.today(ctx, w, a, src)
	if err != nil {
		return nil, proved{}, err
	}
	a.id = id
	side := newSideBySide(a, docs, uint64(w.pending.Position()))
	w.agreed(a)
	w.result.Count, w.result.Code, w.result.Way = uint64(len(side.docs)), p.code(), idText(p.way)
	return side, p, nil
}

// proveBeside asks for what opens papers beside an agent: the PIN, which opens
// what is entrusted; with the sheet beside it, or beside the person's word from
// their own login that they are there, everything.
func (k *Keeper) proveBeside(ctx context.Context, w *warrant, p vault.Proof) (proved, error) {
	return k.proveOnce(ctx, w, p, func() error {
		if said, ok := k.presences.get(place{w.deed.who.Session(), w.safe.id}); ok && said.login {
			return nil
		}
		return invalid("proof.pin", "le code PIN de la personne, avec sa feuille de code")
	})
}

// sittingAnswer is what a retry of EndSideBySide finds.
type sittingAnswer struct {
	Began     int64  `json:"began"`
	Ended     int64  `json:"ended"`
	Opened    int    `json:"opened"`
	Deposited int    `json:"deposited"`
	Consent   string `json:"consent,omitempty"`
	ComeBack  int64  `json:"come_back,omitempty"`
	Purpose   string `json:"purpose"`
	Posture   uint8  `json:"posture"`
	Agent     string `json:"agent"`
	Function  string `json:"function"`
}

// EndSideBySide ends it: the pieces are forgotten. With an Until the person
// said yes to the one question, and a dated consent is made of the pieces that
// are held; when that cannot be, the session goes on. See
// [vault.PresenceKeeper].
func (k *Keeper) EndSideBySide(ctx context.Context, who session.Principal, act vault.EndSideBySide) (vault.Summary, error) {
	defer k.recall(ctx)
	at := place{who.Session(), act.Safe}
	side, there := k.sides.last(at)
	note := detail{}
	if there {
		note.Consent = side.consent.String()
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActEndSideBySide, safe: act.Safe, note: note})
	if err != nil {
		return vault.Summary{}, err
	}
	body := mac([]byte("coffre/end-side-by-side/v1"), act.Safe.String(), number(uint64(max(0, act.Until.Unix()))), act.Shown.String())
	var earlier sittingAnswer
	found, err := w.answered(act.Request, body, &earlier)
	switch {
	case err != nil:
		return vault.Summary{}, w.end(ctx, err, detail{})
	case found:
		s, err := k.summary(w, earlier)
		return s, w.end(ctx, err, detail{})
	case !there:
		return vault.Summary{}, w.end(ctx, vault.ErrNotFound, detail{})
	}
	answer, err := k.standUp(ctx, w, act, side)
	if err != nil {
		return vault.Summary{}, w.end(ctx, err, detail{})
	}
	k.sides.drop(at)
	if err := w.remember(act.Request, body, answer); err != nil {
		return vault.Summary{}, w.end(ctx, err, detail{})
	}
	s, err := k.summary(w, answer)
	return s, w.end(ctx, err, detail{Consent: answer.Consent, Count: uint64(answer.Opened)})
}

// summary is what the person is given; of a discreet safe without the names.
func (k *Keeper) summary(w *warrant, a sittingAnswer) (vault.Summary, error) {
	var p idParser
	s := vault.Summary{
		Began: time.Unix(a.Began, 0).UTC(), Ended: time.Unix(a.Ended, 0).UTC(), Opened: a.Opened, Deposited: a.Deposited,
		Consent: parseID(&p, a.Consent, vault.ParseConsentID), ComeBack: timeOf(a.ComeBack),
		Purpose: papers.Purpose(a.Purpose), Posture: vault.Posture(a.Posture), Function: parseID(&p, a.Function, vault.ParseFunction),
		Discretion: shownAs(w.safe.current()),
	}
	if agent := parseID(&p, a.Agent, vault.ParseAgentID); s.Discretion != vault.DiscretionDiscreet {
		s.Agent, s.Structure = k.agentName(agent)
	}
	return s, p.err
}

// standUp makes what the summary is made of, and before it the consent to come
// back.
func (k *Keeper) standUp(ctx context.Context, w *warrant, act vault.EndSideBySide, side *sideBySide) (a sittingAnswer, err error) {
	t := side.terms
	a = sittingAnswer{Purpose: string(t.Purpose), Posture: uint8(t.Posture), Agent: t.Agent.String(), Function: t.Function.String()}
	if !act.Until.IsZero() {
		given, err := k.comeBack(ctx, w.deed.who, act, side)
		if err != nil {
			return a, err
		}
		a.Consent, a.ComeBack = given.ID.String(), given.Terms.Until.Unix()
	}
	ended := earlier(instant(), t.Until)
	a.Began, a.Ended = t.From.Unix(), ended.Unix()
	a.Opened, a.Deposited, err = k.happened(ctx, w, side)
	return a, err
}

// comeBack makes a consent of the pieces that a côte-à-côte session holds. The
// text shown is that of its terms from the session's first instant. The person
// proves once more that they are there: it is their yes.
func (k *Keeper) comeBack(ctx context.Context, who session.Principal, act vault.EndSideBySide, side *sideBySide) (vault.Consent, error) {
	id, terms := vault.NewConsentID(), side.comeBack(act.Until)
	note := consentNote(id, terms)
	note.Code = act.Giving.Method.String()
	w, err := k.begin(ctx, deed{who: who, act: vault.ActComeBack, safe: act.Safe, note: note})
	if err != nil {
		return vault.Consent{}, err
	}
	var p proved
	a, err := k.offer(w, terms)
	if err == nil {
		err = k.checkGiving(w, a, act.Giving)
	}
	switch {
	case err != nil:
	case a.shown.Digest != act.Shown:
		err = vault.ErrTextChanged
	case long(a.terms, k.now()):
		err = invalid("until", "182 jours au plus")
	default:
		p, err = k.proveThere(ctx, w, act.Proof)
	}
	if err != nil {
		return vault.Consent{}, w.end(ctx, err, detail{})
	}
	body := giveBody("coffre/come-back/v1", side.consent, a.shown.Digest, act.Giving)
	a.id, a.giving, a.given = id, act.Giving, instant()
	w.agreed(a)
	return k.agreeing(ctx, w, besides(act.Request), body, func(c *change) (agreement, error) {
		if _, ok := k.sideBySide(who.Session(), act.Safe); !ok { // it ended meanwhile, and its pieces with it
			return a, vault.ErrNotFound
		}
		var docs []described
		for d := range w.safe.documents() {
			if piece, ok := side.docs[d.ID]; ok {
				docs = append(docs, piece)
			}
		}
		w.result.Count = uint64(len(docs))
		return a, k.seal(ctx, w, c, a, source{screen: p.ids != nil}, docs)
	})
}

// besides is the request id of the consent that is given in the same call.
func besides(id vault.RequestID) vault.RequestID {
	if id.IsZero() {
		return id
	}
	m := mac([]byte("coffre/come-back-request/v1"), id.String())
	return vault.RequestID(m[:16])
}

// happened counts, from the trail, the papers opened and put in by the session
// since it began: what the person is told is what was recorded. A key that went
// out has opened its paper, however the reading ended.
func (k *Keeper) happened(ctx context.Context, w *warrant, side *sideBySide) (opened, deposited int, err error) {
	record, here := w.safe.record(), fmt.Sprintf("%x", w.deed.who.Session())
	ours, read := map[audit.Position][]string{}, map[string]int{}
	for e, err := range k.trail.Journal(ctx, record.tagKey(), 0) {
		if err != nil {
			return 0, 0, fromTrail(err)
		}
		act, reads := vault.Act(e.Op), e.Op == audit.Op(vault.ActRead) || e.Op == audit.Op(vault.ActReveal)
		if uint64(e.Position) <= side.after || !reads && act != vault.ActDeposit || e.Detail == nil {
			continue
		}
		n, err := openDetail(record.journal, e.Detail, act, e.Stage)
		if err != nil {
			return 0, 0, err
		}
		docs, outcome := ours[e.Of]
		switch {
		case e.Stage == audit.StageIntent && n.Session == here:
			ours[e.Position] = n.Documents
			for _, doc := range n.Documents {
				read[doc]++
			}
		case e.Stage != audit.StageOutcome || !outcome:
		case act == vault.ActDeposit && e.Result == audit.ResultDone:
			deposited += len(n.Documents)
		case reads && e.Result == audit.ResultRefused:
			for _, doc := range docs {
				read[doc]--
			}
		}
	}
	for _, times := range read {
		if times > 0 {
			opened++
		}
	}
	return opened, deposited, nil
}
