package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// rotateSafe seals anew what one safe has under a former master, frozen or
// locked alike.
func (k *Keeper) rotateSafe(ctx context.Context, id vault.SafeID) ([]Finding, error) {
	if done, err := k.rotatedSafe(id); done || err != nil {
		return nil, err
	}
	s, err := k.safe(ctx, id)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return nil, nil // its opening never came true
	case errors.Is(err, vault.ErrTampered):
		return []Finding{{"safe " + id.String(), err}}, nil
	case err != nil:
		return nil, fmt.Errorf("sealing anew: %w", err)
	}
	defer k.unpin(s)
	bad := map[storage.Key]error{}
	err = rotateChain(ctx, func(ctx context.Context) (int, error) { return k.rotateSome(ctx, s, bad) })
	if err == nil && len(bad) == 0 {
		err = k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bRotated).Put(id[:], u64(k.secrets.MasterEpoch)) })
	}
	return findingsOf(bad), err
}

// rotatedSafe reports whether a safe was gone through under this master. Nothing
// is sealed to a former one since.
func (k *Keeper) rotatedSafe(id vault.SafeID) (done bool, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		done = readU64(tx.Bucket(bRotated).Get(id[:])) >= k.secrets.MasterEpoch
		return nil
	})
	return done, err
}

// rotateSome writes the next entry that seals some of a safe's objects anew.
func (k *Keeper) rotateSome(ctx context.Context, s *safe, bad map[storage.Key]error) (int, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	all := k.staleIn(s, s.now())
	if len(all) == 0 {
		return 0, nil
	}
	if err := s.settled(); err != nil {
		return 0, err
	}
	c, err := resealSome(ctx, all, bad)
	if err != nil {
		return 0, err
	}
	return k.writeRotated(ctx, s, c)
}

// staleIn are the objects that a state of a safe names under a former master.
func (k *Keeper) staleIn(s *safe, state chain.Safe) (all []stale) {
	add := func(epoch uint64, key storage.Key, reseal func(context.Context) (resealed, error)) {
		if epoch < k.secrets.MasterEpoch {
			all = append(all, stale{key, epoch, reseal})
		}
	}
	for way := range state.Ways() {
		for _, key := range way.Keys {
			add(key.MasterEpoch, wayKey(s.id, key.Epoch, way.ID, key.MasterEpoch), func(ctx context.Context) (resealed, error) {
				return k.resealWay(ctx, s.id, way, key)
			})
		}
	}
	if named, ok := state.Service(); ok {
		add(named.MasterEpoch, serviceKey(s.id, named.N), func(ctx context.Context) (resealed, error) {
			return k.resealService(ctx, s, named)
		})
	}
	for _, id := range consentsIn(state) {
		terms, stage, _ := sealedTerms(state, id)
		add(terms.MasterEpoch, termsKey(s.id, id, terms), func(ctx context.Context) (resealed, error) {
			return k.resealTerms(ctx, s, id, terms, stage)
		})
	}
	for b := range state.Bundles() {
		switch b.Kind {
		case chain.BundleConsent:
			add(b.Key.Epoch, consentKeyKey(s.id, vault.ConsentID(b.ID), b.Key), func(ctx context.Context) (resealed, error) {
				return k.resealConsentKey(ctx, s.id, b)
			})
		case chain.BundleEntrusted:
			add(b.Key.Epoch, bundleKeyKey(s.id, b.ID, b.Key.Epoch), func(ctx context.Context) (resealed, error) {
				return k.resealEntrusted(ctx, s.id, b)
			})
		case chain.BundleIndex: // under the safe's own identity
		}
	}
	return all
}

// openOld reads an object under a former master, holds it against its digest, and
// opens it.
func (k *Keeper) openOld(ctx context.Context, key storage.Key, want seal.Digest, epoch uint64, b seal.Binding) (seal.Secret, error) {
	master, err := k.master(epoch)
	if err != nil {
		return seal.Secret{}, err
	}
	raw, err := k.small(ctx, key, want)
	if err != nil {
		return seal.Secret{}, err
	}
	plain, err := master.Open(raw, b)
	return plain, fromSeal(err)
}

// resealWay changes the outer layer of a way in. The inner one, which nobody here
// opens, is carried over as it is: its digest was checked.
func (k *Keeper) resealWay(ctx context.Context, id vault.SafeID, way chain.Way, key chain.SealedKey) (resealed, error) {
	outer, _ := wayBindings(id, key.Epoch, way.ID, key.MasterEpoch)
	inner, err := k.openOld(ctx, wayKey(id, key.Epoch, way.ID, key.MasterEpoch), key.Digest, key.MasterEpoch, outer)
	if err != nil {
		return resealed{}, err
	}
	master := k.secrets.MasterEpoch
	outer, _ = wayBindings(id, key.Epoch, way.ID, master)
	digest, size, err := k.putAgain(ctx, wayKey(id, key.Epoch, way.ID, master), inner, outer)
	now := chain.SealedKey{Epoch: key.Epoch, MasterEpoch: master, Digest: digest, Size: size}
	return resealed{op: chain.ReKeyWay{Way: way.ID, Keys: []chain.SealedKey{now}}}, err
}

// putAgain seals something to the master and escrow A under a name that is used
// for nothing else. What a try before left there is taken as it is when it says
// the same: deleting it could, late, delete its successor.
func (k *Keeper) putAgain(ctx context.Context, key storage.Key, plain seal.Secret, b seal.Binding) (seal.Digest, int64, error) {
	c, err := seal.Seal(plain.Reveal(), b, k.toMaster()...)
	if err != nil {
		return seal.Digest{}, 0, fmt.Errorf("sealing anew: %w", err)
	}
	err = k.bucket.Put(ctx, key, c)
	if !errors.Is(err, storage.ErrExist) {
		return c.Digest(), c.Size(), fromBucket(err)
	}
	raw, err := k.bucket.Get(ctx, key, 0, -1)
	if err != nil {
		return seal.Digest{}, 0, fromBucket(err)
	}
	there, err := k.secrets.Master.Open(raw, b)
	if err != nil || !bytes.Equal(there.Reveal(), plain.Reveal()) {
		return seal.Digest{}, 0, fmt.Errorf("%w: something else has the new name", vault.ErrTampered)
	}
	return seal.DigestOf(raw), int64(len(raw)), nil
}

// resealService writes the service record again as it is.
func (k *Keeper) resealService(ctx context.Context, s *safe, named chain.Service) (resealed, error) {
	record, err := k.serviceAt(ctx, s.id, named)
	if err != nil {
		return resealed{}, err
	}
	op, err := k.putService(ctx, s.id, named.N, record)
	return resealed{op, &record}, err
}

// resealTerms seals the terms of a request, of a consent or of one that ended.
func (k *Keeper) resealTerms(ctx context.Context, s *safe, id vault.ConsentID, terms chain.Sealed, stage string) (resealed, error) {
	a, err := k.readTerms(ctx, s, id, terms, stage)
	if err != nil {
		return resealed{}, err
	}
	now, err := k.putTerms(ctx, s, a)
	return resealed{op: chain.ReKeyTerms{Consent: id, Terms: now}}, err
}

// resealConsentKey changes the outer layer of a consent's key; the agent's layer
// is carried over as it is.
func (k *Keeper) resealConsentKey(ctx context.Context, id vault.SafeID, b chain.Bundle) (resealed, error) {
	consent, master := vault.ConsentID(b.ID), k.secrets.MasterEpoch
	outer, _ := consentBindings(id, consent, vault.AgentID{}, b.Key.Epoch)
	inner, err := k.openOld(ctx, consentKeyKey(id, consent, b.Key), b.Key.Digest, b.Key.Epoch, outer)
	if err != nil {
		return resealed{}, err
	}
	outer, _ = consentBindings(id, consent, vault.AgentID{}, master)
	c, err := seal.Seal(inner.Reveal(), outer, k.secrets.Master.Recipient())
	if err != nil {
		return resealed{}, fmt.Errorf("consent: %w", err)
	}
	now := chain.BundleKey{Epoch: master, Digest: c.Digest(), Size: c.Size()}
	return resealed{op: chain.ReKeyBundle{Bundle: b.ID, Key: now}}, fromBucket(k.bucket.Put(ctx, consentKeyKey(id, consent, now), c))
}

// resealEntrusted seals the identity of an entrusted bundle, which must be that
// of the recipient its entry names.
func (k *Keeper) resealEntrusted(ctx context.Context, id vault.SafeID, b chain.Bundle) (resealed, error) {
	identity, err := k.bundleIdentity(ctx, id, b)
	if err != nil {
		return resealed{}, err
	}
	master := k.secrets.MasterEpoch
	digest, size, err := k.putAgain(ctx, bundleKeyKey(id, b.ID, master), identity.Text(), bundleKeyBinding(id, b.ID, master))
	now := chain.BundleKey{Epoch: master, Digest: digest, Size: size}
	return resealed{op: chain.ReKeyBundle{Bundle: b.ID, Key: now}}, err
}
