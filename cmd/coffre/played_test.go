package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command is played by a script, with a real service or without one: a
// command that is added here and to no script fails.
func TestEveryCommandIsPlayed(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{stdout: io.Discard, stderr: io.Discard})
	played := map[string]bool{}
	for _, pattern := range []string{"testdata/*.txt", "../coffred/testdata/*.txt"} {
		scripts, err := filepath.Glob(pattern)
		if err != nil || len(scripts) == 0 {
			t.Fatalf("%s: %d scripts, %v", pattern, len(scripts), err)
		}
		for _, script := range scripts {
			raw, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			for path := range playedIn(root, string(raw)) {
				played[path] = true
			}
		}
	}
	for _, path := range leaves(root) {
		if !played[path] {
			t.Errorf("no script plays « %s »", path)
		}
	}
}

// leaves are the commands that do something themselves.
func leaves(cmd *cobra.Command) (all []string) {
	if cmd.HasParent() && cmd.Runnable() && (!cmd.HasSubCommands() || cmd.Args == nil || cmd.HasLocalFlags()) {
		all = append(all, cmd.CommandPath())
	}
	for _, sub := range cmd.Commands() {
		all = append(all, leaves(sub)...)
	}
	return all
}

// groups are the commands that only hold others.
func groups(cmd *cobra.Command) (all []string) {
	for _, sub := range cmd.Commands() {
		if sub.HasSubCommands() {
			all = append(append(all, sub.CommandPath()), groups(sub)...)
		}
	}
	return all
}

// A call is coffre as a script types it, alone or inside a line for sh.
var call = regexp.MustCompile(`\bcoffre((?: +[^\s|;'")>]+)+)`)

// playedIn are the commands that a script calls on lines that must succeed. What waits
// for a second agent is refused first, and played when the script types what the refusal
// said: « sh again ».
func playedIn(root *cobra.Command, script string) map[string]bool {
	all := map[string]bool{}
	waits := ""
	for line := range strings.Lines(script) {
		typed, refused := strings.CutPrefix(line, "! ")
		if !strings.HasPrefix(typed, "exec ") {
			continue
		}
		if !refused && strings.Contains(typed, "sh again") {
			all[waits] = true
		}
		for _, found := range call.FindAllStringSubmatch(typed, -1) {
			words := slices.DeleteFunc(strings.Fields(found[1]), func(w string) bool { return w == "--visit" })
			cmd, _, err := root.Find(words)
			switch {
			case err != nil:
			case refused:
				waits = cmd.CommandPath()
			default:
				all[cmd.CommandPath()] = true
			}
		}
	}
	return all
}
