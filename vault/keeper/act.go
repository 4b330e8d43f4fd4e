package keeper

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A deed is what somebody is about to try.
type deed struct {
	who  session.Principal
	act  vault.Act
	safe vault.SafeID
	doc  vault.DocumentID
	note detail // what the trail should hold beside who, what and where
	// structure is whose chain the act may write to; zero for none.
	structure vault.StructureID
}

func (d deed) request() consent.Request {
	return consent.Request{Act: d.act, Safe: d.safe, Document: d.doc}
}

// A warrant is the proof that a deed was decided and that its intent is on
// disk. Acting functions take one and check it; it is ended exactly once.
type warrant struct {
	keeper   *Keeper
	deed     deed
	permit   consent.Permit
	pending  *audit.Pending
	safe     *safe // nil where the deed concerns no safe
	standing consent.Standing
	result   detail   // what the outcome's detail will hold
	request  [32]byte // the request id it reserved; zero for none
	spent    *waiting // the approval it spent; nil for none
	over     sync.Once
}

// begin decides a deed and records its intent. A refusal is recorded, and
// answered with its reason. Nothing may be revealed or changed without the
// warrant.
func (k *Keeper) begin(ctx context.Context, d deed) (*warrant, error) {
	if err := k.admit(ctx, d.who); err != nil {
		return nil, err
	}
	s, standing, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, standing, err)
	}
	w, err := k.decide(ctx, d, s, standing)
	if err != nil && s != nil {
		k.unpin(s)
	}
	return w, err
}

// decide answers a deed of somebody admitted whose standing is known. The
// warrant takes over the pin on s.
func (k *Keeper) decide(ctx context.Context, d deed, s *safe, standing consent.Standing) (*warrant, error) {
	permit, reason := consent.Decide(d.who, standing, d.request())
	if reason != 0 {
		return nil, k.refuse(ctx, d, s, standing, reason)
	}
	if err := k.throttle(d, standing); err != nil {
		return nil, k.refuseFor(ctx, d, s, standing, err)
	}
	return k.record(ctx, &warrant{keeper: k, deed: d, permit: permit, safe: s, standing: standing})
}

// record puts the intent of a decided deed on disk.
func (k *Keeper) record(ctx context.Context, w *warrant) (*warrant, error) {
	w.rests(ctx)
	if err := k.noteUse(w); err != nil {
		return nil, err
	}
	rec, err := k.describe(w.deed, w.safe, w.standing, audit.StageIntent)
	if err != nil {
		return nil, err
	}
	if !k.gate.enter() {
		return nil, fmt.Errorf("%w: the keeper stops", vault.ErrUnavailable)
	}
	if w.pending, err = k.trail.Begin(ctx, rec); err != nil {
		k.gate.leave()
		return nil, fromTrail(err)
	}
	return w, nil
}

// standing establishes what the caller is to the safe, and pins the safe.
func (k *Keeper) standing(ctx context.Context, d deed) (*safe, consent.Standing, error) {
	st := consent.Standing{Now: k.now(), Agent: k.agentStanding(d.who)}
	if d.safe.IsZero() {
		return nil, st, nil
	}
	s, err := k.safe(ctx, d.safe)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, st, nil
	}
	if err != nil {
		return nil, st, err
	}
	if err := k.stand(ctx, d, s, &st); err != nil {
		k.unpin(s)
		return nil, st, err
	}
	return s, st, nil
}

// stand adds what the caller is to one safe. It is asked again for every chunk
// of a long read.
func (k *Keeper) stand(ctx context.Context, d deed, s *safe, st *consent.Standing) (err error) {
	record := s.current()
	st.Exists = true
	st.Frozen = s.frozen()
	_, st.Visit = k.visit(d.who, s)
	st.Owner = st.Visit || !record.owner.IsZero() && record.owner == d.who.User()
	st.Shared = record.shared
	st.Fresh = st.Owner && st.Now.Sub(d.who.AuthTime()) < stepUp
	if st.Owner {
		st.Reach = k.unlocked.reach(d.who.Session(), s.id)
	}
	st.Entrusted = s.entrusted(d.doc)
	st.Deposited = k.fresh.has(d.who.Session(), d.safe, d.doc)
	if st.Agent.ID.IsZero() {
		return nil
	}
	st.Agent.ShutOut = record.shuts(st.Agent.ID, st.Agent.Structure)
	st.Present = k.present(d.who.Session(), s.id)
	if st.Grants, err = k.grants(ctx, s, st.Agent.ID, d.doc); err != nil {
		return err
	}
	if side, ok := k.sideBySide(d.who.Session(), s.id); ok {
		st.Grants = append(slices.Clip(st.Grants), side.grant(d.doc))
	}
	st.Ours, err = k.ours(ctx, s, record, st.Agent.Structure)
	return err
}

// ours reports whether a safe has to do with a structure: it was opened there,
// or one of its agents has a consent.
func (k *Keeper) ours(ctx context.Context, s *safe, record serviceRecord, structure vault.StructureID) (bool, error) {
	if record.home == structure {
		return true, nil
	}
	all, err := k.agreements(ctx, s)
	return slices.ContainsFunc(all, func(a agreement) bool {
		named, _ := k.agentBy(a.terms.Agent)
		return named.structure == structure
	}), err
}

// agentStanding is what the caller is for a structure; zero for nobody's agent.
func (k *Keeper) agentStanding(who session.Principal) consent.Agent {
	f, ok := k.agentOf(who.User())
	if !ok {
		return consent.Agent{}
	}
	return consent.Agent{
		ID: f.id, Structure: f.structure, Functions: f.functions, Until: f.until, State: f.state,
		SecondFactor: who.SecondFactor(), Waits: f.waits,
	}
}

// stepUp is how young a proof of identity must be for what cannot be undone.
const stepUp = 5 * time.Minute

// now is the instant of a decision: the clock may lie up to two minutes behind
// the last record, and then stands still.
func (k *Keeper) now() time.Time {
	now, last := time.Now(), k.trail.LastTime()
	if now.Before(last) {
		return last
	}
	return now
}

// failed records a deed about a safe that cannot be read now, and answers
// cause. Whoever has nothing to do with the safe is answered as if there were
// none: that it is broken would tell them that it exists.
func (k *Keeper) failed(ctx context.Context, d deed, st consent.Standing, cause error) error {
	concerned, err := k.concerned(d, st)
	if err != nil {
		return err
	}
	if !concerned {
		return k.refuse(ctx, d, nil, st, consent.Unknown)
	}
	d.note.Reason = "the safe cannot be read"
	rec, err := k.describe(d, nil, st, audit.StageFact)
	if err != nil {
		return err
	}
	if _, err := k.trail.Note(context.WithoutCancel(ctx), rec, audit.ResultFailed); err != nil {
		return fromTrail(err)
	}
	return cause
}

// concerned reports whether somebody may know of a safe that cannot be read now:
// whom it is linked to, whom a consent names, and whoever may try the act on any
// safe there is.
func (k *Keeper) concerned(d deed, st consent.Standing) (bool, error) {
	if holder, ok := d.who.Visit(); ok {
		return vault.SafeID(holder) == d.safe, nil
	}
	linked, err := k.linked(d.who.User(), d.safe)
	if err != nil || linked {
		return linked, err
	}
	st.Exists = true
	if _, reason := consent.Decide(d.who, st, d.request()); reason == 0 {
		return true, nil
	}
	rows, err := k.helped(st.Agent.ID)
	return slices.ContainsFunc(rows, func(r helpRow) bool { return r.safe == d.safe }), err
}

// refuse records a refusal and answers its reason.
func (k *Keeper) refuse(ctx context.Context, d deed, s *safe, st consent.Standing, why consent.Reason) error {
	k.noteRefusal(st.Agent.ID)
	return k.refuseFor(ctx, d, s, st, consent.Explain(st, d.request(), why))
}

// refuseFor records a refusal for any reason, and answers it.
func (k *Keeper) refuseFor(ctx context.Context, d deed, s *safe, st consent.Standing, why error) error {
	d.note.Reason = why.Error()
	rec, err := k.describe(d, s, st, audit.StageFact)
	if err != nil {
		return err
	}
	if _, err := k.trail.Note(ctx, rec, audit.ResultRefused); err != nil {
		return fromTrail(err)
	}
	return why
}

// end records how a deed ended, durably, and answers with err, or with the
// failure to record it.
func (w *warrant) end(ctx context.Context, err error, note detail) error {
	return errors.Join(err, w.close(ctx, resultOf(err), note))
}

// close records an outcome, durably.
func (w *warrant) close(ctx context.Context, result audit.Result, note detail) error {
	defer w.leave()
	if result != audit.ResultDone && w.spent != nil { // nothing came of it
		if err := w.keeper.putWaiting(*w.spent); err != nil {
			w.keeper.log.WarnContext(ctx, "an approval is lost and has to be asked again", slog.Any("error", err))
		}
	}
	raw, sealErr := w.outcome(note)
	return errors.Join(sealErr, fromTrail(w.pending.End(context.WithoutCancel(ctx), result, raw)))
}

// endLater records how a reading ended, with the trail's next commit.
func (w *warrant) endLater(result audit.Result, note detail) error {
	defer w.leave()
	raw, err := w.outcome(note)
	w.pending.EndLater(result, raw)
	return err
}

// leave ends what the warrant holds in memory. Alone, without an outcome, it
// leaves the intent open: the next start reads it as unknown, and finishes what
// it took away.
func (w *warrant) leave() {
	w.over.Do(func() {
		w.keeper.requests.drop(w.request)
		if w.safe != nil {
			w.keeper.unpin(w.safe)
		}
		w.keeper.gate.leave()
	})
}

func (w *warrant) outcome(note detail) ([]byte, error) {
	return w.keeper.sealDetail(w.safe, note, w.deed.act, audit.StageOutcome)
}

// refusals are the errors that say no to what was asked; all others say that it
// could not be done.
var refusals = []error{
	vault.ErrCode, vault.ErrTooManyGuesses, vault.ErrConflict, vault.ErrNotFound, vault.ErrLocked, vault.ErrDenied,
	vault.ErrDigest, vault.ErrSize, vault.ErrEmpty, vault.ErrTooLarge, vault.ErrMediaType,
	vault.ErrSheetGone, vault.ErrTicket, vault.ErrPageToken, vault.ErrApprover, vault.ErrLastManager, vault.ErrLimit,
	vault.ErrPIN, vault.ErrPINBlocked, vault.ErrNeedsSheet, vault.ErrPresence, vault.ErrNotYet, vault.ErrStepUp,
	vault.ErrSecondFactor, vault.ErrSuspended, vault.ErrTextChanged, vault.ErrFrozen,
}

// resultOf tells a refusal from a failure.
func resultOf(err error) audit.Result {
	if err == nil {
		return audit.ResultDone
	}
	if _, invalid := errors.AsType[*vault.InvalidError](err); invalid {
		return audit.ResultRefused
	}
	if _, waits := errors.AsType[*vault.ApprovalError](err); waits {
		return audit.ResultRefused
	}
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return audit.ResultRefused
		}
	}
	return audit.ResultFailed
}

func fromTrail(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, audit.ErrClockBack):
		return fmt.Errorf("%w: %w", vault.ErrClock, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	default:
		return fmt.Errorf("%w: %w", vault.ErrTrail, err)
	}
}

// A detail is what a leaf's sealed details hold: ids, never a title or a name
// (L-54). FORMAT.md says which act sets what.
type detail struct {
	Safe      string   `json:"safe,omitempty"`
	Documents []string `json:"documents,omitempty"`
	Actor     string   `json:"actor,omitempty"`
	Issuer    string   `json:"issuer,omitempty"`
	Subject   string   `json:"subject,omitempty"`
	Session   string   `json:"session,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Seq       uint64   `json:"seq,omitempty"`
	Head      string   `json:"head,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"`
	Way       string   `json:"way,omitempty"`
	Bundle    string   `json:"bundle,omitempty"`
	Text      string   `json:"text,omitempty"`
	Count     uint64   `json:"count,omitempty"`
	Taken     []string `json:"taken,omitempty"`
	Drawer    string   `json:"drawer,omitempty"`
	Agent     string   `json:"agent,omitempty"`
	Function  string   `json:"function,omitempty"`
	Structure string   `json:"structure,omitempty"`
	Consent   string   `json:"consent,omitempty"`
	Purpose   string   `json:"purpose,omitempty"`
	Present   bool     `json:"present,omitempty"`
	Code      string   `json:"code,omitempty"`     // an end reason, a method: never words
	Approver  string   `json:"approver,omitempty"` // the second agent
	Approval  string   `json:"approval,omitempty"` // what waited, or waits, for one
	Address   string   `json:"address,omitempty"`  // its id
	// The agent or the structure that an act is about, beside the one who acts.
	AboutAgent     string `json:"about_agent,omitempty"`
	AboutStructure string `json:"about_structure,omitempty"`
	Replaced       string `json:"replaced,omitempty"` // the agent whom that one replaces
}

// Who acted, in the details.
const (
	actorOwner    = "owner"
	actorVisit    = "visit" // the person, in a counter session
	actorAgent    = "agent"
	actorPartner  = "partner"
	actorStranger = "stranger"
	actorService  = "service"
)

// actorOf says what somebody is to a safe. An agent who ended is a stranger, and
// their id says which.
func actorOf(st consent.Standing) string {
	switch {
	case st.Visit:
		return actorVisit
	case st.Owner:
		return actorOwner
	case st.Partner:
		return actorPartner
	case !st.Agent.ID.IsZero() && st.Agent.State != vault.AgentEnded:
		return actorAgent
	default:
		return actorStranger
	}
}

// functionOf is the function in which somebody acts: the one that a consent was
// given for, else the first that they have; zero for who has none.
func functionOf(st consent.Standing, rests vault.ConsentID) vault.Function {
	for _, g := range st.Grants {
		if g.Consent == rests && !rests.IsZero() {
			return g.Function
		}
	}
	if all := st.Agent.Functions.All(); len(all) > 0 {
		return all[0]
	}
	return 0
}

// describe makes the record of a deed: in the journal of the safe and in the
// actor's own. Of an agent it says which, in which function, and of a counter
// session who vouches: by ids, whose names are looked up by whoever may read
// them (L-54).
func (k *Keeper) describe(d deed, s *safe, st consent.Standing, stage audit.Stage) (audit.Record, error) {
	u := d.who.User()
	n := d.note
	n.Actor, n.Issuer, n.Subject = actorOf(st), u.Issuer(), u.Subject()
	n.Session = fmt.Sprintf("%x", d.who.Session())
	if !d.safe.IsZero() {
		n.Safe = d.safe.String()
	}
	if !d.doc.IsZero() {
		n.Documents = append(n.Documents, d.doc.String())
	}
	switch v, visits := k.guests.get(d.who.Session()); {
	case visits:
		n.Agent = v.agent.String()
	case n.Actor != actorOwner && !st.Agent.ID.IsZero():
		n.Agent, n.Structure = st.Agent.ID.String(), st.Agent.Structure.String()
		n.Present = n.Present || st.Present
		if n.Function == "" {
			n.Function = functionOf(st, vault.ConsentID{}).String()
		}
	}
	raw, err := k.sealDetail(s, n, d.act, stage)
	if err != nil {
		return audit.Record{}, err
	}
	rec := audit.Record{Op: audit.Op(d.act), Subjects: []audit.TagKey{k.actorTag(d.who)}, Detail: raw}
	if !d.structure.IsZero() {
		rec.Subjects = append(rec.Subjects, k.structureTag(d.structure))
	}
	if s != nil {
		rec.Subjects = append(rec.Subjects, s.record().tagKey())
	}
	return rec, nil
}

// rests notes the consent that a permit names: which, in which function it was
// given, and what for.
func (w *warrant) rests(ctx context.Context) {
	id := w.permit.Consent()
	if id.IsZero() {
		return
	}
	k, n := w.keeper, &w.deed.note
	n.Consent, n.Function = id.String(), functionOf(w.standing, id).String()
	if side, ok := k.sideBySide(w.deed.who.Session(), w.deed.safe); ok && side.consent == id {
		n.Purpose, n.Present = string(side.terms.Purpose), true
		return
	}
	n.Purpose = string(k.purposeOf(ctx, w.safe, id))
}

// sealDetail seals a detail under the safe's own journal key, so that erasing
// the key forgets the person; what concerns no safe is the service's.
func (k *Keeper) sealDetail(s *safe, n detail, act vault.Act, stage audit.Stage) ([]byte, error) {
	plain, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	key := k.journal
	if s != nil {
		key = s.record().journal
	}
	raw, err := key.Seal(plain, detailContext(act, stage))
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	return raw, nil
}

func openDetail(key seal.JournalKey, raw []byte, act vault.Act, stage audit.Stage) (n detail, err error) {
	plain, err := key.Open(raw, detailContext(act, stage))
	if err != nil {
		return detail{}, fromSeal(err)
	}
	if err := json.Unmarshal(plain, &n); err != nil {
		return detail{}, fmt.Errorf("detail: %w", err)
	}
	return n, nil
}

func detailContext(act vault.Act, stage audit.Stage) []byte {
	return append(binary.BigEndian.AppendUint16([]byte("coffre/detail/v1"), uint16(act)), byte(stage))
}

// actorTag is the key of the actor's own journal: of a login, or of the counter
// sessions of one person.
func (k *Keeper) actorTag(who session.Principal) audit.TagKey {
	if holder, ok := who.Visit(); ok {
		return audit.TagKey(k.pseudonym("visit/"+vault.SafeID(holder).String(), auth.UserID{}))
	}
	return k.loginTag(who.User())
}

func (k *Keeper) loginTag(u auth.UserID) audit.TagKey {
	return audit.TagKey(k.pseudonym("actor", u))
}

// serviceFact records something that concerns the whole service and stands in
// every journal.
func (k *Keeper) serviceFact(ctx context.Context, act vault.Act, result audit.Result, n detail) error {
	n.Actor = actorService
	raw, err := k.sealDetail(nil, n, act, audit.StageFact)
	if err != nil {
		return err
	}
	_, err = k.trail.Note(ctx, audit.Record{
		Op: audit.Op(act), Subjects: []audit.TagKey{audit.TagKey(k.journal.TagKey())}, Detail: raw,
	}, result)
	return fromTrail(err)
}

// A clock tells whether the machine's time can be believed.
type clock struct {
	base time.Time // with its monotonic reading
}

const (
	maxBehind = 2 * time.Minute
	maxDrift  = time.Hour
)

// check refuses a clock that jumped: more than two minutes behind the last
// record, or more than an hour away from where the monotonic clock says it
// should be. A start begins anew: it is how an operator confirms the clock.
func (c clock) check(last time.Time) error {
	now := time.Now()
	return believable(now, last, now.Round(0).Sub(c.base.Round(0)), now.Sub(c.base))
}

// believable judges the time since the base as the wall clock and as the
// monotonic clock give it.
func believable(now, last time.Time, wall, monotonic time.Duration) error {
	drift := wall - monotonic
	if now.Before(last.Add(-maxBehind)) || drift > maxDrift || drift < -maxDrift {
		return vault.ErrClock
	}
	return nil
}
