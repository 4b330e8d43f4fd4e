package storage_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A careless bucket treats conditions as servers were seen to treat them.
type careless struct {
	*storagetest.Hostile

	overwrites bool // takes every write
	lies       bool // refuses the second write and keeps its bytes all the same
	racy       bool // refuses a write only once the first has been answered
	busy       bool // lets everybody lose
	calls      atomic.Int32
}

func (c *careless) Commit(ctx context.Context, k storage.Key, s *seal.Signed) error {
	switch {
	case c.overwrites:
		c.Plant(k, s.Bytes())
		return nil
	case c.lies:
		err := c.Hostile.Commit(ctx, k, s)
		c.Plant(k, s.Bytes())
		return err
	case c.racy && c.calls.Add(1) > 2: // the two writes one after the other pass
		if err := c.Hostile.Commit(ctx, k, s); err != nil && !errors.Is(err, storage.ErrExist) {
			return err
		}
		return nil
	case c.busy && c.calls.Add(1) > 2:
		return storage.ErrExist
	}
	return c.Hostile.Commit(ctx, k, s)
}

// TestProbeFindsCarelessBuckets plays the failures that servers were seen with.
func TestProbeFindsCarelessBuckets(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*careless{
		"takes every write":              {overwrites: true},
		"refuses and overwrites":         {lies: true},
		"honours it when nobody races":   {racy: true},
		"lets all racers lose":           {busy: true},
		"refuses to write conditionally": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.Hostile = storagetest.HostileDir(t)
			var bucket storage.Bucket = b
			if name == "refuses to write conditionally" {
				bucket = ignorant{b.Hostile}
			}
			report, err := storage.Probe(t.Context(), bucket)
			if !errors.Is(err, storage.ErrNotConditional) || report != (storage.ProbeReport{}) {
				t.Errorf("probe = %+v, %v; want not conditional", report, err)
			}
			if left := b.Keys(); len(left) != 0 {
				t.Errorf("probe left %v", left)
			}
		})
	}
}

// ignorant answers as servers do that know no conditional writes.
type ignorant struct{ *storagetest.Hostile }

func (ignorant) Commit(context.Context, storage.Key, *seal.Signed) error {
	return storage.ErrNotConditional
}

// TestProbeReportsWhatKeptIt: a fault is neither a pass nor a verdict on the
// bucket.
func TestProbeReportsWhatKeptIt(t *testing.T) {
	t.Parallel()
	for _, op := range []storagetest.Op{storagetest.OpCommit, storagetest.OpGet, storagetest.OpClock, storagetest.OpDelete} {
		h := storagetest.HostileDir(t)
		h.FailNext(op, storagetest.NotApplied)
		_, err := storage.Probe(t.Context(), h)
		if !errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrNotConditional) {
			t.Errorf("probe with a failed %s = %v, want unavailable", op, err)
		}
	}
}

// TestProbeStaysInItsFolderAndCleansUp, also when its caller leaves.
func TestProbeStaysInItsFolderAndCleansUp(t *testing.T) {
	t.Parallel()
	h := storagetest.HostileDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	writes := 0
	h.SetRule(func(op storagetest.Op, k storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit || op == storagetest.OpDelete {
			if !strings.HasPrefix(string(k), "v1/probe/") {
				t.Errorf("%s of %s", op, k)
			}
		}
		if op == storagetest.OpCommit {
			if writes++; writes == 5 {
				cancel()
			}
		}
		return storagetest.None
	})
	if _, err := storage.Probe(ctx, h); !errors.Is(err, context.Canceled) {
		t.Errorf("probe = %v, want canceled", err)
	}
	if left := h.Keys(); len(left) != 0 {
		t.Errorf("probe left %v", left)
	}
}

// TestProbePassesAndSaysSo on a bucket that keeps its word.
func TestProbePassesAndSaysSo(t *testing.T) {
	t.Parallel()
	report, err := storage.Probe(t.Context(), storagetest.HostileDir(t))
	if err != nil || report.Races != 5 || report.Clock || report.Skew != 0 {
		t.Errorf("probe = %+v, %v", report, err)
	}
}
