package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
)

// A foundedHouse is what init made, filled in, with a structure in it.
type foundedHouse struct {
	dir, conf string
}

func newFoundedHouse(t *testing.T) foundedHouse {
	t.Helper()
	h := foundedHouse{dir: t.TempDir()}
	h.conf = filepath.Join(h.dir, fileConfig)
	h.does(t, exitOK, "init", "--dir", h.dir)
	raw, err := os.ReadFile(h.conf)
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.conf, []byte(strings.NewReplacer(
		"\nissuers:\n", "\nissuers:\n  - {name: ccas, display_name: X, issuer: \"https://connexion.example.fr\", client_id: x}\n",
		"\n# trail_retention: 6y", "\ntrail_retention: 6y",
	).Replace(string(raw))))
	h.does(t, exitOK, "structure", "add", "--config", h.conf, "--siret", "99999999800019", "--name", "CCAS fictif",
		"--issuer", "ccas", "--subject", "a", "--manager", "Responsable Fictive", "--until", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	return h
}

// does runs a command on the house and answers what it printed.
func (foundedHouse) does(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, &out, &errs); code != want {
		t.Fatalf("%q: exit %d, want %d: %s", args, code, want, &errs)
	}
	return out.String()
}

func (h foundedHouse) masters(t *testing.T) (m server.Masters) {
	t.Helper()
	if err := json.Unmarshal([]byte(h.does(t, exitOK, "-o", "json", "master", "status", "--config", h.conf)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A master is replaced and the one before destroyed by three commands and no
// editor; nothing asks for the old file any more, and everything verifies.
func TestTheMasterIsReplacedByThreeCommands(t *testing.T) {
	t.Parallel()
	h := newFoundedHouse(t)
	first, second := filepath.Join(h.dir, fileMaster), filepath.Join(h.dir, "secrets/master-2.txt")
	h.does(t, exitUsage, "master", "destroy", "--config", h.conf, "--epoch", "1")
	h.does(t, exitOK, "master", "new", "--config", h.conf, "--write")
	if info, err := os.Stat(second); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new file: %v, %v", info, err)
	}
	if m := h.masters(t); len(m.Masters) != 2 || m.Masters[0].State != "former" || m.Masters[1].State != "current" || m.Masters[0].Overdue {
		t.Errorf("%+v", m)
	}
	h.does(t, exitOK, "master", "destroy", "--config", h.conf, "--epoch", "1", "--write")
	if _, err := os.Stat(first); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old file: %v", err)
	}
	cfg, err := config.Load(h.conf)
	if err != nil || cfg.Secrets.MasterFile != second || cfg.Secrets.MasterEpoch != 2 || len(cfg.Secrets.FormerMasters) != 0 {
		t.Errorf("%+v, %v", cfg.Secrets, err)
	}
	if m := h.masters(t); m.Masters[0].State != "destroyed" {
		t.Errorf("%+v", m)
	}
	if listed := h.does(t, exitOK, "structure", "list", "--config", h.conf); !strings.Contains(listed, "CCAS fictif") {
		t.Error(listed)
	}
	h.does(t, exitOK, "master", "destroy", "--config", h.conf, "--epoch", "1") // what was cut short is run again
	h.does(t, exitOK, "verify", "--config", h.conf)
	if code := run(t.Context(), []string{"master", "new", "--config", h.conf, "--write"}, io.Discard, io.Discard); code != exitOK {
		t.Fatal("the next one")
	}
	write(t, filepath.Join(h.dir, "secrets/master-4.txt"), []byte("x"))
	if code := run(t.Context(), []string{"master", "new", "--config", h.conf}, io.Discard, io.Discard); code == exitOK {
		t.Error("a file was overwritten")
	}
}
