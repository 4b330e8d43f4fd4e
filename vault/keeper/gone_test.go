package keeper_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-37: what is destroyed leaves the bucket, and so do the keys of a consent that
// ended.
func TestWhatEndsIsGoneFromTheBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		given := s.give(t, nil)
		with := func(part string) (keys []storage.Key) {
			for _, key := range s.Bucket.Keys() {
				if strings.Contains(string(key), part) {
					keys = append(keys, key)
				}
			}
			return keys
		}
		contents, bundle := with("/o/"), "/b/"+given.ID.String()+"/"
		if len(contents) == 0 || len(with(bundle)) == 0 {
			t.Fatalf("%d contents, %d objects of the consent: nothing can go", len(contents), len(with(bundle)))
		}
		must(t, s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.docs["cni"]}))
		must(t, s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}))
		time.Sleep(time.Minute)
		if left := with("/o/"); len(left) != len(contents)-1 || slices.ContainsFunc(left, func(k storage.Key) bool { return !slices.Contains(contents, k) }) {
			t.Errorf("%d contents of %d are left", len(left), len(contents))
		}
		if left := slices.DeleteFunc(with(bundle), func(k storage.Key) bool { return strings.Contains(string(k), "/t.") }); len(left) > 0 {
			t.Errorf("of the consent there is still %v", left)
		}
	})
}

// A leaf is covered by a checkpoint in the second place a minute later, and at a
// stop at once.
func TestALeafIsAnchoredWithinAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		anchored := func(when string, size uint64) {
			t.Helper()
			if last := slices.Max(s.Anchors.Keys()); last < anchorName(size) {
				t.Errorf("%s: the last anchor is %s, and there are %d leaves", when, last, size)
			}
		}
		must(t, second(s.Keeper.Count(t.Context(), s.person, s.opened.Safe)))
		size := s.Keeper.Flush(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		anchored("a minute later", size)
		must(t, second(s.Keeper.Count(t.Context(), s.person, s.opened.Safe)))
		size = s.Keeper.Flush(t)
		s.Stop(t)
		anchored("at the stop", size)
		s.Start(t)
	})
}

// Whatever lies in the bucket, and whatever the master opens of it, is sealed to
// hybrid recipients and bound to its place, and to nothing else.
func TestEverythingIsSealedToHybridRecipients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTurned(t)
		s.Stop(t)
		a := loot{}
		for key, raw := range s.Bucket.Snapshot().All() {
			a[string(key)] = raw
		}
		all := a.openAll(t, s.Config.Secrets.Master)
		for _, raw := range a {
			all = append(all, raw)
		}
		seen := map[string]int{}
		for _, raw := range all {
			for _, file := range bytes.Split(raw, []byte("age-encryption.org/v1\n"))[1:] {
				header, _, _ := bytes.Cut(file, []byte("\n---"))
				for line := range strings.Lines(string(header)) {
					if kind, is := strings.CutPrefix(line, "-> "); is {
						kind, _, _ = strings.Cut(kind, " ")
						seen[kind]++
					}
				}
			}
		}
		if len(seen) != 2 || seen["coffre/bind"] < 20 || seen["mlkem768x25519"] < seen["coffre/bind"] {
			t.Errorf("stanzas are %v", seen)
		}
		s.Start(t)
	})
}

// Wrong PINs in the whole service have a limit of their own, whoever types them on
// whatever screen, of whatever safe; it lasts an hour.
func TestWrongPINsInAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		for range 200 {
			if err := f.Keeper.CountPIN(vault.NewSafeID(), vault.NewAgentID()); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "after two hundred", f.tryPIN(t.Context(), pinOf(t, rightPIN)), vault.ErrTooManyGuesses)
		time.Sleep(time.Hour)
		f.worker = sit(t, f.House, vaulttest.Worker)
		want(t, "an hour later", f.tryPIN(t.Context(), pinOf(t, rightPIN)), nil)
	})
}
