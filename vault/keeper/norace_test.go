//go:build !race

package keeper_test

import "github.com/coffre-fort/coffre/storage/storagetest"

// writeFaults are the faults that a table tries on each write.
func writeFaults() map[string]storagetest.Fault {
	return map[string]storagetest.Fault{
		"not applied": storagetest.NotApplied, "vanishes": storagetest.Vanishes,
		"applied but lost": storagetest.AppliedButLost, "lands late": storagetest.LandsLate,
	}
}
