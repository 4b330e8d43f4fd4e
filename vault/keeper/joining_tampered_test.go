package keeper_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// An object of pieces that somebody took away keeps its own bundle in many
// objects, and is reported; the other bundles of the safe are joined all the same.
func TestATamperedBundleKeepsNoOtherScattered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		var all []vault.Consent
		for _, subject := range []string{vaulttest.Worker, vaulttest.Colleague, vaulttest.Leader} {
			all = append(all, s.give(t, func(a *vault.Terms) {
				a.Agent, a.Arrivals, a.Actions = s.Agents[subject], vault.ArrivalsToo, vault.ActionSee
				a.Function = vaulttest.Team()[subject]
			}))
		}
		s.arrive(t, "quittance-loyer", 2)
		synctest.Wait()
		for _, c := range all[:2] { // whichever stands first
			prefix := storage.Key("v1/s/" + s.opened.Safe.String() + "/b/" + c.ID.String() + "/")
			for info, err := range s.Bucket.List(t.Context(), prefix, "") {
				must(t, err)
				if name := string(info.Key[len(prefix):]); !strings.HasPrefix(name, "k.") && !strings.HasPrefix(name, "t.") {
					must(t, s.Bucket.Delete(t.Context(), info.Key))
				}
			}
		}
		s.arrive(t, "quittance-loyer", keeper.ManyObjects)
		synctest.Wait()
		if n := s.Keeper.PieceObjectsOf(t, s.opened.Safe, all[2].ID); n > keeper.ManyObjects {
			t.Errorf("%d objects of the whole bundle", n)
		}
		if n := s.Keeper.PieceObjectsOf(t, s.opened.Safe, all[0].ID); n <= keeper.ManyObjects {
			t.Errorf("%d objects of a bundle that was tampered with", n)
		}
	})
}
