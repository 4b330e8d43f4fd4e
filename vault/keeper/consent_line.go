package keeper

import (
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// line answers the agents whom a consent's bundle may be sealed to, oldest
// first: the one it names and, where its text says so, whoever replaced them in
// that function, one after the other.
func (k *Keeper) line(t vault.Terms) []vault.AgentID {
	line := []vault.AgentID{t.Agent}
	if t.Replacement != vault.ReplacementSuccessor {
		return line
	}
	for next, ok := k.successorOf(t.Agent, t.Function); ok && !slices.Contains(line, next); next, ok = k.successorOf(next, t.Function) {
		line = append(line, next)
	}
	return line
}

// holder is the agent who may use a consent.
func (k *Keeper) holder(t vault.Terms) vault.AgentID {
	line := k.line(t)
	return line[len(line)-1]
}
