package main

import (
	"slices"
	"strings"
	"testing"
)

// A command that is done again carries one approval and one request, however often
// it was done before.
func TestACommandDoneAgainDoesNotGrow(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"visit --safe x": "visit --safe x",
		"visit --approval a --request b --safe x":           "visit --safe x",
		"visit --approval=a --safe x --request=b":           "visit --safe x",
		"visit --safe x --approval":                         "visit --safe x",
		"notebook destroyed n --place --approval-elsewhere": "notebook destroyed n --place --approval-elsewhere",
	} {
		if got := without(strings.Fields(typed), "--approval", "--request"); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q", typed, got)
		}
	}
}

// French puts « d' » before a vowel, and so does every page of help: no English
// word of cobra's or pflag's is left on any.
func TestEveryPageOfHelpIsFrench(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{})
	for _, path := range append(leaves(root), groups(root)...) {
		cmd, _, err := root.Find(strings.Fields(path)[1:])
		if err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		cmd.SetOut(&page)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Usage", "Flags", "Available", "default", " string ", " strings", " int32 ", " int ", "stringArray"} {
			if strings.Contains(page.String(), word) {
				t.Errorf("« %s --help » says %q", path, strings.TrimSpace(word))
			}
		}
		if cmd.HasAvailableLocalFlags() && !cmd.HasExample() && strings.Contains(cmd.Use, "--") {
			t.Errorf("« %s --help » needs options, and shows no example", path)
		}
	}
}
