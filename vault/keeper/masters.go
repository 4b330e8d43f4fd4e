package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// ErrMasterNeeded means that the master of an epoch is not at hand, and that the
// vault's chain does not say that it was destroyed: something may be sealed to
// it.
var ErrMasterNeeded = errors.New("keeper: a former master is missing and not destroyed")

// masters are the master identities before the current one, by epoch, as long as
// they are needed.
type masters struct {
	mu     sync.RWMutex
	former map[uint64]*seal.Identity
	escrow *seal.Identity // escrow A, while it stands in for masters that are lost
}

func formerByEpoch(s Secrets) map[uint64]*seal.Identity {
	all := map[uint64]*seal.Identity{}
	for _, f := range s.Former {
		all[f.Epoch] = f.Identity
	}
	return all
}

// master answers the identity that opens what is sealed to a master epoch.
// Without it the error wraps [seal.ErrNoKey].
func (k *Keeper) master(epoch uint64) (*seal.Identity, error) {
	if epoch == k.secrets.MasterEpoch {
		return k.secrets.Master, nil
	}
	k.masters.mu.RLock()
	defer k.masters.mu.RUnlock()
	if id, ok := k.masters.former[epoch]; ok {
		return id, nil
	}
	if k.masters.escrow != nil && epoch < k.secrets.MasterEpoch {
		return k.masters.escrow, nil
	}
	return nil, fmt.Errorf("master epoch %d is not at hand: %w", epoch, seal.ErrNoKey)
}

// toMaster are those to whom the service's own records and the keys of ways in
// and of entrusted drawers are sealed: the master, and escrow A, which takes its
// place when it is lost. Keys of consents are sealed to the master alone, so that
// an old copy of one opens with nothing once its epoch is destroyed.
func (k *Keeper) toMaster() []seal.Recipient {
	return []seal.Recipient{k.secrets.Master.Recipient(), k.vaultState().Escrow(chain.EscrowA)}
}

// acceptMasters checks that the masters are those of the vault's own chain: the
// current one or its next, and each before that was not destroyed. Escrow A stands
// in for those that are lost; nil where nothing does.
func acceptMasters(v chain.Vault, s Secrets, escrow *seal.Identity) error {
	now := v.Master()
	switch {
	case escrow != nil && escrow.Recipient() != v.Escrow(chain.EscrowA):
		return fmt.Errorf("%w: escrow A", ErrOtherVault)
	case s.MasterEpoch == now.Epoch && s.Master.Recipient() != now.Recipient,
		s.MasterEpoch != now.Epoch && s.MasterEpoch != now.Epoch+1:
		return fmt.Errorf("%w: the master identity: the vault is at epoch %d", ErrOtherVault, now.Epoch)
	}
	for _, m := range v.Masters() {
		i := slices.IndexFunc(s.Former, func(f FormerMaster) bool { return f.Epoch == m.Epoch })
		switch {
		case m.Epoch == s.MasterEpoch, i < 0 && escrow != nil:
		case i < 0:
			return fmt.Errorf("%w: epoch %d", ErrMasterNeeded, m.Epoch)
		case s.Former[i].Identity.Recipient() != m.Recipient:
			return fmt.Errorf("%w: the master identity of epoch %d", ErrOtherVault, m.Epoch)
		}
	}
	return nil
}

// announceMaster adds the master to the vault's chain when it is new there: what
// is sealed from here on is sealed to it.
func (k *Keeper) announceMaster(ctx context.Context) error {
	s := k.secrets
	if k.vaultState().Master().Epoch == s.MasterEpoch {
		return nil
	}
	act := vault.ActNewMaster
	if k.masters.escrow != nil {
		act = vault.ActRestoreMaster
	}
	return k.operate(ctx, vault.StructureID{}, act, detail{Count: s.MasterEpoch}, func(intent audit.Position) (chain.Head, error) {
		err := k.appendVault(ctx, intent, func() {}, chain.AddMaster{Epoch: s.MasterEpoch, Recipient: s.Master.Recipient()})
		head, _ := k.end.look()
		return head, err
	})
}
