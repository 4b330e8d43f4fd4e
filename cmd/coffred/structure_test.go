package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The end date of the only access manager comes: nobody in the structure may act
// any more, the operator names another, and everybody else is back.
func TestOperatorNamesAnAccessManagerWhereNoneIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		operator := func(args ...string) string {
			t.Helper()
			var out, errs bytes.Buffer
			if code := run(t.Context(), args, &out, &errs); code != exitOK {
				t.Fatalf("%q: exit %d: %s", args, code, &errs)
			}
			return out.String()
		}
		operator("init", "--dir", dir)
		conf := filepath.Join(dir, fileConfig)
		raw, err := os.ReadFile(conf)
		if err != nil {
			t.Fatal(err)
		}
		write(t, conf, []byte(strings.NewReplacer(
			"\nissuers:\n", "\nissuers:\n  - {name: ccas, display_name: X, issuer: \"https://connexion.example.fr\", client_id: x}\n",
			"\n# trail_retention: 6y", "\ntrail_retention: 6y",
		).Replace(string(raw))))
		day := func(days int) string { return time.Now().AddDate(0, 0, days).Format(time.DateOnly) }
		agents := filepath.Join(dir, "agents.yaml")
		write(t, agents, []byte("- {issuer: ccas, subject: b, name: Accueil Fictif, functions: [reception], until: "+day(90)+"}\n"))
		operator("structure", "add", "--config", conf, "--siret", "99999999800019", "--name", "CCAS fictif",
			"--issuer", "ccas", "--subject", "a", "--manager", "Responsable Fictive", "--until", day(30), "--agents", agents)
		listed := operator("structure", "list", "--config", conf)
		if !strings.HasSuffix(listed, "CCAS fictif  (2 agents)\n") {
			t.Errorf("at first: %s", listed)
		}
		id, _, _ := strings.Cut(listed, " ")
		name := []string{
			"structure", "manager", "--config", conf, "--structure", id,
			"--issuer", "ccas", "--subject", "c", "--manager", "Autre Responsable Fictive", "--until", day(200),
		}
		time.Sleep(29 * 24 * time.Hour)
		if code := run(t.Context(), name, io.Discard, io.Discard); code != exitUsage {
			t.Errorf("while there is one: exit %d", code)
		}
		time.Sleep(3 * 24 * time.Hour)
		if listed := operator("structure", "list", "--config", conf); !strings.Contains(listed, "no access manager") {
			t.Errorf("after the end date: %s", listed)
		}
		operator(name...)
		if listed := operator("structure", "list", "--config", conf); !strings.HasSuffix(listed, "CCAS fictif  (2 agents)\n") {
			t.Errorf("with another: %s", listed)
		}
	})
}
