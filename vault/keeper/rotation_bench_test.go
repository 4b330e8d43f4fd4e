package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// BenchmarkRestore is a restore by escrow A, and the rotation in it: ms/safe is
// what a safe with its sheet, escrow B and record costs.
func BenchmarkRestore(b *testing.B) {
	h := vaulttest.New(b)
	const safes = 100
	for range safes {
		h.OpenSafe(b, "")
	}
	for b.Loop() {
		b.StopTimer()
		h.LoseMaster(b)
		b.StartTimer()
		r, err := keeper.Restore(b.Context(), h.Config, h.EscrowA, 0)
		if err != nil || r.Safes != safes {
			b.Fatalf("%+v, %v", r, err)
		}
		b.StopTimer()
		h.Start(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/safes, "ms/safe")
}
