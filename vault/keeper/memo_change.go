package keeper

import (
	"context"
	"strconv"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// ChangeMemo changes what a memo says, its secret, or both. See
// [vault.MemoKeeper].
func (k *Keeper) ChangeMemo(ctx context.Context, who session.Principal, act vault.ChangeMemo) error {
	note := detail{}
	if act.Secret != nil {
		note.Code = codeSecret
	} else if act.Unseen {
		note.Code = codeUnseen
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActChangeMemo, safe: act.Safe, doc: act.Document, note: note})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/change-memo/v1"), act.Safe.String(), act.Document.String(),
		strconv.FormatBool(act.Memo != nil), strconv.FormatBool(act.Secret != nil), strconv.FormatBool(act.Tested),
		strconv.FormatBool(act.Label != ""), strconv.FormatBool(act.Unseen))
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{Code: codeAnswered}) // no new secret: who saw it since stays on the list
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, after, err := k.memoChange(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	k.fresh.drop(act.Document)
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		k.sides.forget(act.Safe, act.Document) // nobody knows which secret it has now
		return err
	}
	k.sides.amend(act.Safe, after, w.permit.Consent())
	return nil
}

// memoChange makes the operations that change one memo, and answers what it is
// then: with a file key where the secret is a new one. The caller holds the
// safe's changing lock.
func (k *Keeper) memoChange(ctx context.Context, w *warrant, act vault.ChangeMemo) (*change, described, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, described{}, err
	}
	if act.Unseen && !w.person() {
		return nil, described{}, vault.ErrDenied
	}
	if err := w.safe.settled(); err != nil {
		return nil, described{}, err
	}
	d, err := w.safe.document(act.Document)
	if err != nil {
		return nil, described{}, err
	}
	before, o, err := k.currentDescription(ctx, w, d)
	if err != nil {
		return nil, described{}, err
	}
	today := time.Now().UTC().Format(time.DateOnly)
	slot, err := changedSlot(before, act)
	if err != nil {
		return nil, described{}, err
	}
	after, err := k.changedMemo(before, act, slot, today)
	if err != nil {
		return nil, described{}, err
	}
	if act.Secret != nil || act.Unseen {
		w.result.Slot = slot
	}
	if act.Secret != nil {
		return k.newSecret(ctx, w, act, slot, d, after, today)
	}
	epoch := w.safe.now().Epoch()
	sealed, err := sealDescription(act.Safe, act.Document, after, epoch.Recipient)
	if err != nil {
		return nil, described{}, err
	}
	c := &change{ops: []chain.Op{chain.Describe{Document: act.Document, Epoch: epoch.Number, Description: sealed}}}
	if err := k.moveEntrusted(ctx, w, c, d, o, before, after); err != nil {
		return nil, described{}, err
	}
	return c, described{id: d.ID, description: after}, k.leaveConsents(ctx, w, c, d.ID, &after)
}

// changedSlot is the slot of the secret that changes, and refuses what cannot be.
func changedSlot(d chain.Description, act vault.ChangeMemo) (uint32, error) {
	switch {
	case d.Memo == nil:
		return 0, vault.ErrMemo
	case act.Memo == nil && act.Secret == nil && !act.Tested && !act.Unseen:
		return 0, invalid("memo", "ce qui change")
	case act.Unseen && (act.Secret != nil || act.Memo != nil || act.Tested):
		return 0, invalid("unseen", "rien d'autre avec lui")
	case act.Secret == nil && act.Label != "" && !act.Unseen:
		return 0, invalid("label", "rien, sans le secret qui change")
	case act.Secret == nil && !act.Unseen:
		return passwordSlot, nil
	}
	slot, known, err := slotOf(*d.Memo, act.Label)
	switch {
	case act.Unseen && (err != nil || !known):
		return 0, invalid("label", "le nom d'un secret que ce mémo a")
	case act.Unseen:
		return slot, nil
	}
	text := act.Secret.Reveal()
	switch {
	case err != nil:
		return 0, err
	case !isSecretText(text):
		return 0, errSecretText
	case slot == passwordSlot:
		return slot, nil
	case len(text) == 0 && !known:
		return 0, invalid("label", "le nom d'un secret que ce mémo a")
	case len(text) > 0 && !isOtherSecret(string(text)):
		return 0, errOtherText
	}
	return slot, nil
}

var errOtherText = invalid("secret", "une ligne de 64 octets au plus, quand il a un nom")

// changedMemo applies what was asked to a description.
func (k *Keeper) changedMemo(d chain.Description, act vault.ChangeMemo, slot uint32, today string) (chain.Description, error) {
	memo := *d.Memo
	if act.Memo != nil {
		memo = toMemo(*act.Memo)
		memo.Tested, memo.Changed, memo.Seen, memo.Others, memo.Notebook = d.Memo.Tested, d.Memo.Changed, d.Memo.Seen, d.Memo.Others, d.Memo.Notebook
		title, err := k.titleOf(*act.Memo)
		if err != nil {
			return d, err
		}
		d.Title = title
	}
	if act.Secret != nil {
		put := today
		if act.Secret.IsZero() {
			put = ""
		}
		memo = withSecret(memo, slot, act.Label, put)
	}
	if act.Tested {
		memo.Tested = today
	}
	d.Memo = &memo
	return d, checkDescription(d)
}

// newSecret makes the operations that put a new secret into a memo. The consents
// that showed the old one do not show the new one, but for the one it is changed
// under: whoever typed it knows it.
func (k *Keeper) newSecret(ctx context.Context, w *warrant, act vault.ChangeMemo, slot uint32, d chain.Document, after chain.Description, today string) (*change, described, error) {
	m, err := k.means(ctx, w, d.ID)
	if err != nil {
		return nil, described{}, err
	}
	key, binding, err := m.fileKey(ctx, d)
	if err != nil {
		return nil, described{}, err
	}
	record, err := openRecord(d.Inline, key, binding)
	if err != nil {
		return nil, described{}, err
	}
	epoch := w.safe.now().Epoch()
	content, facts, err := sealRecord(act.Safe, d.ID, record.next(slot, act.Label, *act.Secret, today, depositorOf(w.standing)), epoch)
	if err != nil {
		return nil, described{}, err
	}
	sealed, err := sealDescription(act.Safe, d.ID, after, epoch.Recipient)
	if err != nil {
		return nil, described{}, err
	}
	now := described{d.ID, after, facts.FileKey}
	c := &change{ops: []chain.Op{chain.Reseal{Document: d.ID, Epoch: epoch.Number, Inline: content, Description: sealed}}}
	joined, err := k.joinEntrusted(ctx, w, []described{now})
	if err != nil {
		return nil, described{}, err
	}
	c.ops = append(c.ops, joined...)
	return c, now, k.resealInConsents(ctx, w, c, now)
}

// resealInConsents writes a memo anew into the bundles it is in: with its new
// key into that of the consent the act rests on, without into the others.
func (k *Keeper) resealInConsents(ctx context.Context, w *warrant, c *change, now described) error {
	all, err := k.agreements(ctx, w.safe)
	if err != nil {
		return err
	}
	state := w.safe.now()
	for _, a := range all {
		if !hasPieces(state, vault.BundleID(a.id), []vault.DocumentID{now.id}) {
			continue
		}
		ops, err := k.rewritten(ctx, w.safe, state, a, now.id, func(d described) (described, bool) {
			d.description, d.key = now.description, seal.FileKey{}
			if a.id == w.permit.Consent() {
				d.key = now.key
			}
			return d, a.covers(d.id, papers.Drawer(now.description.Drawer), kindMemo)
		})
		if err != nil {
			return err
		}
		c.ops = append(c.ops, ops...)
	}
	return nil
}
