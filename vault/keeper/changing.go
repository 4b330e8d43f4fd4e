package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
)

// Change replaces a description. See [vault.Keeper].
func (k *Keeper) Change(ctx context.Context, who session.Principal, act vault.Change) error {
	w, err := k.begin(ctx, deed{who: who, act: actOf(act), safe: act.Safe, doc: act.Document})
	if err != nil {
		return err
	}
	body := changeBody(act)
	if found, err := k.answered(who, w.deed.act, act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, err := k.changeOf(ctx, w, act)
	if err == nil {
		c.answer, err = k.newAnswer(who, w.deed.act, act.Request, body, struct{}{})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	k.fresh.drop(act.Document)
	return k.settle(ctx, w, w.safe, c)
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

// changeOf makes the operations that describe one document anew.
func (k *Keeper) changeOf(ctx context.Context, w *warrant, act vault.Change) (*change, error) {
	d, err := w.safe.document(act.Document)
	if err != nil {
		return nil, err
	}
	before, o, err := k.currentDescription(w, d)
	if err != nil {
		return nil, err
	}
	after, err := k.changed(before, act)
	if err != nil {
		return nil, err
	}
	state, _ := w.safe.now()
	sealed, err := sealDescription(act.Safe, act.Document, after, state.Epoch().Recipient)
	if err != nil {
		return nil, err
	}
	c := &change{ops: []chain.Op{chain.Describe{Document: act.Document, Epoch: state.Epoch().Number, Description: sealed}}}
	_, from := w.safe.current().drawer(papers.Drawer(before.Drawer))
	to, into := w.safe.current().drawer(papers.Drawer(after.Drawer))
	if from && before.Drawer != after.Drawer {
		return c, k.leaveEntrusted(ctx, w, c, papers.Drawer(before.Drawer), act.Document)
	}
	if !into {
		return c, nil
	}
	if before.Drawer != after.Drawer && o == nil {
		return c, nil // only the person's own unlocked session widens what is entrusted
	}
	arrived := described{id: act.Document, description: after}
	if arrived.key, err = k.pieceKey(ctx, w, o, to, d); err != nil {
		return nil, err
	}
	joined, err := k.joinEntrusted(ctx, w, []described{arrived})
	c.ops = append(c.ops, joined...)
	return c, err
}

// currentDescription opens what is known of a document: with the unlocked
// safe's identity, or from the memory of the session that deposited it.
func (k *Keeper) currentDescription(w *warrant, d chain.Document) (chain.Description, *opened, error) {
	if o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe); ok && w.standing.Owner {
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
	note := detail{Taken: []string{act.Document.String()}}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDestroy, safe: act.Safe, doc: act.Document, note: note})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/destroy/v1"), act.Safe.String(), act.Document.String())
	if found, err := k.answered(who, vault.ActDestroy, act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if _, err := w.safe.document(act.Document); err != nil {
		return w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c := &change{ops: []chain.Op{chain.Destroy{Document: act.Document}}, takes: [][16]byte{act.Document}}
	k.leaveAll(ctx, w, c, act.Document)
	if c.answer, err = k.newAnswer(who, vault.ActDestroy, act.Request, body, struct{}{}); err != nil {
		return w.end(ctx, err, detail{})
	}
	k.fresh.drop(act.Document)
	return k.settle(ctx, w, w.safe, c)
}
