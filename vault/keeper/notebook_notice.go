package keeper

import (
	"context"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// fromNotebooksOf tells the person which of their passwords stood in an office
// notebook and are still the same, by notebook. Which notebook that was is sealed in
// the memos: nobody else can put a person and a notebook together, so a reader whose
// keys open nothing is told nothing.
func (k *Keeper) fromNotebooksOf(ctx context.Context, w *warrant) (all []vault.Notice) {
	m, err := k.means(ctx, w)
	if err != nil {
		return nil
	}
	at := map[vault.NotebookID]int{}
	for d := range w.safe.documents() {
		full, err := m.describe(d)
		if err != nil || full.Memo == nil || !stoodInNotebook(*full.Memo) {
			continue
		}
		id := full.Memo.Notebook
		i, known := at[id]
		if !known {
			i = len(all)
			at[id], all = i, append(all, vault.Notice{Kind: vault.NoticeNotebook, Until: k.destroyed(id)})
		}
		all[i].Documents = append(all[i].Documents, vault.Named{ID: d.ID})
		if d.Time.After(all[i].At) {
			all[i].At = d.Time
		}
	}
	return all
}

// stoodInNotebook reports whether a secret of a memo was in an office notebook and
// was not changed since.
func stoodInNotebook(m chain.Memo) bool {
	return m.Seen || slices.ContainsFunc(m.Others, func(o chain.MemoSecret) bool { return o.Seen })
}

// destroyed is the day on which a notebook was destroyed, whichever structure
// signed it; zero where nobody did.
func (k *Keeper) destroyed(id vault.NotebookID) time.Time {
	if id.IsZero() {
		return time.Time{}
	}
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	for _, s := range k.roster.structures {
		for _, n := range s.record.notebooks {
			if n.ID != id {
				continue
			}
			if day, err := time.Parse(time.DateOnly, n.Day); err == nil {
				return day
			}
		}
	}
	return time.Time{}
}
