package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Whoever was shut out and is let in again is not told, then either, that their
// consent ended so: it never was.
func TestWhatEndedByShuttingOutIsNeverSpokenOf(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	given := s.give(t, nil)
	shut := vault.ShutOut{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]}
	must(t, s.Keeper.ShutOut(t.Context(), s.person, shut))
	shut.Request = vault.NewRequestID()
	must(t, s.Keeper.LetIn(t.Context(), s.person, shut))
	err := s.readErr(s.worker, "bail")
	if _, told := errors.AsType[*vault.EndedError](err); told || !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("the end of %v: %v", given.ID, err)
	}
}
