package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// Copies lists the copies of a digital passport. See [vault.PassportKeeper].
func (k *Keeper) Copies(ctx context.Context, who session.Principal, safe vault.SafeID) ([]vault.Copy, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActListCopies, safe: safe})
	if err != nil {
		return nil, err
	}
	all, err := k.copies(ctx, w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

func (k *Keeper) copies(ctx context.Context, w *warrant) ([]vault.Copy, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	r := w.safe.current()
	memos, err := k.copiedMemos(ctx, w)
	if err != nil {
		return nil, err
	}
	all := make([]vault.Copy, len(r.passport.copies))
	for i, c := range r.passport.copies {
		all[i] = vault.Copy{
			Number: vault.CopyNumber{Passport: r.passport.number, Copy: c.number}, Form: c.form, Since: c.since, By: c.by, Lost: c.lost,
		}
		if !r.discreet() {
			all[i].ByName, _ = k.agentName(c.by)
		}
		if !w.person() {
			continue // that there is a copy, and nothing of what stands on it
		}
		all[i].Memos = memos(c)
	}
	return all, nil
}

// copiedMemos answers what tells what stood on a copy, with what the person's own
// keys show of it today.
func (k *Keeper) copiedMemos(ctx context.Context, w *warrant) (func(passportCopy) []vault.CopiedMemo, error) {
	r := w.safe.record()
	lines, err := k.linesOf(ctx, r.tagKey(), r.journal)
	if err != nil {
		return nil, err
	}
	put := putsOf(lines)
	m, lockedOut := k.means(ctx, w) // the list is without names then
	return func(c passportCopy) []vault.CopiedMemo {
		all := make([]vault.CopiedMemo, len(c.memos))
		for i, on := range c.memos {
			all[i] = vault.CopiedMemo{Document: on.document, Discloses: on.discloses, Codes: len(on.others) > 0, Changed: put.changed(on, c)}
			d, gone := w.safe.document(on.document)
			if gone != nil || lockedOut != nil {
				continue
			}
			if full, err := m.describe(d); err == nil && full.Memo != nil {
				all[i].Memo = *fromMemo(full.Memo)
			}
		}
		return all
	}, nil
}

// LoseCopy takes a copy away. See [vault.PassportKeeper].
func (k *Keeper) LoseCopy(ctx context.Context, who session.Principal, act vault.LoseCopy) (vault.LostCopy, error) {
	t := &taking{copy: act.Copy, by: time.Now()}
	w, err := k.beginLoss(ctx, who, act, t)
	if err != nil {
		return vault.LostCopy{}, err
	}
	body := mac([]byte("coffre/lose-copy/v1"), act.Safe.String(), number(uint64(act.Copy)), act.Word.String())
	found, err := w.answered(act.Request, body, &struct{}{})
	var lost vault.LostCopy
	if err == nil {
		lost, err = k.lostCopy(context.WithoutCancel(ctx), w, act.Copy) // the intent is on disk: whoever goes away now stops nothing
	}
	over := err == nil && !w.safe.misses(act.Copy)
	if found || err != nil || over {
		w.safe.unhold(t)
		return lost, w.end(ctx, err, detail{})
	}
	return lost, k.take(ctx, w, act.Request, body, t, func() { k.dropArriving(t) })
}

// misses reports whether a copy is not yet written as lost.
func (s *safe) misses(number int) bool {
	c, there := s.record().passport.copyOf(number)
	return there && c.lost.IsZero()
}

// beginLoss is begin for a copy that is lost: its address, and which papers are
// being written there, are looked up before the intent, which names them.
func (k *Keeper) beginLoss(ctx context.Context, who session.Principal, act vault.LoseCopy, t *taking) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: vault.ActLoseCopy, safe: act.Safe, note: detail{Copy: uint64(act.Copy), Word: act.Word.String()}}
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
		c, _ := s.record().passport.copyOf(act.Copy)
		t.address, d.note.Address = c.address, idText(c.address)
		s.holdArriving(t)
		for _, id := range t.arriving {
			d.note.Documents = append(d.note.Documents, id.String())
		}
	}
	w, err := k.decide(ctx, d, s, st)
	if err != nil && s != nil {
		s.unhold(t)
		k.unpin(s)
	}
	return w, err
}

// lostCopy answers what is to be done about a copy: to the person alone.
func (k *Keeper) lostCopy(ctx context.Context, w *warrant, number int) (vault.LostCopy, error) {
	if err := w.check(w.deed.safe); err != nil {
		return vault.LostCopy{}, err
	}
	r := w.safe.record()
	c, there := r.passport.copyOf(number)
	if !there {
		return vault.LostCopy{}, vault.ErrNotFound
	}
	lost := vault.LostCopy{Number: vault.CopyNumber{Passport: r.passport.number, Copy: number}, Discretion: shownAs(r)}
	if !w.person() {
		return lost, nil
	}
	if !r.discreet() {
		lost.Structure = k.structureName(r.home)
	}
	memos, err := k.copiedMemos(ctx, w)
	if err != nil {
		return vault.LostCopy{}, err
	}
	lost.Memos = memos(c)
	return lost, nil
}

// lose gives the record without the address of a copy, which is lost from an
// instant on, and whether that is anything.
func (r serviceRecord) lose(number int, at time.Time) (serviceRecord, bool) {
	i, there := r.passport.place(number)
	if !there || !r.passport.copies[i].lost.IsZero() {
		return r, false
	}
	r.passport.copies = slices.Clone(r.passport.copies)
	r.passport.copies[i].lost = at.UTC().Truncate(time.Second)
	gone := r.passport.copies[i].address
	r.addresses = slices.DeleteFunc(slices.Clone(r.addresses), func(a address) bool { return a.id == gone && !gone.IsZero() })
	return r, true
}

// lostSlots says which secrets of one memo are on a lost copy.
type lostSlots [vault.MaxOthers + 1]bool

// any reports whether one of them is; of a memo that cannot be read nobody knows
// which it has.
func (l lostSlots) any() bool { return slices.Contains(l[:], true) }

// of is any for the secrets that a memo has.
func (l lostSlots) of(m *chain.Memo) bool {
	return l[passwordSlot] && m.Changed != "" || slices.ContainsFunc(m.Others, func(o chain.MemoSecret) bool { return l[o.Slot] })
}

// lostSecrets are the secrets that stand on a lost copy and were not changed since
// that was printed.
func (p passport) lostSecrets(put puts) map[vault.DocumentID]lostSlots {
	all := map[vault.DocumentID]lostSlots{}
	for _, c := range p.copies {
		if c.lost.IsZero() {
			continue
		}
		for _, m := range c.memos {
			lost := all[m.document]
			for _, slot := range m.slots() {
				lost[slot] = lost[slot] || !put.since(m.document, slot, c)
			}
			all[m.document] = lost
		}
	}
	return all
}
