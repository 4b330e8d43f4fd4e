package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Drawer by drawer, nothing is ticked before: an empty line, a word that is not
// yes, and an answer that never comes entrust nothing.
func TestOnlyAYesEntrustsADrawer(t *testing.T) {
	t.Parallel()
	catalogue, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := catalogue.Drawers()
	answers := slices.Repeat([]string{""}, len(all))
	answers[1], answers[2], answers[3], answers[4] = "oui", "non", " O ", "yes"
	var asked bytes.Buffer
	a := &app{stdin: strings.NewReader(strings.Join(answers, "\n") + "\n"), stderr: &asked}
	got, version, err := a.askDrawers(false)
	if want := []string{string(all[1].Code), string(all[3].Code)}; err != nil || !slices.Equal(got, want) || version == "" {
		t.Errorf("entrusted: %v in %q, %v; want %v", got, version, err, want)
	}
	for _, d := range all {
		if !strings.Contains(asked.String(), d.Label) {
			t.Errorf("nobody asked about %s", d.Label)
		}
	}
	a.stdin = strings.NewReader("oui\n")
	if got, _, err := a.askDrawers(false); !errors.Is(err, io.EOF) || got != nil {
		t.Errorf("half the answers entrust %v, %v", got, err)
	}
}
