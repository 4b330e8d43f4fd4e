package keeper_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// locals are the objects of the local provider.
func locals(h *vaulttest.House) (all []storage.Key) {
	for _, key := range h.Bucket.Keys() {
		if strings.HasPrefix(string(key), "v1/l/") {
			all = append(all, key)
		}
	}
	return all
}

func keep(t testing.TB, h *vaulttest.House, name, value string) {
	t.Helper()
	if err := h.Keeper.Local().Save(t.Context(), name, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// keptAs is what lies under a name; empty for what is not there.
func keptAs(t testing.TB, h *vaulttest.House, name string) string {
	t.Helper()
	v, err := h.Keeper.Local().Load(t.Context(), name)
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("%s: %v", name, err)
	}
	return string(v)
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// A lost machine loses no login: what was saved is rebuilt from bucket and trail,
// what was only counted is as it was last saved, and what was deleted stays so.
func TestLocalAccountsSurviveTheLossOfTheState(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	keep(t, h, "keys", "clé un")
	keep(t, h, "account.a", "compte un")
	keep(t, h, "account.a", "compte deux")
	keep(t, h, "account.b", "compte trois")
	if err := h.Keeper.Local().SaveHere(t.Context(), "account.a", []byte("compte deux, compté")); err != nil {
		t.Fatal(err)
	}
	if err := h.Keeper.Local().SaveHere(t.Context(), "account.decoy", []byte("rien")); err != nil {
		t.Fatal(err)
	}
	if err := h.Keeper.Local().Delete(t.Context(), "account.b"); err != nil {
		t.Fatal(err)
	}
	if n := len(locals(h)); n != 2 {
		t.Errorf("%d objects in the bucket, want those of keys and account.a: %v", n, locals(h))
	}
	h.Restart(t)
	same(t, "after a start", keptAs(t, h, "keys"), "clé un")
	same(t, "what was counted", keptAs(t, h, "account.a"), "compte deux, compté")
	h.Stop(t)
	if err := os.Remove(h.Config.StatePath); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.Rebuild(t.Context(), h.Config); err != nil {
		t.Fatal(err)
	}
	h.Start(t)
	same(t, "after a rebuild", keptAs(t, h, "keys"), "clé un")
	same(t, "as it was saved", keptAs(t, h, "account.a"), "compte deux")
	same(t, "what was deleted", keptAs(t, h, "account.b"), "")
	report, err := h.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) != 0 {
		t.Errorf("%v %v", report, err)
	}
}

// An older copy of the bucket brings back no password that was changed: the object
// that the trail names is wanted, and what is found instead is refused for good.
func TestAnOlderBucketBringsBackNoPassword(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	keep(t, h, "account.a", "ancien mot de passe")
	older := h.Bucket.Snapshot()
	keep(t, h, "account.a", "nouveau mot de passe")
	now := locals(h)[0]
	h.Stop(t)
	for what, attack := range map[string]func(){
		"rolled back": func() { h.Bucket.Restore(older) },
		"taken away":  func() { h.Bucket.Drop(now) },
		"altered":     func() { h.Bucket.Flip(now, 300) },
	} {
		thaw := h.Freeze(t)
		attack()
		if err := os.Remove(h.Config.StatePath); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Rebuild(t.Context(), h.Config); err != nil {
			t.Fatal(err)
		}
		h.Start(t)
		if _, err := h.Keeper.Local().Load(t.Context(), "account.a"); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %v, want %v", what, err, vault.ErrTampered)
		}
		if err := h.Keeper.Local().Save(t.Context(), "account.a", nil); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: saved over it: %v", what, err)
		}
		keep(t, h, "account.c", "les autres servent")
		h.Stop(t)
		thaw()
	}
}

// A value whose leaf is written and whose row is not is refused until a start settles
// it: the password of before does not go on, and the object that holds is not swept.
func TestALocalValueThatTheStateDidNotTakeIsRefused(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	must(t, h.Keeper.BlockLocal("account.a"))
	if err := h.Keeper.Local().Save(t.Context(), "account.a", []byte("nouveau mot de passe")); !errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("saved: %v", err)
	}
	must(t, h.Keeper.UnblockLocal("account.a"))
	if _, err := h.Keeper.Local().Load(t.Context(), "account.a"); !errors.Is(err, vault.ErrUnavailable) || errors.Is(err, vault.ErrNotFound) {
		t.Errorf("read: %v", err)
	}
	if err := h.Keeper.Local().SaveHere(t.Context(), "account.a", []byte("autre")); !errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("saved over it: %v", err)
	}
	if err := h.Keeper.SweepsLocal(t.Context()); err == nil {
		t.Error("what holds may be swept")
	}
	h.Restart(t)
	same(t, "after a start", keptAs(t, h, "account.a"), "nouveau mot de passe")
	must(t, h.Keeper.SweepsLocal(t.Context()))
}

// Replacing the master seals accounts anew, and the old epoch ends (L-37).
func TestLocalAccountsAreSealedToTheNewMaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		keep(t, h, "keys", "clé un")
		keep(t, h, "account.a", "compte un")
		if err := h.Keeper.Local().SaveHere(t.Context(), "account.a", []byte("compte un, compté")); err != nil {
			t.Fatal(err)
		}
		h.NewMaster(t)
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		if left := under(h, "1"); slices.ContainsFunc(left, func(key storage.Key) bool { return strings.HasPrefix(string(key), "v1/l/") }) {
			t.Errorf("still under the old epoch: %v", left)
		}
		if _, err := h.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		h.ForgetMasters()
		h.Restart(t)
		same(t, "keys", keptAs(t, h, "keys"), "clé un")
		same(t, "account", keptAs(t, h, "account.a"), "compte un, compté")
	})
}

// Neither a password hash nor a name stands in the bucket as it is.
func TestLocalValuesAreSealed(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	keep(t, h, "account.a", "MARQUEUR-DE-COMPTE")
	for _, key := range h.Bucket.Keys() {
		raw, err := h.Bucket.Get(t.Context(), key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("MARQUEUR")) {
			t.Errorf("%s holds the value", key)
		}
	}
	h.Stop(t)
	raw, err := os.ReadFile(h.Config.StatePath)
	if err != nil || bytes.Contains(raw, []byte("MARQUEUR")) {
		t.Errorf("the state file holds it, or %v", err)
	}
}
