package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// asOwner are the acts that an owner with an unlocked safe may do: each is
// tried while something is down.
func (s *scene) asOwner(t *testing.T) map[string]func() error {
	t.Helper()
	ctx, k, safe, doc, who := t.Context(), s.Keeper, s.opened.Safe, s.kept[0].doc, s.person
	title := "autre"
	return map[string]func() error{
		"OwnedSafes":   func() error { return second(k.OwnedSafes(ctx, who)) },
		"Unlock":       func() error { return k.Unlock(ctx, who, vault.Unlock{Safe: safe, Code: s.opened.Code}) },
		"Lock":         func() error { return k.Lock(ctx, who, safe) },
		"BeginDeposit": func() error { return second(k.BeginDeposit(ctx, who, vault.BeginDeposit{Safe: safe})) },
		"Release":      func() error { return second(k.Release(ctx, who, safe, doc)) },
		"Inspect":      func() error { return second(k.Inspect(ctx, who, safe, doc)) },
		"Metadata":     func() error { return second(k.Metadata(ctx, who, safe, doc)) },
		"List":         func() error { return second(k.List(ctx, who, vault.List{Safe: safe, Limit: 1})) },
		"Count":        func() error { return second(k.Count(ctx, who, safe)) },
		"Change": func() error {
			return k.Change(ctx, who, vault.Change{Safe: safe, Document: doc, Title: &title})
		},
		"Destroy":  func() error { return k.Destroy(ctx, who, vault.Destroy{Safe: safe, Document: doc}) },
		"TakeBack": func() error { return k.TakeBack(ctx, who, vault.TakeBack{Safe: safe, Drawer: "logement"}) },
		"Entrust": func() error {
			return second(k.Entrust(ctx, who, vault.Entrust{Safe: safe, Drawer: "banque", Agreement: "1"}))
		},
		"Journal":          func() error { return second(k.Journal(ctx, who, vault.ReadJournal{Safe: safe, Limit: 1})) },
		"Checkpoint":       func() error { return second(k.Checkpoint(ctx, who)) },
		"ProveInclusion":   func() error { return second(k.ProveInclusion(ctx, who, safe, []uint64{1}, 2)) },
		"ProveConsistency": func() error { return second(k.ProveConsistency(ctx, who, 1, 2)) },
		"OpenSafe":         func() error { return second(k.OpenSafe(ctx, who, vault.OpenSafe{Information: "1"})) },
		"CloseSession":     func() error { return k.CloseSession(ctx, who) },
		"RefuseLogin":      func() error { return k.RefuseLogin(ctx, "192.0.2.0/24") },
		"Healthy":          func() error { return k.Healthy(ctx) },
	}
}

// When the trail cannot be written nothing is revealed and nothing changes,
// whoever asks for what; a reading under way ends.
func TestNothingHappensWithoutTheTrail(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	reading, err := s.Vault.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := s.Keeper.BeginDeposit(t.Context(), s.person, vault.BeginDeposit{Safe: s.opened.Safe})
	if err != nil {
		t.Fatal(err)
	}
	before := s.Bucket.Keys()
	if err := s.Keeper.BreakTrail(); err != nil {
		t.Fatal(err)
	}
	for name, try := range s.asOwner(t) {
		if err := try(); !errors.Is(err, vault.ErrTrail) {
			t.Errorf("%s without a trail: %v, want %v", name, err, vault.ErrTrail)
		}
	}
	if n, err := reading.Read(make([]byte, 10)); n > 0 || !errors.Is(err, vault.ErrTrail) {
		t.Errorf("a reading went on without a trail: %d bytes, %v", n, err)
	}
	if _, err := s.Keeper.Place(t.Context(), s.person, ticket.ID, vault.Deposit{Size: 1, MediaType: vault.MediaText}); !errors.Is(err, vault.ErrTrail) {
		t.Errorf("a deposit went on without a trail: %v", err)
	}
	if _, err := s.Keeper.CommitDeposit(t.Context(), s.person, ticket.ID, nil); !errors.Is(err, vault.ErrTrail) {
		t.Errorf("a deposit was committed without a trail: %v", err)
	}
	after := s.Bucket.Keys()
	if len(after) != len(before) {
		t.Errorf("the bucket went from %d to %d objects", len(before), len(after))
	}
	if err := s.Keeper.Close(); err == nil {
		t.Error("a stop without a trail says nothing of it")
	}
	s.Start(t)
	s.again(t)
	if got := s.titles(t); got["libre"].IsZero() || got["confié"].IsZero() {
		t.Errorf("papers are %v", got)
	}
}

// While the bucket is down what needs it is unavailable, what does not goes on,
// and what takes away holds; nothing is half written.
func TestABucketThatIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Bucket.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
		want := map[string]error{
			"Release": vault.ErrUnavailable, "Change": vault.ErrUnavailable, "Entrust": vault.ErrUnavailable,
			"Unlock": vault.ErrUnavailable, "Healthy": vault.ErrUnavailable, "OpenSafe": vault.ErrDenied,
			"ProveInclusion": nil, "Lock": nil, "CloseSession": nil,
		}
		tries := s.asOwner(t)
		for _, name := range []string{
			"Healthy", "Unlock", "Release", "Change", "Entrust", "OpenSafe", "Inspect", "Metadata", "List", "Count",
			"Journal", "Checkpoint", "OwnedSafes", "Destroy", "TakeBack",
		} {
			if err := tries[name](); !errors.Is(err, want[name]) || want[name] == nil && err != nil {
				t.Errorf("%s while the bucket is down: %v, want %v", name, err, want[name])
			}
		}
		if _, err := s.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "x", Body: vaulttest.Text("x", 9000)}); !errors.Is(err, vault.ErrUnavailable) {
			t.Errorf("deposit while the bucket is down: %v", err)
		}
		if _, err := s.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a destroyed paper: %v", err)
		}
		if s.isEntrusted(t, s.kept[1].doc) {
			t.Error("what was taken back is still entrusted")
		}
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		s.sound(t)
		s.again(t)
		if got := s.titles(t); len(got) != 1 || got["confié"].IsZero() || s.isEntrusted(t, got["confié"]) {
			t.Errorf("papers are %v", got)
		}
	})
}

// The clock: what is believed and what is not.
func TestAClockThatJumpsIsNotBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name            string
		last            time.Time
		wall, monotonic time.Duration
		want            error
	}{
		{"as it should be", now, time.Hour, time.Hour, nil},
		{"two minutes behind the trail", now.Add(2 * time.Minute), 0, 0, nil},
		{"more than two minutes behind the trail", now.Add(2*time.Minute + time.Second), 0, 0, vault.ErrClock},
		{"an hour ahead of the monotonic clock", now, 3 * time.Hour, 2 * time.Hour, nil},
		{"more than an hour ahead of it", now, 3*time.Hour + time.Second, 2 * time.Hour, vault.ErrClock},
		{"more than an hour behind it", now, time.Hour, 2*time.Hour + time.Second, vault.ErrClock},
		{"no leaf yet", time.Time{}, 0, 0, nil},
	} {
		if err := keeper.Believable(now, c.last, c.wall, c.monotonic); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A machine that wakes up in the past, with a trail from the future, serves
// nothing and records nothing.
func TestAClockBehindTheTrailServesNothing(t *testing.T) {
	t.Parallel()
	var cfg keeper.Config
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		time.Sleep(10 * time.Minute)
		if _, err := s.Keeper.Checkpoint(t.Context(), s.person); err != nil { // a leaf, later
			t.Fatal(err)
		}
		s.Stop(t)
		if err := os.CopyFS(folder, os.DirFS(s.Folder)); err != nil {
			t.Fatal(err)
		}
		cfg = s.Config
		s.Start(t)
	})
	synctest.Test(t, func(t *testing.T) { // time begins anew, before that leaf
		cfg.TrailPath, cfg.StatePath = filepath.Join(folder, "trail.db"), filepath.Join(folder, "state.db")
		cfg.Bucket, cfg.Anchors = bucketAt(t, filepath.Join(folder, "bucket")), bucketAt(t, filepath.Join(folder, "anchors"))
		if _, err := keeper.Open(t.Context(), cfg); !errors.Is(err, vault.ErrClock) {
			t.Errorf("a start before the last leaf: %v, want %v", err, vault.ErrClock)
		}
		cfg.ClockRead = time.Now()
		if _, err := keeper.Open(t.Context(), cfg); !errors.Is(err, vault.ErrClock) {
			t.Errorf("confirmed, the trail would run backwards: %v, want %v", err, vault.ErrClock)
		}
	})
}

func bucketAt(t *testing.T, path string) storage.Bucket {
	t.Helper()
	b, err := dir.Open(dir.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// A bucket with a clock of its own.
type dated struct {
	storage.Bucket
	offset atomic.Int64 // nanoseconds ahead of ours
}

func (d *dated) ahead(by time.Duration) { d.offset.Store(int64(by)) }

func (d *dated) Clock(context.Context) (time.Time, bool, error) {
	return time.Now().Add(time.Duration(d.offset.Load())), true, nil
}

// More than an hour ahead of the bucket's date: no start, and no act either
// until the two agree again.
func TestAClockAheadOfTheBucketServesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Stop(t)
		bucket := &dated{Bucket: s.Bucket}
		bucket.ahead(-time.Hour - time.Minute)
		s.Config.Bucket = bucket
		if err := s.TryStart(t.Context()); !errors.Is(err, vault.ErrClock) {
			t.Fatalf("start: %v, want %v", err, vault.ErrClock)
		}
		bucket.ahead(0)
		s.Start(t)
		s.again(t)
		bucket.ahead(-time.Hour - time.Minute)
		time.Sleep(time.Minute)
		if err := second(s.Keeper.Count(t.Context(), s.person, s.opened.Safe)); !errors.Is(err, vault.ErrClock) {
			t.Errorf("count: %v, want %v", err, vault.ErrClock)
		}
		bucket.ahead(0)
		time.Sleep(time.Minute)
		if err := second(s.Keeper.Count(t.Context(), s.person, s.opened.Safe)); err != nil {
			t.Errorf("count once they agree: %v", err)
		}
	})
}

// No refusal, failure or log line says who, or what paper.
func TestErrorsAndLogsNameNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		marker := "titre\x00secret-marqueur"
		var said bytes.Buffer
		say := func(err error) {
			if err != nil {
				said.WriteString(err.Error() + "\n")
			}
		}
		say(s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.kept[0].doc, Title: &marker}))
		drawer := papers.Drawer("secret-marqueur")
		say(s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.kept[0].doc, Drawer: &drawer}))
		say(s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: drawer}))
		say(second(s.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: marker, Body: []byte("x")})))
		s.Bucket.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
		for _, try := range s.asOwner(t) {
			say(try())
		}
		s.Bucket.SetRule(nil)
		all := said.String() + s.Log.String()
		for _, word := range []string{"secret-marqueur", "libre", "confié", vaulttest.Person, vaulttest.Counter, string(s.opened.Code.Printed().Reveal())} {
			if strings.Contains(all, word) {
				t.Errorf("%q is said in an error or in the log", word)
			}
		}
	})
}
