package keeper

import (
	"context"
	"fmt"
	"slices"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
)

// An origin is by what right papers were deposited at an address; the zero
// origin is of a deposit that names its safe.
type origin struct {
	address   vault.AddressID
	partner   vault.AgentID     // the partner program; zero for an agent
	structure vault.StructureID // that answers for it
}

// origin says by what right a deposit is made.
func (k *Keeper) origin(w *warrant) origin {
	o := origin{address: w.deed.address}
	if f, ok := k.partnerBy(w.standing.Partner); ok && !o.address.IsZero() {
		o.partner, o.structure = f.id, f.structure
	}
	return o
}

// stops reports whether a taking ends the right by which papers were deposited.
func (t *taking) stops(o origin) bool {
	if o.address.IsZero() {
		return false
	}
	return o.address == t.address || (serviceRecord{shutOut: []shutOut{t.shutOut}}).shuts(o.partner, o.structure)
}

// beginTaking is begin for what ends a right to deposit. Which papers are being
// written by that right is looked at, and stopped, before the intent, which names
// them: of an entry that a crash leaves in doubt the start after it knows that
// its papers go. The caller ends what it held when nothing comes of it.
func (k *Keeper) beginTaking(ctx context.Context, d deed, t *taking) (w *warrant, err error) {
	if err := k.admit(ctx, d.who); err != nil {
		return nil, err
	}
	s, st, err := k.standing(ctx, d)
	if err != nil {
		return nil, k.failed(ctx, d, st, err)
	}
	defer func() {
		if w == nil && s != nil { // no intent says so
			s.unhold(t)
			k.unpin(s)
		}
	}()
	if _, why := consent.Decide(d.who, st, d.request()); s != nil && why == 0 {
		s.holdArriving(t)
		for _, id := range t.arriving {
			d.note.Documents = append(d.note.Documents, id.String())
		}
	}
	return k.decide(ctx, d, s, st)
}

// holdArriving makes a taking count, and the end of every paper whose entry is on
// its way by the right that it ends. What waits behind that entry is refused when
// its turn comes.
func (s *safe) holdArriving(t *taking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.flight {
		if !t.stops(c.origin) {
			continue
		}
		for _, op := range c.ops {
			if add, ok := op.(chain.AddDocument); ok {
				t.arriving = append(t.arriving, add.Document)
			}
		}
	}
	s.takes[t], t.tried = true, make(chan struct{})
}

// is says whether something comes of a taking; the first word counts. The caller
// holds the lock of its chain.
func (t *taking) is(so bool) {
	if t.tried == nil || isClosed(t.tried) {
		return
	}
	t.void = !so
	close(t.tried)
}

// verdict is what a change is answered whose entry landed while these takings
// stopped it: that it came too late, unless nothing came of any of them.
func (s *chained[S]) verdict(k *Keeper, by []*taking) error {
	for _, t := range by {
		if t.tried != nil {
			select {
			case <-t.tried:
			case <-k.closing.Done():
				return fmt.Errorf("%w: %w: the keeper stops", vault.ErrUnavailable, storage.ErrUndecided)
			}
		}
		s.mu.Lock()
		void := t.void
		s.mu.Unlock()
		if !void {
			return vault.ErrNotFound
		}
	}
	return nil
}

// dropArriving forgets what a depositor's session remembers of such papers.
func (k *Keeper) dropArriving(t *taking) {
	for _, id := range t.arriving {
		k.fresh.drop(id)
	}
}

// takenPapers reads which papers an intent says were on their way.
func takenPapers(p *idParser, all []string) (ids []vault.DocumentID) {
	for _, id := range all {
		ids = append(ids, parseID(p, id, vault.ParseDocumentID))
	}
	return ids
}

// destroys reports whether a taking ends a document.
func (t *taking) destroys(id vault.DocumentID) bool {
	return t.document == id || slices.Contains(t.arriving, id)
}

// stoppedBy are the takings that end the right by which a change brings papers.
// The caller holds mu.
func (s *chained[S]) stoppedBy(c *change) (by []*taking) {
	for t := range s.takes {
		if t.stops(c.origin) {
			by = append(by, t)
		}
	}
	return by
}
