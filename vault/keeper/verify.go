package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Finding is one thing that a verification found wrong. It names where, with
// random ids only.
type Finding struct {
	Where string
	Err   error
}

// A Report is what a verification of the bucket found.
type Report struct {
	Safes, Documents, Objects int
	Findings                  []Finding
}

func (r *Report) find(where string, err error) {
	if err != nil {
		r.Findings = append(r.Findings, Finding{where, err})
	}
}

// VerifyBucket reads everything that is stored and checks it against the signed
// entries: every chain from its first entry, every sealed object, every
// segment of every content. It opens nothing that is a person's. It answers an
// error only when it could not be carried out.
func (k *Keeper) VerifyBucket(ctx context.Context) (Report, error) {
	var r Report
	if err := k.verifyVault(ctx, &r); err != nil {
		return r, err
	}
	if err := k.verifyStructures(ctx, &r); err != nil {
		return r, err
	}
	if err := k.verifyLocal(ctx, &r); err != nil {
		return r, err
	}
	ids, err := k.state.safes(ctx)
	if err != nil {
		return r, err
	}
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Safes++
		if err := k.verifySafe(ctx, id, &r); err != nil {
			return r, err
		}
		r.find("safe "+id.String(), k.verifyFinished(ctx, id))
	}
	return r, k.verifyStrays(ctx, ids, &r)
}

func (k *Keeper) verifyVault(ctx context.Context, r *Report) error {
	var head chain.Head
	err := k.state.view(func(tx *bolt.Tx) error { head = readHead(tx.Bucket(bMeta).Get(metaVault)); return nil })
	if err != nil {
		return err
	}
	_, found, err := chain.ReplayVault(ctx, k.fetch(chain.VaultChain), k.vaultState().Genesis(), head)
	if err == nil && found != head {
		err = fmt.Errorf("%w: the chain goes on after entry %d", vault.ErrTampered, head.Seq)
	}
	r.find("vault chain", err)
	return passing(err)
}

// passing keeps what says that the verification itself could not go on.
func passing(err error) error {
	if errors.Is(err, vault.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func (k *Keeper) verifySafe(ctx context.Context, id vault.SafeID, r *Report) error {
	where := "safe " + id.String()
	n, err := k.known(safeChain(id))
	if err != nil {
		return err
	}
	state, head, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{Head: n.confirmed})
	if err == nil && head != n.confirmed && head != n.next && !k.writing(id) {
		err = fmt.Errorf("%w: the chain goes on after entry %d", vault.ErrTampered, n.confirmed.Seq)
	}
	if err != nil {
		r.find(where, err)
		return passing(err)
	}
	if err := k.verifySmall(ctx, k.smallObjects(id, state), r); err != nil {
		return err
	}
	for d := range state.Documents() {
		r.Documents++
		if d.Inline != nil {
			continue // inside a signed entry, which was checked
		}
		r.Objects++
		err := k.verifyContent(ctx, id, d)
		r.find(where+" document "+d.ID.String(), err)
		if err := passing(err); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) writing(id vault.SafeID) bool {
	k.safesMu.Lock()
	s, ok := k.safes[id]
	k.safesMu.Unlock()
	return ok && !s.idle()
}

func fromBucketOr(err error) error {
	if err == nil || errors.Is(err, vault.ErrTampered) {
		return err
	}
	return fromBucket(err)
}

func (k *Keeper) verifyContent(ctx context.Context, id vault.SafeID, d chain.Document) error {
	key := objectKey(id, d.Object)
	err := d.Stored.Check(ctx, func(ctx context.Context, off, n int64) ([]byte, error) {
		b, err := k.bucket.Get(ctx, key, off, n)
		return b, fromBucket(err)
	})
	if err != nil {
		return fromSealOr(err)
	}
	info, err := k.bucket.Stat(ctx, key)
	if err == nil && info.Size != d.Stored.Size {
		return fmt.Errorf("%w: %d bytes follow", vault.ErrTampered, info.Size-d.Stored.Size)
	}
	return fromBucket(err)
}

func fromSealOr(err error) error {
	if errors.Is(err, seal.ErrTampered) {
		return fromSeal(err)
	}
	return err
}

// smallObjects are the sealed objects that a state names, but contents.
func (k *Keeper) smallObjects(id vault.SafeID, state chain.Safe) map[storage.Key]seal.Digest {
	all := map[storage.Key]seal.Digest{}
	for w := range state.Ways() {
		for _, key := range w.Keys {
			all[wayKey(id, key.Epoch, w.ID, key.MasterEpoch)] = key.Digest
		}
	}
	if n, ok := state.Service(); ok {
		all[serviceKey(id, n.N)] = n.Digest
	}
	for _, c := range consentsIn(state) {
		terms, _, _ := sealedTerms(state, c)
		all[termsKey(id, c, terms)] = terms.Digest
	}
	for b := range state.Bundles() {
		if b.Kind == chain.BundleConsent {
			all[consentKeyKey(id, vault.ConsentID(b.ID), b.Key)] = b.Key.Digest
		} else {
			all[bundleKeyKey(id, b.ID, b.Key.Epoch)] = b.Key.Digest
		}
		for p := range state.Pieces(b.ID) {
			all[piecesKey(id, b.ID, p.Object)] = p.Digest
		}
	}
	return all
}

// errStray says that nothing of ours has such a name.
var errStray = errors.New("nothing has such an object")

// verifyStrays looks for chains of safes that the state does not know, and for
// copies of the trail's leaves that are not the trail's.
func (k *Keeper) verifyStrays(ctx context.Context, ids []vault.SafeID, r *Report) error {
	stored, strays, err := k.storedSafes(ctx)
	if err != nil {
		return err
	}
	for _, key := range strays {
		r.find(string(key), errStray)
	}
	for _, id := range stored {
		if slices.Contains(ids, id) {
			continue
		}
		state, _, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{})
		if err == nil && (len(state.Epochs()) > 0 || state.Erased()) {
			err = errors.New("the state does not know this safe") // else its opening never came true
		}
		r.find("safe "+id.String(), err)
	}
	return k.verifyCopies(ctx, r)
}

// verifyCopies compares the copies of leaves in the bucket with the trail.
func (k *Keeper) verifyCopies(ctx context.Context, r *Report) error {
	if k.trail == nil {
		return nil
	}
	for info, err := range k.bucket.List(ctx, leavesPrefix, "") {
		if err != nil {
			return fromBucket(err)
		}
		r.Objects++
		raw, err := k.bucket.Get(ctx, info.Key, 0, -1)
		if err != nil {
			r.find(string(info.Key), fromBucket(err))
			continue
		}
		r.find(string(info.Key), k.verifyCopy(ctx, info.Key, raw))
	}
	return nil
}

func (k *Keeper) verifyCopy(ctx context.Context, key storage.Key, raw []byte) error {
	signed, err := k.leavesSigned(raw)
	if err != nil {
		return err
	}
	var from, to uint64
	if _, err := fmt.Sscanf(string(key[len(leavesPrefix):]), "%016x-%016x", &from, &to); err != nil {
		return fmt.Errorf("%w: name", vault.ErrTampered)
	}
	own, details, err := k.trailLeaves(ctx, from, to)
	if err != nil {
		return err
	}
	if !bytes.Equal(own, signed) {
		return fmt.Errorf("%w: not the trail's leaves", vault.ErrTampered)
	}
	batch, err := k.copiedDetails(ctx, copied{from, to})
	if err != nil {
		return err
	}
	if len(batch) != len(details) {
		return fmt.Errorf("%w: details", vault.ErrTampered)
	}
	for i := range batch {
		if details[i] != nil && !bytes.Equal(batch[i], details[i]) {
			return fmt.Errorf("%w: detail of leaf %d", vault.ErrTampered, from+uint64(i))
		}
	}
	return nil
}
