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

// unplayed are the commands that no script types out, each with its reason.
var unplayed = map[string]string{
	"coffre accounts agent":    "dev keeps no accounts, which team.txt reads: TestAServiceThatKeepsItsOwnAccounts",
	"coffre accounts person":   "dev keeps no accounts, which team.txt reads: TestAServiceThatKeepsItsOwnAccounts",
	"coffre accounts reissue":  "dev keeps no accounts, which team.txt reads",
	"coffre password":          "dev keeps no accounts: vault/keeper.TestALostPasswordIsSetAnewBySheetAndPIN",
	"coffre activate":          "daily.txt types it again as its refusal says",
	"coffre agents enrol":      "team.txt types it again as its refusal says",
	"coffre partners register": "team.txt types it again as its refusal says",
	"coffre sheet lost":        "recovery.txt types it again as its refusal says",
	"coffre unfreeze":          "consent.txt types it again as its refusal says",
	"coffre exit-codes":        "a page of help: usage.txt",
	"coffre print letter":      "for a structure with one agent, which dev has not: vault/keeper.TestWhatWaitsForADelayIsToldToThePerson",
}

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
		_, excused := unplayed[path]
		switch {
		case !played[path] && !excused:
			t.Errorf("no script plays « %s »", path)
		case played[path] && excused:
			t.Errorf("« %s » is played, and excused", path)
		}
	}
}

// leaves are the commands that do something themselves.
func leaves(cmd *cobra.Command) (all []string) {
	if cmd.HasParent() && (!cmd.HasSubCommands() || cmd.Args == nil || cmd.HasLocalFlags()) {
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

// playedIn are the commands that a script calls on lines that must succeed.
func playedIn(root *cobra.Command, script string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, "exec ") {
			continue
		}
		for _, found := range call.FindAllStringSubmatch(line, -1) {
			words := slices.DeleteFunc(strings.Fields(found[1]), func(w string) bool { return w == "--visit" })
			if cmd, _, err := root.Find(words); err == nil {
				all[cmd.CommandPath()] = true
			}
		}
	}
	return all
}
