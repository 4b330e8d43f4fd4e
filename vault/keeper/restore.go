package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Restored says what a restore brought back.
type Restored struct {
	Safes int
	// Consents is how many had to end: their keys are under the lost master alone,
	// so that no old copy of them opens once it is gone.
	Consents int
	// Findings are what does not open with escrow A either.
	Findings []Finding
}

// Restore replaces a master that is lost: it opens with escrow A what the lost one
// opened, seals it anew under the master of cfg, which is the next epoch or
// already the current one, and ends every epoch before. Former masters that cfg
// has are used where they open. The service must not run. It is an operator's act
// and stands in every journal; each consent that ends stands in its person's.
//
// lost is as in [Keeper.DestroyMaster], over all epochs together: with another
// number than what is left the error is a [*MasterInUseError] and nothing ends.
// A restore that was cut short is repeated.
func Restore(ctx context.Context, cfg Config, escrowA *seal.Identity, lost int) (Restored, error) {
	if escrowA == nil {
		return Restored{}, errors.New("keeper: the identity of escrow A is missing")
	}
	k, err := prepare(cfg)
	if err != nil {
		return Restored{}, err
	}
	k.masters.escrow = escrowA
	if err := k.begins(ctx, cfg); err != nil {
		return Restored{}, errors.Join(err, k.shut())
	}
	r, err := k.restore(ctx, lost)
	return r, errors.Join(err, k.Close())
}

func (k *Keeper) restore(ctx context.Context, lost int) (r Restored, err error) {
	if r.Consents, err = k.endLost(ctx); err != nil {
		return r, err
	}
	if err := k.rotate(ctx); err != nil {
		return r, err
	}
	report, err := k.MasterReport(ctx)
	if err != nil {
		return r, err
	}
	r.Safes, r.Findings = report.Safes, report.Findings
	left := 0
	for _, l := range report.Masters {
		left += l.Left
	}
	if left != lost {
		return r, &MasterInUseError{Epoch: k.secrets.MasterEpoch - 1, Left: left}
	}
	for _, l := range report.Masters {
		if l.State != MasterFormer {
			continue
		}
		if _, err := k.DestroyMaster(ctx, l.Epoch, l.Left); err != nil {
			return r, err
		}
	}
	return r, nil
}

// endLost ends the consents whose keys nobody can open any more.
func (k *Keeper) endLost(ctx context.Context) (n int, err error) {
	ids, err := k.state.safes(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		s, err := k.safe(ctx, id)
		switch {
		case errors.Is(err, vault.ErrNotFound), errors.Is(err, vault.ErrTampered):
			continue // the latter is found again when it is to be sealed anew
		case err != nil:
			return n, err
		}
		ended, err := k.endLostOf(ctx, s)
		k.unpin(s)
		if n += ended; err != nil {
			return n, fmt.Errorf("consents under the lost master: %w", err)
		}
	}
	return n, nil
}

func (k *Keeper) endLostOf(ctx context.Context, s *safe) (n int, err error) {
	for b := range s.now().Bundles() {
		if b.Kind != chain.BundleConsent || !k.lost(b.Key.Epoch) || !s.live(vault.ConsentID(b.ID)) {
			continue
		}
		a, err := k.termsOf(ctx, s, vault.ConsentID(b.ID))
		if err != nil {
			return n, err
		}
		note := detail{AboutAgent: k.holder(a.terms).String(), Purpose: string(a.terms.Purpose)}
		if err := k.endByService(ctx, s, a.id, vault.EndedKeyLost, note); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// lost reports whether nobody has the master of an epoch.
func (k *Keeper) lost(epoch uint64) bool {
	k.masters.mu.RLock()
	defer k.masters.mu.RUnlock()
	_, former := k.masters.former[epoch]
	return epoch < k.secrets.MasterEpoch && !former
}
