package keeper_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A kit, and an opening that waits, outlive a new master and a rebuild: only the
// outer layer of its ways is sealed anew, without a sheet.
func TestAKitOutlivesANewMasterAndARebuild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		due := s.view(t).Opening.Due
		s.NewMaster(t)
		sealedAnew(t, s.House)
		if left := under(s.House, "1"); len(left) > 0 {
			t.Errorf("still under the old epoch: %v", left)
		}
		s.Stop(t)
		if err := os.Remove(s.Config.StatePath); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
			t.Fatalf("rebuild: %v", err)
		}
		s.Start(t)
		if got := s.view(t).Opening.Due; !got.Equal(due) {
			t.Errorf("due %v, want %v", got, due)
		}
		want(t, "before the delay is over", second(s.finish(t, vaulttest.Person, s.pair(1, 2))), vault.ErrKitWaits)
		time.Sleep(vault.KitDelay + time.Second)
		want(t, "after it", second(s.finish(t, vaulttest.Person, s.pair(1, 2))), nil)
		report, err := s.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v, %v", report.Findings, err)
		}
	})
}
