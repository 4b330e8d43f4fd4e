package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// begins brings a prepared keeper to work.
func (k *Keeper) begins(ctx context.Context, cfg Config) error {
	ahead, err := k.startClock(ctx, cfg.ClockRead)
	if err != nil {
		return err
	}
	head, err := k.readVault(ctx, cfg)
	if err != nil {
		return err
	}
	if err := k.openTrail(ctx, cfg); err != nil {
		return err
	}
	if !cfg.ClockRead.IsZero() {
		if err := k.recordClock(ctx, ahead); err != nil {
			return err
		}
	}
	if err := k.takeNumber(ctx, cfg, head); err != nil {
		return err
	}
	if err := k.serviceFact(ctx, vault.ActStart, audit.ResultDone, detail{Count: k.start}); err != nil {
		return err
	}
	if err := k.announceMaster(ctx); err != nil {
		return err
	}
	if err := k.settleLocal(ctx); err != nil {
		return err
	}
	if err := k.settleAnnounced(ctx); err != nil {
		return err
	}
	if err := k.finishTaken(ctx); err != nil {
		return err
	}
	sessions := cfg.Sessions
	sessions.Store = sessionStore{k.state}
	if k.sessions, err = session.New(ctx, sessions); err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	k.sessions.OnEnd(k.sessionEnded)
	if err := k.anchorInTime(ctx); err != nil {
		return err // the first checkpoint must reach the second place
	}
	k.endSessionsOfGone(ctx)
	k.work.Go(k.housekeeping)
	k.work.Go(k.buryLeft)
	k.work.Go(k.sweepLoop)
	if len(k.vaultState().Masters()) > 1 && k.masters.escrow == nil { // with it, whoever restores does it
		k.work.Go(k.rotateLoop)
	}
	k.sweepSoon()
	return nil
}

// readVault replays the vault's own chain and checks that bucket, secrets and
// realm belong together.
func (k *Keeper) readVault(ctx context.Context, cfg Config) (chain.Head, error) {
	var knownHead chain.Head
	err := k.state.view(func(tx *bolt.Tx) error {
		knownHead = readHead(tx.Bucket(bMeta).Get(metaVault))
		return nil
	})
	if err != nil {
		return chain.Head{}, err
	}
	v, head, err := chain.ReplayVault(ctx, k.fetch(chain.VaultChain), cfg.Genesis, knownHead)
	switch {
	case errors.Is(err, chain.ErrNoEntry):
		return chain.Head{}, fmt.Errorf("%w: %w", ErrNoVault, err)
	case err != nil:
		return chain.Head{}, fromChain(err)
	case knownHead.IsZero() && v.Keeper() > 0:
		return chain.Head{}, ErrNoState
	}
	return head, k.acceptVault(v, cfg)
}

func (k *Keeper) acceptVault(v chain.Vault, cfg Config) error {
	if v.Realm() != cfg.Realm {
		return fmt.Errorf("%w: real and development data never mix", ErrOtherVault)
	}
	if err := acceptMasters(v, cfg.Secrets, k.masters.escrow); err != nil {
		return err
	}
	// A vault that nobody has started yet lists the key of its genesis.
	keys := v.Keys()
	if v.Keeper() == 0 {
		keys = []seal.VerifyKey{v.Genesis()}
	}
	if !slices.Contains(keys, cfg.Secrets.Signing.Public()) {
		return fmt.Errorf("%w: the signing key", ErrOtherVault)
	}
	k.vault.Store(&v)
	return nil
}

// takeNumber appends this keeper's start to the vault chain: entries of a
// keeper with a lower number are void from then on.
func (k *Keeper) takeNumber(ctx context.Context, cfg Config, head chain.Head) error {
	v := k.vaultState()
	e := chain.Entry{
		Chain: chain.VaultChain, Seq: head.Seq + 1, Prev: head.Digest, Keeper: v.Keeper() + 1,
		Time: time.Now().UTC().Truncate(time.Second), Intent: k.trail.Size(),
		Ops: []chain.Op{chain.Start{Number: v.Keeper() + 1}},
	}
	next, err := v.Apply(e)
	if err != nil {
		return fmt.Errorf("vault chain: %w", err)
	}
	signed, err := chain.Sign(cfg.Secrets.Signing, e)
	if err != nil {
		return fmt.Errorf("vault chain: %w", err)
	}
	if err := k.insist(ctx, storage.Key(chain.VaultChain.Key(e.Seq)), signed); err != nil {
		return err
	}
	k.start = e.Keeper
	k.end.head = chain.Head{Seq: e.Seq, Digest: signed.Digest()}
	k.vault.Store(&next)
	return k.state.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bMeta).Put(metaVault, putHead(k.end.head))
	})
}

// insist sends the same bytes until it is decided, for as long as ctx lasts.
func (k *Keeper) insist(ctx context.Context, key storage.Key, signed *seal.Signed) error {
	undecided := false
	for wait := firstTry; ; wait = min(2*wait, longTry) {
		err := k.settleOnce(ctx, key, signed)
		undecided = undecided || errors.Is(err, storage.ErrUndecided)
		switch {
		case !undecided || err == nil || errors.Is(err, vault.ErrTampered):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w: %w", vault.ErrUnavailable, storage.ErrUndecided, err)
		}
		k.pause(wait)
	}
}

// openTrail opens the trail and refuses one that ends before what state or
// anchors know of it.
func (k *Keeper) openTrail(ctx context.Context, cfg Config) error {
	signer, err := cfg.Secrets.Signing.NoteSigner(Origin(cfg.Genesis))
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	known, err := k.newestAnchor(ctx)
	if err != nil {
		return err
	}
	k.trail, err = audit.Open(audit.Config{
		Path: cfg.TrailPath, Origin: Origin(cfg.Genesis), Signer: signer, Verifier: k.verifier, Known: known,
	})
	if err != nil {
		return fromOpening(err)
	}
	position, err := k.state.number(metaPosition)
	if err != nil {
		return err
	}
	if position > k.trail.Size() {
		return fmt.Errorf("%w: the state knows %d leaves, the trail has %d", ErrTrailCut, position, k.trail.Size())
	}
	return nil
}

// fromOpening says of a trail that does not contain what is known of it that it
// was cut: the operator has to know, whatever the difference is.
func fromOpening(err error) error {
	_, truncated := errors.AsType[*audit.TruncatedError](err)
	_, forked := errors.AsType[*audit.ForkError](err)
	if truncated || forked {
		return fmt.Errorf("%w: %w", ErrTrailCut, err)
	}
	return fmt.Errorf("trail: %w", err)
}

// settleAnnounced decides every entry that was announced and not confirmed when
// the last keeper stopped. It landed, or a void entry takes its number so that
// it never can.
func (k *Keeper) settleAnnounced(ctx context.Context) error {
	structures, safes, err := k.state.announced()
	if err != nil {
		return err
	}
	if err := k.settleEntries(ctx, structures); err != nil {
		return err
	}
	if err := k.loadStructures(ctx); err != nil {
		return err
	}
	return k.settleEntries(ctx, safes)
}

func (k *Keeper) settleEntries(ctx context.Context, ids []chainID) error {
	for _, id := range ids {
		known, err := k.state.known(id)
		if err != nil {
			return err
		}
		if err := k.settleEntry(ctx, id, known); err != nil {
			return err
		}
		// Reading the chain brings the index of consents in line with it.
		if s, err := k.safe(ctx, id.id); err == nil {
			k.unpin(s)
		}
	}
	return nil
}

func (k *Keeper) settleEntry(ctx context.Context, id chainID, n known) error {
	e := chain.Entry{
		Chain: id.name(), Seq: n.next.Seq, Prev: n.confirmed.Digest, Keeper: k.start,
		Time: time.Now().UTC().Truncate(time.Second), Intent: k.trail.Size(), Ops: []chain.Op{chain.Void{}},
	}
	void, err := chain.Sign(k.secrets.Signing, e)
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	key := storage.Key(e.Chain.Key(e.Seq))
	found, err := k.bucket.Get(ctx, key, 0, -1)
	if errors.Is(err, storage.ErrNotExist) {
		if acknowledged, err := k.acknowledged(ctx, id, n); err != nil || acknowledged {
			return err
		}
		switch err := k.insist(ctx, key, void); {
		case err == nil:
			return k.voided(ctx, id, chain.Head{Seq: e.Seq, Digest: void.Digest()})
		case !errors.Is(err, vault.ErrTampered):
			return err
		}
		found, err = k.bucket.Get(ctx, key, 0, -1) // it landed meanwhile
	}
	if err != nil {
		return fromBucket(err)
	}
	if seal.DigestOf(found) != n.next.Digest {
		k.log.ErrorContext(ctx, "the bucket has another entry than the one announced: the chain stays shut")
	}
	return k.confirmNow(id, confirmation{n.next, n.summary})
}

func (k *Keeper) confirmNow(id chainID, c confirmation) error {
	return k.state.update(func(tx *bolt.Tx) error { return putConfirmed(tx, map[chainID]confirmation{id: c}) })
}

// acknowledged looks whether the trail says that the announced entry was
// written: then its absence is the bucket's doing, and loading the chain will
// find it rolled back.
func (k *Keeper) acknowledged(ctx context.Context, id chainID, n known) (bool, error) {
	if n.confirmed.IsZero() {
		return false, nil // the chain's first entry: nobody was told of it
	}
	tag, key := k.structureTag(id.id), k.journal
	if !id.structure {
		s, err := k.load(ctx, id.id, n)
		if err != nil {
			k.log.ErrorContext(ctx, "a chain cannot be read: it stays shut", slog.Any("error", err))
			return true, nil
		}
		tag, key = s.service.tagKey(), s.service.journal
	}
	top, err := k.headInTrail(ctx, tag, key)
	if err != nil || top.Seq < n.next.Seq {
		return false, err
	}
	return true, k.confirmNow(id, confirmation{n.next, n.summary})
}

// headInTrail is the last entry that the trail says was written to a chain.
func (k *Keeper) headInTrail(ctx context.Context, tag audit.TagKey, key seal.JournalKey) (top chain.Head, err error) {
	for e, err := range k.trail.Journal(ctx, tag, 0) {
		if err != nil {
			return top, fromTrail(err)
		}
		if e.Stage != audit.StageOutcome {
			continue
		}
		n, err := openOutcome(key, e)
		if err != nil {
			return top, err
		}
		if n.Seq <= top.Seq {
			continue
		}
		digest, err := seal.ParseDigest(n.Head)
		if err != nil {
			return top, fmt.Errorf("leaf %d: %w", e.Position, err)
		}
		top = chain.Head{Seq: n.Seq, Digest: digest}
	}
	return top, nil
}

// voided remembers that an announced entry can never land.
func (k *Keeper) voided(ctx context.Context, id chainID, head chain.Head) error {
	note := detail{Safe: vault.SafeID(id.id).String(), Seq: head.Seq}
	if id.structure {
		note = detail{AboutStructure: vault.StructureID(id.id).String(), Seq: head.Seq}
	}
	if err := k.serviceFact(ctx, vault.ActSettle, audit.ResultDone, note); err != nil {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error {
		if err := forgetEntry(tx, id.id, head.Seq); err != nil {
			return err
		}
		_, next := id.rows()
		if head.Seq == 1 { // it never began
			return tx.Bucket(next).Delete(id.id[:])
		}
		if err := tx.Bucket(next).Put(id.id[:], putHead(head)); err != nil {
			return err
		}
		return putConfirmed(tx, map[chainID]confirmation{id: {head, readSummary(tx, id)}})
	})
}

func readSummary(tx *bolt.Tx, id chainID) uint64 {
	head, _ := id.rows()
	if v := tx.Bucket(head).Get(id.id[:]); len(v) == 48 {
		return readU64(v[40:])
	}
	return 0
}
