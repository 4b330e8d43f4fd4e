package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// List answers the documents of a safe that the caller's means reach. See [vault.Keeper].
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
	if err := checkPage(act.Limit); err != nil {
		return nil, err
	}
	all, err := k.allMeans(ctx, w)
	if err != nil {
		return nil, err
	}
	docs, in := []vault.Document{}, w.safe.entrustedNow()
	skip := !act.After.IsZero()
	for d := range w.safe.documents() {
		if skip {
			skip = d.ID != act.After
			continue
		}
		if len(docs) == act.Limit || ctx.Err() != nil {
			return docs, ctx.Err()
		}
		full, ok, err := inReach(all, d)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if doc := toDocument(d, full, in); act.Drawer == "" || doc.Description.Drawer == act.Drawer {
			docs = append(docs, doc)
		}
	}
	if skip {
		return nil, vault.ErrPageToken // the page before ended at a document that is gone
	}
	return docs, nil
}

// checkPage bounds how much one call answers.
func checkPage(limit int) error {
	if limit < 1 || limit > vault.MaxPage {
		return &vault.InvalidError{Field: "page_size", Rule: "de 1 à 1000"}
	}
	return nil
}

// Count answers how many documents there are. See [vault.Keeper].
func (k *Keeper) Count(ctx context.Context, who session.Principal, id vault.SafeID) (int, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActCount, safe: id})
	if err != nil {
		return 0, err
	}
	n := 0
	for range w.safe.documents() {
		n++
	}
	return n, w.endLater(audit.ResultDone, detail{})
}
