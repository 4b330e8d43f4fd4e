package keeper

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
)

const (
	agentsPrefix     = storage.Key("v1/a/")
	structuresPrefix = storage.Key("v1/r/")
)

// sweepStructures deletes records and keys of agents and structures that no
// entry names. Entries always stay. While a structure is shut nothing of any goes:
// what its chain names is not known. Nor while something waits to be written to one,
// as in [Keeper.sweepSafe].
func (k *Keeper) sweepStructures(ctx context.Context, before time.Time) (int, error) {
	keep := func() (func(storage.Key) bool, error) {
		waits := k.structuresWait()
		named, err := k.namedByStructures()
		return func(key storage.Key) bool { return waits || named[key] || isStructureEntry(key) }, err
	}
	n, err := k.sweepBelow(ctx, agentsPrefix, before, keep)
	if err != nil {
		return n, err
	}
	more, err := k.sweepBelow(ctx, structuresPrefix, before, keep)
	return n + more, err
}

// errShut says that the chain of a structure cannot be read.
var errShut = errors.New("a structure is shut: nothing of structures is swept")

// structuresWait reports whether something waits to be written to a structure.
func (k *Keeper) structuresWait() bool {
	return slices.ContainsFunc(k.vaultState().Structures(), func(id vault.StructureID) bool {
		s, err := k.structureOf(id)
		return err == nil && !s.idle()
	})
}

// namedByStructures answers what the entries of all structures name, at this
// moment.
func (k *Keeper) namedByStructures() (map[storage.Key]bool, error) {
	named := map[storage.Key]bool{}
	for _, id := range k.vaultState().Structures() {
		s, err := k.structureOf(id)
		if err != nil {
			return nil, errShut
		}
		for key := range structureObjects(id, s.now()) {
			named[key] = true
		}
	}
	return named, nil
}

// isStructureEntry reports whether a name is one of an entry.
func isStructureEntry(key storage.Key) bool {
	below, ok := strings.CutPrefix(string(key), string(structuresPrefix))
	_, rest, cut := strings.Cut(below, "/")
	return ok && cut && strings.HasPrefix(rest, "m/")
}
