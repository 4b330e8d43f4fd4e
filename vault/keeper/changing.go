package keeper

import (
	"context"
	"fmt"
	"slices"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Change replaces a description. See [vault.Keeper].
func (k *Keeper) Change(ctx context.Context, who session.Principal, act vault.Change) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: actOf(act), safe: act.Safe, doc: act.Document})
	if err != nil {
		return err
	}
	body := changeBody(act)
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	var renew bool
	defer func() { // when the lock is given back
		if renew {
			k.renewDues(ctx, who, act.Safe)
		}
	}()
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, after, err := k.changeOf(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, struct{}{})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	// What the session remembers of the paper is out of date from here on, and
	// stays so when nobody knows how the change ends.
	k.fresh.amend(who.Session(), act.Safe, act.Document, nil)
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return err
	}
	if w.standing.Deposited {
		k.fresh.amend(who.Session(), act.Safe, act.Document, &after)
	}
	k.sides.amend(act.Safe, described{id: act.Document, description: after}, w.permit.Consent())
	renew = k.reminds(fromDescription(after)) || len(w.safe.current().dues) > 0
	return nil
}

func actOf(c vault.Change) vault.Act {
	switch {
	case c.Title != nil:
		return vault.ActRename
	case c.Drawer != nil:
		return vault.ActMove
	default:
		return vault.ActDescribe
	}
}

func changeBody(c vault.Change) [32]byte {
	title, drawer, all := "", "", ""
	if c.Title != nil {
		title = *c.Title
	}
	if c.Drawer != nil {
		drawer = string(*c.Drawer)
	}
	if c.All != nil {
		all = fmt.Sprintf("%q", []string{c.All.Title, string(c.All.Drawer), string(c.All.Kind), c.All.DocumentDate, c.All.ExpireDate, c.All.Whose, c.All.OriginalPlace})
	}
	return mac([]byte("coffre/change/v1"), c.Safe.String(), c.Document.String(), title, drawer, all)
}

// changeOf makes the operations that describe one document anew, and answers
// the new description. The caller holds the safe's changing lock.
func (k *Keeper) changeOf(ctx context.Context, w *warrant, act vault.Change) (*change, chain.Description, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, chain.Description{}, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, chain.Description{}, err
	}
	d, err := w.safe.document(act.Document)
	if err != nil {
		return nil, chain.Description{}, err
	}
	before, o, err := k.currentDescription(ctx, w, d)
	if err != nil {
		return nil, chain.Description{}, err
	}
	after, err := k.changed(before, act)
	if err != nil {
		return nil, after, err
	}
	epoch := w.safe.now().Epoch()
	sealed, err := sealDescription(act.Safe, act.Document, after, epoch.Recipient)
	if err != nil {
		return nil, after, err
	}
	c := &change{ops: []chain.Op{chain.Describe{Document: act.Document, Epoch: epoch.Number, Description: sealed}}}
	if err := k.moveEntrusted(ctx, w, c, d, o, before, after); err != nil {
		return nil, after, err
	}
	return c, after, k.moveConsents(ctx, w, c, d, o, after)
}

// moveConsents brings the consents in line with a new description: anybody who
// may describe a paper takes it out of those that do not cover it any more; into
// one that says "and what arrives" it goes only by the person's own unlocked
// session, o.
func (k *Keeper) moveConsents(ctx context.Context, w *warrant, c *change, d chain.Document, o *opened, after chain.Description) error {
	if err := k.leaveConsents(ctx, w, c, d.ID, &after); err != nil {
		return err
	}
	all, err := k.agreements(ctx, w.safe)
	if err != nil || o == nil || !slices.ContainsFunc(all, agreement.arrivals) {
		return err
	}
	var key seal.FileKey
	if after.Memo == nil { // a new secret comes into a consent by a wider one only
		if key, _, err = k.fileKey(ctx, o.ids, w.deed.safe, d); err != nil {
			return err
		}
	}
	joined, err := k.joinConsents(ctx, w, []described{{d.ID, after, key}})
	c.ops = append(c.ops, joined...)
	return err
}

func (a agreement) arrivals() bool { return a.terms.Arrivals == vault.ArrivalsToo }

// moveEntrusted brings the bundles of entrusted drawers in line with a new
// description. Anybody who may describe a paper takes it out of a drawer; into
// one it goes only by the person's own unlocked session, o.
func (k *Keeper) moveEntrusted(ctx context.Context, w *warrant, c *change, d chain.Document, o *opened, before, after chain.Description) error {
	record := w.safe.current()
	from, wasIn := record.drawer(papers.Drawer(before.Drawer))
	to, isIn := record.drawer(papers.Drawer(after.Drawer))
	moved := before.Drawer != after.Drawer
	arrived := described{id: d.ID, description: after}
	var err error
	switch {
	case !isIn || moved && o == nil:
	case o != nil:
		arrived.key, _, err = k.fileKey(ctx, o.ids, w.deed.safe, d)
	default: // described by its depositor, where it lies
		arrived.key, err = k.pieceKey(ctx, w, to, d)
	}
	if err != nil {
		return err
	}
	joined, err := k.joinEntrusted(ctx, w, []described{arrived}) // without a key it joins none
	if err != nil {
		return err
	}
	c.ops = append(c.ops, joined...)
	if !wasIn || !moved {
		return nil
	}
	return k.leaveEntrusted(ctx, w, c, from.drawer, d.ID)
}

// currentDescription opens what is known of a document: with the piece of the
// consent that the decision rests on, with the person's unlocked identity, which
// is answered too, or from the memory of the session that deposited it.
func (k *Keeper) currentDescription(ctx context.Context, w *warrant, d chain.Document) (chain.Description, *opened, error) {
	if !w.permit.Consent().IsZero() {
		m, err := k.means(ctx, w, d.ID)
		if err != nil {
			return chain.Description{}, nil, err
		}
		full, err := m.describe(d)
		return full, nil, err
	}
	if o, ok := k.exerciseMeans(w); ok {
		full, err := k.describedIn(o, w.deed.safe, d)
		return full, o, err
	}
	if o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe); ok && w.standing.Owner && o.reach() == vault.ReachAll {
		full, err := k.describedIn(o, w.deed.safe, d)
		return full, o, err
	}
	if full, ok := k.fresh.get(w.deed.who.Session(), w.deed.safe, d.ID); ok {
		return full, nil, nil
	}
	return chain.Description{}, nil, vault.ErrLocked
}

// changed applies what was asked to a description.
func (k *Keeper) changed(d chain.Description, act vault.Change) (chain.Description, error) {
	switch {
	case act.Title != nil:
		d.Title = *act.Title
	case act.Drawer != nil:
		if _, err := k.kinds.DrawerInfo(*act.Drawer); err != nil {
			return d, &vault.InvalidError{Field: "drawer", Rule: "un tiroir du catalogue"}
		}
		d.Drawer = string(*act.Drawer)
	case act.All != nil:
		drawer, err := k.drawer(*act.All)
		if err != nil {
			return d, err
		}
		n := toChain(*act.All)
		d.Title, d.Kind, d.Drawer = n.Title, n.Kind, string(drawer)
		d.DocumentDate, d.Expires, d.Whose, d.Original = n.DocumentDate, n.Expires, n.Whose, n.Original
		if d.Title == "" {
			d.Title = d.FileName
		}
	default:
		return d, &vault.InvalidError{Field: "description", Rule: "ce qui change"}
	}
	return d, nil
}

// Destroy makes a document unreadable for good. It takes away: from the moment
// its intent is on disk the document is gone, whatever the bucket says. See
// [vault.Keeper].
func (k *Keeper) Destroy(ctx context.Context, who session.Principal, act vault.Destroy) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDestroy, safe: act.Safe, doc: act.Document})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/destroy/v1"), act.Safe.String(), act.Document.String())
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if _, err := w.safe.document(act.Document); err != nil {
		return w.end(ctx, err, detail{})
	}
	c := &change{takes: &taking{document: act.Document}}
	c.failed = func() { w.safe.unhold(c.takes) }
	w.safe.hold(c.takes)
	k.fresh.drop(act.Document)
	var renew bool
	defer func() { // when the lock is given back
		if renew {
			k.renewDues(ctx, who, act.Safe)
		}
	}()
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	k.leaveAll(ctx, w, c, act.Document)
	c.along = true
	if c.answer, err = w.newAnswer(act.Request, body, struct{}{}); err != nil {
		c.failed()
		return w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return err
	}
	renew = len(w.safe.current().dues) > 0
	return nil
}
