package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Founding is what the first entry of a vault's own chain is made of.
type Founding struct {
	Bucket  storage.Bucket
	Secrets Secrets
	Realm   chain.Realm
	// EscrowA replaces a lost master, EscrowB a lost code; two holders, neither
	// of them an operator.
	EscrowA, EscrowB seal.Recipient
}

// ErrFounded means that the bucket holds a vault already.
var ErrFounded = errors.New("keeper: the bucket holds a vault already")

// Found writes the genesis of a vault into an empty bucket. It never replaces
// one that is there.
func Found(ctx context.Context, f Founding) error {
	if f.Bucket == nil || f.Secrets.Master == nil || f.Secrets.Signing == nil || f.Realm == 0 || f.EscrowA.IsZero() || f.EscrowB.IsZero() {
		return errors.New("keeper: bucket, master, signing key, realm and both escrows are needed to found a vault")
	}
	e := chain.Entry{
		Chain: chain.VaultChain, Seq: 1, Time: time.Now().UTC().Truncate(time.Second),
		Ops: []chain.Op{chain.Genesis{
			Realm: f.Realm, SigningKey: f.Secrets.Signing.Public(),
			Master:  chain.Master{Epoch: f.Secrets.MasterEpoch, Recipient: f.Secrets.Master.Recipient()},
			EscrowA: f.EscrowA, EscrowB: f.EscrowB,
		}},
	}
	if _, err := (chain.Vault{}).Apply(e); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	signed, err := chain.Sign(f.Secrets.Signing, e)
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	err = f.Bucket.Commit(ctx, storage.Key(chain.VaultChain.Key(1)), signed)
	if errors.Is(err, storage.ErrExist) {
		return fmt.Errorf("%w: %w", ErrFounded, err)
	}
	return fromBucket(err)
}
