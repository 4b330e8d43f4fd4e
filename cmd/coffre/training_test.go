package main

import (
	"io"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// What an exercise is filled with says what it is, and is of kinds and bodies that
// the catalogue has: the service takes it.
func TestInventedPapersAreMarkedAndTaken(t *testing.T) {
	t.Parallel()
	catalogue, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range inventedPapers() {
		if _, err := catalogue.Drawer(papers.Kind(p.kind)); err != nil {
			t.Errorf("%s: %v", p.title, err)
		}
		r, err := p.upload().Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || strings.Count(string(body), vault.TrainingMark) != 2 || int64(len(body)) != p.upload().Size {
			t.Errorf("%s: %v", p.title, err)
		}
	}
	for _, m := range inventedMemos() {
		if _, err := catalogue.Body(papers.Body(m.GetMemo().GetBody())); err != nil {
			t.Errorf("%s: %v", m.GetMemo().GetBody(), err)
		}
	}
}
