package keeper_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// rebuild loses the state file of a stopped house, makes it anew, and starts.
func (s *scene) rebuild(t *testing.T) {
	t.Helper()
	if err := os.Remove(s.Config.StatePath); err != nil {
		t.Fatal(err)
	}
	if err := s.TryStart(t.Context()); !errors.Is(err, keeper.ErrNoState) {
		t.Errorf("a start without a state: %v, want %v", err, keeper.ErrNoState)
	}
	if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
		t.Fatalf("rebuild: %v", err)
	}
	s.Start(t)
}

// A state file that is lost is made anew from bucket and trail: the same safes
// of the same owners, the same papers, the same agreements, and what was taken
// away stays taken.
func TestARebuildIsTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		if err := s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.kept[0].doc}); err != nil {
			t.Fatal(err)
		}
		other := s.OpenSafe(t, vaulttest.Person)
		want, err := s.Keeper.OwnedSafes(t.Context(), s.person)
		if err != nil {
			t.Fatal(err)
		}
		s.Stop(t)
		s.rebuild(t)
		s.again(t)
		got, err := s.Keeper.OwnedSafes(t.Context(), s.person)
		if err != nil || !slices.Equal(got, want) || len(got) != 2 || !slices.ContainsFunc(got, func(o vault.OwnedSafe) bool { return o.Safe == other.Safe }) {
			t.Errorf("safes are %v, %v, want %v", got, err, want)
		}
		if titles := s.titles(t); len(titles) != 1 || titles["confié"].IsZero() || !s.isEntrusted(t, s.kept[1].doc) {
			t.Errorf("papers are %v", titles)
		}
		s.sound(t)
		if _, err := keeper.Rebuild(t.Context(), s.Config); err == nil {
			t.Error("a state in use was rebuilt")
		}
	})
}

// A rebuild believes the trail, not the bucket: an older copy of it, or one in
// which a safe is missing, is refused.
func TestARebuildRefusesAnOlderBucket(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	older := s.Bucket.Snapshot()
	if err := s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: "logement"}); err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
	thaw := s.Freeze(t)
	for name, attack := range map[string]func(){
		"rolled back": func() { s.Bucket.Restore(older) },
		"a safe is missing": func() {
			for _, key := range s.Bucket.Keys() {
				if storage.Key("v1/s/") < key && key < "v1/s0" {
					s.Bucket.Drop(key)
				}
			}
		},
		"the first entry is altered": func() {
			s.Bucket.Flip("v1/s/"+storage.Key(s.opened.Safe.String())+"/m/0000000000000001", 900)
		},
	} {
		attack()
		if err := os.Remove(s.Config.StatePath); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Rebuild(t.Context(), s.Config); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %v, want %v", name, err, vault.ErrTampered)
		}
		if err := s.TryStart(t.Context()); err == nil {
			t.Errorf("%s: a start after a refused rebuild", name)
			s.Stop(t)
		}
		thaw()
	}
	s.Start(t)
}

// What somebody planted among the safes stops neither a rebuild nor a sweep nor
// the verification, which names it.
func TestStraysAreNamedAndPassedOver(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	stray := storage.Key("v1/s/" + vault.NewSafeID().String() + "/m/0000000000000001")
	s.Bucket.Plant(stray, []byte("planted"))
	s.Bucket.Plant("v1/s/not-a-safe/m/1", []byte("planted"))
	s.rebuild(t)
	r, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(r.Findings) != 2 {
		t.Errorf("findings are %v, %v", r.Findings, err)
	}
	if _, err := s.Keeper.Sweep(t.Context()); err != nil {
		t.Errorf("sweep: %v", err)
	}
	s.again(t)
	s.titles(t)
}

// Two keepers on copies of one state: the older one notices at its next entry,
// or within half a minute, and serves nothing any more. There is one history.
func TestASupersededKeeperStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		first := *s.House
		next := s.House.Twin(t)
		// It has not noticed; its entry must not land all the same.
		who := s.person
		_, err := first.Deposit(t.Context(), who, s.opened.Safe, vaulttest.Paper{Title: "de l'ancien", Body: []byte("x")})
		if !errors.Is(err, keeper.ErrSuperseded) || !errors.Is(err, vault.ErrUnavailable) {
			t.Errorf("deposit at the older keeper: %v, want %v", err, keeper.ErrSuperseded)
		}
		if err := second(first.Keeper.Count(t.Context(), who, s.opened.Safe)); !errors.Is(err, keeper.ErrSuperseded) {
			t.Errorf("count at the older keeper: %v", err)
		}
		if err := first.Keeper.Healthy(t.Context()); !errors.Is(err, keeper.ErrSuperseded) {
			t.Errorf("health of the older keeper: %v", err)
		}
		if !strings.Contains(s.Log.String(), "serves nothing any more") {
			t.Error("the log says nothing")
		}
		s.House = next
		s.again(t)
		if _, err := s.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "du nouveau", Body: []byte("x")}); err != nil {
			t.Errorf("deposit at the newer keeper: %v", err)
		}
		if titles := s.titles(t); len(titles) != 3 || titles["du nouveau"].IsZero() {
			t.Errorf("papers are %v", titles)
		}
		s.sound(t)
		if err := first.Keeper.Close(); !errors.Is(err, keeper.ErrSuperseded) {
			t.Errorf("the older keeper's stop: %v", err)
		}
	})
}

// The older keeper also notices when nobody asks it anything.
func TestASupersededKeeperNoticesByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		first := s.Keeper
		next := s.House.Twin(t)
		time.Sleep(time.Minute)
		if err := second(first.Count(t.Context(), s.person, s.opened.Safe)); !errors.Is(err, keeper.ErrSuperseded) {
			t.Errorf("count at the older keeper: %v", err)
		}
		s.House = next
		s.again(t)
		s.sound(t)
		_ = first.Close() // it says that it was superseded
	})
}

// An object planted where the safe's next entry goes shuts that safe, and only
// that one, with one clear answer.
func TestAForeignEntryShutsTheSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		other := s.OpenSafe(t, vaulttest.Person)
		last, _ := s.Keeper.Entries(t, s.opened.Safe)
		s.Bucket.Plant(storage.Key(chain.SafeChain(s.opened.Safe).Key(last+1)), []byte("planted"))
		if err := s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.kept[0].doc}); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("destroy: %v, want %v", err, vault.ErrTampered)
		}
		if err := s.list(); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("list: %v, want %v", err, vault.ErrTampered)
		}
		if err := s.listAs(s.Login(t, vaulttest.Stranger)); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("list by a stranger: %v", err)
		}
		if _, err := s.Deposit(t.Context(), s.person, other.Safe, vaulttest.Paper{Title: "x", Body: []byte("x")}); err != nil {
			t.Errorf("another safe: %v", err)
		}
	})
}

// Orphans go after a day by the bucket's clock; younger ones, and whatever an
// entry names, stay. So for what a probe left.
func TestSweepTakesOldOrphansOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	bucket := &dated{Bucket: s.Bucket}
	s.Config.Bucket = bucket
	s.Start(t)
	named := s.Bucket.Keys()
	prefix := storage.Key("v1/s/" + s.opened.Safe.String() + "/o/")
	never := storage.Key("v1/s/" + vault.NewSafeID().String() + "/k/1/x.1")
	orphans := []storage.Key{prefix + storage.Key(vault.NewObjectID().String()), "v1/probe/abc/0", never}
	for _, key := range orphans {
		s.Bucket.Plant(key, []byte("orphan"))
	}
	bucket.ahead(23 * time.Hour)
	if n, err := s.Keeper.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("after 23 hours %d went, %v", n, err)
	}
	bucket.ahead(25 * time.Hour)
	s.Bucket.SetRule(func(op storagetest.Op, k storage.Key) storagetest.Fault {
		if op == storagetest.OpDelete && k == orphans[0] {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	if _, err := s.Keeper.Sweep(t.Context()); !errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("a sweep that cannot delete: %v", err)
	}
	s.Bucket.SetRule(nil)
	if _, err := s.Keeper.Sweep(t.Context()); err != nil {
		t.Errorf("sweep: %v", err)
	}
	left := s.Bucket.Keys()
	for _, key := range orphans {
		if slices.Contains(left, key) {
			t.Errorf("%s is still there", key)
		}
	}
	for _, key := range named {
		if !slices.Contains(left, key) {
			t.Errorf("%s went", key)
		}
	}
	s.again(t)
	s.titles(t)
}
