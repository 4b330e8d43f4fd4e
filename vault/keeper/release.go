package keeper

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A release is a file key that is out, or an inspection under way.
type release struct {
	warrant *warrant
	used    atomic.Int64 // when its caller last asked, in Unix seconds
	stopped fault        // why it does not hold any more
}

// releaseIdle is how long a release waits for its caller to ask again: longer
// than any chunk takes, so that only what was forgotten runs out.
const releaseIdle = 10 * time.Minute

func (r *release) use()               { r.used.Store(time.Now().Unix()) }
func (r *release) lastUse() time.Time { return time.Unix(r.used.Load(), 0) }

// hand puts a release under way and answers its id.
func (k *Keeper) hand(w *warrant) (vault.ReleaseID, error) {
	r := &release{warrant: w}
	r.use()
	return k.releases.put(w.deed.who.Session(), r)
}

// Release answers the file key of one document. No key leaves here once what
// ended the right to it was answered, however long its header was on its way. See
// [vault.Keeper].
func (k *Keeper) Release(ctx context.Context, who session.Principal, id vault.SafeID, doc vault.DocumentID) (vault.Release, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRead, safe: id, doc: doc})
	if err != nil {
		return vault.Release{}, err
	}
	rel, err := k.release(ctx, w)
	if err == nil {
		rel.ID, err = k.hand(w)
	}
	if err != nil {
		return vault.Release{}, w.end(ctx, err, detail{})
	}
	if _, err := k.Continue(ctx, rel.ID); err != nil {
		if _, ok := k.releases.take(rel.ID); ok { // else a stop of the keeper ended it
			err = w.end(ctx, err, detail{})
		}
		return vault.Release{}, err
	}
	defer k.GiveBack(rel.ID)
	k.fresh.drop(doc) // it was read: no longer the depositor's to take back
	return rel, nil
}

// release answers the key of one object, from what the decision rests on and
// nothing else. The identity behind it stays here.
func (k *Keeper) release(ctx context.Context, w *warrant) (vault.Release, error) {
	if err := w.check(w.deed.safe); err != nil {
		return vault.Release{}, err
	}
	d, err := w.safe.document(w.deed.doc)
	if err != nil {
		return vault.Release{}, err
	}
	m, err := k.means(ctx, w, d.ID)
	if err != nil {
		return vault.Release{}, err
	}
	full, err := m.describe(d)
	if err != nil {
		return vault.Release{}, err
	}
	if full.Memo != nil { // shown by a view: once, with its reason
		return vault.Release{}, vault.ErrMemo
	}
	key, binding, err := m.fileKey(ctx, d)
	if err != nil {
		return vault.Release{}, err
	}
	return vault.Release{
		Document: toDocument(d, full, w.safe.entrustedNow()), Key: objectKey(w.deed.safe, d.Object),
		Inline: d.Inline, Stored: d.Stored, FileKey: key, Binding: binding,
	}, nil
}

// fileKey opens the header of one document's content.
func (k *Keeper) fileKey(ctx context.Context, ids identities, safe vault.SafeID, d chain.Document) (seal.FileKey, seal.Binding, error) {
	identity, ok := ids[d.Epoch]
	if !ok {
		return seal.FileKey{}, seal.Binding{}, fmt.Errorf("epoch %d: %w", d.Epoch, seal.ErrNoKey)
	}
	if d.Inline != nil {
		b := inlineBinding(safe, d.ID)
		key, err := identity.ReleaseInline(d.Inline, b)
		return key, b, fromSeal(err)
	}
	b := contentBinding(safe, d.ID, d.Object)
	header, err := k.bucket.Get(ctx, objectKey(safe, d.Object), 0, int64(d.Stored.HeaderSize))
	if err != nil {
		return seal.FileKey{}, seal.Binding{}, fromBucket(err)
	}
	key, err := identity.ReleaseFileKey(header, d.Stored, b)
	return key, b, fromSeal(err)
}

// Conclude records how a release or an inspection ended, in the words of the
// API node that made it: that it began is what the keeper vouches for. See
// [vault.Keeper].
func (k *Keeper) Conclude(_ context.Context, id vault.ReleaseID, out vault.Outcome, read int64) error {
	r, ok := k.releases.take(id)
	k.leases.giveBack(id)
	if !ok {
		return vault.ErrTicket
	}
	result := audit.ResultFailed
	switch out {
	case vault.OutcomeDone:
		result = audit.ResultDone
	case vault.OutcomeRefused:
		result = audit.ResultRefused
	case vault.OutcomeFailed, vault.OutcomeOpen, vault.OutcomeUnknown:
	}
	note := detail{Bytes: read}
	if why := r.stopped.Load(); why != nil {
		result, note.Reason = resultOf(*why), (*why).Error()
	}
	return r.warrant.endLater(result, note)
}

// Inspect answers what an integrity check needs. See [vault.Keeper].
func (k *Keeper) Inspect(ctx context.Context, who session.Principal, id vault.SafeID, doc vault.DocumentID) (vault.Inspection, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActControl, safe: id, doc: doc})
	if err != nil {
		return vault.Inspection{}, err
	}
	d, stored, err := w.stored()
	if err != nil {
		return vault.Inspection{}, w.end(ctx, err, detail{})
	}
	in := vault.Inspection{Key: objectKey(id, d.Object), Inline: d.Inline, Stored: stored}
	if in.ID, err = k.hand(w); err != nil {
		return vault.Inspection{}, w.end(ctx, err, detail{})
	}
	return in, nil
}

// stored answers the document of a deed and the clear facts of its bytes.
func (w *warrant) stored() (chain.Document, seal.Stored, error) {
	if err := w.check(w.deed.safe); err != nil {
		return chain.Document{}, seal.Stored{}, err
	}
	d, err := w.safe.document(w.deed.doc)
	if err != nil {
		return d, seal.Stored{}, err
	}
	st, err := storedFacts(d)
	return d, st, err
}

// storedFacts are the clear facts of a document's stored bytes.
func storedFacts(d chain.Document) (seal.Stored, error) {
	if d.Inline == nil {
		return d.Stored, nil
	}
	st, err := seal.StoredOf(d.Inline)
	if err != nil {
		return seal.Stored{}, fromSeal(err)
	}
	return st, nil
}

// Metadata answers the technical facts of one document. See [vault.Keeper].
func (k *Keeper) Metadata(ctx context.Context, who session.Principal, id vault.SafeID, doc vault.DocumentID) (vault.Technical, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActMetadata, safe: id, doc: doc})
	if err != nil {
		return vault.Technical{}, err
	}
	d, stored, err := w.stored()
	if err := w.end(ctx, err, detail{}); err != nil {
		return vault.Technical{}, err
	}
	object := d.Object
	if d.Inline != nil { // it lies in an entry: its object is the document's own
		object = vault.ObjectID(d.ID)
	}
	return vault.Technical{
		Object: object, Depositor: fmt.Sprintf("%x", d.Depositor), Created: d.Time, Stored: stored,
	}, nil
}
