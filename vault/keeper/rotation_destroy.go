package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// A MasterInUseError says that entries still name objects under a master that is
// to be destroyed, or that it is not known whether they do.
type MasterInUseError struct {
	Epoch uint64
	// Left is how many objects entries name under it, Shut how many safes and
	// structures cannot be read.
	Left, Shut int
}

// Error names the numbers.
func (e *MasterInUseError) Error() string {
	return fmt.Sprintf("keeper: %d objects are under master epoch %d, and %d chains cannot be read", e.Left, e.Epoch, e.Shut)
}

// DestroyMaster ends a former master epoch: the vault's own chain says so from
// then on, no keeper asks for its identity any more, and this one forgets it. The
// caller destroys the identity itself afterwards. It is an operator's act and
// stands in every journal.
//
// It seals anew what still waits and then goes through every chain. While something is left the error is a
// [*MasterInUseError], unless lost is exactly what is left, of objects and chains
// together: what is given up opens never again. It answers how many objects were
// deleted that no entry named any more. The current epoch is [vault.ErrDenied],
// one that never was [vault.ErrNotFound]; one that ended is no error, so that a
// command that was cut short can be repeated.
func (k *Keeper) DestroyMaster(ctx context.Context, epoch uint64, lost int) (swept int, err error) {
	lines := MasterLines(k.vaultState())
	i := slices.IndexFunc(lines, func(l MasterLine) bool { return l.Epoch == epoch })
	switch {
	case i < 0:
		return 0, vault.ErrNotFound
	case lines[i].State == MasterDestroyed:
		return 0, nil
	case lines[i].State == MasterCurrent:
		return 0, vault.ErrDenied
	}
	if err := k.rotate(ctx); err != nil {
		return 0, err
	}
	var r MasterReport
	left, err := k.countStale(ctx, &r, func(vault.SafeID) (bool, error) { return false, nil })
	if err != nil {
		return 0, err
	}
	if n := left[epoch] + len(r.Findings); n > 0 && n != lost {
		return 0, &MasterInUseError{Epoch: epoch, Left: left[epoch], Shut: len(r.Findings)}
	}
	swept, err = k.sweepMaster(ctx, epoch)
	if err != nil {
		return swept, err
	}
	n := detail{Count: epoch}
	err = k.operate(ctx, vault.StructureID{}, vault.ActDestroyMaster, n, func(intent audit.Position) (chain.Head, error) {
		err := k.appendVault(ctx, intent, func() { k.forgetMaster(epoch) }, chain.EndMaster{Epoch: epoch})
		head, _ := k.end.look()
		return head, err
	})
	return swept, err
}

func (k *Keeper) forgetMaster(epoch uint64) {
	k.masters.mu.Lock()
	defer k.masters.mu.Unlock()
	delete(k.masters.former, epoch)
}

// sweepMaster deletes what lies in the bucket under a master epoch and no entry
// names: what was sealed anew a moment ago, and what a crash left behind. Nothing
// new is sealed to that epoch, so nothing is too young.
func (k *Keeper) sweepMaster(ctx context.Context, epoch uint64) (n int, err error) {
	const safes = storage.Key("v1/s/")
	old := map[vault.SafeID][]storage.Key{}
	for info, err := range k.bucket.List(ctx, safes, "") {
		if err != nil {
			return 0, fromBucket(err)
		}
		name, _, _ := strings.Cut(string(info.Key[len(safes):]), "/")
		id, err := vault.ParseSafeID(name)
		if under, ok := masterInName(info.Key); err == nil && ok && under == epoch {
			old[id] = append(old[id], info.Key)
		}
	}
	for id, keys := range old {
		named, err := k.namedBy(ctx, id)
		if errors.Is(err, vault.ErrTampered) {
			k.log.WarnContext(ctx, "what a broken safe left under the old master stays", slog.Any("error", err))
			continue
		}
		if err != nil {
			return n, err
		}
		swept, err := k.deleteUnnamed(ctx, keys, named)
		if n += swept; err != nil {
			return n, err
		}
	}
	var agents []storage.Key
	for info, err := range k.bucket.List(ctx, agentsPrefix, "") {
		if err != nil {
			return n, fromBucket(err)
		}
		if under, ok := masterInName(info.Key); ok && under == epoch {
			agents = append(agents, info.Key)
		}
	}
	locals, err := k.sweepMasterLocal(ctx, epoch)
	if n += locals; err != nil {
		return n, err
	}
	named, err := k.namedByStructures()
	if errors.Is(err, errShut) {
		return n, nil
	}
	swept, err := k.deleteUnnamed(ctx, agents, named)
	return n + swept, err
}

func (k *Keeper) deleteUnnamed(ctx context.Context, keys []storage.Key, named map[storage.Key]bool) (n int, err error) {
	for _, key := range keys {
		if named[key] {
			continue
		}
		if err := k.bucket.Delete(ctx, key); err != nil {
			return n, fromBucket(err)
		}
		n++
	}
	return n, nil
}

// masterInName reads the master epoch out of the names that hold one (FORMAT.md):
// <way>.<master>, key.<master>, k.<master>.<digest>, t.<master>.<digest> and
// <n>.<master>.
func masterInName(key storage.Key) (uint64, bool) {
	name := string(key[strings.LastIndexByte(string(key), '/')+1:])
	parts := strings.Split(name, ".")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, false
	}
	epoch, err := strconv.ParseUint(parts[1], 10, 64)
	return epoch, err == nil
}
