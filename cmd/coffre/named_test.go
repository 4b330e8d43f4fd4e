package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// A mention is a command as a page or a sentence names it: to the end of what is
// quoted, with its options.
var mention = regexp.MustCompile("(?:`|« )coffre ([^`»\"\\n]*?)(?:`| »)")

// Siblings are the commands of the same group that a list goes on with, by their own
// names alone.
var siblings = regexp.MustCompile("`coffre ([a-z-]+) [a-z-]+`((?:(?:,| and) `[a-z-]+`)+)")

// Every command that a page, a sentence or a comment names exists, and so do its
// options: whoever types what they read is not told that there is no such thing.
func TestEveryCommandThatIsNamedExists(t *testing.T) {
	t.Parallel()
	root, mentions := newRoot(&app{}), 0
	repository := os.DirFS("../..")
	err := fs.WalkDir(repository, ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git" || e.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".md") && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go")):
			return nil
		}
		raw, err := fs.ReadFile(repository, path)
		if err != nil {
			return err
		}
		for _, found := range mention.FindAllStringSubmatch(string(raw), -1) {
			mentions++
			if wrong := unknown(root, strings.Fields(found[1])); wrong != "" {
				t.Errorf("%s: « coffre %s »: there is no %s", path, found[1], wrong)
			}
		}
		for _, found := range siblings.FindAllStringSubmatch(string(raw), -1) {
			for _, name := range strings.FieldsFunc(found[2], func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }) {
				if name != "and" && unknown(root, []string{found[1], name}) != "" {
					t.Errorf("%s: there is no « coffre %s %s »", path, found[1], name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if mentions < 100 {
		t.Errorf("only %d mentions were read", mentions)
	}
}

// unknown is the first word of a command that means nothing.
func unknown(root *cobra.Command, words []string) string {
	for len(words) > 0 && words[0] == "--visit" {
		words = words[1:]
	}
	if len(words) > 0 && (words[0] == "help" || strings.HasPrefix(words[0], "[") || strings.Contains(words[0], "…") || strings.Contains(words[0], "%")) {
		return "" // a page, or a blank to fill in
	}
	cmd, rest, err := root.Find(words)
	if err != nil {
		return words[0]
	}
	for _, word := range rest {
		name, option := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if name = strings.Trim(name, ".,;:)]"); option && cmd.Flag(name) == nil && name != "" {
			return word
		}
	}
	if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && regexp.MustCompile(`^[a-z-]+$`).MatchString(rest[0]) {
		return rest[0]
	}
	return ""
}
