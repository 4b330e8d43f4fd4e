package keeper

import (
	"cmp"
	"slices"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// A StructureLine is one structure as the operator knows it: no agent is named.
type StructureLine struct {
	ID      vault.StructureID
	SIRET   string
	Name    string
	Managed bool // an access manager may act
	Agents  int  // who may act
}

// Structures answers every structure, by name.
func (k *Keeper) Structures() []StructureLine {
	now := k.now()
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	lines := make([]StructureLine, 0, len(k.roster.structures))
	for id, s := range k.roster.structures {
		l := StructureLine{ID: id, SIRET: s.record.siret.String(), Name: s.record.name}
		l.Managed, _ = k.roster.managed(id, now)
		for agent, a := range k.roster.agents {
			if a.structure == id && a.record.program.isZero() && k.roster.facts(agent, now).awake() {
				l.Agents++
			}
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b StructureLine) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return lines
}

// hasSIRET reports whether a structure has that number already.
func (k *Keeper) hasSIRET(siret directory.SIRET) bool {
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	for _, s := range k.roster.structures {
		if s.record.siret == siret {
			return true
		}
	}
	return false
}
