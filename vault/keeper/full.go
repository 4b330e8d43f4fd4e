package keeper

import (
	"sync"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
)

// leastTaken is what a paper counts for at least, in bytes: small ones and memos lie
// in entries, and their number is bounded like this. An entry counts for as much: the
// description and the pieces that came with it, or the secret that a memo had before.
const leastTaken = 4 << 10

// onTheWay are the papers that found room in a safe and are not in its chain yet:
// from there until their entry counts, or never will. Its lock is the last one taken.
type onTheWay struct {
	mu sync.Mutex
	to map[vault.SafeID]map[vault.DocumentID]int64
}

// findRoom lets papers of at most this size each into a safe, all or none: what it
// holds, its entries, and what others have on the way to it count, so that many
// deposits at once do not get past the bound that each alone keeps to. What changes a
// paper, or a memo, is never refused for room; its entry counts for the next deposit.
func (k *Keeper) findRoom(w *warrant, size int64, docs ...vault.DocumentID) error {
	size = max(size, leastTaken)
	w.safe.mu.Lock() // before the other one, as where an entry lands
	defer w.safe.mu.Unlock()
	k.onTheWay.mu.Lock()
	defer k.onTheWay.mu.Unlock()
	way, state := k.onTheWay.to[w.deed.safe], w.safe.state
	sum := int64(len(docs))*size + int64(min(state.Seq(), 1<<40))*leastTaken
	for d := range state.Documents() {
		sum += max(d.Stored.Size, leastTaken)
	}
	for _, size := range way {
		sum += size
	}
	switch {
	case sum <= k.most:
	case w.person():
		return vault.ErrFull
	default:
		return vault.ErrNoRoom
	}
	if way == nil {
		way = map[vault.DocumentID]int64{}
		k.onTheWay.to[w.deed.safe] = way
	}
	for _, doc := range docs {
		way[doc] = size
	}
	return nil
}

// forget ends what is on the way: it arrived, or never will.
func (o *onTheWay) forget(safe vault.SafeID, docs ...vault.DocumentID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, doc := range docs {
		delete(o.to[safe], doc)
	}
	if len(o.to[safe]) == 0 {
		delete(o.to, safe)
	}
}

// documents are those that found a place.
func (t *ticket) documents() (ids []vault.DocumentID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.slots {
		ids = append(ids, p.slot.Document)
	}
	return ids
}

// cleared ends a deposit that was never handed to the chain's writer: what was stored
// for it goes at once, so that whoever begins and does not end takes no room for a day.
// What is stored later still, the sweeper takes.
func (k *Keeper) cleared(t *ticket) {
	k.onTheWay.forget(t.warrant.deed.safe, t.documents()...)
	t.mu.Lock()
	defer t.mu.Unlock()
	var keys []storage.Key
	for _, p := range t.slots {
		keys = append(keys, p.slot.Key)
	}
	k.discard(keys, nil)
}
