package main

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A program that proves a hundred lines must not bury who read a paper: lines
// that say the same stand together, and nothing that names a paper, or is by
// somebody else, or of another day, disappears among them.
func TestRunsBuryNothing(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	line := func(sentence, by, paper string, at time.Time) *coffrev1.JournalLine {
		l := coffrev1.JournalLine_builder{Sentence: &sentence, ActorLogin: &by, Time: timestamppb.New(at)}.Build()
		if paper != "" {
			l.SetDocuments([]*coffrev1.JournalDocument{coffrev1.JournalDocument_builder{Document: &paper}.Build()})
		}
		return l
	}
	got := runs([]*coffrev1.JournalLine{
		line("a demandé une preuve", "moi", "", noon),
		line("a demandé une preuve", "moi", "", noon),
		line("a demandé une preuve", "quelqu'un d'autre", "", noon),
		line("a lu un papier", "moi", "un", noon),
		line("a lu un papier", "moi", "un", noon),
		line("a demandé une preuve", "moi", "", noon),
		line("a demandé une preuve", "moi", "", noon.AddDate(0, 0, 1)),
	})
	want := []int{2, 1, 1, 1, 1, 1}
	if len(got) != len(want) {
		t.Fatalf("%d runs, want %d", len(got), len(want))
	}
	for i, n := range want {
		if len(got[i]) != n {
			t.Errorf("run %d holds %d lines, want %d", i, len(got[i]), n)
		}
	}
}
