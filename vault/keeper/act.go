package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// A deed is what somebody is about to try.
type deed struct {
	who  session.Principal
	act  vault.Act
	safe vault.SafeID
	doc  vault.DocumentID
	// address is how the caller named the safe; zero for by its id.
	address vault.AddressID
	note    detail             // what the trail should hold beside who, what and where
	docs    []vault.DocumentID // of an act on several papers at once
	// structure is whose chain the act may write to; zero for none.
	structure vault.StructureID
}

// papers are those that a deed is about.
func (d deed) papers() []vault.DocumentID {
	if d.doc.IsZero() {
		return d.docs
	}
	return []vault.DocumentID{d.doc}
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
	result   detail          // what the outcome's detail will hold
	request  [32]byte        // the request id it reserved; zero for none
	spent    *waiting        // the approval it spent; nil for none
	notebook *vault.Notebook // what a second agent is asked to have seen; nil for none
	queued   atomic.Bool     // what it wants to write is the chain's writer's to end
	over     sync.Once
}

// begin decides a deed and records its intent. A refusal is recorded, and
// answered with its reason. Nothing may be revealed or changed without the
// warrant.
func (k *Keeper) begin(ctx context.Context, d deed) (w *warrant, err error) {
	if err := k.admit(ctx, d.who); err != nil {
		return nil, err
	}
	s, standing, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, standing, err)
	}
	defer func() {
		if w == nil && s != nil {
			k.unpin(s)
		}
	}()
	return k.decide(ctx, d, s, standing)
}

// decide answers a deed of somebody admitted whose standing is known. The
// warrant takes over the pin on s.
func (k *Keeper) decide(ctx context.Context, d deed, s *safe, standing consent.Standing) (*warrant, error) {
	if k.missedTooOften(standing.Partner) {
		return nil, k.refuseFor(ctx, d, s, standing, vault.ErrLimit)
	}
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
	if w.safe != nil && takesAway(w.deed.act) {
		k.markTaking(ctx, w.safe.id)
	}
	if w.pending, err = k.trail.Begin(ctx, rec); err != nil {
		k.gate.leave()
		return nil, fromTrail(err)
	}
	vault.IfBrokenOff(ctx, func() { w.brokeOff(ctx) })
	return w, nil
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

// refuse records a refusal and answers its reason.
func (k *Keeper) refuse(ctx context.Context, d deed, s *safe, st consent.Standing, why consent.Reason) error {
	k.noteRefusal(st.Agent.ID)
	k.noteMiss(st.Partner)
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

// brokeOff ends the warrant of a call that ended in a panic, unless it ended before
// or is the chain's writer's to end: nothing came of it. What takes away holds since
// its intent: that stays open, and the next start finishes it. The safe itself is
// none the worse, for nobody but its chain's writer changes what is in memory of it,
// and a panic there ends the service.
func (w *warrant) brokeOff(ctx context.Context) {
	switch {
	case w.queued.Load():
	case takesAway(w.deed.act) || w.pending.Live() != nil:
		w.leave()
	default:
		if err := w.close(ctx, audit.ResultFailed, detail{Reason: "the call broke off"}); err != nil {
			w.keeper.log.WarnContext(ctx, "that a call broke off is not recorded", slog.Any("error", err))
		}
	}
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
	vault.ErrSecondFactor, vault.ErrSuspended, vault.ErrTextChanged, vault.ErrFrozen, vault.ErrDiscreet, vault.ErrTaken,
	vault.ErrViewed, vault.ErrMemo, vault.ErrHosting, vault.ErrFull, vault.ErrNoRoom,
	vault.ErrTakesPart,
	vault.ErrKitWaits, vault.ErrKitClosed, vault.ErrKitFirst,
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
