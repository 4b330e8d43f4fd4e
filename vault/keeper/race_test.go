//go:build race

package keeper_test

import "github.com/coffre-fort/coffre/storage/storagetest"

// writeFaults are the faults that a table tries on each write. Under the race
// detector, which makes each case many times slower, it is the one in which most
// happens at once; the run without it tries all of them.
func writeFaults() map[string]storagetest.Fault {
	return map[string]storagetest.Fault{"lands late": storagetest.LandsLate}
}
