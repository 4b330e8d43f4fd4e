package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// On the person's word a colleague ends what they cannot name, and learns nothing
// of it; it holds with a bucket that takes nothing in, and after a crash (L-58).
func TestAColleagueWithdrawsWithoutNaming(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		kept := s.give(t, func(x *vault.Terms) {
			x.Agent, x.Function, x.Actions = s.Agents[vaulttest.Leader], vault.FunctionWorkshopLeader, vault.ActionSee|vault.ActionRead
		})
		counter := s.Login(t, vaulttest.Counter)
		act := vault.WithdrawAll{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]}
		if err := s.Keeper.WithdrawAll(t.Context(), counter, act); !saysInvalid(err) {
			t.Errorf("without saying how the person said it: %v", err)
		}
		act.Word = vault.WordTelephone
		s.FoundAnother(t, "partenaire-fictive")
		want(t, "another structure", s.Keeper.WithdrawAll(t.Context(), s.Login(t, "partenaire-fictive"), act), vault.ErrNotFound)
		s.Bucket.SetRule(refused)
		must(t, s.Keeper.WithdrawAll(t.Context(), counter, act))
		over := func() {
			t.Helper()
			if _, ended := errors.AsType[*vault.EndedError](s.readErr(s.Login(t, vaulttest.Worker), "bail")); !ended {
				t.Error("the worker still reads, or is not told")
			}
		}
		over()
		s.Crash(t)
		over()
		want(t, "who was not named", s.readErr(s.Login(t, vaulttest.Leader), "bail"), nil)
		all := vault.WithdrawAll{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		must(t, s.Keeper.WithdrawAll(t.Context(), s.Login(t, vaulttest.Person), all))
		if _, ended := errors.AsType[*vault.EndedError](s.readErr(s.Login(t, vaulttest.Leader), "bail")); !ended {
			t.Errorf("%v outlives the withdrawal of all", kept.ID)
		}
	})
}
