package keeper_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// An act that ends an address and fails ends nothing: a paper that landed
// meanwhile has its receipt, and the journal says that it is there.
func TestWhatNothingCameOfRefusesNoPaper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(t)
		m.Bucket.Slow(500 * time.Millisecond)
		posted := m.post(t)
		for m.Keeper.InFlight(t, m.safe) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		fails := m.Keeper.HoldAddress(t, m.safe, m.at)
		time.Sleep(5 * time.Second)
		select {
		case got := <-posted:
			t.Fatalf("answered before anybody knew: %+v", got)
		default:
		}
		m.Bucket.Slow(0)
		fails()
		if got := <-posted; got.err != nil || len(got.receipts) != 2 {
			t.Errorf("%d receipts: %v", len(got.receipts), got.err)
		}
		if n := m.count(t); n != 3 {
			t.Errorf("%d papers, want 3", n)
		}
		if l := lastOf(t, m.House, m.safe, vault.ActDeposit); l.Outcome != vault.OutcomeDone {
			t.Errorf("the journal says %v", l.Outcome)
		}
	})
}
