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

// samplePair says which pairs of moments of a tale a service is started on.
func samplePair(now, was int) bool { return now-was == 1 || (7*now+was)%6 == 0 }

// sampleMoment says after which moments of it anything is.
func sampleMoment(int) bool { return true }
