package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

const localFreshness = `
version: 1
sources:
  mairie: {name: "Guichet des identités", date: "2026-02-01", checked: "2026-11-21"}
rows:
  - {code: domicile-ici, label: "Justificatif de domicile", kinds: [cv], uses: [cni], under: P6M, soon: P15D, source: mairie, evidence: V}
`

// What a structure wrote is read before anything starts, and a folder that is not
// a catalogue keeps the service from starting.
func TestAStructuresOwnFiles(t *testing.T) {
	t.Parallel()
	in := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	c, err := Catalogue(in(map[string]string{"freshness.yaml": localFreshness, "LISEZ-MOI.txt": "à nous"}))
	if err != nil {
		t.Fatal(err)
	}
	rule, err := c.Freshness("cv", "cni")
	if err != nil || !rule.Local || rule.Source.Name != "Guichet des identités" {
		t.Errorf("the structure's own row: %+v, %v", rule, err)
	}
	if _, err := Catalogue(""); err != nil {
		t.Errorf("without a folder: %v", err)
	}
	for name, want := range map[string]string{
		in(map[string]string{"fraicheur.yaml": localFreshness}): "fraicheur.yaml is no file",
		in(nil):                           "no file of the catalogue",
		filepath.Join(in(nil), "nowhere"): "no such file",
		in(map[string]string{"freshness.yaml": strings.Replace(localFreshness, "cv", "rien", 1)}): "domicile-ici",
	} {
		if _, err := Catalogue(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
	if _, err := Catalogue(in(map[string]string{"freshness.yaml": "version: 2"})); !errors.Is(err, papers.ErrCatalogue) {
		t.Errorf("another version: %v", err)
	}
}
