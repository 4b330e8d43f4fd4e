package keeper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A TrailCopy says what the copy of the trail in the bucket is worth.
type TrailCopy struct {
	Leaves uint64 // that are there, from the first on
	// Covered is how many of them the newest checkpoint of the second place signs.
	Covered uint64
	Last    time.Time // of the last leaf
	Kept    bool      // the trail is back in its place
}

// RestoreTrail makes a trail that is lost anew out of its copy in the bucket, when
// keep says so, and else only looks. The copy has to hold everything that the newest
// checkpoint of the second place signs, else the error wraps [ErrTrailCut]: no loss
// of what was vouched for is accepted; nor is a copy of which nothing is vouched for,
// since nobody can say what it lacks: without a checkpoint in the second place there
// is no restore. What was recorded after the last copy, a
// minute at most, is gone: that the trail was restored stands in every journal.
//
// Neither trail nor state may be there: the state is rebuilt from what is restored
// ([Rebuild]). A restore that was cut short is repeated.
func RestoreTrail(ctx context.Context, cfg Config, keep Keeping) (c TrailCopy, err error) {
	if _, err := os.Lstat(cfg.StatePath); !errors.Is(err, fs.ErrNotExist) {
		return c, errors.Join(err, errNotEmpty)
	}
	cfg.StatePath = cfg.TrailPath + ".state" // of this command alone
	k, err := prepare(cfg)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, k.shut(), os.Remove(cfg.StatePath)) }()
	if err := k.readKeys(ctx, cfg); err != nil {
		return c, err
	}
	known, err := k.newestAnchor(ctx)
	if err != nil {
		return c, err
	}
	if len(known) == 0 {
		return c, fmt.Errorf("%w: the second place holds no checkpoint to hold its copy against", ErrTrailCut)
	}
	r, err := audit.Restore(cfg.TrailPath, Origin(cfg.Genesis))
	if err != nil {
		return c, fmt.Errorf("trail: %w", err)
	}
	defer func() { err = errors.Join(err, r.Discard()) }()
	if err := k.readCopies(ctx, r); err != nil {
		return c, err
	}
	report, err := r.Verify(ctx, k.verifier, known...)
	if err != nil {
		return c, fromOpening(err)
	}
	c = TrailCopy{Leaves: report.Size, Covered: report.Signed, Last: report.LastTime}
	if keep != KeepTrail {
		return c, nil
	}
	if err := k.recordRestored(ctx, cfg, r, c); err != nil {
		return c, err
	}
	c.Kept = true
	return c, r.Keep()
}

// A Keeping says whether what was restored is kept. The zero value only looks.
type Keeping uint8

// KeepTrail puts the restored trail into its place.
const KeepTrail Keeping = 1

// readKeys reads the vault chain, whose keys sign the copies.
func (k *Keeper) readKeys(ctx context.Context, cfg Config) error {
	v, _, err := chain.ReplayVault(ctx, k.fetch(chain.VaultChain), cfg.Genesis, chain.Head{})
	if err != nil {
		return fromChain(err)
	}
	return k.acceptVault(v, cfg)
}

// recordRestored adds, before the trail is in its place, that it was restored.
func (k *Keeper) recordRestored(ctx context.Context, cfg Config, r *audit.Restoring, c TrailCopy) (err error) {
	signer, err := cfg.Secrets.Signing.NoteSigner(Origin(cfg.Genesis))
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	k.trail, err = audit.Open(audit.Config{Path: r.File(), Origin: Origin(cfg.Genesis), Signer: signer, Verifier: k.verifier})
	if err != nil {
		return fromOpening(err)
	}
	err = k.serviceFact(ctx, vault.ActRestoreTrail, audit.ResultDone, detail{Count: c.Leaves})
	err = errors.Join(err, k.trail.Close())
	k.trail = nil
	return err
}

// A copied is one batch of leaves in the bucket.
type copied struct{ from, to uint64 }

// readCopies adds every batch, from the first leaf on. Copies may overlap: a rebuild
// begins them anew. One that is not what this vault signed is passed over, and
// logged; what is then missing shows against the checkpoint. One that is beyond a
// hole says that leaves are missing, whatever the checkpoint covers.
func (k *Keeper) readCopies(ctx context.Context, r *audit.Restoring) error {
	all, err := k.leafCopies(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.to <= r.Size() {
			continue
		}
		b, details, err := k.readCopy(ctx, c)
		if errors.Is(err, vault.ErrTampered) || errors.Is(err, vault.ErrNotFound) {
			k.log.WarnContext(ctx, "a copy of leaves is passed over", slog.Any("error", err))
			continue
		}
		if err != nil {
			return err
		}
		if c.from > r.Size() {
			return fmt.Errorf("%w: %w", ErrTrailCut, &audit.TruncatedError{Size: r.Size(), Known: c.to})
		}
		skip := r.Size() - c.from
		b.From, b.Leaves, details = b.From+audit.Position(skip), b.Leaves[skip:], details[skip:]
		if err := r.Add(b, details); err != nil {
			return fromOpening(err)
		}
	}
	return nil
}

// leafCopies lists the batches, in the order of their first leaves, the longest first.
func (k *Keeper) leafCopies(ctx context.Context) (all []copied, err error) {
	for info, err := range k.bucket.List(ctx, leavesPrefix, "") {
		if err != nil {
			return nil, fromBucket(err)
		}
		var c copied
		_, err := fmt.Sscanf(string(info.Key[len(leavesPrefix):]), "%016x-%016x", &c.from, &c.to)
		if err != nil || c.to <= c.from || batchKey(leavesPrefix, c.from, c.to) != info.Key {
			k.log.WarnContext(ctx, "among the copies of leaves is something else")
			continue
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b copied) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	return all, nil
}

// readCopy reads one batch with its details, as this vault signed it.
func (k *Keeper) readCopy(ctx context.Context, c copied) (b audit.Batch, details [][]byte, err error) {
	raw, err := k.bucket.Get(ctx, batchKey(leavesPrefix, c.from, c.to), 0, -1)
	if err != nil {
		return b, nil, fromBucket(err)
	}
	leaves, err := k.leavesSigned(raw)
	if err != nil {
		return b, nil, err
	}
	if b, err = audit.ParseLeaves(leaves); err != nil {
		return b, nil, fmt.Errorf("%w: %w", vault.ErrTampered, err)
	}
	if details, err = k.copiedDetails(ctx, c); err != nil {
		return b, nil, err
	}
	if n := c.to - c.from; uint64(b.From) != c.from || uint64(len(b.Leaves)) != n || uint64(len(details)) != n {
		return b, nil, fmt.Errorf("%w: a batch of other leaves than its name says", vault.ErrTampered)
	}
	entries, err := b.Entries()
	if err != nil {
		return b, nil, fmt.Errorf("%w: %w", vault.ErrTampered, err)
	}
	for i, e := range entries {
		if err := e.Holds(details[i]); err != nil {
			return b, nil, fmt.Errorf("%w: %w", vault.ErrTampered, err)
		}
	}
	return b, details, nil
}

// leavesSigned answers the leaves of a batch that a key of this vault signed.
func (k *Keeper) leavesSigned(raw []byte) ([]byte, error) {
	signed, err := seal.VerifySigned(raw, seal.SignedLeaves, k.vaultState().Keys()...)
	if err != nil {
		return nil, fromSeal(err)
	}
	return signed.Payload(), nil
}

// copiedDetails reads the details that were copied beside a batch of leaves. What
// they are worth only the leaves tell.
func (k *Keeper) copiedDetails(ctx context.Context, c copied) ([][]byte, error) {
	raw, err := k.bucket.Get(ctx, batchKey(detailPrefix, c.from, c.to), 0, -1)
	if err != nil {
		return nil, fromBucket(err)
	}
	details, err := seal.ParseDetailBatch(raw)
	if err != nil {
		return nil, fromSeal(err)
	}
	return details, nil
}
