package chain

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// staffed is the chain of a structure, written by all keepers of a world.
func staffed(w world) *writer {
	s := newWriter(w.vault.t, w.first, StructureChain(structureID))
	s.write(1, OpenStructure{Record: record(1)}, agent(1, 0))
	s.write(2, agent(2, 1))
	s.key = w.second
	s.write(3, name(1, vault.FunctionSocialWorker, 2))
	s.write(3, EndAgent{ID: id[vault.AgentID](1)})
	return s
}

func TestReplayOfAStructureGivesWhatWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := staffed(w)
	for what, known := range map[string]Known{
		"nothing known": {}, "head known": {Head: s.head()}, "earlier head": {Head: s.heads[2]},
		"a summary, which there is not": {Head: s.head(), Summary: 3},
	} {
		got, head, err := ReplayStructure(t.Context(), s.shelf.fetch, structureID, w.vault.vault, known)
		if err != nil || head != s.head() {
			t.Errorf("%s: %v %v", what, head, err)
		}
		if got.ID() != structureID || got.Seq() != 4 || !slices.Equal(slices.Collect(got.Agents()), slices.Collect(s.staff.Agents())) {
			t.Errorf("%s: %+v", what, got)
		}
		if holder, ok := got.Holder(id[vault.AgentID](1), vault.FunctionSocialWorker); !ok || holder != id[vault.AgentID](2) {
			t.Errorf("%s: held by %v", what, holder)
		}
	}
	got, head, err := ReplayStructure(t.Context(), shelf{}.fetch, structureID, w.vault.vault, Known{})
	if err != nil || !head.IsZero() || !got.ID().IsZero() {
		t.Errorf("no entry: %v %v", head, err)
	}
	if _, _, err := ReplayStructure(t.Context(), s.shelf.fetch, vault.StructureID{}, w.vault.vault, Known{}); !errors.Is(err, vault.ErrID) {
		t.Errorf("no structure: %v", err)
	}
}

// Whoever holds the bucket makes a replay fail and nothing else: no agent who
// has left is brought back by an older copy.
func TestReplayOfAStructureFindsWhatWasDoneToTheBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := staffed(w)
	head, last := s.head(), s.head().Seq
	sign := func(k *seal.SigningKey, seq uint64, prev Head, keeper uint64, ops ...Op) []byte {
		return mustSign(t, k, Entry{
			Chain: s.name, Seq: seq, Prev: prev.Digest, Keeper: keeper, Time: openedAt, Ops: ops,
		}).Bytes()
	}
	other := newWriter(t, w.first, StructureChain(id[vault.StructureID](6)))
	other.write(1, OpenStructure{Record: record(1)})
	other.write(2, agent(2, 1))
	for what, c := range map[string]struct {
		change func(b shelf)
		known  Head
		is     func(error) bool
	}{
		"the end taken away":    {func(b shelf) { delete(b, last) }, head, isRollback},
		"everything gone":       {func(b shelf) { clear(b) }, head, isRollback},
		"one entry gone":        {func(b shelf) { delete(b, 2) }, Head{}, isGap},
		"of another structure":  {func(b shelf) { b[2] = other.shelf[2] }, Head{}, isSwap},
		"entry of a safe":       {func(b shelf) { b[2] = w.safe.shelf[2] }, Head{}, isSwap},
		"entry of the vault":    {func(b shelf) { b[2] = w.vault.shelf[2] }, Head{}, isSwap},
		"bit flipped":           {func(b shelf) { b[2] = slices.Clone(b[2]); b[2][99] ^= 4 }, Head{}, isSigner},
		"unknown key":           {func(b shelf) { b[last+1] = sign(newKey(t), last+1, head, 3, agent(3, 2)) }, head, isSigner},
		"key that has ended":    {func(b shelf) { b[last+1] = sign(w.first, last+1, head, 3, agent(3, 2)) }, head, isSigner},
		"keeper never started":  {func(b shelf) { b[last+1] = sign(w.second, last+1, head, 4, agent(3, 2)) }, head, isSigner},
		"older keeper":          {func(b shelf) { b[last+1] = sign(w.first, last+1, head, 2, agent(3, 2)) }, head, isLower},
		"another entry instead": {func(b shelf) { b[last] = sign(w.second, last, s.heads[last-1], 3, Void{}) }, head, isFork},
		"an ended agent anew": {func(b shelf) { b[last+1] = sign(w.second, last+1, head, 3, agent(1, 5)) }, head, func(err error) bool {
			return errors.Is(err, ErrReused)
		}},
	} {
		b := maps.Clone(s.shelf)
		c.change(b)
		got, at, err := ReplayStructure(t.Context(), b.fetch, structureID, w.vault.vault, Known{Head: c.known})
		if !c.is(err) {
			t.Errorf("%s: %v", what, err)
		}
		if got.Seq() != 0 || !at.IsZero() {
			t.Errorf("%s: a state comes with the error", what)
		}
	}
	// Entries of a structure are found in a safe and in the vault just so.
	b := maps.Clone(w.safe.shelf)
	b[2] = s.shelf[2]
	if _, _, err := w.replay(t.Context(), b, Known{}); !isSwap(err) {
		t.Errorf("in a safe: %v", err)
	}
	b = maps.Clone(w.vault.shelf)
	b[2] = s.shelf[2]
	if _, _, err := ReplayVault(t.Context(), b.fetch, w.first.Public(), Head{}); !isSwap(err) {
		t.Errorf("in the vault: %v", err)
	}
}
