package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// List answers documents of an unlocked safe. See [vault.Keeper].
func (k *Keeper) List(ctx context.Context, who session.Principal, act vault.List) ([]vault.Document, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActList, safe: act.Safe})
	if err != nil {
		return nil, err
	}
	docs, err := k.list(ctx, w, act)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	if err := w.endLater(audit.ResultDone, detail{Count: uint64(len(docs))}); err != nil {
		return nil, err
	}
	return docs, nil
}

func (k *Keeper) list(ctx context.Context, w *warrant, act vault.List) ([]vault.Document, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, err
	}
	o, ok := k.unlocked.get(w.deed.who.Session(), act.Safe)
	if !ok {
		return nil, vault.ErrLocked
	}
	state, _ := w.safe.now()
	docs := []vault.Document{}
	skip := !act.After.IsZero()
	for d := range state.Documents() {
		if skip {
			skip = d.ID != act.After
			continue
		}
		if len(docs) == act.Limit || ctx.Err() != nil {
			return docs, ctx.Err()
		}
		if _, err := w.safe.document(d.ID); err != nil {
			continue // taken away, its entry is on the way
		}
		full, err := k.describedIn(o, act.Safe, d)
		if err != nil {
			return nil, err
		}
		if doc := w.safe.toDocument(d, full); act.Drawer == "" || doc.Description.Drawer == act.Drawer {
			docs = append(docs, doc)
		}
	}
	if skip {
		return nil, vault.ErrPageToken // the page before ended at a document that is gone
	}
	return docs, nil
}

// Count answers how many documents there are. See [vault.Keeper].
func (k *Keeper) Count(ctx context.Context, who session.Principal, id vault.SafeID) (int, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActCount, safe: id})
	if err != nil {
		return 0, err
	}
	state, _ := w.safe.now()
	n := state.Len() - w.safe.takenDocuments(state)
	return n, w.endLater(audit.ResultDone, detail{})
}
