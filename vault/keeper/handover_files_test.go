package keeper_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A fileFault is one of a handover's own writes to trail and state that is the first
// to fail: from then on that file takes nothing.
type fileFault struct {
	breaks func(*vaulttest.House) error
	at     int64 // before the writes to the bucket of this number; zero before the act
	after  bool  // the handover holds
	told   error // what the person is told; nil for done
}

func fileFaults() map[string]fileFault {
	trail := func(h *vaulttest.House) error { return h.Keeper.BreakTrail() }
	state := func(h *vaulttest.House) error { return h.Keeper.BreakState() }
	return map[string]fileFault{
		"the intent":                         {trail, 0, false, vault.ErrTrail},
		"the mark that it takes away":        {state, 0, false, vault.ErrUnavailable}, // no retry could be known
		"which entry is about to be written": {state, 1, true, nil},
		"the outcome":                        {trail, 2, true, vault.ErrTrail},
	}
}

// Line 4, with the writes to the keeper's own files: whichever of them is the first
// that fails, the safe is as before or as after once the service is back.
func TestAHandoverWhoseFilesFailIsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	for name, fault := range fileFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { oneFileFault(t, fault) })
		})
	}
}

func oneFileFault(t *testing.T, fault fileFault) {
	s := newHandingScene(t)
	s.act = s.handing(t, s.person)
	var writes atomic.Int64
	house := s.House
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op != storagetest.OpPut && op != storagetest.OpCommit || fault.at == 0 || writes.Add(1) != fault.at {
			return storagetest.None
		}
		if err := fault.breaks(house); err != nil {
			t.Error(err)
		}
		return storagetest.None
	})
	if fault.at == 0 {
		must(t, fault.breaks(house))
	}
	if _, err := s.Keeper.Handover(t.Context(), s.person, s.act); !errors.Is(err, fault.told) {
		t.Errorf("the person is told %v, want %v", err, fault.told)
	}
	if n := writes.Load(); n < fault.at {
		t.Fatalf("%d writes to the bucket, want %d", n, fault.at)
	}
	s.Crash(t)
	synctest.Wait()
	if after := s.when(t); after != fault.after {
		t.Errorf("after it: %v, want %v", after, fault.after)
	}
	s.retries(t, fault.after)
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
}
