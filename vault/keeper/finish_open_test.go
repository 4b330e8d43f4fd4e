package keeper_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// takenInMid is a house of several safes that lost its power while a paper of the
// first was being destroyed, with the intent on disk and nothing in the bucket.
func takenInMid(t *testing.T, before func(*vaulttest.House)) (h *vaulttest.House, safes []vault.OpenedSafe, person session.Principal) {
	t.Helper()
	h, safes = takenInMidOf(t, func(h *vaulttest.House, _ vault.SafeID) { before(h) })
	return h, safes, h.Unlocked(t, "personne-0", safes[0])
}

// takenInMidOf is takenInMid for a safe that nobody may be able to read after it.
func takenInMidOf(t *testing.T, before func(*vaulttest.House, vault.SafeID)) (h *vaulttest.House, safes []vault.OpenedSafe) {
	t.Helper()
	h = vaulttest.New(t)
	for i := range 4 {
		safes = append(safes, h.OpenSafe(t, fmt.Sprint("personne-", i)))
	}
	h.Restart(t) // nothing of the others is announced and unconfirmed
	person := h.Unlocked(t, "personne-0", safes[0])
	r, err := h.Deposit(t.Context(), person, safes[0].Safe, vaulttest.Paper{Title: "lettre", Body: vaulttest.Text("lettre", 5000)})
	if err != nil {
		t.Fatal(err)
	}
	h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpPut || op == storagetest.OpCommit {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	act := vault.Destroy{Request: vault.NewRequestID(), Safe: safes[0].Safe, Document: r[0].Document}
	if err := h.Keeper.Destroy(t.Context(), person, act); err != nil {
		t.Fatal(err)
	}
	before(h, safes[0].Safe)
	h.Crash(t)
	synctest.Wait()
	return h, safes
}

// looked counts the objects of a safe that were read since the start.
func looked(h *vaulttest.House, safe vault.SafeID) (n int) {
	for _, call := range h.Bucket.Calls() {
		if call.Op == storagetest.OpGet && strings.HasPrefix(string(call.Key), "v1/s/"+safe.String()+"/") {
			n++
		}
	}
	return n
}

// A start after a crash in the middle of taking away looks at the safes that were
// concerned, and at no other: with ten thousand of them the service would be away
// for minutes.
func TestAStartFinishesWhereSomethingWasTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, safes, person := takenInMid(t, func(*vaulttest.House) {})
		for i, other := range safes[1:] {
			if n := looked(h, other.Safe); n != 0 {
				t.Errorf("%d objects of safe %d were read", n, i+1)
			}
		}
		docs, err := h.Keeper.List(t.Context(), person, vault.List{Safe: safes[0].Safe, Limit: 10})
		if err != nil || len(docs) != 0 {
			t.Errorf("the destroyed paper: %v, %v", docs, err)
		}
		time.Sleep(time.Minute)
		if n := h.Keeper.MarkedTakings(t); n != 0 {
			t.Errorf("%d safes are marked when all is written", n)
		}
	})
}

// What nobody marked, because the state file was made anew or could not be
// written, is looked for everywhere.
func TestAStartFinishesWhatNothingLeadsTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, safes, person := takenInMid(t, func(h *vaulttest.House) { h.Keeper.ForgetTakings(t) })
		docs, err := h.Keeper.List(t.Context(), person, vault.List{Safe: safes[0].Safe, Limit: 10})
		if err != nil || len(docs) != 0 {
			t.Errorf("the destroyed paper: %v, %v", docs, err)
		}
	})
}

// A safe that cannot be read, of which something was taken away, makes one start
// look everywhere and not every start after it.
func TestAnUnreadableSafeIsSearchedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first storage.Key
		h, safes := takenInMidOf(t, func(h *vaulttest.House, safe vault.SafeID) {
			h.Keeper.ForgetTakings(t)
			first = storage.Key("v1/s/" + safe.String() + "/m/0000000000000001")
			must(t, h.Bucket.Delete(t.Context(), first))
		})
		for again := range 2 {
			h.Crash(t)
			synctest.Wait()
			for i, other := range safes[1:] {
				if n := looked(h, other.Safe); n != 0 {
					t.Errorf("start %d: %d objects of safe %d were read", again+2, n, i+1)
				}
			}
		}
	})
}
