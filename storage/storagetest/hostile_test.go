package storagetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

func TestHostileWithoutRulesKeepsTheContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Bucket { return storagetest.HostileDir(t) })
}

func TestFaultsOfAWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault   storagetest.Fault
		want    error
		there   bool // at once
		arrives bool // when it lands
	}{
		{storagetest.None, nil, true, false},
		{storagetest.NotApplied, storage.ErrUnavailable, false, false},
		{storagetest.Vanishes, storage.ErrUndecided, false, false},
		{storagetest.AppliedButLost, storage.ErrUndecided, true, false},
		{storagetest.LandsLate, storage.ErrUndecided, false, true},
	} {
		for _, op := range []storagetest.Op{storagetest.OpPut, storagetest.OpCommit} {
			h := storagetest.HostileDir(t)
			h.FailNext(op, test.fault)
			k := storagetest.Key(t, "m")
			want, err := write(t, h, op, k)
			if !errors.Is(err, test.want) || test.want != nil && !errors.Is(err, storagetest.ErrFault) {
				t.Errorf("%s under fault %d = %v, want %v", op, test.fault, err, test.want)
			}
			if there := slices.Contains(h.Keys(), k); there != test.there {
				t.Errorf("%s under fault %d: there = %v", op, test.fault, there)
			}
			landed := h.Land(t.Context())
			if (len(landed) == 1) != test.arrives {
				t.Errorf("%s under fault %d: %d writes landed", op, test.fault, len(landed))
			}
			if (test.there || test.arrives) && !bytes.Equal(h.Raw(k), want) {
				t.Errorf("%s under fault %d wrote other bytes", op, test.fault)
			}
			if calls := h.Calls(); len(calls) != 1 || calls[0].Op != op || calls[0].Key != k || calls[0].Fault != test.fault {
				t.Errorf("log = %+v", calls)
			}
		}
	}
}

func write(t *testing.T, b storage.Bucket, op storagetest.Op, k storage.Key) ([]byte, error) {
	t.Helper()
	if op == storagetest.OpPut {
		c, raw := storagetest.Small(t, "a deposit")
		return raw, b.Put(t.Context(), k, c)
	}
	s := storagetest.Signed(t, "an entry")
	return s.Bytes(), b.Commit(t.Context(), k, s)
}

func TestLateWriteFindsTheNameTaken(t *testing.T) {
	t.Parallel()
	h := storagetest.HostileDir(t)
	k := storagetest.Key(t, "m")
	h.FailNext(storagetest.OpCommit, storagetest.LandsLate)
	late, first := storagetest.Signed(t, "late"), storagetest.Signed(t, "first")
	if err := h.Commit(t.Context(), k, late); !errors.Is(err, storage.ErrUndecided) {
		t.Fatalf("commit = %v, want undecided", err)
	}
	if err := h.Commit(t.Context(), k, first); err != nil {
		t.Fatal(err)
	}
	if h.Held() != 1 {
		t.Fatalf("%d writes under way, want 1", h.Held())
	}
	if errs := h.Land(t.Context()); len(errs) != 1 || !errors.Is(errs[0], storage.ErrExist) {
		t.Errorf("late write = %v, want ErrExist", errs)
	}
	if !bytes.Equal(h.Raw(k), first.Bytes()) {
		t.Error("the late write replaced the first")
	}
}

func TestFaultsOfADelete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault storagetest.Fault
		gone  bool
		later bool
	}{
		{storagetest.NotApplied, false, false},
		{storagetest.Vanishes, false, false},
		{storagetest.AppliedButLost, true, true},
		{storagetest.LandsLate, false, true},
	} {
		h := storagetest.HostileDir(t)
		k := storagetest.Key(t, "k")
		if _, err := write(t, h, storagetest.OpCommit, k); err != nil {
			t.Fatal(err)
		}
		h.FailNext(storagetest.OpDelete, test.fault)
		if err := h.Delete(t.Context(), k); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("delete under fault %d = %v, want unavailable", test.fault, err)
		}
		if gone := len(h.Keys()) == 0; gone != test.gone {
			t.Errorf("delete under fault %d: gone = %v", test.fault, gone)
		}
		for _, err := range h.Land(t.Context()) {
			if err != nil {
				t.Error(err)
			}
		}
		if gone := len(h.Keys()) == 0; gone != test.later {
			t.Errorf("delete under fault %d, after landing: gone = %v", test.fault, gone)
		}
	}
}

func TestFaultsOfReads(t *testing.T) {
	t.Parallel()
	h := storagetest.HostileDir(t)
	k := storagetest.Key(t, "o")
	if _, err := write(t, h, storagetest.OpPut, k); err != nil {
		t.Fatal(err)
	}
	h.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
	ctx := t.Context()
	_, get := h.Get(ctx, k, 0, -1)
	_, stat := h.Stat(ctx, k)
	_, _, clock := h.Clock(ctx)
	_, stale := h.AbortStale(ctx, time.Now())
	var list error
	for _, list = range h.List(ctx, "", "") {
	}
	for what, err := range map[string]error{"get": get, "stat": stat, "clock": clock, "abort stale": stale, "list": list} {
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("%s = %v, want unavailable", what, err)
		}
	}
}

func TestSlowEndsWithTheContext(t *testing.T) {
	t.Parallel()
	h := storagetest.HostileDir(t)
	synctest.Test(t, func(t *testing.T) {
		h.Slow(time.Minute)
		k := storage.Key("v1/slow")
		start := time.Now()
		if _, err := h.Stat(t.Context(), k); !errors.Is(err, storage.ErrNotExist) {
			t.Errorf("stat = %v, want not exist", err)
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("stat took %v, want a minute", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := h.Stat(ctx, k)
		if !errors.Is(err, storage.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stat = %v, want unavailable for its deadline", err)
		}
	})
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	h := storagetest.HostileDir(t)
	const one, two, three = storage.Key("v1/a/1"), storage.Key("v1/b/2"), storage.Key("v1/c/3")
	first, err := write(t, h, storagetest.OpCommit, one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := write(t, h, storagetest.OpPut, two)
	if err != nil {
		t.Fatal(err)
	}
	before := h.Snapshot()
	get := func(k storage.Key) []byte {
		t.Helper()
		raw, err := h.Get(t.Context(), k, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}

	h.Swap(one, two)
	if !bytes.Equal(get(one), second) || !bytes.Equal(get(two), first) {
		t.Error("swap did not exchange the bytes")
	}
	h.Duplicate(one, three)
	if !bytes.Equal(get(three), second) {
		t.Error("duplicate wrote other bytes")
	}
	h.Truncate(three, 7)
	if !bytes.Equal(get(three), second[:7]) {
		t.Error("truncate kept other bytes")
	}
	h.Append(three, []byte("tail"))
	if !bytes.Equal(get(three), append(second[:7:7], "tail"...)) {
		t.Error("append wrote other bytes")
	}
	h.Flip(three, 9)
	if got := get(three); got[1] != second[1]^2 || got[0] != second[0] {
		t.Error("flip changed another bit")
	}
	h.Plant(two, []byte("anything"))
	if string(get(two)) != "anything" {
		t.Error("plant wrote other bytes")
	}
	h.Drop(one)
	if _, err := h.Get(t.Context(), one, 0, -1); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("after drop: %v", err)
	}
	h.RestoreOne(before, one)
	if !bytes.Equal(get(one), first) {
		t.Error("one object was not rolled back")
	}
	h.Restore(before)
	if keys := h.Keys(); !slices.Equal(keys, []storage.Key{one, two}) {
		t.Errorf("after restore: %v", keys)
	}
	if !bytes.Equal(get(one), first) || !bytes.Equal(get(two), second) {
		t.Error("restore wrote other bytes")
	}
	// The bucket goes on working above the changed disk.
	if _, err := write(t, h, storagetest.OpCommit, "v1/c/4"); err != nil {
		t.Error(err)
	}
}
