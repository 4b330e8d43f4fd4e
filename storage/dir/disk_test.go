package dir_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

func TestOpenNeedsAFolder(t *testing.T) {
	t.Parallel()
	if _, err := dir.Open(dir.Config{}); !errors.Is(err, storage.ErrInvalid) {
		t.Errorf("no path = %v, want invalid", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if _, err := dir.Open(dir.Config{Path: path}); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("open %s = %v, want unavailable", path, err)
		}
	}
}

func TestOnlyTheServiceMayRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps no modes")
	}
	top := filepath.Join(t.TempDir(), "new", "bucket")
	b := open(t, top)
	if err := b.Commit(t.Context(), "v1/s/a/m/1", storagetest.Signed(t, "x")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Dir(top), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestObjectsOutliveTheirBucket(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	s := storagetest.Signed(t, "x")
	first := open(t, top)
	if err := first.Commit(t.Context(), "v1/s/a/m/1", s); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, top).Get(t.Context(), "v1/s/a/m/1", 0, -1)
	if err != nil || !bytes.Equal(got, s.Bytes()) {
		t.Errorf("after reopening: %v, or other bytes", err)
	}
}

// TestTwoProcessesRace opens the folder twice, as two keepers started by mistake
// would: create-only must hold between them too.
func TestTwoProcessesRace(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	buckets := []*dir.Bucket{open(t, top), open(t, top)}
	for range 30 {
		k := storagetest.Key(t, "m")
		var wins atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			s := storagetest.Signed(t, "x")
			wg.Go(func() {
				switch err := buckets[i%2].Commit(context.Background(), k, s); {
				case err == nil:
					wins.Add(1)
				case !errors.Is(err, storage.ErrExist):
					t.Errorf("commit: %v", err)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d writers won, want one", wins.Load())
		}
	}
}

func TestEmptyFoldersGoWithTheirLastObject(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	b := open(t, top)
	ctx := t.Context()
	for _, k := range []storage.Key{"v1/s/a/k/1/w", "v1/s/a/m/1", "v1/s/b/m/1"} {
		if err := b.Commit(ctx, k, storagetest.Signed(t, "x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range []storage.Key{"v1/s/a/k/1/w", "v1/s/a/m/1"} {
		if err := b.Delete(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	// After an erasure no folder names the safe.
	if _, err := os.Lstat(filepath.Join(top, "v1", "s", "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder of the deleted objects: %v, want none", err)
	}
	if _, err := b.Stat(ctx, "v1/s/b/m/1"); err != nil {
		t.Error(err)
	}
	if err := b.Commit(ctx, "v1/s/a/m/1", storagetest.Signed(t, "again")); err != nil {
		t.Error(err)
	}
}

// TestFoldersTakenAway removes folders behind the bucket's back.
func TestFoldersTakenAway(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	b := open(t, top)
	if err := b.Commit(t.Context(), "v1/s/a/m/1", storagetest.Signed(t, "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(top, "v1", "s")); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), "v1/s/a/m/1", storagetest.Signed(t, "x")); err != nil {
		t.Error(err)
	}
}

func TestStaleStagingFilesAreSwept(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	b := open(t, top)
	now := time.Now()
	for name, age := range map[string]time.Duration{"OLD1": 48 * time.Hour, "OLD2": 25 * time.Hour, "YOUNG": time.Minute} {
		file := filepath.Join(top, "tmp", name)
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{2, 0} {
		n, err := b.AbortStale(t.Context(), now.Add(-24*time.Hour))
		if err != nil || n != want {
			t.Errorf("swept %d (%v), want %d", n, err, want)
		}
	}
	if _, err := os.Lstat(filepath.Join(top, "tmp", "YOUNG")); err != nil {
		t.Errorf("the young one: %v", err)
	}
}

func TestNothingIsStagedAfterAWrite(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	b := open(t, top)
	s := storagetest.Signed(t, "x")
	if err := b.Commit(t.Context(), "v1/a", s); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), "v1/a", s); !errors.Is(err, storage.ErrExist) {
		t.Fatal(err)
	}
	wantNoStaging(t, top)
}

func wantNoStaging(t *testing.T, top string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(top, "tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("staged: %v, %v; want nothing", left, err)
	}
}

// TestLinksLeadNowhere plants symbolic links: no key may reach outside the
// folder, and nothing but a regular file is an object.
func TestLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	top, outside := t.TempDir(), t.TempDir()
	b := open(t, top)
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"folder": outside, "file": secret} {
		if err := os.Symlink(target, filepath.Join(top, "v1", name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	ctx := t.Context()
	for _, k := range []storage.Key{"v1/folder/secret", "v1/file"} {
		if p, err := b.Get(ctx, k, 0, -1); err == nil {
			t.Errorf("%s reads %q from outside", k, p)
		}
	}
	if err := b.Commit(ctx, "v1/folder/new", storagetest.Signed(t, "x")); err == nil {
		t.Error("a key wrote outside")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside holds %v, %v", entries, err)
	}
	for info, err := range b.List(ctx, "", "") {
		t.Errorf("listed %v, %v", info, err)
	}
}

func TestForeignFilesAreNotObjects(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	b := open(t, top)
	for _, name := range []string{"README.txt", "v1/Upper", "v1/space here", "v1/.x~"} {
		if err := os.WriteFile(filepath.Join(top, filepath.FromSlash(name)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for info, err := range b.List(t.Context(), "", "") {
		t.Errorf("listed %v, %v", info, err)
	}
}
