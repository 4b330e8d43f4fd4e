package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A gravestone says for ever that a safe was erased, and by which entry. It lies
// in the bucket and with the anchors, where whoever brings an older copy of the
// bucket back finds it.
type gravestone struct {
	Version int    `json:"v"`
	Safe    string `json:"safe"`
	Nature  string `json:"nature"`
	Seq     uint64 `json:"seq"`
	Head    string `json:"head"`
}

const gravestoneVersion = 1

func graveKey(id vault.SafeID) storage.Key { return storage.Key("v1/g/" + id.String()) }

// bury writes the gravestone of a safe for exercises whose chain says that it is
// erased, deletes whatever else there is of it but its entries, which nobody can
// open any more, and forgets it. It may be done again at any time.
func (k *Keeper) bury(ctx context.Context, id vault.SafeID) error {
	n, err := k.known(safeChain(id))
	if err != nil {
		return err
	}
	state, head, err := chain.ReplaySafe(ctx, k.fetch(chain.SafeChain(id)), id, k.vaultState(), chain.Known{Head: n.confirmed, Summary: n.summary})
	if err != nil {
		return fromChain(err)
	}
	if !state.Erased() {
		return nil // its erasure is recorded, and not written yet
	}
	if err := k.putGravestone(ctx, id, head); err != nil {
		return err
	}
	for info, err := range k.bucket.List(ctx, safePrefix(id), "") {
		if err != nil {
			return fromBucket(err)
		}
		if isEntry(id, info.Key) {
			continue
		}
		if err := k.bucket.Delete(ctx, info.Key); err != nil {
			return fromBucket(err)
		}
	}
	return k.dropTraining(id)
}

func (k *Keeper) putGravestone(ctx context.Context, id vault.SafeID, head chain.Head) error {
	payload, err := json.Marshal(gravestone{gravestoneVersion, id.String(), vault.NatureTraining.String(), head.Seq, head.Digest.String()})
	if err != nil {
		return fmt.Errorf("gravestone: %w", err)
	}
	signed, err := k.secrets.Signing.Sign(seal.SignedGravestone, payload)
	if err != nil {
		return fmt.Errorf("gravestone: %w", err)
	}
	return errors.Join(k.commitGravestone(ctx, k.bucket, id, signed), k.commitGravestone(ctx, k.anchors, id, signed))
}

// commitGravestone accepts one that says the same under an older signing key.
func (k *Keeper) commitGravestone(ctx context.Context, b storage.Bucket, id vault.SafeID, signed *seal.Signed) error {
	err := b.Commit(ctx, graveKey(id), signed)
	if !errors.Is(err, storage.ErrExist) {
		return fromBucket(err)
	}
	raw, err := b.Get(ctx, graveKey(id), 0, -1)
	if err != nil {
		return fromBucket(err)
	}
	found, err := seal.VerifySigned(raw, seal.SignedGravestone, k.vaultState().Keys()...)
	if err != nil {
		return fromSeal(err)
	}
	if string(found.Payload()) != string(signed.Payload()) {
		return fmt.Errorf("%w: another gravestone", vault.ErrTampered)
	}
	return nil
}
