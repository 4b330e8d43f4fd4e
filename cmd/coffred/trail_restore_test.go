package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
)

// The machine is lost with its disk. With configuration, secrets and bucket the
// operator looks what the copy of the trail is worth, reads it back, rebuilds the
// state, and the service is back with its structure; an older bucket is refused, and
// nothing is ever overwritten (L-15).
func TestALostDiskIsReplacedFromTheBucket(t *testing.T) {
	t.Parallel()
	h := newFoundedHouse(t)
	cfg, err := config.Load(h.conf)
	if err != nil {
		t.Fatal(err)
	}
	h.does(t, exitFailed, "trail", "restore", "--config", h.conf, "--write") // nothing is lost
	for _, path := range []string{server.TrailPath(cfg), server.StatePath(cfg)} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	copies, err := filepath.Glob(filepath.Join(cfg.Bucket.Dir, "v1/t/l/*"))
	if err != nil || len(copies) == 0 {
		t.Fatalf("copies: %v %v", copies, err)
	}
	newest := copies[len(copies)-1]
	if err := os.Rename(newest, newest+".away"); err != nil {
		t.Fatal(err)
	}
	h.does(t, exitIntegrity, "trail", "restore", "--config", h.conf, "--write")
	if err := os.Rename(newest+".away", newest); err != nil {
		t.Fatal(err)
	}
	var looked, kept struct {
		Leaves, Covered uint64 `json:",string"`
		Kept            bool
	}
	for _, step := range []struct {
		into any
		args []string
	}{{&looked, nil}, {&kept, []string{"--write"}}} {
		out := h.does(t, exitOK, append([]string{"-o", "json", "trail", "restore", "--config", h.conf}, step.args...)...)
		if err := json.Unmarshal([]byte(out), step.into); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
	}
	if looked.Kept || !kept.Kept || looked.Leaves == 0 || looked.Leaves != kept.Leaves || looked.Covered != looked.Leaves {
		t.Errorf("looked %+v, kept %+v", looked, kept)
	}
	h.does(t, exitFailed, "trail", "restore", "--config", h.conf, "--write") // there is one again
	h.does(t, exitOK, "rebuild", "--config", h.conf, "--key-card", cfg.Genesis.Fingerprint())
	if listed := h.does(t, exitOK, "structure", "list", "--config", h.conf); !strings.Contains(listed, "CCAS fictif  (1 agents)") {
		t.Error(listed)
	}
	h.does(t, exitOK, "verify", "--config", h.conf)
}
