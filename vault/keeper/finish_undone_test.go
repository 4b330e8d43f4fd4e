package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What was put back since is not taken away again by a state file that is made anew:
// a start that finds all that crashes ever left open finishes nothing twice.
func TestARebuildTakesNothingAwayAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		lead := func(who string) {
			t.Helper()
			act := vault.ChangeLeader{Request: vault.NewRequestID(), Cycle: id, Leader: s.Agents[who]}
			must(t, s.Keeper.ChangeLeader(t.Context(), s.Login(t, vaulttest.Manager), act))
		}
		shut := vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}
		s.join(t, id)
		s.Bucket.SetRule(structureDown)
		lead(vaulttest.Colleague)
		s.Crash(t)
		s.Bucket.SetRule(writesDown)
		must(t, s.Keeper.LeaveCycle(t.Context(), s.Login(t, vaulttest.Person), s.onCycle(id)))
		must(t, s.Keeper.ShutOut(t.Context(), s.Login(t, vaulttest.Person), shut))
		s.Crash(t)
		time.Sleep(time.Minute)
		lead(vaulttest.Worker)
		s.join(t, id)
		must(t, s.Keeper.LetIn(t.Context(), s.Login(t, vaulttest.Person), shut))
		s.Stop(t)
		(&scene{House: s.House}).rebuild(t)
		time.Sleep(time.Minute)
		list, err := s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Worker), id)
		if err != nil || len(list) != 1 || !list[0].Part.Part() {
			t.Errorf("who leads: %+v, %v", list, err)
		}
		want(t, "who led", second(s.Keeper.Participants(t.Context(), s.Login(t, vaulttest.Colleague), id)), vault.ErrNotFound)
		view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || len(view.ShutOut) != 0 {
			t.Errorf("shut out: %+v, %v", view.ShutOut, err)
		}
	})
}
