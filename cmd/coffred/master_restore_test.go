package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/config"
)

// The master's file is gone. With the sheet of escrow A as init printed it, the
// service is back: same structure, same agents, a configuration that names the new
// master; and it starts with that alone.
func TestALostMasterIsReplacedWithThePrintedSheet(t *testing.T) {
	t.Parallel()
	h := newFoundedHouse(t)
	sheet := filepath.Join(h.dir, fileEscrowA)
	h.does(t, exitOK, "structure", "list", "--config", h.conf)
	if err := os.Remove(filepath.Join(h.dir, fileMaster)); err != nil {
		t.Fatal(err)
	}
	h.does(t, exitFailed, "structure", "list", "--config", h.conf)
	h.does(t, exitUsage, "master", "restore", "--config", h.conf)
	h.does(t, exitFailed, "master", "restore", "--config", h.conf, "--escrow-a-file", filepath.Join(h.dir, fileEscrowB))
	var r struct {
		Epoch  uint64
		Safes  int
		Edited bool
	}
	out := h.does(t, exitOK, "-o", "json", "master", "restore", "--config", h.conf, "--escrow-a-file", sheet, "--write")
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Epoch != 2 || !r.Edited {
		t.Errorf("%s %v", out, err)
	}
	h.does(t, exitOK, "master", "restore", "--config", h.conf, "--escrow-a-file", sheet, "--write") // again changes nothing
	cfg, err := config.Load(h.conf)
	if err != nil || cfg.Secrets.MasterEpoch != 2 || len(cfg.Secrets.FormerMasters) != 0 {
		t.Errorf("%+v %v", cfg.Secrets, err)
	}
	if m := h.masters(t); len(m.Masters) != 2 || m.Masters[0].State != "destroyed" {
		t.Errorf("%+v", m)
	}
	if listed := h.does(t, exitOK, "structure", "list", "--config", h.conf); !strings.Contains(listed, "CCAS fictif  (1 agents)") {
		t.Error(listed)
	}
	h.does(t, exitOK, "verify", "--config", h.conf)
}

// The sheet is read as it is printed, and the key alone; what else may stand there
// is refused.
func TestReadEscrow(t *testing.T) {
	t.Parallel()
	f, err := newFounding(1)
	if err != nil {
		t.Fatal(err)
	}
	key := string(f.escrowA.Text().Reveal())
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"the sheet":       {string(f.sheetA()), true},
		"the key alone":   {key + "\n", true},
		"with spaces":     {"  " + key + "  ", true},
		"no key":          {"une feuille\n", false},
		"two keys":        {key + "\n" + key + "\n", false},
		"half a key":      {key[:40] + "\n", false},
		"nothing":         {"", false},
		"much too long":   {strings.Repeat("x\n", 10_000) + key, false},
		"in other words":  {"clé " + key, false},
		"lower case, too": {strings.ToLower(key), false},
	} {
		id, err := readEscrow("-", bytes.NewReader([]byte(c.text)))
		if (err == nil) != c.ok || c.ok && id.Recipient() != f.escrowA.Recipient() {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(open, f.sheetA(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readEscrow(open, nil); err == nil {
		t.Error("a key that others can read is read")
	}
}
