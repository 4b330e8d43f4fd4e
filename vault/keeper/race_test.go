//go:build race

package keeper_test

import "github.com/coffre-fort/coffre/storage/storagetest"

// writeFaults are the faults that a table tries on each write. Under the race
// detector, which makes each case many times slower, it is the one in which most
// happens at once; the run without it tries all of them.
func writeFaults() map[string]storagetest.Fault {
	return map[string]storagetest.Fault{"lands late": storagetest.LandsLate}
}

// samplePair says which pairs of moments of a tale a service is started on: under
// the race detector a few.
func samplePair(now, was int) bool { return (7*now+was)%11 == 0 }

// sampleMoment says after which moments of it anything is: a phone, a withdrawal,
// another login asked for, somebody shut out, and at the very end, where all that
// was ever taken is tried.
func sampleMoment(now int) bool { return now%6 == 2 }
