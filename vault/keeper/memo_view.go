package keeper

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// A view is a secret that may be seen once. It stays known for a while after
// that, so that a second time is found out.
type view struct {
	warrant *warrant
	slot    uint32 // which secret
	former  bool   // and the one before it
	until   time.Time
	since   time.Time

	mu    sync.Mutex
	used  bool
	shown bool // the secret was answered
}

func (v *view) show() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shown = true
}

func (v *view) wasShown() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shown
}

// use answers true to the first caller, and says who may still be the first.
func (v *view) use() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	was := v.used
	v.used = true
	return !was
}

// viewsKept is how long a view that was seen is remembered.
const viewsKept = 10 * time.Minute

// OpenMemo records why a secret is about to be seen. See [vault.MemoKeeper].
func (k *Keeper) OpenMemo(ctx context.Context, who session.Principal, act vault.OpenMemo) (vault.View, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActReveal, safe: act.Safe, doc: act.Document, note: detail{Why: act.Reason}})
	if err != nil {
		return vault.View{}, err
	}
	if !plainText(act.Reason, 0, vault.MaxReason) || act.Reason == "" && !w.person() { // L-72
		return vault.View{}, w.end(ctx, invalid("reason", "pourquoi, en 500 caractères au plus"), detail{})
	}
	slot, err := k.slotInReach(ctx, w, act.Label)
	if err != nil {
		return vault.View{}, w.end(ctx, err, detail{})
	}
	v := &view{warrant: w, slot: slot, former: act.Former, since: time.Now(), until: time.Now().Add(vault.ViewTime)}
	id, err := k.views.put(who.Session(), v)
	if err != nil {
		return vault.View{}, w.end(ctx, err, detail{})
	}
	return vault.View{ID: vault.ViewID(id), Until: v.until}, nil
}

// ViewMemo shows the secret of a view. See [vault.MemoKeeper].
func (k *Keeper) ViewMemo(ctx context.Context, who session.Principal, id vault.ViewID) (vault.MemoSecret, error) {
	if err := k.admit(ctx, who); err != nil {
		return vault.MemoSecret{}, err
	}
	v, ok := k.views.get(vault.ReleaseID(id))
	switch {
	case !ok || v.warrant.deed.who.Session() != who.Session():
		return vault.MemoSecret{}, k.noView(ctx, who)
	case !v.use():
		return vault.MemoSecret{}, k.viewedTwice(ctx, v)
	}
	w := v.warrant
	if !time.Now().Before(v.until) {
		return vault.MemoSecret{}, w.end(ctx, vault.ErrViewed, detail{})
	}
	shown, err := k.showSecret(ctx, vault.ReleaseID(id), v)
	if err != nil {
		return vault.MemoSecret{}, w.end(ctx, err, detail{})
	}
	v.show()
	if err := w.endLater(audit.ResultDone, detail{Slot: v.slot}); err != nil {
		return vault.MemoSecret{}, err
	}
	return shown, nil
}

// noView refuses a view that there is not, or not here: it names no safe.
func (k *Keeper) noView(ctx context.Context, who session.Principal) error {
	st, err := k.anywhere(who)
	if err != nil {
		return err
	}
	return k.refuse(ctx, deed{who: who, act: vault.ActReveal}, nil, st, consent.Unknown)
}

// viewedTwice refuses a view that is over. Of one whose secret was seen it says so
// where it is read: in the person's journal, and of an agent to the access
// managers. Whoever came too late, or met a bucket that was down, is accused of
// nothing.
func (k *Keeper) viewedTwice(ctx context.Context, v *view) error {
	w := v.warrant
	d := deed{who: w.deed.who, act: vault.ActReveal, safe: w.deed.safe, doc: w.deed.doc}
	if v.wasShown() {
		d.note.Code = codeSecondView
	}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return k.failed(ctx, d, st, err)
	}
	if s != nil {
		defer k.unpin(s)
	}
	if agent := st.Agent.ID; v.wasShown() && !agent.IsZero() && !st.Owner {
		k.anomaly(agent, vault.AnomalySecondView)
	}
	return k.refuseFor(ctx, d, s, st, vault.ErrViewed)
}

// codeSecondView is what the trail says of a view that was asked for again.
const codeSecondView = "second-view"

// showSecret opens one secret under a lease, like a paper that is read: what
// takes the right away waits for it, and nothing is opened after that was
// answered.
func (k *Keeper) showSecret(ctx context.Context, lent vault.ReleaseID, v *view) (vault.MemoSecret, error) {
	w := v.warrant
	until := k.leases.put(lent, w)
	defer k.leases.giveBack(lent)
	if _, err := k.decideAgain(ctx, w); err != nil {
		return vault.MemoSecret{}, err
	}
	d, err := w.safe.document(w.deed.doc) // before its key is: a change in between is then seen
	if err != nil {
		return vault.MemoSecret{}, err
	}
	m, memo, err := k.memoInReach(ctx, w)
	if err != nil {
		return vault.MemoSecret{}, err
	}
	key, binding, err := m.fileKey(ctx, d)
	if err != nil {
		return vault.MemoSecret{}, err
	}
	record, err := openRecord(d.Inline, key, binding)
	if now, gone := w.safe.document(d.ID); err != nil && gone == nil && !bytes.Equal(now.Inline, d.Inline) {
		err = fmt.Errorf("%w: the memo is being changed", vault.ErrUnavailable)
	}
	if err != nil {
		return vault.MemoSecret{}, err
	}
	if !time.Now().Before(until) {
		k.leases.put(lent, w)
		if _, err := k.decideAgain(ctx, w); err != nil {
			return vault.MemoSecret{}, err
		}
	}
	k.fresh.drop(d.ID)
	return record.shown(*memo, v.slot, v.former), nil
}

// memoInReach answers what a deed on a memo opens it with, and what the memo says;
// a paper is [vault.ErrMemo].
func (k *Keeper) memoInReach(ctx context.Context, w *warrant) (means, *vault.Memo, error) {
	if err := w.check(w.deed.safe); err != nil {
		return means{}, nil, err
	}
	d, err := w.safe.document(w.deed.doc)
	if err != nil {
		return means{}, nil, err
	}
	m, err := k.means(ctx, w, d.ID)
	if err != nil {
		return means{}, nil, err
	}
	full, err := m.describe(d)
	if err == nil && full.Memo == nil {
		err = vault.ErrMemo
	}
	return m, fromMemo(full.Memo), err
}

// slotInReach answers the slot of the secret that a deed on a memo is about; one
// that the memo does not have is [vault.ErrNotFound].
func (k *Keeper) slotInReach(ctx context.Context, w *warrant, label string) (uint32, error) {
	d, err := w.safe.document(w.deed.doc)
	if err != nil {
		return 0, err
	}
	m, _, err := k.memoInReach(ctx, w)
	if err != nil {
		return 0, err
	}
	full, err := m.describe(d)
	if err != nil {
		return 0, err
	}
	slot, known, err := slotOf(*full.Memo, label)
	if err != nil || !known {
		return 0, vault.ErrNotFound
	}
	return slot, nil
}

// expireViews ends views that nobody came to see, and forgets old ones.
func (k *Keeper) expireViews(now time.Time) {
	for id, e := range k.views.all() {
		v := e.value
		if now.After(v.until) && v.use() {
			k.giveUp(v.warrant, "expired")
		}
		if now.Sub(v.since) >= viewsKept {
			k.views.take(id)
		}
	}
}

// endViews ends what was not seen: the keeper stops.
func (k *Keeper) endViews() {
	for _, e := range k.views.all() {
		if e.value.use() {
			k.giveUp(e.value.warrant, "the keeper stops")
		}
	}
}
