package dir_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// killed tells the child of a test which folder to write to.
const killed = "COFFRE_TEST_KILLED"

// TestKilledWriterLosesNothing kills a process in the middle of its writes: what
// it was told is there, whole, and nothing is there in part.
func TestKilledWriterLosesNothing(t *testing.T) {
	t.Parallel()
	if top := os.Getenv(killed); top != "" {
		writeUntilKilled(t, top)
		return
	}
	top := t.TempDir()
	for range 3 {
		acknowledged := killWriter(t, top, 20)
		b := open(t, top)
		for _, k := range acknowledged {
			if raw, err := b.Get(t.Context(), k, 0, -1); err != nil || !whole(raw) {
				t.Errorf("%s was acknowledged: %d bytes, %v", k, len(raw), err)
			}
		}
		for info, err := range b.List(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			if raw, err := b.Get(t.Context(), info.Key, 0, -1); err != nil || !whole(raw) {
				t.Errorf("%s is there in part: %d bytes, %v", info.Key, len(raw), err)
			}
		}
		if _, err := b.AbortStale(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
		wantNoStaging(t, top)
	}
}

// killSize makes most of a write last long enough to be cut.
const killSize = 512 << 10

func whole(raw []byte) bool {
	return len(raw) > killSize && bytes.HasSuffix(raw, bytes.Repeat([]byte("x"), killSize))
}

// killWriter runs a writer until it has been told of enough writes, kills it, and
// returns all it was told of.
func killWriter(t *testing.T, top string, enough int) []storage.Key {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriterLosesNothing$")
	cmd.Env = append(os.Environ(), killed+"="+top)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var keys []storage.Key
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		k, err := storage.ParseKey(lines.Text())
		if err != nil {
			continue // the test binary speaks too
		}
		if keys = append(keys, k); len(keys) == enough {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(keys) < enough {
		t.Fatalf("writer ended by itself after %d writes: %v", len(keys), err)
	}
	return keys
}

func writeUntilKilled(t *testing.T, top string) {
	b, err := dir.Open(dir.Config{Path: top})
	if err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		k := storagetest.Key(t, "s/"+string(storagetest.Key(t, "f"))[len("v1/f/"):])
		if err := b.Commit(t.Context(), k, storagetest.Signed(t, string(bytes.Repeat([]byte("x"), killSize)))); err != nil {
			t.Fatal(err)
		}
		fmt.Println(k)
	}
}
