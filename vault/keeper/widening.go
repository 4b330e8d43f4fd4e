package keeper

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
)

// WidenConsent adds papers that the text of a live consent covers and its bundle
// has not: they lay elsewhere when it was given, or came later. Only the person's
// own unlocked session does. See [vault.ConsentKeeper].
func (k *Keeper) WidenConsent(ctx context.Context, who session.Principal, act vault.WidenConsent) (vault.Consent, error) {
	note := detail{Consent: act.Consent.String()}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActWidenConsent, safe: act.Safe, note: note})
	if err != nil {
		return vault.Consent{}, err
	}
	ids := inText(act.Documents, vault.DocumentID.String)
	slices.Sort(ids)
	body := mac([]byte("coffre/widen-consent/v1"), append([]string{act.Safe.String(), act.Consent.String()}, ids...)...)
	return k.agreeing(ctx, w, act.Request, body, func(c *change) (agreement, error) {
		if n := len(act.Documents); n == 0 || n > vault.MaxScope {
			return agreement{}, invalid("documents", "de 1 à 200 papiers")
		}
		if !w.safe.live(act.Consent) {
			return agreement{}, vault.ErrNotFound
		}
		a, err := k.termsOf(ctx, w.safe, act.Consent)
		if err != nil {
			return a, err
		}
		if !k.now().Before(a.terms.Until) {
			return a, &vault.EndedError{Consent: a.id, Why: vault.EndedByDate, At: a.terms.Until}
		}
		docs, err := k.widening(ctx, w, a, act.Documents)
		if err != nil {
			return a, err
		}
		b, _ := w.safe.now().Bundle(vault.BundleID(a.id))
		ops, err := k.consentOps(ctx, w.safe.id, a, b.Recipient, docs)
		c.ops = append(c.ops, ops...)
		w.agreed(a)
		w.result.Documents = ids
		return a, err
	})
}

// widening opens the papers that join, with the person's own unlocked session.
func (k *Keeper) widening(ctx context.Context, w *warrant, a agreement, ids []vault.DocumentID) ([]described, error) {
	m, err := k.means(ctx, w, ids...)
	if err != nil {
		return nil, err
	}
	var docs []chain.Document
	in := make([]described, 0, len(ids))
	for d := range w.safe.documents() {
		if !slices.Contains(ids, d.ID) {
			continue
		}
		full, err := m.describe(d)
		if err != nil {
			return nil, err
		}
		if !a.withPieces() || !a.covers(d.ID, papers.Drawer(full.Drawer), papers.Kind(full.Kind)) {
			return nil, invalid("documents", "des papiers dont parle l'accord")
		}
		docs, in = append(docs, d), append(in, described{id: d.ID, description: full})
	}
	if slices.ContainsFunc(ids, func(id vault.DocumentID) bool {
		return !slices.ContainsFunc(in, func(d described) bool { return d.id == id })
	}) {
		return nil, vault.ErrNotFound
	}
	if !a.withKeys() {
		return in, nil
	}
	// Only now: the tasks write into places of in, which must no longer grow.
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, d := range docs {
		g.Go(func() (err error) {
			in[i].key, _, err = m.fileKey(ctx, d)
			return err
		})
	}
	return in, g.Wait()
}
