package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	racers = 8
	rounds = 20
)

// race lets eight commits, and eight puts, go for one name, many times over. The
// bytes that stay are the winner's.
func race(t *testing.T, b storage.Bucket) {
	for round := range rounds {
		commit := storage.Key(fmt.Sprintf("v1/race/m%d", round))
		var signed [racers]*seal.Signed
		for i := range signed {
			signed[i] = Signed(t, fmt.Sprintf("round %d racer %d", round, i))
		}
		won := winner(t, func(i int) error { return b.Commit(t.Context(), commit, signed[i]) })
		wantBytes(t, b, commit, signed[won].Bytes())

		put := storage.Key(fmt.Sprintf("v1/race/o%d", round))
		var (
			sealed [racers]*seal.Ciphertext
			raw    [racers][]byte
		)
		for i := range sealed {
			sealed[i], raw[i] = Small(t, fmt.Sprintf("round %d racer %d", round, i))
		}
		won = winner(t, func(i int) error { return b.Put(t.Context(), put, sealed[i]) })
		wantBytes(t, b, put, raw[won])
	}
}

// winner runs eight writes at once and returns the one that was applied; the
// others must have been told so.
func winner(t *testing.T, write func(i int) error) int {
	t.Helper()
	var (
		errs  [racers]error
		start = make(chan struct{})
		wg    sync.WaitGroup
	)
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = write(i)
		})
	}
	close(start)
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Fatalf("racers %d and %d both won", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, storage.ErrExist):
			t.Fatalf("racer %d: %v", i, err)
		}
	}
	if won < 0 {
		t.Fatal("nobody won")
	}
	return won
}

// sideBySide writes, reads, lists and deletes from many goroutines at once, in
// folders that come and go.
func sideBySide(t *testing.T, b storage.Bucket) {
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 12 {
				k := storage.Key(fmt.Sprintf("v1/side/%d/%d", i%3, w))
				s := Signed(t, fmt.Sprint(w, i))
				if err := b.Commit(t.Context(), k, s); err != nil {
					t.Error("commit:", err)
					return
				}
				got, err := b.Get(t.Context(), k, 0, -1)
				if err != nil || !bytes.Equal(got, s.Bytes()) {
					t.Error("get, or other bytes:", err)
				}
				for _, err := range b.List(t.Context(), "v1/side/", "") {
					if err != nil {
						t.Error("list:", err)
					}
				}
				if err := b.Delete(t.Context(), k); err != nil {
					t.Error("delete:", err)
				}
			}
		})
	}
	wg.Wait()
	if got := list(t, b, "", ""); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

// each calls do for every key, eight at a time.
func each(t *testing.T, keys []storage.Key, do func(context.Context, storage.Key) error) {
	t.Helper()
	next := make(chan storage.Key)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for k := range next {
				if err := do(t.Context(), k); err != nil {
					t.Error(k, err)
				}
			}
		})
	}
	for _, k := range keys {
		next <- k
	}
	close(next)
	wg.Wait()
}

func list(t *testing.T, b storage.Bucket, prefix, after storage.Key) []storage.Key {
	t.Helper()
	var keys []storage.Key
	for info, err := range b.List(t.Context(), prefix, after) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		keys = append(keys, info.Key)
	}
	return keys
}

func wantBytes(t *testing.T, b storage.Bucket, k storage.Key, want []byte) {
	t.Helper()
	got, err := b.Get(t.Context(), k, 0, -1)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds %d other bytes, want %d", k, len(got), len(want))
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
